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
  var beacon: Beacon
  var oneWay: OneWay
  var tlsEgress: TLSEgress
  var excessEgress: ExcessEgress
  var nonconforming: Nonconforming
  /// Verdicts that depend on context are counted by who judges that.
  private var judged: [VerdictCounts]

  /// `epochNanoseconds` is Unix time of boot time 0 when the stream began.
  public init(settings: AnalyticSettings = AnalyticSettings(), epochNanoseconds: Int64 = 0) {
    self.settings = settings
    let epochSeconds = Double(epochNanoseconds) / 1e9
    beacon = Beacon(settings: settings.beacon, epochSeconds: epochSeconds)
    oneWay = OneWay(settings: settings.oneWay)
    tlsEgress = TLSEgress(settings: settings.tlsEgress, epochSeconds: epochSeconds)
    excessEgress = ExcessEgress(settings: settings.excessEgress, epochSeconds: epochSeconds)
    nonconforming = Nonconforming(settings: settings.nonconforming, epochSeconds: epochSeconds)
    judged = Analytic.allCases.map { _ in VerdictCounts() }
  }

  /// The wall clock was set, or is believed now: what is kept in Unix time goes with it.
  ///
  /// What happened so many seconds ago still did.
  public mutating func move(bySeconds seconds: Double) {
    beacon.move(bySeconds: seconds)
    tlsEgress.move(bySeconds: seconds)
    excessEgress.move(bySeconds: seconds)
    nonconforming.move(bySeconds: seconds)
  }

  // MARK: Flow observer

  public mutating func requested(_ request: Request) {
    guard isJudged(request.pair.destination.scope) else { return }
    signal(.beacon, beacon.record(request), at: request.time)
    signal(.nonconforming, nonconforming.record(request), at: request.time)
  }

  public mutating func failed(_ pair: Pair, on socket: Socket) {
    guard isJudged(pair.destination.scope) else { return }
    beacon.recordFailure(pair, socket)
  }

  public mutating func exchanged(_ exchange: Exchange) {
    guard isJudged(exchange.pair.destination.scope) else { return }
    beacon.record(exchange)
  }

  public mutating func moved(_ movement: Movement, on socket: Socket) {
    var movement = movement
    // Through a proxy it went to whom the proxy was asked for.
    if let target = socket.target {
      movement.pair = Pair(subject: movement.pair.subject, destination: target)
    }
    guard isJudged(movement.pair.destination.scope) else { return }
    signal(.tlsEgress, tlsEgress.record(movement, on: socket), at: movement.time)
    signal(.excessEgress, excessEgress.record(movement, on: socket), at: movement.time)
  }

  public mutating func read(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {
    recordName(of: socket, at: now, isOver: false, notes: &notes)
    guard isJudged(socket) else { return }
    judgeConformity(socket, at: now, isOver: false, notes: &notes)
  }

  public mutating func executed(_ execution: Execution) {
    nonconforming.record(execution)
  }

  public mutating func rejected(_ reset: ResetEvent, _ pair: Pair) {
    guard isJudged(pair.destination.scope) else { return }
    signal(.nonconforming, nonconforming.record(reset, pair), at: reset.time)
  }

  public mutating func aged(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {
    judgeOneWay(socket, at: now, notes: &notes)
  }

  public mutating func ended(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {
    recordName(of: socket, at: now, isOver: true, notes: &notes)
    if isJudged(socket) { noteEnd(of: socket, at: now, notes: &notes) }
    judgeOneWay(socket, at: now, notes: &notes)
  }

  private mutating func noteEnd(
    of socket: Socket, at now: KernelInstant, notes: inout ObserverNotes
  ) {
    if socket.role == .outbound, let principal = socket.principal,
      let pair = socket.pair(of: principal.subject)
    {
      beacon.recordEnd(pair, socket)
      judgeConformity(socket, at: now, isOver: true, notes: &notes)
    } else if socket.role == .unknown, socket.sentBytes > 0 {
      beacon.recordUnknownRole()
    }
  }

  /// What a proxy on this host was asked for is judged by where that is.
  private mutating func recordName(
    of socket: Socket, at now: KernelInstant, isOver: Bool, notes: inout ObserverNotes
  ) {
    guard !notes.contains(.countedNamed), let visit = NamedVisit(socket, isOver: isOver, at: now),
      isJudged(visit.pair.destination.scope)
    else { return }
    notes.insert(.countedNamed)
    signal(.beacon, beacon.record(visit), at: now)
  }

  private mutating func judgeConformity(
    _ socket: Socket, at now: KernelInstant, isOver: Bool, notes: inout ObserverNotes
  ) {
    let broken = nonconforming.judge(socket, at: now, isOver: isOver, notes: &notes)
    signal(.nonconforming, broken, at: now)
  }

  private mutating func judgeOneWay(
    _ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes
  ) {
    guard let scope = OneWay.destination(of: socket)?.scope, isJudged(scope) else { return }
    signal(.oneWay, oneWay.judge(socket, at: now, notes: &notes), at: now)
  }

  private func isJudged(_ socket: Socket) -> Bool {
    socket.destinationScope.map(isJudged) ?? false
  }

  private func isJudged(_ scope: DestinationScope) -> Bool {
    scope != .loopback || settings.includeLoopback
  }

  private mutating func signal(_ analytic: Analytic, _ pair: Pair?, at time: KernelInstant) {
    guard let pair else { return }
    signals.append(Signal(analytic: analytic, pair: pair, time: time))
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
    guard var assessment = judge(analytic, pair, facts) else { return nil }
    if let twin = analytic.twin, let tests = testsMet(twin, pair, facts) {
      assessment.add(tests, of: twin)
    }
    assessment.contradictsPort = nonconforming.contradicts(assessment.remotePair)
    return assessment
  }

  private func judge(_ analytic: Analytic, _ pair: Pair, _ facts: SubjectFacts) -> Assessment? {
    switch analytic {
    case .beacon: return beacon.assessment(of: pair, facts)
    case .oneWay: return oneWay.assessment(of: pair, facts)
    case .tlsEgress:
      guard let evidence = tlsEgress.evidence(of: pair),
        let tests = tlsEgress.tests(of: evidence, facts)
      else { return nil }
      return Assessment(pair: pair, evidence: .tlsEgress(evidence), tests: tests)
    case .excessEgress:
      guard let evidence = excessEgress.evidence(of: pair),
        let tests = excessEgress.tests(of: evidence, facts)
      else { return nil }
      return Assessment(pair: pair, evidence: .excessEgress(evidence), tests: tests)
    case .nonconforming:
      guard let evidence = nonconforming.evidence(of: pair),
        let tests = nonconforming.tests(of: evidence, facts)
      else { return nil }
      var assessment = Assessment(pair: pair, evidence: .nonconforming(evidence), tests: tests)
      assessment.isFromNeighbour = evidence.resets?.isFromPrivate ?? false
      return assessment
    }
  }

  /// The tests of an analytic that the pair meets too; nil where it does not.
  private func testsMet(
    _ analytic: Analytic, _ pair: Pair, _ facts: SubjectFacts
  ) -> [TestResult]? {
    guard let assessment = judge(analytic, pair, facts) else { return nil }
    if case .tlsEgress(let evidence) = assessment.evidence,
      evidence.peakWindowBytes < settings.tlsEgress.dataTransferThreshold
    {
      return nil
    }
    return assessment.tests
  }

  /// Counts what a signal came to once its context was weighed.
  public mutating func count(_ verdict: Verdict, of analytic: Analytic) {
    judged[analytic.index].count(verdict)
  }

  // MARK: Metrics

  public func evaluations(_ analytic: Analytic, _ verdict: Verdict) -> UInt64 {
    let own =
      switch analytic {
      case .beacon: beacon.counts
      case .oneWay: oneWay.counts
      case .tlsEgress: tlsEgress.counts
      case .excessEgress: excessEgress.counts
      case .nonconforming: nonconforming.counts
      }
    return own[verdict] &+ judged[analytic.index][verdict]
  }

  public func pairCount(_ analytic: Analytic) -> Int {
    switch analytic {
    case .beacon: beacon.pairCount
    case .oneWay: oneWay.pairCount
    case .tlsEgress: tlsEgress.pairCount
    case .excessEgress: excessEgress.pairCount
    case .nonconforming: nonconforming.pairCount
    }
  }

  /// The bounded tables: name, entries, limit and entries lost to the limit.
  public var tables: [(name: String, count: Int, limit: Int, evictions: UInt64)] {
    beacon.tables + oneWay.tables + tlsEgress.tables + excessEgress.tables + nonconforming.tables
  }
}
