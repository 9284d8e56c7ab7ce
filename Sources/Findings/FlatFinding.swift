// SPDX-License-Identifier: Apache-2.0

public import Analytics

/// A finding in its flat form, from the pipeline or out of a file.
public struct FlatFinding: Hashable, Sendable {
  public let value: JSONValue

  /// Reads one line of a findings file; nil where it is no finding of a known schema.
  public init?(line: [UInt8]) {
    guard let value = JSONValue(line), value["schema"].text == Finding.schema,
      value["id"].text != nil
    else { return nil }
    self.value = value
  }

  public init?(_ finding: Finding) {
    self.init(line: FindingJSON.encode(finding))
  }

  public var id: String { value["id"].text ?? "" }
  public var analytic: Analytic? { value["slug"].text.flatMap(Analytic.init(rawValue:)) }
  public var severity: Severity? { value["severity"].text.flatMap(Severity.init(rawValue:)) }
  public var message: String { value["message"].text ?? "" }

  /// Unix seconds of its last behaviour; nil where the text is no time.
  public var lastSeen: Int64? {
    value["last_seen"].text.flatMap(MomentText.unixMilliseconds).map { $0 / 1_000 }
  }

  /// What suppressions ask of it; nil where it lacks a part.
  public var candidate: SuppressionCandidate? {
    let destination = value["destination"]
    guard let subject = value["subject"].text, let analytic,
      let key = destination["key"].text.flatMap({ DestinationPattern(keyText: $0) })
    else { return nil }
    let process = value["process"]
    let code = SuppressionCandidate.Code(
      sha256: process["sha256"].text, scriptSHA256: process["script_sha256"].text,
      package: process["package"].text,
      owner: process["owner"].number.flatMap(UInt32.init(exactly:)),
      mode: process["mode"].number.flatMap(UInt32.init(exactly:)),
      isVolatile: ["provenance", "code_provenance"].contains { process[$0].text == "P3" })
    return SuppressionCandidate(
      subject: subject, code: code, analytic: analytic, destination: key,
      name: destination["name"].text)
  }
}

/// RFC 3339 times of findings, read back.
enum MomentText {
  /// Milliseconds since 1970; nil for what no finding writes.
  static func unixMilliseconds(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count == 24, bytes[23] == UInt8(ascii: "Z") else { return nil }
    var numbers: [Int64] = []
    for range in [0..<4, 5..<7, 8..<10, 11..<13, 14..<16, 17..<19, 20..<23] {
      guard bytes[range].allSatisfy({ (0x30...0x39).contains($0) }),
        let number = Int64(String(decoding: bytes[range], as: UTF8.self))
      else { return nil }
      numbers.append(number)
    }
    let days = dayNumber(year: numbers[0], month: numbers[1], day: numbers[2])
    let seconds = days * 86_400 + numbers[3] * 3_600 + numbers[4] * 60 + numbers[5]
    return seconds * 1_000 + numbers[6]
  }

  /// The inverse of the calendar that `WallClock` writes: years begin in March.
  private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let yearOfEra = year % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return year / 400 * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
      - 719_468
  }
}
