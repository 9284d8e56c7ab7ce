// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Flows
internal import Protocols
internal import Wire

/// The flat form: one JSON object, keys always in the same order, unknown values null.
public enum FindingJSON {
  /// The line without its newline.
  public static func encode(_ finding: Finding) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { json in
      json.head(finding)
      json.stream(finding.stream)
      json.key("process")
      json.process(finding.process)
      json.key("opener")
      if let opener = finding.opener { json.process(opener) } else { json.write(nil) }
      json.key("destination")
      json.destination(finding.destination)
      json.key("protocol")
      json.protocolSeen(finding)
      json.key("evidence")
      json.evidence(finding.evidence)
      json.key("connections")
      json.array(finding.connections) { $0.connection($1) }
      json.key("tests")
      json.array(finding.tests) { $0.test($1) }
      json.member("attribution", finding.attribution.rawValue)
      json.member("lost_events", finding.lostEvents)
      json.member("suppression_nearly", finding.suppressionNearly)
    }
    return writer.bytes
  }
}

extension JSONWriter {
  fileprivate mutating func head(_ finding: Finding) {
    member("schema", Finding.schema)
    member("id", finding.id)
    member("dedup_key", finding.dedupKey)
    member("subject", finding.subject)
    member("status", finding.status.rawValue)
    member("analytic", finding.analytic.identifier)
    member("slug", finding.analytic.slug)
    member("sibling", finding.analytic.sibling)
    member("strategy", finding.analytic.strategy)
    member("technique", finding.analytic.technique)
    member("attack_version", Analytic.attackVersion)
    member("severity", finding.severity.rawValue)
    key("severity_reasons")
    array(finding.severityReasons) { $0.write($1) }
    member("score", finding.score, places: 4)
    member("confidence", finding.confidence, places: 6)
    member("mode", finding.mode.rawValue)
    member("first_seen", finding.firstSeen)
    member("last_seen", finding.lastSeen)
    member("message", finding.message)
  }

  fileprivate mutating func stream(_ header: StreamHeader) {
    member("host", header.host.description)
    member("boot_id", header.bootID)
    member("role", header.role)
    member("sensor", header.sensor)
    member("backend", header.backend)
    member("config_hash", header.configHash.isEmpty ? nil : header.configHash)
  }

  fileprivate mutating func process(_ process: FindingProcess) {
    let facts = process.facts
    let file = process.executable
    object { json in
      json.member("pid", process.pid == 0 ? nil : process.pid)
      json.member("start", process.pid == 0 ? nil : process.start)
      json.member("start_ns", process.pid == 0 ? nil : process.startedAt.nanoseconds)
      json.member("exe", process.path)
      json.member("exe_state", file.state?.rawValue)
      json.member("sha256", file.sha256)
      json.member("package", file.package?.description)
      json.member("package_verified", file.isPackageVerified)
      json.member("owner", file.owner)
      json.member("mode", file.mode)
      json.member("mtime", process.modified)
      json.member("provenance", process.provenance?.level.word)
      json.member("code_provenance", process.codeProvenance?.word)
      json.member("script", process.script)
      json.member("script_sha256", process.scriptSHA256)
      json.member("cwd", facts?.workingDirectory?.description)
      json.strings("argv", process.arguments)
      json.member("comm", facts?.command?.description)
      json.member("uid", facts?.uid)
      json.null("user")
      json.member("loginuid", facts?.loginUID)
      json.member("tty", facts?.tty?.description)
      json.member("unit", facts?.unit?.description)
      json.member("container", facts?.container?.description)
      json.member("image", facts?.containerImage?.description)
      json.member("pod", facts?.pod?.description)
      json.member("initiator", process.initiator)
      json.key("ancestors")
      json.array(process.ancestors) { $0.ancestor($1) }
      json.member("age", process.ageSeconds, places: 3)
      json.member("children_after_visits", process.childrenAfterVisits)
      // Nobody connecting is no proof that it does not listen.
      json.member("listening", process.takesConnections ? true : nil)
    }
  }

  private mutating func ancestor(_ ancestor: FindingProcess.Ancestor) {
    object { json in
      json.member("pid", ancestor.pid)
      json.member("exe", ancestor.executable)
      json.strings("argv", ancestor.arguments)
      json.member("start", ancestor.start)
    }
  }

  fileprivate mutating func strings(_ name: StaticString, _ values: [String]?) {
    key(name)
    if let values {
      array(values) { $0.write($1) }
    } else {
      write(nil)
    }
  }

  fileprivate mutating func destination(_ destination: FindingDestination) {
    object { json in
      json.member("address", destination.address)
      json.member("port", destination.port)
      json.member("name", destination.name)
      json.member("name_source", destination.nameSource?.rawValue)
      json.member("scope", destination.scope.rawValue)
      json.strings("addresses", [destination.address])
      json.member("first_seen_here", destination.firstSeenHere)
      json.member("other_subjects", destination.otherSubjects)
      json.member("key", "\(destination.key)")
      json.key("through")
      json.forwarder(destination.forwarder)
    }
  }

  private mutating func forwarder(_ forwarder: FindingForwarder?) {
    guard let forwarder else { return write(nil) }
    object { json in
      json.member("pid", forwarder.pid)
      json.member("exe", forwarder.path)
      json.member("address", "\(forwarder.remote.address)")
      json.member("port", forwarder.remote.port)
    }
  }

  fileprivate mutating func protocolSeen(_ finding: Finding) {
    var seen = finding.application?.rawValue
    if seen == nil, case .oneWay(let oneWay) = finding.evidence, oneWay.lastTraffic.sign != .port {
      seen = oneWay.lastTraffic.sign.rawValue
    }
    object { json in
      json.member("seen", seen)
      json.strings("alpn", finding.alpn.isEmpty ? nil : finding.alpn)
      json.member("ja4", finding.ja4)
    }
  }

  fileprivate mutating func connection(_ connection: FindingConnection) {
    object { json in
      json.member("time", connection.time)
      json.member("protocol", "tcp")
      json.member("local_address", "\(connection.local.address)")
      json.member("local_port", connection.local.port == 0 ? nil : connection.local.port)
      json.member("remote_address", "\(connection.remote.address)")
      json.member("remote_port", connection.remote.port)
      json.member("state", connection.state)
      json.member("community_id", connection.communityID)
    }
  }

  fileprivate mutating func test(_ test: TestResult) {
    object { json in
      json.member("name", test.name)
      json.value("value", test.value)
      json.value("threshold", test.threshold)
      json.member("outcome", test.outcome.rawValue)
    }
  }

  private mutating func value(_ name: StaticString, _ value: TestResult.Value?) {
    switch value {
    case .number(let number): member(name, number, places: 4)
    case .count(let count): member(name, count)
    case .word(let word): member(name, word)
    case .flag(let flag): member(name, flag)
    case nil: null(name)
    }
  }
}
