// SPDX-License-Identifier: Apache-2.0

public import Analytics
public import Flows
public import Protocols
public import Wire

/// One behaviour of one subject towards one destination, with all that decides about it.
///
/// Nil is "not known". Times are RFC 3339 UTC.
public struct Finding: Sendable {
  public static let schema = "halfwire.finding/1"

  /// The moment in a finding's life; the raw value is its word in every output.
  public enum Status: String, CaseIterable, Sendable {
    case create, update, close
  }

  /// Whether what is unusual on the host is known yet; the raw value is its word in every output.
  public enum Mode: String, Sendable {
    case learning, ready
  }

  /// How sure the process is; the raw value is its word in every output.
  public enum Attribution: String, Sendable {
    /// The connect was seen.
    case exact
    /// The socket is older than the sensor.
    case adopted
    case inferred, unknown
  }

  public var id: String
  public var dedupKey: String
  /// The stable text of who acts; suppressions use it.
  public var subject: String
  public var status: Status
  public var analytic: Analytic
  public var severity: Severity
  public var severityReasons: [String]
  /// Whether the host's habits were known when it was judged.
  public var mode: Mode
  /// 0 to 1.
  public var score: Double
  /// 0 to 1: one less the share of records lost while it was observed.
  public var confidence: Double
  public var firstSeen: String
  public var lastSeen: String
  public var message: String
  public var stream: StreamHeader
  public var process: FindingProcess
  /// Where another process opened the socket.
  public var opener: FindingProcess?
  public var destination: FindingDestination
  /// What its connections spoke, by their first bytes.
  public var application: ApplicationProtocol?
  /// What the TLS client offered, and its fingerprint.
  public var alpn: [String]
  public var ja4: String?
  public var evidence: Assessment.Evidence
  public var connections: [FindingConnection]
  public var tests: [TestResult]
  public var attribution: Attribution
  /// Records lost while it was observed.
  public var lostEvents: UInt64
  /// The suppression that holds for it, and the one that almost does, by their ids.
  public var suppressedBy: String?
  public var suppressionNearly: String?

  /// What a person must know of the losses; nil where there were none.
  var lossText: String? {
    guard lostEvents > 0 else { return nil }
    let records = lostEvents == 1 ? "1 record" : "\(lostEvents) records"
    return "\(records) lost meanwhile (confidence \(NumberText.fixed(confidence, places: 2)))"
  }
}

/// Where a finding's traffic goes.
public struct FindingDestination: Hashable, Sendable {
  public var key: Destination
  /// The address and port visited last; the key's own where it has one.
  public var endpoint: Endpoint
  public var scope: DestinationScope
  /// The best name that is known of it, and what gave it.
  public var name: String?
  public var nameSource: NameSource?
  /// When this host first saw it.
  public var firstSeenHere: String?
  /// Other subjects that use it; the baseline tells no more than eight apart.
  public var otherSubjects: Int?
  /// The local program that takes the connections and passes them on.
  public var forwarder: FindingForwarder?

  public var address: String { "\(endpoint.address)" }
  public var port: UInt16 { endpoint.port }

  /// The key for people: without the namespace and the length of one address that its stable form
  /// may have.
  public var label: String {
    switch key {
    case .endpoint(let endpoint, _): "\(endpoint)"
    case .network(let address, let bits, 0) where bits == (address.isIPv4 ? 32 : 128): "\(address)"
    case .network, .name, .all, .forwarder: "\(key)"
    }
  }
}

/// The second step of a chain: who forwards, and where it connected to last.
public struct FindingForwarder: Hashable, Sendable {
  public var pid: UInt32
  public var path: String?
  public var remote: Endpoint

  public var label: String {
    let name = path.flatMap { $0.split(separator: "/").last.map(String.init) } ?? "pid"
    return "\(name)[\(pid)]"
  }
}

/// One connection of a finding.
public struct FindingConnection: Hashable, Sendable {
  public var time: String
  public var local: Endpoint
  public var remote: Endpoint
  public var state: String
  /// Nil while the local port is not known.
  public var communityID: String?
}

/// A process as a finding shows it: redacted, with its lineage.
public struct FindingProcess: Sendable {
  /// One step of the lineage.
  public struct Ancestor: Sendable {
    public var pid: UInt32
    public var start: String
    public var executable: String?
    public var arguments: [String]?
  }

  public var pid: UInt32
  public var startedAt: KernelInstant
  public var start: String
  public var facts: ProcessFacts?
  public var executable: ExecutableFacts
  public var arguments: [String]?
  public var modified: String?
  public var provenance: ProvenanceJudgement?
  /// What the facts of its code say, whatever the host is for.
  public var codeProvenance: Provenance?
  public var script: String?
  /// Of the script's file.
  public var scriptSHA256: String?
  public var initiator: String?
  public var ancestors: [Ancestor]
  /// Seconds from its start to the finding's last visit.
  public var ageSeconds: Double?
  /// Of the last ten visits, those after which it started a program within 5 s of received bytes.
  public var childrenAfterVisits: Int?
  /// Others' connections reached it, as far as the stream shows.
  public var takesConnections: Bool

  /// The local address, where the stream knows no process.
  public var standIn: String?

  public var path: String? { facts?.executable?.description }

  /// The executable's base name with the pid, or what stands in for a process nobody saw.
  public var label: String {
    guard pid != 0 else { return standIn ?? "unknown" }
    let name = path.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? "pid"
    return "\(name)[\(pid)]"
  }
}
