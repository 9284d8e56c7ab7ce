// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// A part of the kernel side that the sensor can run without; the raw value is a metric label.
public enum Feature: String, CaseIterable, Sendable {
  case firstBytes = "first_bytes"
  case names
  case resets

  /// For people.
  public var words: String {
    switch self {
    case .firstBytes: "first bytes"
    case .names: "names"
    case .resets: "resets"
    }
  }
}

/// Whether a feature is on, and if not, why.
public struct FeatureState: Sendable {
  /// In a word; the raw value is a metric label.
  public enum Reason: String, CaseIterable, Sendable {
    case enabled
    case switchedOff = "switched off"
    case noControlGroup = "no cgroup v2"
    case noCapability = "no CAP_NET_ADMIN"
    case refused
  }

  public let feature: Feature
  public let reason: Reason
  /// In one line, for people.
  public let detail: String
  /// The verifier's log of a refused load; empty otherwise.
  public let verifierLog: String

  public var isEnabled: Bool { reason == .enabled }
}

extension Feature {
  /// Whether the configuration asks for it.
  func isWanted(_ packets: KernelPacketKnobs) -> Bool {
    switch self {
    case .firstBytes: packets.sentBytes > 0 || packets.receivedBytes > 0
    case .names: packets.answersPerSecond > 0
    case .resets: packets.resetsPerSecond > 0
    }
  }

  func state(_ packets: KernelPacketKnobs, _ refusal: LoadFailure?) -> FeatureState {
    guard isWanted(packets) else {
      return FeatureState(
        feature: self, reason: .switchedOff, detail: "switched off", verifierLog: "")
    }
    guard let refusal else {
      return FeatureState(
        feature: self, reason: .enabled, detail: "packet hooks loaded and attached",
        verifierLog: "")
    }
    let reason: FeatureState.Reason =
      if !Capabilities.hasNetworkAdministration() {
        .noCapability
      } else if ControlGroup.root() == nil {
        .noControlGroup
      } else {
        .refused
      }
    return FeatureState(
      feature: self, reason: reason, detail: refusal.text, verifierLog: refusal.log)
  }
}
