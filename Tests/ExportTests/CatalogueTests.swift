// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Export

@Suite("The metric catalogue")
struct CatalogueTests {
  @Test("Every family that is declared is in the list of all")
  func listIsComplete() throws {
    let source = try SourceTree.text("Sources/Export/Metrics/Metrics.swift")
    let declared = source.split(separator: "\n").count { $0.contains("= MetricFamily<") }
    #expect(declared == Metrics.all.count)
    #expect(Set(Metrics.all.map(\.name)).count == Metrics.all.count)
  }

  @Test("docs/metrics.md has a row for every family, with its type and labels, and no other")
  func documentation() throws {
    let rows = try SourceTree.text("docs/metrics.md").split(separator: "\n")
      .filter { $0.hasPrefix("| `") }
      .map { row -> [String] in
        row.split(separator: "|").prefix(3).map { cell in cell.filter { !" `".contains($0) } }
      }
    let expected = Metrics.all.map { family in
      let labels = family.labels.map(\.name).joined(separator: ",")
      return [family.name, family.kind.rawValue, labels.isEmpty ? "-" : labels]
    }
    #expect(rows == expected)
  }

  // https://prometheus.io/docs/practices/naming/ and promlint's rules.
  @Test("Names, units and help texts follow Prometheus' conventions", arguments: Metrics.all)
  func conventions(family: MetricDefinition) {
    #expect(family.name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil)
    #expect(family.name.hasPrefix("halfwire_") != family.name.hasPrefix("process_"))
    #expect(family.name.hasSuffix("_total") == (family.kind == .counter))
    for suffix in ["_count", "_sum", "_bucket", "_created"] {
      #expect(!family.name.hasSuffix(suffix))
    }
    #expect(family.help.hasSuffix(".") && !family.help.contains("\n"))
    for label in family.labels {
      #expect(label.name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil)
      #expect(label.name != "le" && label.name != "job" && label.name != "instance")
    }
  }

  @Test("No label can hold a process id, an address, a port, a path, a cgroup or a user")
  func labelNames() {
    let allowed: Set = [
      "version", "commit", "bpf_object", "hash", "backend", "reason", "probe", "event", "stage",
      "analytic", "table", "direction", "result", "scope", "process", "role", "verdict",
      "severity", "sink", "metric", "feature", "transport", "state",
    ]
    #expect(Set(Metrics.all.flatMap { $0.labels.map(\.name) }) == allowed)
  }

  @Test("OpenMetrics' shorter counter names do not meet another family's name")
  func openMetricsNames() {
    #expect(Set(Metrics.all.map(\.nameWithoutTotal)).count == Metrics.all.count)
  }

  @Test(
    "A histogram has at most 6 buckets, with bounds that OpenMetrics writes without an exponent",
    arguments: [HistogramBounds.eventDelay, .visitsToFinding])
  func bounds(bounds: HistogramBounds) {
    #expect(bounds.upperBounds.count <= 5)
    #expect(bounds.upperBounds == bounds.upperBounds.sorted())
    #expect(Set(bounds.upperBounds).count == bounds.upperBounds.count)
    #expect(bounds.upperBounds.allSatisfy { (0.001..<1e6).contains($0) })
  }
}
