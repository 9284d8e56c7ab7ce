// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

/// What went each way under one key on each of the last 14 days; constant size.
struct ExcessEgressPair: BitwiseCopyable, Sendable {
  private struct Day: BitwiseCopyable, Sendable {
    /// Unix days.
    var number: UInt32 = 0
    var sentBytes: UInt64 = 0
    var receivedBytes: UInt64 = 0
  }

  /// A sum over the days up to some day.
  struct Excess {
    var sentBytes: UInt64
    var receivedBytes: UInt64
    var days: Int

    var ratio: Double { Double(sentBytes) / Double(max(receivedBytes, 1)) }
  }

  static let width: UInt32 = 14

  /// By the day modulo 14.
  private var days = InlineArray<14, Day>(repeating: Day())
  private var lastDay: UInt32 = 0
  /// From this day on wider keys count what this one has; it told of the days before.
  private(set) var sharedFrom: UInt32 = 0
  /// Of an address: the names it was reached by, as numbers.
  private(set) var names = DistinctNumbers<4>()
  /// Of a wide key: until then one address is taken to have sent nearly all.
  var dominatedUntil = KernelInstant.zero
  private var addresses = DistinctNumbers<8>()
  var trail: EgressTrail

  init(_ now: KernelInstant) {
    trail = EgressTrail(now)
  }

  mutating func note(
    _ movement: Movement, _ payload: ExcessEgressPayload, on socket: Socket, day: UInt32
  ) {
    addresses.note(DistinctNumbers<8>.number(of: socket.remote.address))
    trail.note(movement, on: socket)
    let place = Int(day % Self.width)
    if days[place].number != day { days[place] = Day(number: day) }
    days[place].sentBytes &+= payload.sentBytes
    days[place].receivedBytes &+= payload.receivedBytes
    lastDay = max(lastDay, day)
  }

  mutating func note(name number: UInt64) { names.note(number) }

  /// This key tells of its days up to `day`.
  mutating func noteTold(_ day: UInt32) { sharedFrom = max(sharedFrom, day &+ 1) }

  /// Sent within these days.
  func sentBytes(_ range: ClosedRange<UInt32>) -> UInt64 {
    var sum: UInt64 = 0
    for place in days.indices where range.contains(days[place].number) {
      sum &+= days[place].sentBytes
    }
    return sum
  }

  /// Takes out what another key has of the days from `day` on: that one tells of it.
  mutating func subtract(_ other: ExcessEgressPair, from day: UInt32) {
    for place in days.indices
    where days[place].number == other.days[place].number && days[place].number >= day {
      days[place].sentBytes -= min(days[place].sentBytes, other.days[place].sentBytes)
      days[place].receivedBytes -= min(days[place].receivedBytes, other.days[place].receivedBytes)
    }
  }

  /// What went each way on one day.
  func moved(on day: UInt32) -> (sent: UInt64, received: UInt64) {
    let entry = days[Int(day % Self.width)]
    return entry.number == day ? (entry.sentBytes, entry.receivedBytes) : (0, 0)
  }

  /// The days up to `day`, as many as give the largest ratio; nil where none reaches both bounds.
  func excess(upTo day: UInt32, _ settings: ExcessEgressSettings) -> Excess? {
    var sum = Excess(sentBytes: 0, receivedBytes: 0, days: 0)
    var best: Excess?
    for age in 0..<min(Self.width, day &+ 1) {
      let entry = days[Int((day - age) % Self.width)]
      sum.days = Int(age) + 1
      guard entry.number == day - age else { continue }
      sum.sentBytes &+= entry.sentBytes
      sum.receivedBytes &+= entry.receivedBytes
      let isReached =
        sum.sentBytes >= settings.outboundByteFloor
        && sum.ratio >= settings.outboundByteThreshold
      if isReached, sum.ratio > best?.ratio ?? 0 { best = sum }
    }
    return best
  }

  func isStale(_ now: KernelInstant) -> Bool {
    trail.isStale(now, after: keptSeconds)
  }

  /// Nil where nothing is excessive.
  func evidence(_ settings: ExcessEgressSettings) -> ExcessEgressEvidence? {
    guard let actor = trail.actor, let excess = excess(upTo: lastDay, settings) else { return nil }
    return ExcessEgressEvidence(
      firstSeen: trail.firstSeen, lastSeen: trail.lastSeen, image: actor.image,
      opener: actor.opener,
      origin: actor.origin, sentBytes: excess.sentBytes, receivedBytes: excess.receivedBytes,
      ratio: excess.ratio, days: excess.days, addresses: addresses.count,
      connections: trail.connections.all)
  }
}

/// The numbers of an excess-egress finding.
public struct ExcessEgressEvidence: BehaviourEvidence, Sendable {
  public var firstSeen: KernelInstant
  public var lastSeen: KernelInstant
  public var image: ImageKey
  public var opener: ImageKey?
  public var origin: Socket.Origin
  /// Within `days`, beyond TLS handshakes.
  public var sentBytes: UInt64
  public var receivedBytes: UInt64
  /// Sent over received, with one byte received at least.
  public var ratio: Double
  /// The last days that the sums are of, 1 to 14.
  public var days: Int
  /// Distinct remote addresses, at most 8.
  public var addresses: Int
  /// Oldest first, at most ten.
  public var connections: [RecentConnection]

  public var idleSeconds: Double { max(3 * usualPause, 3_600) }
}

extension ExcessEgressPair: SavedPair {
  static var empty: ExcessEgressPair { ExcessEgressPair(.zero) }

  var lastSeen: KernelInstant { trail.lastSeen }

  var keptSeconds: Double { 14 * 86_400 }

  mutating func carry(_ carrier: inout NumberCarrier) {
    for index in days.indices {
      carrier.carry(count: &days[index].number)
      carrier.carry(count: &days[index].sentBytes)
      carrier.carry(count: &days[index].receivedBytes)
    }
    carrier.carry(count: &lastDay)
    carrier.carry(count: &sharedFrom)
    carrier.carry(&names)
    carrier.carry(&dominatedUntil)
    carrier.carry(&addresses)
    carrier.carry(&trail)
  }

}

extension ExcessEgressPair {
  /// The wall clock was set: what was counted on one day was counted on another.
  mutating func move(byDays by: Int64) {
    let old = days
    days = InlineArray(repeating: Day())
    for index in old.indices where old[index].sentBytes | old[index].receivedBytes > 0 {
      var day = old[index]
      day.number = UInt32(clamping: Int64(day.number) + by)
      days[Int(day.number % Self.width)] = day
    }
    lastDay = UInt32(clamping: Int64(lastDay) + by)
    if sharedFrom > 0 { sharedFrom = UInt32(clamping: Int64(sharedFrom) + by) }
  }
}
