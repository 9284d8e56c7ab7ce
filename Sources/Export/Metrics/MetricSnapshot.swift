// SPDX-License-Identifier: Apache-2.0

/// The values of all families at one moment; immutable, so any thread may read it.
public struct MetricSnapshot: Sendable, Equatable {
  /// One line of output, or the lines of one histogram.
  struct Sample: Sendable, Equatable {
    /// Values in the order of the family's labels.
    let labels: [String]
    let value: SampleValue
  }

  /// A family and its samples, sorted by label values.
  struct Family: Sendable, Equatable {
    let definition: MetricDefinition
    var samples: [Sample]

    var seriesCount: Int { samples.reduce(0) { $0 + $1.value.seriesCount } }
  }

  /// Sorted by name; none is empty.
  let families: [Family]

  /// Lines with a value, which is what a Prometheus server counts as series.
  public var seriesCount: Int { families.reduce(0) { $0 + $1.seriesCount } }

  /// The same without the `process_*` families.
  ///
  /// A textfile is read by an agent that has `process_*` metrics of its own; ours under the same
  /// names would collide with them.
  func prefixedOnly() -> MetricSnapshot {
    MetricSnapshot(families: families.filter(\.definition.hasPrefix))
  }
}
