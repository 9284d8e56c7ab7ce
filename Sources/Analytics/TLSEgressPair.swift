// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

/// What went out over TLS under one key; constant size.
struct TLSEgressPair: BitwiseCopyable, Sendable {
  /// Movement is told once a minute, for the minute before: what four minutes tell went out
  /// within five.
  private static let width: UInt64 = 4
  /// A run of sending ends after so many seconds without any.
  private static let runGapSeconds: UInt64 = 3_600

  /// By the Unix minute modulo four.
  private var minutes = InlineArray<4, UInt64>(repeating: 0)
  private var minuteBytes = InlineArray<4, UInt64>(repeating: 0)
  /// Sent within the last five minutes.
  private(set) var windowBytes: UInt64 = 0
  private var peakBytes: UInt64 = 0
  private var peakMinute: UInt64 = 0
  private var sentBytes: UInt64 = 0
  private var receivedBytes: UInt64 = 0
  /// Unix seconds.
  private var runStart: UInt64 = 0
  private var lastSend: UInt64 = 0
  /// The longest time for which one connection went on sending within the run, in seconds.
  private var persistedSeconds: UInt64 = 0
  var trail: EgressTrail

  init(_ now: KernelInstant) {
    trail = EgressTrail(now)
  }

  /// `seconds` are since 1970.
  mutating func note(_ movement: Movement, on socket: Socket, at seconds: UInt64) {
    sentBytes &+= movement.sentBytes
    receivedBytes &+= movement.receivedBytes
    trail.note(movement, on: socket)
    if movement.sentBytes > 0 {
      if runStart == 0 || seconds > lastSend &+ Self.runGapSeconds {
        runStart = seconds
        persistedSeconds = 0
      }
      lastSend = max(lastSend, seconds)
      let age = movement.time.nanoseconds(since: socket.openedAt) / 1_000_000_000
      persistedSeconds = max(persistedSeconds, min(age, seconds - min(runStart, seconds)))
    }
    let minute = seconds / 60
    let place = Int(minute % Self.width)
    if minutes[place] != minute {
      minutes[place] = minute
      minuteBytes[place] = 0
    }
    minuteBytes[place] &+= movement.sentBytes
    windowBytes = 0
    for index in minutes.indices where minutes[index] + Self.width > minute {
      windowBytes &+= minuteBytes[index]
    }
    if windowBytes >= peakBytes || minute > peakMinute + 60 {
      peakBytes = windowBytes
      peakMinute = minute
    }
  }

  /// Kept for a day: nothing older is asked for.
  func isStale(_ now: KernelInstant) -> Bool {
    trail.isStale(now, after: keptSeconds)
  }

  /// Nil before anything moved.
  var evidence: TLSEgressEvidence? {
    guard let actor = trail.actor else { return nil }
    return TLSEgressEvidence(
      firstSeen: trail.firstSeen, lastSeen: trail.lastSeen, image: actor.image,
      opener: actor.opener,
      origin: actor.origin, windowBytes: windowBytes, peakWindowBytes: peakBytes,
      sentBytes: sentBytes, receivedBytes: receivedBytes,
      persistedHours: Double(persistedSeconds) / 3_600,
      lastHour: Int(lastSend / 3_600 % 24), connections: trail.connections.all)
  }
}

/// The numbers of a tls-egress finding.
public struct TLSEgressEvidence: BehaviourEvidence, Sendable {
  public var firstSeen: KernelInstant
  public var lastSeen: KernelInstant
  public var image: ImageKey
  public var opener: ImageKey?
  public var origin: Socket.Origin
  /// Sent in the last five minutes, and in the most of the hour before.
  public var windowBytes: UInt64
  public var peakWindowBytes: UInt64
  /// Since this key was first seen.
  public var sentBytes: UInt64
  public var receivedBytes: UInt64
  /// The longest for which one connection went on sending, since this key began to send without a
  /// pause of an hour.
  public var persistedHours: Double
  /// UTC, 0 to 23.
  public var lastHour: Int
  /// Oldest first, at most ten.
  public var connections: [RecentConnection]

  public var idleSeconds: Double { 3_600 }
}

extension TLSEgressPair: SavedPair {
  static var empty: TLSEgressPair { TLSEgressPair(.zero) }

  var lastSeen: KernelInstant { trail.lastSeen }

  var keptSeconds: Double { 86_400 }

  mutating func carry(_ carrier: inout NumberCarrier) {
    for index in minutes.indices { carrier.carry(count: &minutes[index]) }
    for index in minuteBytes.indices { carrier.carry(&minuteBytes[index]) }
    carrier.carry(&windowBytes)
    carrier.carry(&peakBytes)
    carrier.carry(count: &peakMinute)
    carrier.carry(&sentBytes)
    carrier.carry(&receivedBytes)
    carrier.carry(count: &runStart)
    carrier.carry(count: &lastSend)
    carrier.carry(count: &persistedSeconds)
    carrier.carry(&trail)
  }

  mutating func move(bySeconds seconds: Double) {
    let whole = Int64(seconds.rounded())
    if runStart > 0 { runStart = Self.moved(runStart, whole) }
    lastSend = Self.moved(lastSend, whole)
    let steps = Int64((seconds / 60).rounded())
    peakMinute = Self.moved(peakMinute, steps)
    let (oldMinutes, oldBytes) = (minutes, minuteBytes)
    minutes = InlineArray(repeating: 0)
    minuteBytes = InlineArray(repeating: 0)
    for index in oldMinutes.indices where oldBytes[index] > 0 {
      let minute = Self.moved(oldMinutes[index], steps)
      let place = Int(minute % Self.width)
      minutes[place] = minute
      minuteBytes[place] &+= oldBytes[index]
    }
  }

  private static func moved(_ value: UInt64, _ by: Int64) -> UInt64 {
    UInt64(clamping: Int64(clamping: value).addingReportingOverflow(by).partialValue)
  }
}
