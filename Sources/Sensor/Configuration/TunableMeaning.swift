// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Findings

/// What each parameter of an analytic means, in one sentence with its unit.
enum TunableMeaning {
  static func text(of tunable: AnalyticSettings.Tunable) -> String {
    texts["\(tunable.analytic.identifier).\(tunable.name)"]
      ?? "See docs/analytics/\(tunable.analytic.slug).md."
  }

  static func text(of list: DeclaredList) -> String {
    texts["\(list.analytic.identifier).\(list.name)"]
      ?? "See docs/analytics/\(list.analytic.slug).md."
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
    "AN0597.StrongLogEvidence":
      "Natural logarithm of the evidence that a high severity needs; ln 10,000 by default.",
    "AN0597.StrongLogEvidenceVolatile":
      "The same for code from a temporary place; ln 1,000 by default.",
    "AN0597.IrregularVisits": "Visits that make a finding without a clock, of untrusted code.",
    "AN0597.IrregularHours": "Hours that those visits must span.",
    "AN0597.ProcessNetworkBaseline":
      "Programs that may keep a clock, wherever to; L4 in this analytic alone.",
    "AN1599.ProcessName": "Programs that may be left without an answer; L4 in this analytic alone.",
    "AN1599.ParentProcess": "Only where one of these started them.",
    "AN1599.CommandLineArgs": "Only with one of these argument lists, word for word.",
    "AN1599.DestinationDomain": "Destinations that may leave a program without an answer.",
    "AN1189.ProcessName": "Programs that may send much over TLS; L4 in this analytic alone.",
    "AN1189.ParentProcess": "Only where one of these started them.",
    "AN1189.HostnamePattern": "Destinations that much may be sent to.",
    "AN0144.ProcessAllowlist":
      "Programs that may send far more than they get back; L4 in this analytic alone.",
    "AN0144.UserProcessBaseline": "The same of programs as one user runs them.",
    "AN1999.AllowedServices": "Protocols that may be spoken on a port; L4 in this analytic alone.",
    "AN1189.DataTransferThreshold": "Bytes sent over TLS in five minutes by a rare program.",
    "AN1189.FamiliarFactor":
      "For a familiar program: so many times what it sends in 99 of 100 five minutes.",
    "AN1189.RareDays": "Active on fewer of the last 14 days is rare.",
    "AN1189.PersistenceHours":
      "Hours for which one connection goes on sending: the step that counts in the score.",
    "AN1189.TimeWindow":
      "1: being active outside of business hours raises confidence; 0: not asked.",
    "AN1189.TimeWindowStart": "The first business hour, UTC.",
    "AN1189.TimeWindowEnd": "The hour after the last business hour, UTC.",
    "AN0144.OutboundByteThreshold": "Bytes sent for each byte received.",
    "AN0144.OutboundByteFloor": "Bytes: less sent in two weeks is no matter what the ratio.",
    "AN0144.HandshakeAllowance": "Received bytes of a socket that belong to its TLS handshake.",
    "AN0144.ClientHandshakeAllowance": "Sent bytes of a socket that belong to its TLS handshake.",
    "AN0144.RareDays": "Active on fewer of the last 14 days is uncommon.",
    "AN1999.ResetPorts": "Local ports that one remote's stray packets met in a day.",
    "AN1999.ResetsPerMinute": "Stray packets of one remote in a minute.",
    "AN1999.QuietDays": "Days that a program ran without using the network.",
  ]
}
