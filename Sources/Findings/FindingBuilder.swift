// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Flows
internal import Wire

/// Joins a behaviour with the process behind it and what surrounds both into a finding.
struct FindingBuilder {
  let header: StreamHeader
  let clock: WallClock
  let gathering: ContextGathering

  /// What will stay the same over a new finding's life.
  func identity(_ assessment: Assessment, _ flows: FlowTable) -> FindingIdentity {
    FindingIdentity(
      subject: flows.subject(assessment.pair.subject).map { "\($0)" } ?? "",
      firstSeen: clock.text(assessment.firstSeen), bootID: header.bootID,
      analytic: assessment.analytic, destination: assessment.pair.destination)
  }

  /// The severity alone, as `build` would give it.
  func severity(_ assessment: Assessment, _ flows: FlowTable, _ watch: Watch) -> Severity? {
    let process = flows.description(of: assessment.image)
    return SeverityJudgement(gathering.report(assessment, process, flows, watch).context)?.level
  }

  /// Nil where what surrounds the behaviour leaves nothing to tell.
  func build(
    _ assessment: Assessment, _ flows: FlowTable, _ watch: Watch, status: Finding.Status,
    identity: FindingIdentity
  ) -> Finding? {
    let process = flows.description(of: assessment.image)
    let subject = flows.subject(assessment.pair.subject)
    let report = gathering.report(assessment, process, flows, watch)
    guard let judgement = SeverityJudgement(report.context) else { return nil }
    let provenance = gathering.provenance(of: process)
    let described = describe(
      process, subject, provenance, lastSeen: assessment.lastSeen,
      answered: watch.reactions.summary(of: assessment.pair)?.children ?? 0)
    let facts = assessment.destinationFacts(flows)
    let destination = describe(assessment, facts, flows, watch)
    let from = assessment.firstSeen
    let to = assessment.lastSeen
    return Finding(
      id: identity.id,
      dedupKey: "\(identity.subject)|\(destination.address)|\(assessment.analytic.identifier)",
      subject: identity.subject, status: status, analytic: assessment.analytic,
      severity: judgement.level,
      severityReasons: judgement.reasons(
        report, provenance: provenance, scope: destination.scope,
        failingSince: assessment.failingSince.map(clock.text)),
      mode: watch.baseline.isLearning ? .learning : .ready, score: assessment.score,
      confidence: 1 - flows.ledger.lostShare(from: from, to: to),
      firstSeen: identity.firstSeen, lastSeen: clock.text(to),
      message: FindingMessage.text(assessment, described, destination), stream: header,
      process: described, opener: opener(assessment, flows), destination: destination,
      application: facts?.application, alpn: facts?.alpn ?? [], ja4: facts?.ja4,
      evidence: assessment.evidence, connections: connections(assessment),
      tests: assessment.tests + contextTests(provenance, report, destination.scope)
        + report.tests,
      attribution: attribution(assessment, process),
      lostEvents: flows.ledger.lostRecords(from: from, to: to))
  }

  private func describe(
    _ assessment: Assessment, _ facts: DestinationFacts?, _ flows: FlowTable, _ watch: Watch
  ) -> FindingDestination {
    let key = assessment.pair.destination
    let habits = watch.baseline.destinationHabits(of: assessment.pair)
    return FindingDestination(
      key: key, endpoint: assessment.remote, scope: key.scope, name: facts?.name,
      nameSource: facts?.nameSource,
      firstSeenHere: habits.map {
        let (nanoseconds, overflow) = $0.firstSeen.multipliedReportingOverflow(by: 1_000_000_000)
        return WallClock.text(unixNanoseconds: overflow ? .max : nanoseconds)
      }, otherSubjects: habits.map { max(0, $0.subjects - 1) },
      forwarder: assessment.isForwarded ? forwarder(of: assessment, flows) : nil)
  }

  private func forwarder(of assessment: Assessment, _ flows: FlowTable) -> FindingForwarder? {
    let visit = assessment.connections.last?.socket
    return flows.forwarder(at: assessment.remote, for: visit).map { forwarder in
      FindingForwarder(
        pid: forwarder.image.pid,
        path: flows.description(of: forwarder.image).facts?.executable?.description,
        remote: forwarder.remote)
    }
  }

