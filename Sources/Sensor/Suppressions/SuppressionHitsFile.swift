// SPDX-License-Identifier: Apache-2.0

public import Findings

/// How often suppressions held findings back, over all runs: a line each in a state directory.
public enum SuppressionHitsFile {
  /// What was counted before; nothing where there is no file or it is not one of these.
  ///
  /// Counts only inform: a damaged file loses them, and hides nothing.
  public static func load(from state: String) -> [String: SuppressionHits.Count] {
    guard let text = try? TextFile.read("\(state)/\(SuppressionStore.hitsFile)") else { return [:] }
    var counts: [String: SuppressionHits.Count] = [:]
    for line in text.split(separator: "\n").prefix(Suppressions.limit) {
      let fields = line.split(separator: " ")
      guard fields.count == 3, fields[0].hasPrefix("s-"), let hits = UInt64(fields[1]),
        let last = Int64(fields[2])
      else { continue }
      counts[String(fields[0])] = SuppressionHits.Count(hits: hits, last: last)
    }
    return counts
  }

  /// Writes what was counted before, with a run's hits on top.
  static func save(
    _ before: [String: SuppressionHits.Count], adding run: SuppressionHits, to state: String
  ) throws(SensorFailure) {
    var counts = before
    for (id, count) in run.sorted {
      let known = counts[id]
      counts[id] = SuppressionHits.Count(
        hits: (known?.hits ?? 0) &+ count.hits, last: max(known?.last ?? .min, count.last))
    }
    let lines = counts.sorted { $0.key < $1.key }.map {
      "\($0.key) \($0.value.hits) \($0.value.last)\n"
    }
    try AtomicFile.makeDirectory(state)
    try AtomicFile.write(lines.joined(), to: "\(state)/\(SuppressionStore.hitsFile)")
  }
}
