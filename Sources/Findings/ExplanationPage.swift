// SPDX-License-Identifier: Apache-2.0

public import Analytics

/// What a person should know of an analytic, in plain words.
public struct ExplanationPage: Sendable {
  /// What it asks of the traffic.
  public let question: String
  /// What the finding does not prove.
  public let limit: String
  public let legitimateIf: [String]
  public let escalateIf: [String]

  /// The page of an analytic; nil for one that has none.
  public static func of(_ analytic: Analytic) -> ExplanationPage? { pages[analytic.slug] }

  private static let pages: [String: ExplanationPage] = [
    "beacon": ExplanationPage(
      question: "Does one program contact one destination by the clock, with some jitter, rather "
        + "than when somebody or something asks for it?",
      limit: "It proves a clock, not an intent. Health checks, agents and cron jobs keep one too, "
        + "and an implant that waits for its operator keeps none. What was said is not known, only "
        + "when and how much.",
      legitimateIf: [
        "a package or your configuration management installed the program, and it is meant to "
          + "report, poll or check there",
        "the destination belongs to its vendor or to you, and others of your hosts talk to it alike",
      ],
      escalateIf: [
        "nobody can say who put the file there, or it runs from a temporary directory",
        "it starts programs right after it received something",
        "the destination was never seen on your network before the program was",
      ]),
    "one-way": ExplanationPage(
      question: "Does a program send to a web service again and again without getting an answer "
        + "beyond what the handshake returns?",
      limit: "It proves that nothing came back on these sockets, not that somebody listens to what "
        + "was sent. A broken server, a log shipper and a protocol without answers look the same.",
      legitimateIf: [
        "the program ships logs or metrics by a protocol that answers nothing",
        "the server is down or overloaded: it answered not long ago",
      ],
      escalateIf: [
        "the program has no business with web services",
        "what it sends grows with what the host holds",
      ]),
    "tls-egress": ExplanationPage(
      question: "Does a program that rarely does so send much, or for hours, over TLS?",
      limit: "It proves volume or persistence over TLS, not what was inside. Backups and updates "
        + "of a new tool look the same on their first day.",
      legitimateIf: [
        "it is a backup, an upload or a sync that somebody set up",
        "the destination is your own storage or a service you pay for",
      ],
      escalateIf: [
        "the volume fits something the host keeps: a database, a directory, a dump",
        "the program is new here and nobody installed it",
      ]),
    "excess-egress": ExplanationPage(
      question: "Does a program unusual for this host send far more over HTTP or TLS than comes "
        + "back?",
      limit: "It proves a ratio of bytes, not a theft. Uploads send more than they receive by "
        + "nature.",
      legitimateIf: [
        "the program exists to upload: backups, artefacts, crash reports, telemetry",
        "the destination is a storage service that its owner knows",
      ],
      escalateIf: [
        "the program was never seen on this host before",
        "the same bytes leave in small pieces, to several addresses",
      ]),
    "nonconforming": ExplanationPage(
      question:
        "Does the traffic differ from what its port, its protocol or the program's own past "
        + "promise?",
      limit: "It proves a contradiction, not a tunnel. Services move to other ports, and standards "
        + "allow more than most servers use.",
      legitimateIf: [
        "somebody moved the service to that port on purpose",
        "the program got a new feature with its last upgrade",
      ],
      escalateIf: [
        "a protocol hides behind a port that another one owns",
        "a program that never used the network starts to, without an upgrade",
      ]),
  ]
}
