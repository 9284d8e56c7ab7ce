// SPDX-License-Identifier: Apache-2.0

/// One label of a metric family: the type fixes the name, the value fixes the text.
///
/// A family lists its labels as types, so a wrong, missing or misplaced label does not compile.
public protocol MetricLabel: Sendable {
  /// The label's name in the exposition, `[a-zA-Z_][a-zA-Z0-9_]*`.
  static var labelName: String { get }

  /// Every value there is, or nil where the values are not known to this module.
  static var closedValues: [String]? { get }

  /// The value as it is shown, before escaping.
  var labelText: String { get }
}

/// A label whose values are the cases of an enumeration.
public protocol ClosedLabel: MetricLabel, CaseIterable, RawRepresentable<String> {}

extension ClosedLabel {
  public static var closedValues: [String]? { allCases.map(\.rawValue) }
  public var labelText: String { rawValue }
}

/// Namespace of the label types.
public enum Label {
  /// Which way payload moved, seen from this host.
  public enum Direction: String, ClosedLabel {
    public static let labelName = "direction"
    case sent, received
  }

  /// Who opened the connection: this host (outbound) or the peer (inbound).
  public enum Role: String, ClosedLabel {
    public static let labelName = "role"
    case outbound, inbound
  }

  /// How far away the remote address is: RFC 1918, ULA and 100.64.0.0/10 are private.
  public enum Scope: String, ClosedLabel {
    public static let labelName = "scope"
    case loopback
    case linkLocal = "link_local"
    case `private`
    case external
  }

  /// How sure the sensor is whose bytes these are; kernel means a kernel thread moved them.
  public enum Attribution: String, ClosedLabel {
    public static let labelName = "result"
    case exact, adopted, inferred, kernel
  }

  /// Why a socket's bytes differ from the kernel's totals.
  public enum Mismatch: String, ClosedLabel {
    public static let labelName = "reason"
    case ktls, mptcp, sockmap, oob, `repair`, lost, unexplained
  }

  /// Why a connection was never established.
  public enum Failure: String, ClosedLabel {
    public static let labelName = "reason"
    case refused, unreachable, timeout, reset, abort, unknown
  }

  /// What one evaluation of an analytic came to.
  public enum Verdict: String, ClosedLabel {
    public static let labelName = "verdict"
    case finding, explained, clear
    case insufficientData = "insufficient_data"
    case suppressed
  }

  /// What becomes of a suppression; one that is expiring is active as well.
  public enum SuppressionState: String, ClosedLabel {
    public static let labelName = "state"
    case active, expiring
  }

  /// A finding's severity.
  public enum Severity: String, ClosedLabel {
    public static let labelName = "severity"
    case low, medium, high
  }

  /// A place where a record can be lost.
  public enum Stage: String, ClosedLabel {
    public static let labelName = "stage"
    case ring, decode, evicted, export
  }

  /// The set of programs that was loaded.
  public enum Backend: String, ClosedLabel {
    public static let labelName = "backend"
    case functions, tracepoints
  }

  /// A part that the sensor can run without.
  public enum Feature: String, ClosedLabel {
    public static let labelName = "feature"
    case firstBytes = "first_bytes"
    case names, resets
  }

  /// Why a feature is on or off.
  public enum FeatureReason: String, ClosedLabel {
    public static let labelName = "reason"
    case enabled
    case switchedOff = "switched off"
    case noControlGroup = "no cgroup v2"
    case noCapability = "no CAP_NET_ADMIN"
    case refused
  }

  /// How payload left this host, where that was not TCP.
  public enum Transport: String, ClosedLabel {
    public static let labelName = "transport"
    case udp, quic, sctp, other
  }

  /// The kind of an event: the word under `e` in a JSON Lines trace.
  public enum Event: String, ClosedLabel {
    public static let labelName = "event"
    case process, context, baseline, fork, exit
    case connect, connected, accept, adopt, burst, head, closed, final
    case reset, name, lost, gap, tick, clock
  }
}
