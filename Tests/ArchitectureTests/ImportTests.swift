// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("Who imports whom")
struct ImportTests {
  @Test("Every import under Sources is an edge of the table in docs/architecture.md")
  func everyEdgeIsInTheTable() throws {
    let table = try ImportTable(markdown: SourceFile.text("docs/architecture.md"))
    let files = try SourceFile.all()
    #expect(files.count > 100, "the sources were not found")
    #expect(Self.strayEdges(in: files, by: table) == [])
  }

  @Test("Every module has its row, and every row its module")
  func rowsAreModules() throws {
    let table = try ImportTable(markdown: SourceFile.text("docs/architecture.md"))
    let modules = Set(try SourceFile.all().map(\.module))
    // Of C modules only the headers are imported; a row that says so is welcome.
    #expect(Set(table.rows.keys.filter { !$0.hasPrefix("C") }) == modules)
  }

  @Test("No module of the table reaches itself")
  func tableHasNoCycle() throws {
    let table = try ImportTable(markdown: SourceFile.text("docs/architecture.md"))
    for module in table.rows.keys {
      var reached = Set<String>()
      var waiting = Array(table.rows[module] ?? [])
      while let next = waiting.popLast() {
        if reached.insert(next).inserted { waiting += table.rows[next] ?? [] }
      }
      #expect(!reached.contains(module), "\(module) imports itself, through others")
    }
  }

  @Test("Flows and Analytics import neither Foundation nor anything with a clock")
  func pureModulesAskNoClock() throws {
    let pure = try SourceFile.all().filter { ["Flows", "Analytics"].contains($0.module) }
    #expect(!pure.isEmpty)
    for file in pure {
      #expect(!file.imports.contains { $0.hasPrefix("Foundation") }, "\(file.path)")
      for word in Self.clocks where file.uses(word: word) {
        Issue.record("\(file.path) uses \(word): time comes from events only")
      }
    }
  }

  /// Types and calls that tell the time or wait; `time` itself is a field of every event.
  private static let clocks = [
    "ContinuousClock", "SuspendingClock", "UTCClock", "Date", "DispatchTime",
    "clock_gettime", "clock_gettime_nsec_np", "gettimeofday", "sleep", "usleep",
    "nanosleep", "Task",
  ]

  private static func strayEdges(in files: [SourceFile], by table: ImportTable) -> [String] {
    files.flatMap { file in
      file.imports.filter { table.rows[file.module]?.contains($0) != true }
        .map { "\(file.path): \(file.module) may not import \($0)" }
    }
  }

  @Test("An edge that is not in the table is told, in whatever form it is written")
  func strayEdgeIsTold() {
    let table = ImportTable(
      markdown: """
        | module | why |
        |---|---|
        | `Flows` | `Sensor` stands in another table |

        | module | may import |
        |---|---|
        | `Flows` | `Wire`, `Digest` |

        | `Flows` | `Probe` |
        """)
    #expect(table.rows == ["Flows": ["Wire", "Digest"]])
    let file = SourceFile(
      module: "Flows", path: "Sources/Flows/Bad.swift",
      text: """
        import Wire
        // import Commented
        internal import Digest
        public import Sensor
        @testable import struct Probe.Backend
        @preconcurrency internal import Foundation;
          import Glibc // with a reason
        let important = 1
        """)
    #expect(
      Self.strayEdges(in: [file], by: table) == [
        "Sources/Flows/Bad.swift: Flows may not import Sensor",
        "Sources/Flows/Bad.swift: Flows may not import Probe",
        "Sources/Flows/Bad.swift: Flows may not import Foundation",
        "Sources/Flows/Bad.swift: Flows may not import Glibc",
      ])
  }
}
