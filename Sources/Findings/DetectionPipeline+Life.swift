// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Flows
internal import Wire

// The life of findings: created when a pair first behaves, judged anew now and then, closed.

extension DetectionPipeline {
  private var gathering: ContextGathering {
    ContextGathering(
      inventory: settings.inventory, declarations: settings.declarations,
      role: settings.role ?? header.role,
      includesLoopback: settings.analytics.includeLoopback)
  }

  var builder: FindingBuilder {
    FindingBuilder(header: header, clock: clock, gathering: gathering)
  }

  /// The behaviour weighed with what is known of its subject; nil where there is none to tell.
  func assessment(of key: FindingStore.Key) -> Assessment? {
    behaviours.assessment(
      of: key.analytic, key.pair, facts: gathering.facts(of: key.pair, flows, watch))
  }

  mutating func handleSignals() {
    for signal in watch.behaviours.signals {
      let own = FindingStore.Key(analytic: signal.analytic, pair: signal.pair)
      guard
        let slot = noteTwin(of: own, at: signal.time) ?? note(own, at: signal.time)
      else {
        watch.behaviours.count(.clear, of: signal.analytic)
        continue
      }
      let finding = store[slot].finding
      if finding.suppressedBy != nil {
        watch.behaviours.count(.suppressed, of: signal.analytic)
      } else if finding.severity == .explained {
        watch.behaviours.count(.explained, of: signal.analytic)
      } else {
        watch.behaviours.count(.finding, of: signal.analytic)
        metrics.noteSeen(signal.analytic, unixNanoseconds: clock.unixNanoseconds(signal.time))
      }
    }
    watch.behaviours.removeSignals()
  }

  /// The slot of the finding that tells of the same bytes by another measure, where that was told
  /// first: two analytics that see one upload make one finding.
  ///
  /// What keeps one of them quiet says nothing of the other: a rule or a list names an analytic.
  private mutating func noteTwin(of key: FindingStore.Key, at time: KernelInstant) -> Int? {
    guard let analytic = key.analytic.twin, store.slot(of: key) == nil,
      watch.memory.finding(key, at: datedSeconds) == nil
    else { return nil }
    let twin = FindingStore.Key(analytic: analytic, pair: key.pair)
    if let known = store.slot(of: twin) {
      guard store[known].finding.tellsForItsTwin else { return nil }
    } else if watch.memory.finding(twin, at: datedSeconds) == nil {
      return nil
    }
    return note(twin, at: time).flatMap { store[$0].finding.tellsForItsTwin ? $0 : nil }
  }

  /// A pair behaved: the slot of its finding, nil where there is nothing to tell.
  private mutating func note(_ key: FindingStore.Key, at time: KernelInstant) -> Int? {
    refresh(key, at: time) ?? create(key, at: time)
  }

  /// Something obeyed a pair: its open findings are judged anew at once.
  mutating func handleNews() {
    for pair in watch.reactions.news {
      for analytic in Analytic.allCases {
        let key = FindingStore.Key(analytic: analytic, pair: pair)
        quiet.forget(key)
        guard let slot = store.slot(of: key), store[slot].isOpen else { continue }
        review(slot, at: flows.now)
      }
    }
    watch.reactions.removeNews()
  }

  /// A wide pair begins to matter: what the store knew of its addresses does so too.
  private mutating func recall(_ pair: Pair, at time: KernelInstant) {
    let told = watch.baseline.tellMembers(of: pair, at: time)
    if told > 0 { flows.count(told: told) }
  }

  /// The slot of a new finding; nil where its context leaves nothing to tell.
  private mutating func create(_ key: FindingStore.Key, at time: KernelInstant) -> Int? {
    let interval = settings.reviewInterval.wholeNanoseconds
    guard !quiet.isFresh(key, at: time, interval) else { return nil }
    recall(key.pair, at: time)
    guard let assessment = assessment(of: key) else {
      quiet.note(key, at: time)
      return nil
    }
    let resumed = watch.memory.finding(key, at: datedSeconds)
    var identity = resumed?.identity ?? builder.identity(assessment, flows)
    while store.isTaken(identity.id), identity.canLengthen { identity.lengthen() }
    guard
      var finding = builder.build(assessment, flows, watch, status: .create, identity: identity)
    else {
      quiet.note(key, at: time)
      return nil
    }
    quiet.forget(key)
    watch.memory.release(key)
    if resumed != nil { finding.status = .update }
    let judged = finding.severity
    suppress(&finding)
    let place = store.insert(
      FindingStore.Record(
        key: key, identity: identity, finding: finding, judged: judged, isTold: resumed != nil,
        isOpen: true, lastSignal: time, lastBuilt: time, lastTold: time,
        told: resumed?.told ?? .explained, worst: resumed?.worst ?? .explained,
        idleNanoseconds: idle(assessment)))
    if let displaced = place.displaced { watch.baseline.setTainted(false, displaced) }
    settle(place.slot)
    tell(place.slot, at: time)
    return place.slot
  }

  /// Notes that a pair behaved again; nil where it has no finding.
  private mutating func refresh(_ key: FindingStore.Key, at time: KernelInstant) -> Int? {
    guard let slot = store.slot(of: key) else { return nil }
    let wasOpen = store[slot].isOpen
    if !wasOpen, !isReopened(key, at: time) { return nil }
    store[slot].lastSignal = max(store[slot].lastSignal, time)
    store[slot].isOpen = true
    store.expect(store[slot].deadline)
    let age = time.nanoseconds(since: store[slot].lastBuilt)
    guard wasOpen else {
      rebuild(slot, as: .update)
      store[slot].lastBuilt = time
      tell(slot, at: time)
      return slot
    }
    let interval = min(settings.reviewInterval, settings.updateInterval)
    if age >= interval.wholeNanoseconds { review(slot, at: time) }
    return store[slot].isOpen ? slot : nil
  }

