// SPDX-License-Identifier: Apache-2.0

public import Baseline
internal import Flows
public import Wire

// What of a pipeline outlives it.

extension DetectionPipeline {
  /// Takes over what a store knows of this host; from now on changes are kept for it.
  public mutating func keep(_ rows: [BaselineRow]) { watch.baseline.keep(rows) }

  /// What the store knew and the last event made matter, as events: they stand before it in a
  /// recording.
  public mutating func takeTold() -> [BaselineEvent] { watch.baseline.takeTold() }

  /// What is to be saved since the last call.
  public mutating func takeStateChanges() -> [BaselineRow] { watch.baseline.takeChanges() }

  /// What could not be saved, for the next time.
  public mutating func giveBack(_ rows: [BaselineRow]) { watch.baseline.giveBack(rows) }

  /// In a replay these stand in the stream and are counted there.
  @inline(__always)
  mutating func countTold() {
    let waiting = watch.baseline.toldCount
    if waiting > 0 { flows.count(told: waiting) }
  }
}
