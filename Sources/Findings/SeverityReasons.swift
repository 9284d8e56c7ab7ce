// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Flows

extension SeverityJudgement {
  /// Why it is what it is: the provenance, then whatever raised, lowered or limited it, by name.
  func reasons(
    _ report: ContextReport, provenance: ProvenanceJudgement?, scope: DestinationScope,
    failingSince: String?
  ) -> [String] {
    guard let provenance else { return ["no process context"] }
    var texts = ["\(provenance.level.word): \(provenance.reason)"]
    if !provenance.missing.isEmpty {
      texts.append("not known: \(provenance.missing.joined(separator: ", "))")
    }
    texts.append("\(scope.rawValue) destination")
    for raise in (raises + cancelled).sorted() {
      texts.append("\(raise.rawValue): \(report.raises[raise] ?? "")")
    }
    for lower in lowers {
      texts.append("\(lower.rawValue): \(report.lowers[lower] ?? "")")
    }
    if !cancelled.isEmpty {
      texts.append("cancelled by lowers: \(Self.names(cancelled))")
    }
    return texts + limits.map { text(of: $0, failingSince: failingSince) }
  }

  private func text(of limit: Limit, failingSince: String?) -> String {
    switch limit {
    case .noProcess: "no process context"
    case .learning(let raises): "learning: \(Self.names(raises)) do not count yet"
    case .notStrong: "evidence not yet strong enough for high"
    case .irregular: "irregular: no timing evidence"
    case .outage: "outage: this pair was answered not long ago"
    case .destinationDown: "destination down since \(failingSince ?? "")"
    }
  }

  private static func names(_ raises: [Raise]) -> String {
    raises.map(\.rawValue).joined(separator: ", ")
  }
}
