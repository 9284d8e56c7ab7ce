// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@Suite("Bounds")
struct BoundTests {
  @Test("A full table takes the youngest slot of the owner that holds most")
  func fairness() {
    var slots = FairSlots<Int, String>(capacity: 4)
    _ = slots.insert(1, owner: "slow")
    for key in 2...4 { _ = slots.insert(key, owner: "sprayer") }
    #expect(slots.insert(5, owner: "sprayer").isTaken)
    #expect(slots.slot(of: 4) == nil)
    _ = slots.insert(6, owner: "newcomer")
    #expect(slots.slot(of: 5) == nil)
    #expect([1, 2, 3, 6].allSatisfy { slots.slot(of: $0) != nil })
    #expect(slots.evictions == 2)
    #expect(slots.count == 4)
  }

  @Test("Slots freed are used again before anything is evicted")
  func reuse() {
    var slots = FairSlots<Int, Int>(capacity: 3)
    for key in 0..<3 { _ = slots.insert(key, owner: key) }
    slots.remove(at: 1)
    let place = slots.insert(9, owner: 9)
    #expect(place.slot == 1)
    #expect(!place.isTaken)
    #expect(slots.evictions == 0)
  }

  @Test("Whoever opens too many sockets loses its own, not a stranger's")
  func sockets() {
    var script = EventScript()
    let quiet = EventScript.image(100)
    let sprayer = EventScript.image(200)
    script.start(quiet, "/usr/bin/quiet")
    script.start(sprayer, "/tmp/sprayer")
    let kept = script.connect(quiet, at: 10)
    for index in 0..<50 { script.connect(sprayer, at: 11 + Double(index) / 100) }
    script.burst(kept, quiet, first: 20, sent: 100)
    script.finish(kept, at: 30, written: 100)
    var limits = FlowLimits()
    limits.sockets = 8
    let (flows, told) = RecordingObserver.run(script, limits: limits)
    #expect(flows.counters.attributedBytes(.sent, .exact) == 100)
    #expect(told.ended.count { $0.openerSubject == told.requests[1].pair.subject } == 43)
    #expect(flows.tables.first { $0.name == "sockets" }?.evictions == 43)
  }

  @Test("A socket that lost its place is counted on from its next snapshot, not twice")
  func evictedSocket() {
    var script = EventScript()
    let process = EventScript.image(100)
    let first = script.connect(process, at: 10)
    script.burst(first, process, first: 10.1, sent: 1_000)
    script.connect(process, at: 11)
    script.connect(process, at: 12)
    script.burst(first, process, first: 13, sent: 1_500, sends: 2)
    script.burst(first, process, first: 14, sent: 1_700, sends: 3)
    var limits = FlowLimits()
    limits.sockets = 1
    let (flows, _) = RecordingObserver.run(script, limits: limits)
    #expect(flows.counters.attributedBytes(.sent, .exact) == 1_000)
    #expect(flows.counters.attributedBytes(.sent, .inferred) == 200)
  }

  @Test("A full process table gives up the longest exited one and refuses the rest")
  func processes() {
    var script = EventScript()
    let old = EventScript.image(1)
    script.start(old, "/usr/bin/old")
    script.start(EventScript.image(2), "/usr/bin/two")
    script.exit(old, at: 1)
    script.start(EventScript.image(3), "/usr/bin/three")
    script.start(EventScript.image(4), "/usr/bin/four")
    var limits = FlowLimits()
    limits.processes = 2
    let (flows, _) = RecordingObserver.run(script, limits: limits)
    #expect(flows.description(of: old).facts == nil)
    #expect(flows.description(of: EventScript.image(2)).facts != nil)
    #expect(flows.description(of: EventScript.image(3)).facts != nil)
    #expect(flows.description(of: EventScript.image(4)).facts == nil)
    // Each of the last two found the table full, and so did the last one's context.
    #expect(flows.tables.first { $0.name == "processes" }?.evictions == 3)
  }

  @Test("Long arguments have 64 MiB together; what finds no room keeps what the kernel side gives")
  func longArguments() {
    var script = EventScript()
    // Each is 32 KiB longer than that, its NUL counted: 2,048 of them are 64 MiB.
    let long = [String(repeating: "x", count: 2_048 + 32_768)]
    let images = (1...2_050).map { EventScript.image(UInt32($0), start: 1) }
    for image in images.dropLast() { script.start(image, "/tmp/java", arguments: long, at: 2) }
    // What is short finds room, and so does what is long when another is gone for 300 s.
    script.start(EventScript.image(9_000), "/usr/bin/java", arguments: ["java", "Main"], at: 3)
    script.exit(images[0], at: 4)
    for second in [10.0, 310] { script.tick(at: second) }
    script.start(images[2_049], "/tmp/java", arguments: long, at: 311)
    let flows = RecordingObserver.run(script).flows
    func bytes(_ image: ImageKey) -> Int? {
      flows.description(of: image).facts?.arguments.map { $0.reduce(0) { $0 + $1.bytes.count } }
    }
    #expect(bytes(images[1]) == 34_816 && bytes(images[2_047]) == 34_816)
    #expect(bytes(images[2_048]) == 2_048)
    #expect(flows.description(of: images[2_048]).facts?.areArgumentsCut == true)
    #expect(bytes(EventScript.image(9_000)) == 8)
    #expect(bytes(images[2_049]) == 34_816)
    #expect(flows.tables.first { $0.name == "processes" }?.evictions == 1)
  }

  @Test("Twenty names have series of their own, the rest is one, and every series only grows")
  func topNames() throws {
    var script = EventScript()
    for index in 0..<30 {
      let process = EventScript.image(UInt32(100 + index))
      script.start(process, "/usr/bin/tool\(index)")
      let socket = script.connect(process, at: 10 + Double(index) * 2)
      script.burst(socket, process, first: 10.1 + Double(index) * 2, sent: UInt64(100 + index))
    }
    var (flows, _) = RecordingObserver.run(script)
    flows.settle()
    let rows = flows.transfers.rows
    #expect(rows.count == ProcessTransfers.placeCount + 1)
    let sum = rows.reduce(0) { $0 + $1.bytes(.sent, .external) }
    #expect(sum == (0..<30).reduce(0) { $0 + UInt64(100 + $1) })
    #expect(rows.last?.name == nil)
  }
}
