// SPDX-License-Identifier: Apache-2.0

internal import Analytics
public import Findings

/// What came of one recorded trace, and whether that is right.
public struct TraceVerdict: Sendable {
  /// The directory it stands in; the raw value is its name.
  public enum Kind: String, CaseIterable, Sendable {
    case malicious, benign
  }

  /// A finding of this severity or above counts as firing.
  public static let firing = Severity.medium

  public let kind: Kind
  /// The path below the tested directory.
  public let name: String
  /// Worst first, the explained ones too.
  public let findings: [Finding]
  /// Where what came differs from what is expected; empty where all is right.
  public let amiss: [String]

  init(kind: Kind, name: String, findings: [Finding], expectation: TraceExpectation) {
    self.kind = kind
    self.name = name
    self.findings = findings
    let fired = findings.filter { $0.severity >= Self.firing }
    var amiss: [String] = []
    switch kind {
    case .malicious:
      if fired.isEmpty { amiss.append("did not fire") }
    case .benign:
      amiss += fired.map { "\($0.analytic.slug) is \($0.severity.rawValue)" }
    }
    let floor: Severity = kind == .malicious ? Self.firing : .explained
    amiss += expectation.findings.compactMap { $0.amiss(findings, floor: floor) }
    self.amiss = amiss
  }

  public var hasFired: Bool { findings.contains { $0.severity >= Self.firing } }
  public var isRight: Bool { amiss.isEmpty }

  /// For people: right or wrong, the name, what was found, and what is amiss.
  public var line: String {
    let head = (isRight ? "ok     " : "WRONG  ") + name
    let told = findings.filter { $0.severity > .explained }
    let explained = findings.count - told.count
    var parts = told.map { "\($0.severity.rawValue) \($0.analytic.slug)" }
    if explained > 0 { parts.append("\(explained) explained") }
    let found = parts.isEmpty ? "silent" : parts.joined(separator: ", ")
    return "\(head): \(found)" + (isRight ? "" : " -- \(amiss.joined(separator: "; "))")
  }

  /// For programs: one JSON object.
  public var json: String {
    let found = findings.map { finding in
      "{\"analytic\":\(JSONText.quoted(finding.analytic.identifier)),"
        + "\"slug\":\(JSONText.quoted(finding.analytic.slug)),"
        + "\"severity\":\"\(finding.severity.rawValue)\","
        + "\"confidence\":\(finding.confidence),\"id\":\(JSONText.quoted(finding.id)),"
        + "\"message\":\(JSONText.quoted(finding.message))}"
    }
    return "{\"trace\":\(JSONText.quoted(name)),\"kind\":\"\(kind.rawValue)\","
      + "\"fired\":\(hasFired),\"right\":\(isRight),"
      + "\"amiss\":[\(amiss.map(JSONText.quoted).joined(separator: ","))],"
      + "\"findings\":[\(found.joined(separator: ","))]}"
  }
}

/// How many traces came out as they should.
///
/// A malicious one is found only if all that its expectation asks for was found.
public struct ConfusionMatrix: Sendable {
  public private(set) var truePositives = 0
  public private(set) var falseNegatives = 0
  public private(set) var falsePositives = 0
  public private(set) var trueNegatives = 0
  /// Benign ones that stayed silent and yet are not as expected.
  public private(set) var otherwiseWrong = 0

  public init(_ verdicts: [TraceVerdict]) {
    for verdict in verdicts {
      switch verdict.kind {
      case .malicious where verdict.isRight: truePositives += 1
      case .malicious: falseNegatives += 1
      case .benign where verdict.hasFired: falsePositives += 1
      case .benign:
        trueNegatives += 1
        if !verdict.isRight { otherwiseWrong += 1 }
      }
    }
  }

  /// Of the traces that fired the share that should; nil where none fired.
  public var precision: Double? { Self.share(truePositives, falsePositives) }
  /// Of the malicious traces the share that was found; nil where there is none.
  public var recall: Double? { Self.share(truePositives, falseNegatives) }

  private static func share(_ part: Int, _ rest: Int) -> Double? {
    part + rest == 0 ? nil : Double(part) / Double(part + rest)
  }

  /// For people: a table and the two shares.
  public var lines: [String] {
    [
      "            fired  silent or otherwise",
      "malicious  \(Self.padded(truePositives))  \(Self.padded(falseNegatives))",
      "benign     \(Self.padded(falsePositives))  \(Self.padded(trueNegatives))",
      "precision \(Self.text(precision)), recall \(Self.text(recall))"
        + (otherwiseWrong > 0 ? "; \(otherwiseWrong) benign silent but not as expected" : ""),
    ]
  }

  /// For programs: one JSON object.
  public var json: String {
    "{\"true_positives\":\(truePositives),\"false_negatives\":\(falseNegatives),"
      + "\"false_positives\":\(falsePositives),\"true_negatives\":\(trueNegatives),"
      + "\"otherwise_wrong\":\(otherwiseWrong),"
      + "\"precision\":\(Self.number(precision)),\"recall\":\(Self.number(recall))}"
  }

  private static func padded(_ count: Int) -> String {
    let text = "\(count)"
    return String(repeating: " ", count: max(0, 6 - text.count)) + text
  }

  private static func text(_ share: Double?) -> String {
    share == nil ? "not known" : number(share)
  }

  private static func number(_ share: Double?) -> String {
    share.map { "\(($0 * 1000).rounded() / 1000)" } ?? "null"
  }
}

/// Text inside a line of JSON.
enum JSONText {
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 0x20: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
