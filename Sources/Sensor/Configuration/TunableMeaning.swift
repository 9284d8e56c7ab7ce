// SPDX-License-Identifier: Apache-2.0

internal import Analytics

/// What each parameter of an analytic means, in one sentence with its unit.
enum TunableMeaning {
  static func text(of tunable: AnalyticSettings.Tunable) -> String {
    texts["\(tunable.analytic.identifier).\(tunable.name)"]
      ?? "See docs/analytics/\(tunable.analytic.slug).md."
  }

  private static let texts: [String: String] = [
    "AN0597.PayloadLengthVariance":
      "Payload sizes count as similar up to this median deviation, as a share of their median.",
    "AN0597.RepeatFrequencyThreshold": "Visits: fewer are not judged.",
    "AN0597.LogEvidenceThreshold":
      "Natural logarithm of the evidence that makes a beacon; ln 100 by default.",
    "AN1599.TimeWindow":
      "Seconds from the opening of the first one-way socket to that of the last, at least.",
    "AN1599.SocketThreshold": "One-way sockets, at least.",
    "AN1599.HandshakeAllowance":
      "Bytes that may come back over TLS without being an answer.",
    "AN1599.ClientHandshakeAllowance":
      "Bytes that must have been sent over TLS before anything counts as sent.",
    "AN1599.AnsweredMemory":
      "Seconds: a pair that was answered within this time is an outage, and low.",
  ]
}
