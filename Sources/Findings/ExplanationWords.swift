// SPDX-License-Identifier: Apache-2.0

/// Plain words for what stands in a finding by name.
enum ExplanationWords {
  /// What a test asks.
  static func question(of test: String) -> String? { questions[test] }

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
    "PayloadLengthVariance":
      "Are the requests alike in size? It adds to the picture; unlike sizes clear nothing.",
    "received_size_spread": "Are the answers alike in size?",
    "web_service": "Did it talk to a web service: HTTP or TLS seen, or a port that promises one?",
    "HandshakeAllowance": "Did no more come back than a handshake returns?",
    "SocketThreshold": "Did enough sockets stay unanswered?",
    "TimeWindow": "Did it go on for long enough?",
    "sent_exceeds_received": "Was more sent than received?",
    "unanswered_for_AnsweredMemory": "Has this destination been silent for long, too?",
    "provenance":
      "Could somebody other than root have put the code there? (P0 verified package, P1 root's, "
      + "P2 writable by users, P3 temporary or altered)",
    "external_destination": "Is the destination outside of your own networks?",
    "network_facing": "Does the process accept connections from outside?",
    "DataTransferThreshold": "Was more sent in a short time than this program usually sends?",
    "OutboundByteThreshold": "How many bytes went out for each that came back?",
    "AllowedServices": "Is the protocol one that this port may carry?",
    "PayloadEntropyThreshold": "Do the first bytes look random?",
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
      "knowing why a service that faces the network started this program; if it may, declare it",
    "R4": "nothing but an explanation of the commands that ran after it received bytes",
    "R5": "nothing but reading what was piped into the interpreter",
    "R6": "knowing why a familiar program speaks differently: an upgrade, or code injected",
    "R7": "a name: a TLS server name, or one that this host resolved",
    "R8": "the service on the port that its protocol has",
    "R9": "knowing why another program than the one that connected uses the socket",
    "external": "declaring the destination for this service under [inventory], if it is meant",
  ]
}
