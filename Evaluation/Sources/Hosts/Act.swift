// SPDX-License-Identifier: Apache-2.0

public import Randomness

/// Something a host does at a time, in seconds since boot.
public struct Act: Sendable {
  public let time: Double
  /// It is one visit of what it belongs to, and not its beginning or end.
  public let isVisit: Bool
  public let write: @Sendable (inout HostWriter) -> Void

  public init(
    _ time: Double, isVisit: Bool = true, _ write: @escaping @Sendable (inout HostWriter) -> Void
  ) {
    self.time = time
    self.isVisit = isVisit
    self.write = write
  }
}

/// A part of a host's normal life: what it does on each of its days.
public struct Service: Sendable {
  public let name: String
  /// Before the first day.
  public let begin: @Sendable (inout HostWriter) -> Void
  /// Acts of day `day`, from 0, in any order.
  public let plan: @Sendable (_ day: Int, _ random: inout SplitMix64) -> [Act]

  public init(
    _ name: String, begin: @escaping @Sendable (inout HostWriter) -> Void = { _ in },
    plan: @escaping @Sendable (Int, inout SplitMix64) -> [Act]
  ) {
    self.name = name
    self.begin = begin
    self.plan = plan
  }
}

/// A host with its services, day after day; a copy goes on by itself.
public struct SimulatedHost: Sendable {
  public static let secondsPerDay = 86_400.0
  /// Monday, 5 January 2026, 00:00 UTC: what boot time 0 is by the wall.
  public static let epochNanoseconds: Int64 = 1_767_571_200_000_000_000

  public private(set) var writer = HostWriter()
  private var random: SplitMix64
  private let services: [Service]
  /// What a day planned for after its end: a build job that began before midnight.
  private var pending: [Act] = []
  public private(set) var day = 0

  public init(_ services: [Service], seed: SplitMix64) {
    self.services = services
    random = seed
    writer.daemon(
      "systemd", .packaged("/usr/lib/systemd/systemd", "systemd"), parent: nil, at: 1)
    for service in services { service.begin(&writer) }
  }

  /// Lives through the next day; `body` sees every event and may end the day early by false.
  ///
  /// `also` are acts beside the host's own, at any time from now on. Of a quiet host, whose own
  /// life stands still meanwhile, they are all that happens.
  ///
  /// - Returns: those of them that lie beyond the day.
  @discardableResult
  public mutating func live(
    also: [Act] = [], isQuiet: Bool = false, _ body: (inout HostWriter) -> Bool
  ) -> [Act] {
    let end = Double(day + 1) * Self.secondsPerDay
    var acts = isQuiet ? [] : pending + services.flatMap { $0.plan(day, &random) }
    pending = acts.filter { $0.time >= end }
    acts.removeAll { $0.time >= end }
    acts += also.filter { $0.time < end }
    // Equal times keep the order of services: the sort must not depend on its algorithm.
    let order = acts.indices.sorted { (acts[$0].time, $0) < (acts[$1].time, $1) }
    day += 1
    for index in order {
      acts[index].write(&writer)
      if !body(&writer) { return [] }
    }
    writer.tick(at: end)
    _ = body(&writer)
    return also.filter { $0.time >= end }
  }
}
