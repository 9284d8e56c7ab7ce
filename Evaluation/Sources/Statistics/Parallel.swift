// SPDX-License-Identifier: Apache-2.0

/// Work that does not depend on who does it, or when: results stand in the order of the tasks.
public enum Parallel {
  /// Runs one task an index, as many at a time as Swift's executor has threads.
  public static func map<Result: Sendable>(
    _ count: Int, _ work: @escaping @Sendable (Int) -> Result
  ) async -> [Result] {
    await withTaskGroup(of: (Int, Result).self) { group in
      for index in 0..<count {
        group.addTask { @concurrent in (index, work(index)) }
      }
      var results: [(Int, Result)] = []
      for await result in group { results.append(result) }
      return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }
}
