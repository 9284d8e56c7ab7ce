// SPDX-License-Identifier: Apache-2.0

import EventScript
import Findings
import Foundation
import Testing

@testable import Sensor

@Suite("What suppressions would hide, and did")
struct SuppressionReportTests: SuppressionTesting {
  @Test("The test says what would be hidden, and what almost")
  func test() throws {
    let finding = try flat(Story.beacon())
    let rule = try request().rule(for: finding, now: Self.now)
    let other = try request { $0.analytic = "one-way" }.rule(for: finding, now: Self.now)
    let hidden = SuppressionReport.test(Suppressions(rules: [rule]), on: [finding])
    #expect(hidden.hasPrefix("hidden  \(finding.id) by \(rule.id): "))
    #expect(hidden.hasSuffix("\n1 of 1 findings would be hidden\n"))
    let nearly = SuppressionReport.test(Suppressions(rules: [other]), on: [finding])
    #expect(nearly.hasPrefix("nearly  \(finding.id) by \(other.id), but the analytic is another: "))
    #expect(nearly.hasSuffix("\n0 of 1 findings would be hidden\n"))
  }

  @Test("A run's hits are saved only where there are new ones")
  func keeper() throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let rule = try request().rule(for: try flat(Story.beacon()), now: Self.now)
    var keeper = SuppressionHitsKeeper(directory.path)
    var hits = SuppressionHits()
    keeper.save(hits)
    #expect(try directory.names() == [])
    hits.count(rule, at: 120)
    keeper.save(hits)
    #expect(try directory.read("suppression-hits") == "\(rule.id) 1 120\n")
    #expect(try directory.mode("suppression-hits") == 0o600)
    hits.count(rule, at: 170)
    keeper.save(hits)
    #expect(try directory.read("suppression-hits") == "\(rule.id) 2 170\n")
    // A later run goes on from there.
    var next = SuppressionHitsKeeper(directory.path)
    var more = SuppressionHits()
    more.count(rule, at: 300)
    next.save(more)
    #expect(try directory.read("suppression-hits") == "\(rule.id) 3 300\n")
    #expect(next.takeTrouble() == nil)
    directory.remove()
    try "a file".write(toFile: directory.path, atomically: false, encoding: .utf8)
    more.count(rule, at: 301)
    next.save(more)
    #expect(next.takeTrouble()?.contains("not saved") == true)
  }

  @Test("The list shows state, end and hits; hits add up over runs")
  func list() throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let rule = try request { $0.days = 10 }.rule(for: try flat(Story.beacon()), now: Self.now)
    _ = try SuppressionStore.add(rule, to: directory.path)
    for _ in 0..<2 {
      var run = SuppressionHits()
      run.count(rule, at: Self.now)
      run.count(rule, at: Self.now + 5)
      let before = SuppressionHitsFile.load(from: directory.path)
      try SuppressionHitsFile.save(before, adding: run, to: directory.path)
    }
    let hits = SuppressionHitsFile.load(from: directory.path)
    #expect(hits == [rule.id: SuppressionHits.Count(hits: 4, last: Self.now + 5)])
    let entries = try SuppressionStore.load([directory.path]).entries
    let text = SuppressionReport.list(entries, hits: hits, at: Self.now)
    #expect(
      text.hasPrefix("\(rule.id)  expiring until 2025-12-01, 4 hits, last 2025-11-21\n"))
    let json = SuppressionReport.json(entries, hits: hits, at: Self.now + 11 * 86_400)
    let value = try #require(JSONValue(Array(json.dropLast().utf8)))
    #expect(value["state"].text == "expired" && value["hits"].number == 4)
    #expect(value["reason"].text == "the agent \"reports\" here")
  }
}
