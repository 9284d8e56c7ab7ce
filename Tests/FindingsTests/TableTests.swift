// SPDX-License-Identifier: Apache-2.0

import EventScript
import Findings
import Testing
import Wire

@Suite("The findings table")
struct TableTests {
  private var script: EventScript {
    var script = EventScript.beacon(visits: 6)
    let syncd = EventScript.image(990)
    let scraper = EventScript.image(991)
    script.start(syncd, "/home/u/syncd")
    script.start(scraper, "/usr/bin/scraper")
    let remote = EventScript.endpoint("198.51.100.7:8080")
    for time in [500.0, 750, 880, 1_300] {
      script.visit(syncd, at: time, to: remote, sent: 1_000_000, received: 0)
    }
    let target = EventScript.endpoint("10.0.0.7:9100")
    for index in 0..<10 { script.visit(scraper, at: 1_400 + 15 * Double(index), to: target) }
    return script
  }

  @Test("Worst first, aligned, with a line that sums up")
  func table() {
    let lines = PipelineRun(script).table().split(separator: "\n").map(String.init)
    #expect(lines.count == 4)
    #expect(
      lines[0]
        == "SEV     ANALYTIC           PROCESS          DESTINATION           SCORE  EVIDENCE")
    #expect(
      lines[2]
        == "medium  one-way  AN1599    syncd[990]       198.51.100.7:8080      1.00  "
        + "sent 4.0 MB, received 0 B on 4 of 4 sockets")
    #expect(lines[1].hasPrefix("high    beacon   AN0597    kupdater[4121]   203.0.113.9:443  "))
    #expect(lines[1].contains("every 60 s, jitter "))
    #expect(lines[1].hasSuffix("6 visits, 517 B +-0 %"))
    #expect(
      lines[3]
        == "2 findings (1 high, 1 medium); 1 pair looked periodic and was explained by context: "
        + "--all shows them")
  }

  @Test("Explained pairs are shown on request")
  func all() {
    let text = PipelineRun(script).table(.init(showsExplained: true))
    #expect(text.contains("explained  beacon"))
    #expect(text.hasSuffix("explained by context\n"))
  }

  @Test("Lines fit the width, and colour is an addition")
  func styles() {
    let run = PipelineRun(script)
    let fitting = run.table(.init(width: 100)).split(separator: "\n")
    #expect(fitting.dropLast().allSatisfy { $0.count <= 100 })
    #expect(fitting[1].hasSuffix("..."))
    let colored = run.table(.init(usesColor: true))
    #expect(colored.contains("\u{1b}[33mmedium\u{1b}[0m  "))
    #expect(!run.table().contains("\u{1b}"))
  }

  @Test("A narrow terminal shows each finding whole, on lines of its own")
  func narrow() {
    let run = PipelineRun(script)
    for width in [40, 60, 80] {
      let lines = run.table(.init(width: width)).split(separator: "\n").map(String.init)
      #expect(lines.dropLast().allSatisfy { $0.count <= width }, "\(width)")
      #expect(lines.contains("  syncd[990] to 198.51.100.7:8080"))
      #expect(lines.contains("medium one-way AN1599, score 1.00"))
    }
    let lines = run.table(.init(width: 40)).split(separator: "\n").map(String.init)
    #expect(lines.contains("  sent 4.0 MB, received 0 B on 4 of 4"))
    let colored = run.table(.init(width: 60, usesColor: true))
    #expect(colored.contains("\u{1b}[33mmedium\u{1b}[0m one-way"))
  }

  @Test("No findings are said to be none")
  func none() {
    #expect(PipelineRun(EventScript()).table() == "no findings\n")
  }
}
