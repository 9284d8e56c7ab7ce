// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

/// Executables that were started, on how many days, and whether they ever used the network.
///
/// One that neither ran nor used the network for as long as the baseline remembers begins anew.
struct QuietPrograms: Sendable {
  private struct Program: BitwiseCopyable, Sendable {
    /// The Unix day it was last started or used the network.
    var lastDay: Int64
    var days: Int
    var usesNetwork: Bool
  }

  /// As `BaselineLimits.memoryDays`, and for the same reason: a quarterly job is still known.
  private static let memoryDays: Int64 = 90

  private let settings: NonconformingSettings
  private var epochSeconds: Double
  /// Of the last start or request.
  private var lastTime = KernelInstant.zero
  /// No owner brings more than another: the youngest goes first.
  private var slots: FairSlots<UInt64, UInt8>
  private var programs: [Program] = []

  init(settings: NonconformingSettings, epochSeconds: Double) {
    self.settings = settings
    self.epochSeconds = epochSeconds
    slots = FairSlots(capacity: settings.programLimit)
  }

  var count: Int { slots.count }
  var limit: Int { slots.capacity }
  var evictions: UInt64 { slots.evictions }

  mutating func record(_ execution: Execution) {
    guard let number = execution.executable else { return }
    lastTime = max(lastTime, execution.event.time)
    let day = day(execution.event.time)
    guard let slot = slot(of: number, on: day) else {
      insert(number, Program(lastDay: day, days: 1, usesNetwork: false))
      return
    }
    if day > programs[slot].lastDay {
      programs[slot].lastDay = day
      programs[slot].days += 1
    }
  }

  /// The days a program ran before this, its first use of the network, where they are enough.
  mutating func quietDays(until request: Request) -> Int? {
    guard let number = request.traits.executable,
      !Self.isInfrastructure(request.pair.destination.endpoint.port)
    else { return nil }
    lastTime = max(lastTime, request.time)
    let day = day(request.time)
    guard let slot = slot(of: number, on: day) else {
      // It was running before the sensor: what it did is not known.
      insert(number, Program(lastDay: day, days: 0, usesNetwork: true))
      return nil
    }
    // The day of the first use is none before it.
    let before = programs[slot].days - (programs[slot].lastDay == day ? 1 : 0)
    programs[slot].lastDay = max(programs[slot].lastDay, day)
    guard !programs[slot].usesNetwork else { return nil }
    programs[slot].usesNetwork = true
    return before >= settings.quietDays ? before : nil
  }

  /// Nil for a program that is not known, or no more.
  private mutating func slot(of number: UInt64, on day: Int64) -> Int? {
    guard let slot = slots.slot(of: number) else { return nil }
    guard Self.isStale(programs[slot], on: day) else { return slot }
    slots.remove(at: slot)
    return nil
  }

  private static func isStale(_ program: Program, on day: Int64) -> Bool {
    day - program.lastDay > memoryDays
  }

  /// The wall clock was set.
  mutating func move(bySeconds seconds: Double) {
    let before = day(lastTime)
    epochSeconds += seconds
    let days = day(lastTime) - before
    for slot in programs.indices where slots.key(at: slot) != nil { programs[slot].lastDay += days }
  }

  private mutating func insert(_ number: UInt64, _ program: Program) {
    if let stale = staleSlot(on: program.lastDay) { slots.remove(at: stale) }
    let place = slots.insert(number, owner: 0)
    if place.slot == programs.count {
      programs.append(program)
    } else {
      programs[place.slot] = program
    }
  }

  /// A function of its own, so that the second reference to the programs ends before they change.
  private mutating func staleSlot(on day: Int64) -> Int? {
    let held = programs
    return slots.nextStale { Self.isStale(held[$0], on: day) }
  }

  private func day(_ time: KernelInstant) -> Int64 {
    Int64(max(epochSeconds + time.seconds, 0)) / 86_400
  }

  /// Resolver, Kerberos and directory: what any program does when it asks who a user is.
  private static func isInfrastructure(_ port: UInt16) -> Bool {
    [53, 853, 88, 464, 749, 389, 636, 3268, 3269].contains(port)
  }
}
