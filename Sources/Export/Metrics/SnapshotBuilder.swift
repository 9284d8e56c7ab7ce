// SPDX-License-Identifier: Apache-2.0

extension MetricSnapshot {
  /// Collects values and makes snapshots of them.
  ///
  /// One builder lives as long as the sensor, on the pipeline's thread: set every value that is
  /// known, then call ``build()``, about once a second. It keeps nothing between two snapshots but
  /// the counts of dropped series.
  public struct Builder {
    /// The most series that one snapshot has, whatever is given.
    public static let ceiling = 340

    /// Of these, kept free for `series_dropped_total`.
    static let droppedReserve = 8

    private var families: [String: Pending] = [:]
    private var dropped: [String: UInt64] = [
      Metrics.processTransferredBytesTotal.definition.name: 0
    ]

    private struct Pending {
      let definition: MetricDefinition
      var values: [[String]: SampleValue] = [:]
    }

    public init() {}

    /// Sets one series; a second value for the same labels replaces the first.
    ///
    /// Counters take their total since the start, not an increment.
    public mutating func set<Value: MetricValue, each L: MetricLabel>(
      _ family: MetricFamily<Value, repeat each L>, _ labels: repeat each L, to value: Value
    ) {
      var texts: [String] = []
      for label in repeat each labels { texts.append(label.labelText) }
      let name = family.definition.name
      var pending = families.removeValue(forKey: name) ?? Pending(definition: family.definition)
      if pending.values[texts] == nil, pending.values.count >= Self.ceiling {
        addDropped(1, name)
      } else {
        pending.values[texts] = value.sampleValue
      }
      families[name] = pending
    }

    /// Counts series that were folded into another before they came here.
    public mutating func countFolded<Value: MetricValue, each L: MetricLabel>(
      _ count: UInt64, into family: MetricFamily<Value, repeat each L>
    ) {
      addDropped(count, family.definition.name)
    }

    /// Makes the snapshot and forgets the values.
    ///
    /// Families of fixed size come first; what the host's processes decide gets the room that is
    /// left. A series that finds no room is counted in `series_dropped_total`.
    public mutating func build() -> MetricSnapshot {
      let pending = families.values.sorted { left, right in
        left.definition.isHostDriven == right.definition.isHostDriven
          ? left.definition.name < right.definition.name : right.definition.isHostDriven
      }
      families.removeAll(keepingCapacity: true)
      var room = Self.ceiling - Self.droppedReserve
      var result: [Family] = []
      for family in pending {
        let samples = Self.withZeros(family.definition, family.values)
          .map { Sample(labels: $0.key, value: $0.value) }
          .sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
        var kept: [Sample] = []
        for sample in samples {
          let size = sample.value.seriesCount
          if size <= room {
            room -= size
            kept.append(sample)
          } else {
            addDropped(UInt64(size), family.definition.name)
          }
        }
        if !kept.isEmpty { result.append(Family(definition: family.definition, samples: kept)) }
      }
      result.append(droppedFamily())
      return MetricSnapshot(families: result.sorted { $0.definition.name < $1.definition.name })
    }

    private mutating func addDropped(_ count: UInt64, _ name: String) {
      let isKnown = dropped[name] != nil || dropped.count < Self.droppedReserve - 1
      dropped[isKnown ? name : "__other__", default: 0] &+= count
    }

    private func droppedFamily() -> Family {
      let samples = dropped.map { Sample(labels: [$0.key], value: .integer($0.value)) }
        .sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
      return Family(definition: Metrics.seriesDroppedTotal.definition, samples: samples)
    }

    /// Adds a zero for each combination of closed labels that was not given.
    private static func withZeros(
      _ definition: MetricDefinition, _ values: [[String]: SampleValue]
    ) -> [[String]: SampleValue] {
      guard definition.zeros == .allCombinations,
        definition.labels.contains(where: { $0.closedValues != nil })
      else { return values }
      var complete = values
      for (labels, value) in values {
        var combinations: [[String]] = [[]]
        for (position, label) in definition.labels.enumerated() {
          let choices = label.closedValues ?? [labels[position]]
          combinations = combinations.flatMap { start in choices.map { start + [$0] } }
        }
        for combination in combinations where complete[combination] == nil {
          complete[combination] = value.zero
        }
      }
      return complete
    }
  }
}

extension SampleValue {
  /// Nothing happened yet, in the same form as this value.
  fileprivate var zero: SampleValue {
    switch self {
    case .integer: .integer(0)
    case .real: .real(0)
    case .histogram(let histogram): .histogram(Histogram(bounds: histogram.bounds))
    }
  }
}
