// SPDX-License-Identifier: Apache-2.0

internal import Analytics

/// ATT&CK's parameters that have no use here, and why: whoever writes one shall know.
enum UnusedTunable {
  /// The reason, for a key by its path with the analytic's identifier; nil for what is none of them.
  static func reason(_ path: [String]) -> String? {
    guard path.count == 3, path[0] == "analytics" else { return nil }
    return reasons["\(path[1]).\(path[2])"]
  }

  static let reasons = [
    "\(Analytic.beacon.identifier).BeaconIntervalWindow":
      "the timing evidence finds the period and its jitter itself, whatever they are",
    "\(Analytic.tlsEgress.identifier).RequestFrequency":
      "how often a program asks is judged by the beacon analytic, which needs no number for it",
    "\(Analytic.nonconforming.identifier).PayloadEntropyThreshold":
      "TLS and compressed data look as random as anything hidden; protocols are told by their bytes",
  ]
}
