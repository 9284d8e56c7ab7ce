// SPDX-License-Identifier: Apache-2.0

/// What is asked for on the command line.
struct Options {
  enum Task {
    /// Measure and write the document.
    case document(String, isPreview: Bool)
    /// Measure little; fail on a certain miss that the document does not admit.
    case quick(document: String?)
    /// Does the document come from this program?
    case check(String)
    /// Write the events of a host as a trace.
    case trace(path: String, role: String, seed: Int, days: Int, implant: String?)
  }

  var task = Task.quick(document: nil)
  var data: String?

  static let usage = """
    usage: evaluate --output FILE [--preview] [--data DIR]
                     measure everything, write the document; a preview has few seeds
           evaluate --quick [--document FILE] [--data DIR]
                     measure little; 1 where a target is surely missed that FILE calls met
           evaluate --check FILE                  1 where this program did not write the file so
           evaluate --trace FILE --role ROLE [--seed N] [--days N] [--implant NAME]
    ROLE is web, node, ci, database, java or agents; HALFWIRE_DATA stands for --data.
    """

  /// Nil where it cannot be understood.
  init?(_ arguments: ArraySlice<String>) {
    var rest = arguments
    var values: [String: String] = [:]
    var isQuick = false
    var isPreview = false
    while let word = rest.popFirst() {
      if word == "--quick" {
        isQuick = true
      } else if word == "--preview" {
        isPreview = true
      } else if Self.named.contains(word), let value = rest.popFirst() {
        values[word] = value
      } else {
        return nil
      }
    }
    data = values["--data"] ?? TextFile.variable("HALFWIRE_DATA")
    if let path = values["--trace"], let role = values["--role"] {
      guard let seed = Int(values["--seed"] ?? "0"), let days = Int(values["--days"] ?? "1") else {
        return nil
      }
      task = .trace(path: path, role: role, seed: seed, days: days, implant: values["--implant"])
    } else if let path = values["--check"] {
      task = .check(path)
    } else if let path = values["--output"] {
      task = .document(path, isPreview: isPreview)
    } else if isQuick {
      task = .quick(document: values["--document"])
    } else {
      return nil
    }
  }

  private static let named = [
    "--output", "--document", "--data", "--check", "--trace", "--role", "--seed", "--days",
    "--implant",
  ]
}
