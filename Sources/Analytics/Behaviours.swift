// SPDX-License-Identifier: Apache-2.0

public import Flows
public import Wire

/// All analytics, fed by the flow tables.
///
/// A pair that behaves is only signalled, in a few words without allocation; who keeps findings
/// asks for the evidence when a finding is due.
public struct Behaviours: FlowObserver, Sendable {
  /// A pair showed a behaviour again.
  public struct Signal: Hashable, Sendable {
    public var analytic: Analytic
    public var pair: Pair
    public var time: KernelInstant
  }

  public let settings: AnalyticSettings
  /// What happened since it was last emptied.
  public private(set) var signals: [Signal] = []
  private var beacon: Beacon
  private var oneWay: OneWay
  /// Verdicts that depend on context are counted by who judges that.
  private var judged: [VerdictCounts]

  /// `epochNanoseconds` is Unix time of boot time 0 when the stream began.
  public init(settings: AnalyticSettings = AnalyticSettings(), epochNanoseconds: Int64 = 0) {
    self.settings = settings
    beacon = Beacon(settings: settings.beacon, epochSeconds: Double(epochNanoseconds) / 1e9)
    oneWay = OneWay(settings: settings.oneWay)
    judged = Analytic.allCases.map { _ in VerdictCounts() }
  }

  // MARK: Flow observer

  public mutating func requested(_ request: Request) {
    guard isJudged(request.pair.destination.scope) else { return }
    guard beacon.record(request) else { return }
    signals.append(Signal(analytic: .beacon, pair: request.pair, time: request.time))
  }

  public mutating func failed(_ pair: Pair, on socket: Socket) {
    guard isJudged(pair.destination.scope) else { return }
    beacon.recordFailure(pair, socket)
  }

  public mutating func exchanged(_ exchange: Exchange) {
    guard isJudged(exchange.pair.destination.scope) else { return }
    beacon.record(exchange)
  }

  public mutating func aged(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {
    judgeOneWay(socket, at: now, notes: &notes)
  }

  public mutating func ended(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {
    guard let scope = socket.scope, isJudged(scope) else { return }
    if socket.role == .outbound, let principal = socket.principal,
      let pair = socket.pair(of: principal.subject)
    {
      beacon.recordEnd(pair, socket)
    } else if socket.role == .unknown, socket.sentBytes > 0 {
      beacon.recordUnknownRole()
    }
    judgeOneWay(socket, at: now, notes: &notes)
  }

  private mutating func judgeOneWay(
    _ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes
  ) {
    guard let scope = socket.scope, isJudged(scope) else { return }
    guard let pair = oneWay.judge(socket, at: now, notes: &notes) else { return }
    signals.append(Signal(analytic: .oneWay, pair: pair, time: now))
  }

  private func isJudged(_ scope: DestinationScope) -> Bool {
    scope != .loopback || settings.includeLoopback
  }

  // MARK: What findings ask for

  public mutating func removeSignals() {
    signals.removeAll(keepingCapacity: true)
  }

  /// The evidence for a signalled pair, weighed with what else is known of it.
  ///
  /// Nil once its table gave the pair up, and where the facts show that there is nothing to tell.
  public func assessment(
    of analytic: Analytic, _ pair: Pair, facts: SubjectFacts = SubjectFacts()
  ) -> Assessment? {
    switch analytic {
    case .beacon:
      guard let evidence = beacon.evidence(of: pair) else { return nil }
      return Assessment(
        pair: pair, evidence: .beacon(evidence), tests: beacon.tests(of: evidence),
        isOutage: false, isFaint: false)
    case .oneWay:
      guard let evidence = oneWay.evidence(of: pair) else { return nil }
      return Assessment(
        pair: pair, evidence: .oneWay(evidence), tests: oneWay.tests(of: evidence),
        isOutage: oneWay.isOutage(evidence), isFaint: oneWay.isFaint(evidence))
    case .tlsEgress, .excessEgress, .nonconforming: return nil
    }
  }

  /// Counts what a signal came to once its context was weighed.
  public mutating func count(_ verdict: Verdict, of analytic: Analytic) {
    judged[analytic.index].count(verdict)
  }

  // MARK: Metrics

  public func evaluations(_ analytic: Analytic, _ verdict: Verdict) -> UInt64 {
    let own = analytic == .beacon ? beacon.counts : oneWay.counts
    return own[verdict] &+ judged[analytic.index][verdict]
  }

  public func pairCount(_ analytic: Analytic) -> Int {
    switch analytic {
    case .beacon: beacon.pairCount
    case .oneWay: oneWay.pairCount
    case .tlsEgress, .excessEgress, .nonconforming: 0
    }
  }

  /// The bounded tables: name, entries, limit and entries lost to the limit.
  public var tables: [(name: String, count: Int, limit: Int, evictions: UInt64)] {
    beacon.tables + oneWay.tables
  }
}
