// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the command line asks for.
struct Arguments {
  var events = 10_000_000
  var rounds = 5
  /// A recorded trace whose mix is measured, too.
  var sample: String?
  var stages = Stage.allCases
  var tracePath = ""
  var keepsTrace = false

  static let usage = """
    usage: throughput [--quick] [--events N] [--rounds N] [--sample TRACE] [--stage NAME]
                      [--keep-trace PATH]
      --quick        1,000,000 events, one round
      --stage        decode, decode+flows or pipeline alone, as for a profiler
      --keep-trace   where the made-up trace is written and kept; else a temporary file
    """

  init(_ words: some Sequence<String>) throws(UsageProblem) {
    var words = words.makeIterator()
    func value(of option: String, _ given: String?) throws(UsageProblem) -> String {
      guard let given else { throw UsageProblem("\(option) needs a value\n\(Self.usage)") }
      return given
    }
    func number(of option: String, _ given: String?) throws(UsageProblem) -> Int {
      guard let number = Int(try value(of: option, given)), number > 0 else {
        throw UsageProblem("\(option) needs a number above 0\n\(Self.usage)")
      }
      return number
    }
    while let word = words.next() {
      switch word {
      case "--quick": (events, rounds) = (1_000_000, 1)
      case "--events": events = try number(of: word, words.next())
      case "--rounds": rounds = try number(of: word, words.next())
      case "--sample": sample = try value(of: word, words.next())
      case "--keep-trace":
        tracePath = try value(of: word, words.next())
        keepsTrace = true
      case "--stage":
        guard let stage = Stage(rawValue: try value(of: word, words.next())) else {
          throw UsageProblem("no such stage\n\(Self.usage)")
        }
        stages = [stage]
      default: throw UsageProblem("unknown argument \(word)\n\(Self.usage)")
      }
    }
    if tracePath.isEmpty {
      // SAFETY: the environment is not changed by this process.
      let directory = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
      tracePath = "\(directory)/halfwire-benchmark-\(getpid()).trace"
    }
  }
}

/// A command line that cannot be followed.
struct UsageProblem: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
