// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Protocols
internal import Wire

// nonconforming (the logic of AN1999, detection strategy DET0867, technique T1595.002; ATT&CK
// v18.1; its sibling for Linux is AN0634 of T1571).
//
// Question  Does traffic break what its port promises, come from a program that never used the
//           network, or belong to no flow at all?
// Formula   First bytes sent that are not of the port's protocol; the first outbound connection of
//           an executable that ran on 5 days without one; resets to one remote from 20 local ports
//           in a day or 100 in a minute.
// Source    docs/analytics/nonconforming.md.
// Misses    docs/analytics/nonconforming.md, "Known misses": ports that promise nothing, what
//           imitates the protocol's first bytes, executables that were running before the sensor.

/// Finds traffic that does not follow the expected standards and flows.
struct Nonconforming: Sendable {
  let settings: NonconformingSettings
  var pairs: PairTable<ConformityPair>
  private var programs: QuietPrograms
  private var resets: ResetTable
  private(set) var counts = VerdictCounts()

  init(settings: NonconformingSettings, epochSeconds: Double) {
    self.settings = settings
    pairs = PairTable(limit: settings.pairLimit)
    programs = QuietPrograms(settings: settings, epochSeconds: epochSeconds)
    resets = ResetTable(settings: settings)
  }

  var pairCount: Int { pairs.count + resets.count }

  var tables: [(name: String, count: Int, limit: Int, evictions: UInt64)] {
    [
      ("nonconforming_pairs", pairs.count, pairs.limit, pairs.evictions),
      ("nonconforming_programs", programs.count, programs.limit, programs.evictions),
      ("nonconforming_resets", resets.count, resets.limit, resets.evictions),
    ]
  }

  /// The wall clock was set: a pair's moments are in boot time, a program's days are not.
  mutating func move(bySeconds seconds: Double) { programs.move(bySeconds: seconds) }

  // MARK: Ports and first bytes

  /// Judges what a connection said first; true where it breaks its port's promise.
  ///
  /// `isOver` says that no more will be heard of the socket.
  mutating func judge(
    _ socket: Socket, at now: KernelInstant, isOver: Bool, notes: inout ObserverNotes
  ) -> Pair? {
    guard socket.role == .outbound, PortPromise.word(socket.remote.port) != nil,
      let principal = socket.principal, let pair = socket.pair(of: principal.subject)
    else { return nil }
    guard !notes.contains(.countedConformity) else {
      if let slot = pairs.slot(of: pair) { pairs[slot].update(socket, at: now) }
      return nil
    }
    guard let isKept = isKept(socket, isOver: isOver) else {
      if isOver { counts.count(.insufficientData) }
      return nil
    }
    let slot = pairs.slot(of: pair) ?? pairs.insert(pair, ConformityPair(now)) { $0.isStale(now) }
    pairs[slot].note(socket, principal.image, isKept: isKept, at: now)
    notes.insert(.countedConformity)
    if isKept {
      counts.count(.clear)
      return nil
    }
    return pair
  }

  private func isKept(_ socket: Socket, isOver: Bool) -> Bool? {
    let port = socket.remote.port
    guard let reading = socket.reading else { return nil }
    let received = reading.received.flatMap { PortPromise.isKept($0, by: port, isOver: isOver) }
    guard let sent = reading.sent else {
      // Nothing sent was seen. It may be lost, so only an end without a byte sent tells.
      if received == true { return true }
      return isOver && socket.sentBytes == 0 ? received : nil
    }
    let own = PortPromise.isKept(sent, by: port, isOver: isOver)
    // Either side that keeps it will do: a refusal in plain text is still HTTP on 443.
    if own == true || received == true { return true }
    // What comes back may keep it yet.
    if own == false, reading.received == nil, !isOver { return nil }
    return own
  }

  /// Whether the first bytes towards a remote broke its port's promise; nil where nobody knows.
  func contradicts(_ pair: Pair) -> Bool? {
    pairs.slot(of: pair).flatMap { pairs[$0].contradicts }
  }

  // MARK: Programs that never used the network

  mutating func record(_ execution: Execution) { programs.record(execution) }

  /// Takes a request; returns the pair where a quiet program begins to use the network.
  mutating func record(_ request: Request) -> Pair? {
    guard let days = programs.quietDays(until: request) else { return nil }
    let now = request.time
    let slot =
      pairs.slot(of: request.pair)
      ?? pairs.insert(request.pair, ConformityPair(now)) { $0.isStale(now) }
    pairs[slot].note(request, quietDays: days)
    return request.pair
  }

  // MARK: Packets of no flow

  /// Takes a packet that was answered with a reset; returns the pair when there are too many.
  mutating func record(_ reset: ResetEvent, _ pair: Pair) -> Pair? {
    guard resets.record(reset, pair) else {
      counts.count(.clear)
      return nil
    }
    return pair
  }

  // MARK: Verdict

  func evidence(of pair: Pair) -> NonconformingEvidence? {
    if let slot = pairs.slot(of: pair) {
      return pairs[slot].evidence(pair.destination.endpoint.port)
    }
    return resets.evidence(of: pair)
  }

  /// Every test that was made; nil where the host is not known well enough to tell.
  func tests(of evidence: NonconformingEvidence, _ facts: SubjectFacts) -> [TestResult]? {
    var tests: [TestResult] = []
    let breaks = evidence.contradictingSockets > 0
    if let promise = evidence.promise {
      let threshold = TestResult.Value.word(promise)
      tests.append(
        evidence.seen.map {
          TestResult(
            name: "port_promise", value: .word($0.rawValue), threshold: threshold, isMet: breaks)
        } ?? .unknown("port_promise", threshold: threshold))
    }
    if let serverFirst = evidence.isServerFirst {
      tests.append(
        TestResult(
          name: "server_speaks_first", value: .flag(serverFirst), threshold: .flag(true),
          isMet: serverFirst))
    }
    let days = TestResult.Value.count(UInt64(settings.quietDays))
    if let quiet = evidence.quietDays, !facts.isLearning {
      tests.append(
        TestResult(
          name: "first_network_use", value: .count(UInt64(quiet)), threshold: days,
          isMet: quiet >= settings.quietDays))
    } else if evidence.resets == nil {
      tests.append(.unknown("first_network_use", threshold: days))
      // What a new host's programs never did is not known.
      if !breaks { return nil }
    }
    if let resets = evidence.resets { tests += self.tests(of: resets) }
    return tests
  }

  private func tests(of resets: ResetEvidence) -> [TestResult] {
    [
      TestResult(
        name: "reset_ports", value: .count(UInt64(resets.localPorts)),
        threshold: .count(UInt64(settings.resetPorts)),
        isMet: resets.localPorts >= settings.resetPorts),
      TestResult(
        name: "resets_per_minute", value: .count(resets.peakPerMinute),
        threshold: .count(UInt64(settings.resetsPerMinute)),
        isMet: resets.peakPerMinute >= UInt64(settings.resetsPerMinute)),
      TestResult(
        name: "from_private_address", value: .flag(resets.isFromPrivate), threshold: .flag(true),
        isMet: resets.isFromPrivate),
    ]
  }
}
