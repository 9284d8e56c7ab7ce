// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

// one-way (the logic of AN1599, detection strategy DET0581, technique T1102.003; ATT&CK v18.1;
// its sibling for Linux is AN1600).
//
// Question  Does this subject send to a web service that gives nothing back?
// Formula   A socket is one-way when it was established, is web (first bytes TLS or HTTP, or a web
//           port), sent more than a client's handshake, and received + unread <= allowance; the
//           allowances are 1 KiB and 12 KiB over TLS (less where the server's first records tell)
//           and 0 else. Over TLS more must have gone out than came back, the client's handshake
//           not counted; else the socket is undecided and counts as nothing. A pair is one-way
//           when 3 such sockets were opened over 10 minutes or more. The other sign: 3 sockets
//           over 10 minutes that each asked once, downloaded, and never reported back; told of P3,
//           of P2 towards what is new here, and where programs start on the answers.
// Source    docs/analytics/one-way.md.
// Misses    docs/analytics/one-way.md, "Known misses": answers shorter than the allowance count as
//           none, little sent over TLS is undecided, a single long socket never counts as three, protocols that acknowledge.

/// Finds pairs that send to a web service and get nothing back.
struct OneWay: Sendable {
  let settings: OneWaySettings
  var pairs: PairTable<OneWayPair>
  private(set) var counts = VerdictCounts()

  init(settings: OneWaySettings) {
    self.settings = settings
    pairs = PairTable(limit: settings.pairLimit)
  }

  var pairCount: Int { pairs.count }

  var tables: [(name: String, count: Int, limit: Int, evictions: UInt64)] {
    [("one_way", pairs.count, pairs.limit, pairs.evictions)]
  }

  /// Judges a socket that ended, or that is long-lived and still open.
  ///
  /// Returns the pair when it is one-way by what is known now.
  mutating func judge(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) -> Pair?
  {
    guard socket.role == .outbound else {
      if socket.role == .unknown { counts.count(.insufficientData) }
      return nil
    }
    // A connect that was never answered is a failed visit, and no one-way socket.
    guard socket.isEstablished != false else { return nil }
    guard let traffic = OneWayTraffic(socket, settings), traffic.hasSent,
      let principal = socket.principal, let destination = Self.destination(of: socket)
    else { return nil }
    let pair = Pair(subject: principal.subject, destination: destination)
    guard socket.isEstablished == true else {
      counts.count(.insufficientData)
      return nil
    }
    guard traffic.outcome != .undecided || notes.contains(.countedOneWay) else {
      counts.count(.insufficientData)
      return nil
    }
    let slot =
      pairs.slot(of: pair)
      ?? pairs.insert(pair, OneWayPair()) { $0.isStale(now) }
    pairs[slot].recall(socket, notes: &notes)
    pairs[slot].note(socket, traffic, principal.image, at: now, notes: &notes)
    if traffic.outcome == .oneWay, isReached(pairs[slot]) { return pair }
    if pairs[slot].isPollDue(settings, at: now) { return pair }
    counts.count(.clear)
    return nil
  }

  /// Where it is judged to lead: to whom a proxy was asked for.
  ///
  /// A proxy outside stays what it is: whom it is asked for is the client's word, and a new one on
  /// each connection would make each a pair of its own.
  static func destination(of socket: Socket) -> Destination? {
    socket.scope == .external ? socket.destination : socket.target
  }

  private func isReached(_ pair: OneWayPair) -> Bool {
    pair.oneWaySockets >= UInt64(settings.socketThreshold)
      && pair.windowSeconds >= settings.timeWindowSeconds
  }

  func evidence(of pair: Pair) -> OneWayEvidence? {
    pairs.slot(of: pair).flatMap { pairs[$0].evidence(settings) }
  }
}
