// SPDX-License-Identifier: Apache-2.0

internal import Analytics

/// Plain words for what stands in a finding by name.
enum ExplanationWords {
  /// What a test of an analytic, named by its slug, asks.
  ///
  /// Raises and lowers are tests named `R1_...` and `L1_...`, those of another analytic
  /// `AN0144....`.
  static func question(of test: String, in slug: String) -> String? {
    if let dot = test.firstIndex(of: "."),
      let other = Analytic.allCases.first(where: { $0.identifier == test[..<dot] })
    {
      return question(of: String(test[test.index(after: dot)...]), in: other.slug)
    }
    return questions["\(slug) \(test)"] ?? questions[test]
      ?? questions[String(test.prefix { $0 != "_" })]
  }

  /// What would clear a reason of the severity, by its first word; nil where nothing would.
  static func remedy(of reason: String) -> String? {
    remedies[String(reason.prefix { $0 != ":" && $0 != " " })]
  }

  private static let questions: [String: String] = [
    "RepeatFrequencyThreshold": "Were there enough visits to judge?",
    "log_evidence":
      "How much better does a clock with jitter explain the pauses than chance or bursts do? "
      + "(natural logarithm; ln 100 is one false alarm in a hundred pairs)",
    "periodic_now": "Do the latest pauses still fit the clock?",
    "PayloadLengthVariance_sent":
      "Are the requests alike in size? It adds to the picture; unlike sizes clear nothing.",
    "PayloadLengthVariance_received": "Are the answers alike in size?",
    "web_service": "Did it talk to a web service: HTTP or TLS seen, or a port that promises one?",
    "HandshakeAllowance": "Did no more come back than a handshake returns?",
    "SocketThreshold": "Did enough sockets stay unanswered?",
    "TimeWindow": "Did it go on for long enough?",
    "tls-egress TimeWindow": "Was it active outside of business hours?",
    "http_or_tls_seen": "Did the first bytes show HTTP or TLS?",
    "sent_exceeds_received": "Was more sent than received?",
    "unanswered_for_AnsweredMemory": "Has this destination been silent for long, too?",
    "provenance":
      "Could somebody other than root have put the code there? (P0 verified package, P1 root's, "
      + "P2 writable by users, P3 temporary or altered)",
    "external_destination": "Is the destination outside of your own networks?",
    "network_facing": "Does the process accept connections from outside?",
    "DataTransferThreshold": "Was more sent in a short time than this program usually sends?",
    "OutboundByteThreshold": "How many bytes went out for each that came back?",
    "irregular_visits": "Without a clock: were there many visits?",
    "irregular_hours": "Without a clock: did they go on for hours?",
    "destination_is_new": "Is the destination new here?",
    "poll_without_report": "Does it fetch and never report, as pollers do?",
    "tls_seen": "Did the first bytes show TLS?",
    "rarely_active": "Is the program rarely active on this host?",
    "uncommon_subject": "Is the program new or rare on this host?",
    "persistence": "Did one connection go on sending for so many hours?",
    "also_meets": "Is it found by another analytic too?",
    "OutboundByteFloor": "Was enough sent for a ratio to mean something?",
    "port_promise": "Are the first bytes what the port promises?",
    "server_speaks_first": "Did the server speak first where the client must?",
    "first_network_use": "Does it use the network for the first time, after days without?",
    "reset_ports": "How many of this host's ports did its stray packets meet?",
    "resets_per_minute": "How many stray packets came in a minute?",
    "from_private_address": "Do they come from inside?",
    "R1": "Is the destination new here, and used by few programs?",
    "R2": "Was the program active on few of the last days?",
    "R3": "Did something that faces the network start it, as it never did before?",
    "R4": "Does it start programs right after it received something?",
    "R4_fetched_file_run": "Was a file that it brought executed soon after?",
    "R5": "Is its output run as code by an interpreter?",
    "R6": "Does a familiar program speak differently than ever before?",
    "R7": "Is TLS without a name, or the name one that was never resolved here?",
    "R8": "Do the first bytes contradict the port?",
    "R9": "Does an unrelated program use the socket that another opened?",
    "L1": "Is it a habit of a trusted program: active on seven days?",
    "L2": "Do many programs, here or on your other hosts, use the destination?",
    "L3": "Is the destination inside: private, link-local or the cloud's metadata?",
    "L4": "Is it declared for this service in the inventory?",
    "L4_setting": "Is it declared in the lists of this analytic?",
    "exe_owner": "Who owns the executable?",
    "exe_mode": "Who may write to the executable?",
    "dir_writable": "May somebody other than root write to a directory on the way to it?",
  ]

  private static let remedies: [String: String] = [
    "P3": "code from a temporary place stays at medium or above whatever else is known: install it "
      + "from a package, or remove it",
    "P2": "install the program where only root can write, from a package where there is one",
    "P1": "a verified package in the place of a file by hand",
    "R1": "time: the destination is new here for seven days, and few programs use it",
    "R2": "time: the program was active on few of the last 14 days",
    "R3":
      "knowing why a service that faces the network started this program; below such a service "
      + "nothing can be declared",
    "R4": "nothing but an explanation of the commands that ran after it received bytes",
    "R5": "nothing but reading what was piped into the interpreter",
    "R6": "knowing why a familiar program speaks differently: an upgrade, or code injected",
    "R7": "a name: a TLS server name, or one that this host resolved",
    "R8": "the service on the port that its protocol has",
    "R9": "knowing why another program than the one that connected uses the socket",
    "external": "declaring the destination for this service under [inventory], if it is meant",
  ]
}