  /// What was known of the process and the destination, as tests of their own.
  private func contextTests(
    _ provenance: ProvenanceJudgement?, _ report: ContextReport, _ scope: DestinationScope
  ) -> [TestResult] {
    let external = TestResult(
      name: "external_destination", value: .word(scope.rawValue), threshold: .word("external"),
      isMet: report.context.isExternal)
    let threshold = TestResult.Value.word("P2")
    guard let provenance else {
      return [.unknown("provenance", threshold: threshold), external]
    }
    let judged = TestResult(
      name: "provenance", value: .word(provenance.level.word), threshold: threshold,
      isMet: provenance.level >= .userWritable)
    let missing = provenance.missing.map {
      TestResult(name: $0, value: nil, threshold: nil, outcome: .insufficientData)
    }
    return [judged] + missing + [external]
  }

  private func attribution(
    _ assessment: Assessment, _ process: ProcessDescription
  ) -> Finding.Attribution {
    guard process.facts != nil else { return .unknown }
    switch assessment.origin {
    case .connect: return .exact
    case .adopt: return .adopted
    case .accept: return .inferred
    case .burst: return .unknown
    }
  }

  private func opener(_ assessment: Assessment, _ flows: FlowTable) -> FindingProcess? {
    guard let opener = assessment.opener, opener.process != assessment.image.process else {
      return nil
    }
    let process = flows.description(of: opener)
    return describe(
      process, nil, gathering.provenance(of: process), lastSeen: assessment.lastSeen,
      answered: nil)
  }

  private func connections(_ assessment: Assessment) -> [FindingConnection] {
    assessment.connections.map { connection in
      let state =
        switch connection.state {
        case .open: "open"
        case .closed(let reason): "closed: \(reason.rawValue)"
        case .failed(let reason): "failed: \(reason.rawValue)"
        }
      return FindingConnection(
        time: clock.text(connection.openedAt), local: connection.local,
        remote: connection.remote, state: state,
        communityID: CommunityID.tcp(connection.local, connection.remote))
    }
  }

  private func describe(
    _ process: ProcessDescription, _ subject: Subject?, _ provenance: ProvenanceJudgement?,
    lastSeen: KernelInstant, answered: Int?
  ) -> FindingProcess {
    let start = process.image.start
    return FindingProcess(
      pid: process.image.pid, startedAt: start, start: clock.text(start), facts: process.facts,
      executable: process.executable,
      arguments: process.facts?.arguments.map(Redaction.redact),
      modified: process.executable.modified.map(WallClock.text(unixNanoseconds:)),
      provenance: provenance, codeProvenance: process.provenance?.level,
      script: process.script.map { "\($0)" }, scriptSHA256: process.scriptFile.sha256,
      initiator: subject?.initiator.map(text),
      ancestors: process.ancestors.map(describe),
      ageSeconds: start == .zero ? nil : Double(lastSeen.nanoseconds(since: start)) / 1e9,
      childrenAfterVisits: process.facts == nil ? nil : answered,
      takesConnections: process.takesConnections,
      standIn: subject.flatMap(standIn))
  }

  private func standIn(_ subject: Subject) -> String? {
    guard case .address(let address) = subject.executable.origin else { return nil }
    return "\(address)"
  }

  private func text(_ initiator: Initiator) -> String {
    let path = initiator.executable.path.description
    return initiator.script.map { "\(path) \($0)" } ?? path
  }

  private func describe(_ ancestor: Ancestor) -> FindingProcess.Ancestor {
    FindingProcess.Ancestor(
      pid: ancestor.process.pid, start: clock.text(ancestor.process.start),
      executable: ancestor.event?.facts.executable?.description,
      arguments: ancestor.event?.facts.arguments.map(Redaction.redact))
  }
}

/// What stays the same over a finding's life.
struct FindingIdentity {
  let subject: String
  let firstSeen: String
  private(set) var id: String
  let bootID: String
  private let analytic: Analytic
  private let destination: Destination

  /// Goes on under an id from before, where there is one.
  init(
    id: String? = nil, subject: String, firstSeen: String, bootID: String, analytic: Analytic,
    destination: Destination
  ) {
    self.subject = subject
    self.firstSeen = firstSeen
    self.bootID = bootID
    self.analytic = analytic
    self.destination = destination
    self.id =
      id
      ?? FindingID.text(
        bootID: bootID, analytic: analytic, subject: subject, destination: destination,
        firstSeen: firstSeen)
  }

  /// A whole digest has 51 characters; two findings that share it are one.
  var canLengthen: Bool { id.count < 53 }

  /// Takes one more character, where another finding has the same id.
  mutating func lengthen() {
    id = FindingID.text(
      bootID: bootID, analytic: analytic, subject: subject, destination: destination,
      firstSeen: firstSeen, characters: id.count - 1)
  }
}
