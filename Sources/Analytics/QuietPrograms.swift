// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

/// Executables that were started, on how many days, and whether they ever used the network.
struct QuietPrograms: Sendable {
  private struct Program: BitwiseCopyable, Sendable {
    /// Unix days.
    var lastDay: Int64
    var days: Int
    var usesNetwork: Bool
  }

  private let settings: NonconformingSettings
  private var epochSeconds: Double
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
    let day = day(execution.event.time)
    guard let slot = slots.slot(of: number) else {
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
    guard let slot = slots.slot(of: number) else {
      // It was running before the sensor: what it did is not known.
      insert(number, Program(lastDay: 0, days: 0, usesNetwork: true))
      return nil
    }
    guard !programs[slot].usesNetwork else { return nil }
    programs[slot].usesNetwork = true
    let days = programs[slot].days
    // The day of the first use is none before it.
    let before = programs[slot].lastDay == day(request.time) ? days - 1 : days
    return before >= settings.quietDays ? before : nil
  }

  /// The wall clock was set.
  mutating func move(bySeconds seconds: Double) {
    epochSeconds += seconds
    let days = Int64((seconds / 86_400).rounded())
    for slot in programs.indices where programs[slot].days > 0 { programs[slot].lastDay += days }
  }

  private mutating func insert(_ number: UInt64, _ program: Program) {
    let place = slots.insert(number, owner: 0)
    if place.slot == programs.count {
      programs.append(program)
    } else {
      programs[place.slot] = program
    }
  }

  private func day(_ time: KernelInstant) -> Int64 {
    Int64(max(epochSeconds + time.seconds, 0)) / 86_400
  }

  /// Resolver, Kerberos and directory: what any program does when it asks who a user is.
  private static func isInfrastructure(_ port: UInt16) -> Bool {
    [53, 853, 88, 464, 749, 389, 636, 3268, 3269].contains(port)
  }
}
