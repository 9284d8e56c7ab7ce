// SPDX-License-Identifier: Apache-2.0

import Baseline
import Glibc

/// Saves generation after generation into a store until it is killed, and tells each on standard
/// output once it is saved: what a crash test kills.
@main
struct StateWriter {
  /// Rows of a generation; all of them bear its number.
  static let rows: UInt64 = 64

  static func main() {
    guard CommandLine.arguments.count == 2 else { exit(64) }
    do throws(StateStoreError) {
      var store = try StateStore(directory: CommandLine.arguments[1])
      var generation = UInt64(try store.load().first?.value.count ?? 0)
      while true {
        generation += 1
        try store.save(generationRows(generation))
        print(generation)
        fflush(nil)
      }
    } catch {
      print("error: \(error)")
      exit(74)
    }
  }

  /// The generation is the length of each value, so that a torn save cannot look whole.
  static func generationRows(_ generation: UInt64) -> [StateRow] {
    (0..<rows).map { index in
      StateRow(
        kind: 200, key: [UInt8(index)],
        value: [UInt8](repeating: UInt8(truncatingIfNeeded: generation), count: Int(generation)))
    }
  }
}
