// SPDX-License-Identifier: Apache-2.0

public import Baseline
internal import Flows
public import Wire

// What of a pipeline outlives it.

extension DetectionPipeline {
  /// Takes over what a store knows of this host; from now on changes are kept for it.
  ///
  /// Nothing of it decides anything before the stream makes it matter.
  public mutating func keep(_ rows: [StateRow]) {
    watch.baseline.keep(
      rows.compactMap { row in
        BaselineRow.Kind(rawValue: row.kind).map {
          BaselineRow(kind: $0, key: row.key, value: row.value)
        }
      })
  }

  /// What the store knew and the last event made matter, as events: they stand before it in a
  /// recording.
  public mutating func takeTold() -> [BaselineEvent] { watch.baseline.takeTold() }

  /// What is to be saved since the last call.
  public mutating func takeStateChanges() -> [StateRow] {
    watch.baseline.takeChanges().map {
      StateRow(kind: $0.kind.rawValue, key: $0.key, value: $0.value)
    }
  }

  /// What could not be saved, for the next time.
  public mutating func giveBack(_ rows: [StateRow]) {
    watch.baseline.giveBack(
      rows.compactMap { row in
        BaselineRow.Kind(rawValue: row.kind).map {
          BaselineRow(kind: $0, key: row.key, value: row.value)
        }
      })
  }

  /// In a replay these stand in the stream and are counted there.
  @inline(__always)
  mutating func countTold() {
    let waiting = watch.baseline.toldCount
    if waiting > 0 { flows.count(told: waiting) }
  }
}