  /// Whether a closed finding's pair behaves again in a way that leaves something to tell.
  private mutating func isReopened(_ key: FindingStore.Key, at time: KernelInstant) -> Bool {
    let interval = settings.reviewInterval.wholeNanoseconds
    guard !quiet.isFresh(key, at: time, interval) else { return false }
    recall(key.pair, at: time)
    guard judge(key) != nil else {
      quiet.note(key, at: time)
      return false
    }
    return true
  }

  /// Judges an open finding anew; it is told when it got worse, or when its last line is old.
  ///
  /// Most reviews change nothing, and writing a finding out costs much more than judging it.
  private mutating func review(_ slot: Int, at time: KernelInstant) {
    guard let severity = judge(store[slot].key) else {
      clear(slot, at: time)
      return
    }
    let age = time.nanoseconds(since: store[slot].lastTold)
    guard
      age >= settings.updateInterval.wholeNanoseconds || store[slot].finding.suppressedBy != nil
        || severity != store[slot].finding.severity
    else {
      store[slot].lastBuilt = time
      return
    }
    rebuild(slot, as: .update)
    store[slot].lastBuilt = time
    guard
      store[slot].finding.severity > store[slot].told
        || age >= settings.updateInterval.wholeNanoseconds
    else { return }
    tell(slot, at: time)
  }

  /// Ends a finding of which what is known by now leaves nothing to tell.
  ///
  /// A destination is new no more, or a subject became usual. It closes as it last stood.
  private mutating func clear(_ slot: Int, at time: KernelInstant) {
    quiet.note(store[slot].key, at: time)
    store[slot].finding.status = .close
    store[slot].isOpen = false
    settle(slot)
    if store[slot].isTold { announce(slot) }
  }

  /// Judges every open finding a last time: one that got worse since its last line is told.
  mutating func reviewOpen() {
    for slot in store.used where store[slot].isOpen { review(slot, at: flows.now) }
  }

  mutating func closeIdle() {
    for slot in store.due(flows.now) {
      rebuild(slot, as: .close)
      store[slot].isOpen = false
      settle(slot)
      if store[slot].isTold { announce(slot) }
    }
  }

  /// The severity by what is known now, suppressions aside; nil where nothing is left to tell.
  private func judge(_ key: FindingStore.Key) -> Severity? {
    assessment(of: key).flatMap { builder.severity($0, flows, watch) }
  }

  private mutating func rebuild(_ slot: Int, as status: Finding.Status) {
    guard let assessment = assessment(of: store[slot].key),
      var finding = builder.build(
        assessment, flows, watch, status: status, identity: store[slot].identity)
    else {
      store[slot].finding.status = status
      return
    }
    store[slot].judged = finding.severity
    suppress(&finding)
    store[slot].idleNanoseconds = idle(assessment)
    store[slot].finding = finding
    settle(slot)
  }

  /// Days with an open finding are not days that make a pair familiar, nor is it where a
  /// suppression keeps it from being told.
  private mutating func settle(_ slot: Int) {
    let isTainted = store[slot].isOpen && store[slot].judged >= .medium
    guard isTainted != store[slot].isTainting else { return }
    store[slot].isTainting = isTainted
    let pair = store[slot].key.pair
    // Another behaviour of the pair may still be open.
    let isOtherwise = store.used.contains {
      $0 != slot && store[$0].isTainting && store[$0].key.pair == pair
    }
    if !isOtherwise { watch.baseline.setTainted(isTainted, pair) }
  }

  /// Takes the finding as its suppressions leave it.
  func suppress(_ finding: inout Finding) {
    guard !settings.suppressions.rules.isEmpty, finding.severity > .explained else { return }
    switch settings.suppressions.match(finding, at: wallNanoseconds / 1_000_000_000) {
    case .none: break
    case .nearly(let rule): finding.suppressionNearly = rule.id
    case .suppressed(let rule):
      finding.suppressedBy = rule.id
      finding.severity = .explained
      finding.severityReasons.append("suppressed by \(rule.id): \(rule.reason) (\(rule.owner))")
    }
  }

  /// Writes the finding as it stands; the first time it is worth telling, as created.
  private mutating func tell(_ slot: Int, at time: KernelInstant) {
    countSuppression(of: store[slot].finding)
    store[slot].lastTold = time
    let isWorthTelling =
      store[slot].finding.severity != .explained || settings.includeExplained
      || store[slot].isTold
    guard isWorthTelling else { return }
    if !store[slot].isTold {
      store[slot].isTold = true
      store[slot].finding.status = .create
      metrics.noteCreated(store[slot].finding)
    }
    let severity = store[slot].finding.severity
    store[slot].told = severity
    if severity > store[slot].worst {
      store[slot].worst = severity
      metrics.noteReached(store[slot].key.analytic, severity)
    }
    announce(slot)
  }

  private mutating func countSuppression(of finding: Finding) {
    guard let id = finding.suppressedBy,
      let rule = settings.suppressions.rules.first(where: { $0.id == id })
    else { return }
    suppressionHits.count(rule, at: wallNanoseconds / 1_000_000_000)
  }

  private func idle(_ assessment: Assessment) -> UInt64 {
    let seconds = assessment.idleSeconds
    return UInt64((seconds.isFinite ? min(seconds, 1e9) : 1e9) * 1e9)
  }
}

extension Finding {
  /// It is told, and not lower for what was declared of its own analytic alone.
  fileprivate var tellsForItsTwin: Bool {
    suppressedBy == nil && severity != .explained
      && !tests.contains { $0.name == "L4_setting" && $0.outcome == .met }
  }
}
