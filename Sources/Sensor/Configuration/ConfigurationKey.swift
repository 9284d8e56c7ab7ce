// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Findings

/// One setting of the configuration file: its name, what it may be, and where it goes.
struct ConfigurationKey: Sendable {
  /// What a value may be.
  enum Kind: Hashable, Sendable {
    case flag
    case number(ClosedRange<Double>, isWhole: Bool)
    case word
    case list(DeclaredList.Kind)
  }

  enum Value: Hashable, Sendable {
    case flag(Bool)
    case number(Double)
    /// Empty where nothing is said.
    case word(String)
    case list([DeclaredEntry])
  }

  /// The table it stands in, then its name: `analytics`, `AN0597`, `PayloadLengthVariance`.
  let path: [String]
  let kind: Kind
  /// One sentence for `config default`.
  let meaning: String
  let get: @Sendable (PipelineSettings) -> Value
  let set: @Sendable (inout PipelineSettings, Value) -> Void

  var name: String { path.joined(separator: ".") }

  /// Every key but those of `[inventory]`, in the order they are documented.
  static let all: [ConfigurationKey] =
    [role, includeLoopback]
    + Analytic.allCases.flatMap { analytic in
      AnalyticSettings.tunables.filter { $0.analytic == analytic }.map(tunable)
        + DeclaredList.all.filter { $0.analytic == analytic }.map(list)
    } + [findingLimit, updates, retainedDays, retainedBytes]

  /// Those that decide what is found; what is kept of it is another matter.
  static var judging: [ConfigurationKey] {
    all.filter { !$0.path.starts(with: ["findings", "retention"]) }
  }

  private static let role = ConfigurationKey(
    path: ["role"], kind: .word,
    meaning: "What this host is for, as in ci: there, code of declared units counts as installed.",
    get: { .word($0.role ?? "") },
    set: { settings, value in
      if case .word(let word) = value { settings.role = word.isEmpty ? nil : word }
    })

  private static let includeLoopback = ConfigurationKey(
    path: ["analytics", "include_loopback"], kind: .flag,
    meaning: "Judge loopback connections too, as if they were external.",
    get: { .flag($0.analytics.includeLoopback) },
    set: { settings, value in
      if case .flag(let flag) = value { settings.analytics.includeLoopback = flag }
    })

  private static let findingLimit = ConfigurationKey(
    path: ["findings", "limit"], kind: .number(64...1_000_000, isWhole: true),
    meaning: "Findings kept in memory, closed ones included.",
    get: { .number(Double($0.findingLimit)) },
    set: { settings, value in
      if case .number(let number) = value { settings.findingLimit = Int(number) }
    })

  private static let updates = ConfigurationKey(
    path: ["findings", "update_interval"], kind: .number(1...86_400, isWhole: false),
    meaning: "Seconds between two updates of one finding, at least.",
    get: { .number($0.updateInterval / .seconds(1)) },
    set: { settings, value in
      if case .number(let number) = value { settings.updateInterval = .seconds(number) }
    })

  private static let retainedDays = ConfigurationKey(
    path: ["findings", "retention", "days"], kind: .number(1...3_650, isWhole: true),
    meaning: "Days that the state directory keeps a finding after its last sign of life.",
    get: { .number(Double($0.retention.days)) },
    set: { settings, value in
      if case .number(let number) = value { settings.retention.days = Int(number) }
    })

  /// At most half of what the state's file may take.
  private static let retainedBytes = ConfigurationKey(
    path: ["findings", "retention", "bytes"],
    kind: .number(65_536...134_217_728, isWhole: true),
    meaning: "Bytes that the state directory keeps of all findings together, the oldest go first.",
    get: { .number(Double($0.retention.bytes)) },
    set: { settings, value in
      if case .number(let number) = value { settings.retention.bytes = Int(number) }
    })

  private static func list(_ list: DeclaredList) -> ConfigurationKey {
    ConfigurationKey(
      path: ["analytics", list.analytic.identifier, list.name], kind: .list(list.kind),
      meaning: TunableMeaning.text(of: list),
      get: { .list($0.declarations[list]) },
      set: { settings, value in
        if case .list(let entries) = value { settings.declarations[list] = entries }
      })
  }

  private static func tunable(_ tunable: AnalyticSettings.Tunable) -> ConfigurationKey {
    ConfigurationKey(
      path: ["analytics", tunable.analytic.identifier, tunable.name],
      kind: .number(tunable.range, isWhole: tunable.isWhole),
      meaning: TunableMeaning.text(of: tunable),
      get: { .number($0.analytics.value(of: tunable)) },
      set: { settings, value in
        guard case .number(let number) = value else { return }
        // Names and range were checked against the same list.
        try? settings.analytics.set(
          tunable.name, of: tunable.analytic.identifier, to: number)
      })
  }
}

extension ConfigurationKey.Kind {
  /// What is valid, in words.
  var text: String {
    switch self {
    case .flag: "true or false"
    case .word: "a string"
    case .list(let kind): "a list of " + Self.text(of: kind)
    case .number(let range, let isWhole):
      "\(isWhole ? "whole numbers" : "numbers") from \(ConfigurationKey.text(range.lowerBound)) to "
        + ConfigurationKey.text(range.upperBound)
    }
  }

  private static func text(of kind: DeclaredList.Kind) -> String {
    switch kind {
    case .program, .starter: "whole paths, or pkg:NAME"
    case .userProgram: "users and programs, as in uid:33 /usr/bin/rsync"
    case .arguments: "strings, each all arguments of a program, with blanks between"
    case .destination: "addresses, networks, names or *.names, each with a :port or without"
    case .service: "protocols and ports, as in ssh:443"
    }
  }
}

extension ConfigurationKey.Value {
  /// The value as TOML.
  var text: String {
    switch self {
    case .flag(let flag): "\(flag)"
    case .number(let number): ConfigurationKey.text(number)
    case .word(let word): TOMLText.quoted(word)
    case .list(let entries): "[\(entries.map { TOMLText.quoted($0.text) }.joined(separator: ", "))]"
    }
  }
}

extension ConfigurationKey {
  /// A number without a fraction that says nothing.
  static func text(_ number: Double) -> String {
    if let whole = Int64(exactly: number) { return "\(whole)" }
    return "\(number)"
  }
}

/// Texts as TOML writes them.
enum TOMLText {
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\" + String(scalar)
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
