// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

/// Remotes whose packets belong to no flow.
struct ResetTable: Sendable {
  private struct Remote: BitwiseCopyable, Sendable {
    var firstSeen: KernelInstant
    var lastSeen: KernelInstant
    var ports = DistinctNumbers<64>()
    var total: UInt64 = 0
    var minute: UInt64 = 0
    var minuteCount: UInt64 = 0
    var peak: UInt64 = 0
    var lastSignal: KernelInstant?
  }

  /// Linux's default range for the local ends of its own connections (ip_local_port_range).
  ///
  /// What is reset there are mostly late segments of connections that this host made and closed
  /// first: a server's last words after close. They are no sign of a scan.
  private static let ownConnections: ClosedRange<UInt16> = 32_768...60_999
  private static let day: UInt64 = 86_400_000_000_000
  private static let minute: UInt64 = 60_000_000_000

  private let settings: NonconformingSettings
  private var remotes: PairTable<Remote>
  /// The one remote from outside that was told today, and since when.
  private var external: (pair: Pair, since: KernelInstant)?

  init(settings: NonconformingSettings) {
    self.settings = settings
    remotes = PairTable(limit: settings.remoteLimit)
  }

  var count: Int { remotes.count }
  var limit: Int { remotes.limit }
  var evictions: UInt64 { remotes.evictions }

  /// True where the remote is to be told of: at most once a minute, and of all remotes from outside
  /// one a day, for the internet scans everybody.
  mutating func record(_ reset: ResetEvent, _ pair: Pair) -> Bool {
    guard !Self.ownConnections.contains(reset.local.port) else { return false }
    let now = reset.time
    let slot =
      remotes.slot(of: pair)
      ?? remotes.insert(pair, Remote(firstSeen: now, lastSeen: now)) {
        now.nanoseconds(since: $0.lastSeen) > Self.day
      }
    if now.nanoseconds(since: remotes[slot].firstSeen) > Self.day {
      remotes[slot] = Remote(firstSeen: now, lastSeen: now, lastSignal: remotes[slot].lastSignal)
    }
    remotes[slot].lastSeen = max(remotes[slot].lastSeen, now)
    remotes[slot].ports.note(UInt64(reset.local.port))
    remotes[slot].total += 1
    let minute = now.nanoseconds / Self.minute
    if remotes[slot].minute != minute {
      remotes[slot].minute = minute
      remotes[slot].minuteCount = 0
    }
    remotes[slot].minuteCount += 1
    remotes[slot].peak = max(remotes[slot].peak, remotes[slot].minuteCount)
    guard isReached(remotes[slot]), isTold(pair, at: now) else { return false }
    if let last = remotes[slot].lastSignal, now.nanoseconds(since: last) < Self.minute {
      return false
    }
    remotes[slot].lastSignal = now
    return true
  }

  private func isReached(_ remote: Remote) -> Bool {
    remote.ports.count >= settings.resetPorts || remote.peak >= UInt64(settings.resetsPerMinute)
  }

  private mutating func isTold(_ pair: Pair, at now: KernelInstant) -> Bool {
    guard pair.destination.scope == .external else { return true }
    if let external, now.nanoseconds(since: external.since) < Self.day {
      return external.pair == pair
    }
    external = (pair, now)
    return true
  }

  func evidence(of pair: Pair) -> NonconformingEvidence? {
    guard let slot = remotes.slot(of: pair), isReached(remotes[slot]) else { return nil }
    let remote = remotes[slot]
    return NonconformingEvidence(
      firstSeen: remote.firstSeen, lastSeen: remote.lastSeen, image: .unattributed, opener: nil,
      origin: .burst, promise: nil, seen: nil, contradictingSockets: 0, conformingSockets: 0,
      isServerFirst: nil, quietDays: nil,
      resets: ResetEvidence(
        localPorts: remote.ports.count, peakPerMinute: remote.peak, total: remote.total,
        isFromPrivate: pair.destination.scope != .external),
      connections: [])
  }
}
