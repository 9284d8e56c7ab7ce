// SPDX-License-Identifier: Apache-2.0

/// A form in which a snapshot can be written.
public enum ExpositionFormat: Sendable, CaseIterable {
  /// Prometheus text format 0.0.4.
  case prometheus
  /// OpenMetrics text format 1.0.0.
  case openMetrics

  /// The value of the Content-Type header.
  public var contentType: String {
    switch self {
    case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }
}

extension ExpositionFormat {
  /// Chooses by an Accept header (RFC 9110, 12.5.1).
  ///
  /// OpenMetrics is chosen only when it is named, in version 1.0.0 or without one, and rated at
  /// least as high as plain text. Everything else, also an Accept that rules both out, gets the
  /// 0.0.4 text, which every scraper reads.
  public init(accept: String) {
    let ranges = Self.split(accept, at: ",").compactMap(MediaRange.init)
    let named = ranges.filter {
      $0.type == "application/openmetrics-text" && ["1.0.0", nil].contains($0.version)
    }
    let openMetrics = named.map(\.quality).max() ?? 0
    let text = Self.textQuality(ranges)
    self = openMetrics > 0 && openMetrics >= text ? .openMetrics : .prometheus
  }

  /// The rating of the most specific range that covers the 0.0.4 text.
  private static func textQuality(_ ranges: [MediaRange]) -> Int {
    for type in ["text/plain", "text/*", "*/*"] {
      let ratings = ranges.filter { $0.type == type && ["0.0.4", nil].contains($0.version) }
      if let best = ratings.map(\.quality).max() { return best }
    }
    return 0
  }

  /// One element of an Accept header.
  private struct MediaRange {
    let type: String
    let version: String?
    /// Thousandths, 0 to 1000.
    let quality: Int

    init?(_ text: Substring) {
      let parts = ExpositionFormat.split(text, at: ";").map(Self.trimmed)
      guard let type = parts.first, type.contains("/") else { return nil }
      var version: String?
      var quality = 1000
      for parameter in parts.dropFirst() {
        guard let equals = parameter.firstIndex(of: "=") else { continue }
        var value = Self.trimmed(parameter[parameter.index(after: equals)...])
        if value.count >= 2, value.first == "\"", value.last == "\"" {
          value = value.dropFirst().dropLast()
        }
        switch Self.trimmed(parameter[..<equals]).lowercased() {
        case "version": version = String(value)
        case "q":
          guard let number = Double(value), (0...1).contains(number) else { return nil }
          quality = Int(number * 1000)
        default: continue
        }
      }
      self.type = type.lowercased()
      self.version = version
      self.quality = quality
    }

    private static func trimmed(_ text: Substring) -> Substring {
      var text = text
      while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
      while let last = text.last, last == " " || last == "\t" { text.removeLast() }
      return text
    }
  }

  /// Splits where the separator is not inside a quoted string.
  private static func split(_ text: some StringProtocol, at separator: Character) -> [Substring] {
    var isQuoted = false
    var isEscaped = false
    return Substring(text).split { character in
      defer { isEscaped = isQuoted && character == "\\" && !isEscaped }
      if character == "\"", !isEscaped { isQuoted.toggle() }
      return character == separator && !isQuoted
    }
  }
}
