// SPDX-License-Identifier: Apache-2.0

/// What a family's numbers mean over time.
public enum MetricKind: String, Sendable {
  /// A total since the sensor's start; it never falls, and its name ends in `_total`.
  case counter
  /// A present value.
  case gauge
  /// Cumulative buckets, a sum and a count.
  case histogram
}

/// Everything that is said once about a family.
public struct MetricDefinition: Sendable, Equatable {
  /// One label: its name, and its values where they are known.
  public struct LabelDefinition: Sendable, Equatable {
    public let name: String
    public let closedValues: [String]?
  }

  /// The full name, as a query writes it.
  public let name: String
  public let kind: MetricKind
  public let help: String
  public let labels: [LabelDefinition]

  /// Whether a family that is given at all shows all combinations of its closed labels.
  let zeros: MetricZeros

  /// The name ends in the unit, a counter's before `_total`.
  public var unit: String? {
    let stem = nameWithoutTotal
    return ["seconds", "bytes"].first { stem.hasSuffix("_" + $0) }
  }

  /// What OpenMetrics calls the family: a counter's `_total` belongs to its samples there.
  var nameWithoutTotal: String {
    guard kind == .counter, name.hasSuffix("_total") else { return name }
    return String(name.dropLast("_total".count))
  }

  /// False for the `process_*` families, whose names are Prometheus' own convention.
  var hasPrefix: Bool { name.hasPrefix(Metrics.prefix) }

  /// True where the processes of the host decide how many series there are.
  var isHostDriven: Bool { labels.contains { $0.name == Label.ProcessTag.labelName } }
}

/// Which series of a family exist before anything happened.
enum MetricZeros: Sendable {
  /// All combinations of the closed labels, for each combination of the open ones that is given.
  case allCombinations
  /// Only what is given, because not every value of the enumeration can occur.
  case onlyGiven
}

/// A family with its value and label types: the key under which values are given.
public struct MetricFamily<Value: MetricValue, each L: MetricLabel>: Sendable {
  public let definition: MetricDefinition

  init(
    _ name: String, _ kind: MetricKind, prefix: String = Metrics.prefix,
    zeros: MetricZeros = .allCombinations, help: String
  ) {
    var labels: [MetricDefinition.LabelDefinition] = []
    for label in repeat (each L).self {
      labels.append(.init(name: label.labelName, closedValues: label.closedValues))
    }
    definition = MetricDefinition(
      name: prefix + name, kind: kind, help: help, labels: labels, zeros: zeros)
  }
}
