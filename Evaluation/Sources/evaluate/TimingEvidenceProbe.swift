// SPDX-License-Identifier: Apache-2.0

import Analytics

/// The timing evidence as it stands after each request.
struct TimingEvidenceProbe {
  private var evidence = TimingEvidence()

  mutating func record(_ time: Double) { evidence.record(requestAt: time) }

  var isBelow: Bool { evidence.logEvidence < TimingEvidence.flagThreshold }

  /// Periodic now, with this period within a tenth.
  func tells(_ period: Double) -> Bool {
    guard let told = evidence.periodSeconds else { return false }
    return evidence.isPeriodicNow && abs(told / period - 1) < 0.1
  }
}
