// SPDX-License-Identifier: Apache-2.0
import Foundation

/// One sequence of requests with what the numpy reference said after each of them.
///
/// `make_fixtures.py` describes the text form.
struct ReferenceSequence {
  var name: String
  /// Milliseconds from the request before, and log E after this one.
  var requests: [(milliseconds: Int, logEvidence: Double)] = []
  var visits = 0
  var periodSeconds = 0.0
  var jitterRatio = 0.0

  /// A fixture that is missing or damaged; `line` counts from 1.
  enum FixtureError: Error {
    case missing(String)
    case malformed(String, line: Int)
  }

  /// Reads every sequence of the fixture file `name`.
  static func load(_ name: String) throws -> [ReferenceSequence] {
    guard
      let url = Bundle.module.url(
        forResource: name, withExtension: "txt", subdirectory: "Fixtures")
    else { throw FixtureError.missing(name) }
    var sequences: [ReferenceSequence] = []
    let text = try String(contentsOf: url, encoding: .utf8)
    for (index, line) in text.split(separator: "\n").enumerated() {
      let malformed = FixtureError.malformed(name, line: index + 1)
      if line.hasPrefix("> ") {
        sequences.append(ReferenceSequence(name: String(line.dropFirst(2))))
        continue
      }
      guard !sequences.isEmpty else { throw malformed }
      let fields = line.split(separator: " ")
      if fields.first == "=" {
        guard fields.count == 4, let visits = Int(fields[1]), let period = Double(fields[2]),
          let jitter = Double(fields[3])
        else { throw malformed }
        sequences[sequences.count - 1].visits = visits
        sequences[sequences.count - 1].periodSeconds = period
        sequences[sequences.count - 1].jitterRatio = jitter
        continue
      }
      guard fields.count == 2, let milliseconds = Int(fields[0]), let log = Double(fields[1])
      else { throw malformed }
      sequences[sequences.count - 1].requests.append((milliseconds, log))
    }
    return sequences
  }
}
