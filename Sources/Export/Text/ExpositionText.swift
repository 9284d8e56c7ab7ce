// SPDX-License-Identifier: Apache-2.0

extension MetricSnapshot {
  /// The snapshot as UTF-8 text; the last line ends with a line feed.
  public func text(_ format: ExpositionFormat = .prometheus) -> [UInt8] {
    var writer = ExpositionWriter(format: format)
    for family in families { writer.write(family) }
    return writer.finish()
  }
}

/// Writes families in the text format 0.0.4 of Prometheus or in OpenMetrics 1.0.
///
/// Numbers and bucket bounds are written alike in both, so a series keeps its identity whichever
/// format a scraper asks for.
private struct ExpositionWriter {
  let format: ExpositionFormat
  private var text = ""

  init(format: ExpositionFormat) {
    self.format = format
  }

  mutating func write(_ family: MetricSnapshot.Family) {
    writeMetadata(family.definition)
    for sample in family.samples {
      let labels = zip(family.definition.labels, sample.labels).map { ($0.name, $1) }
      let name = family.definition.name
      switch sample.value {
      case .integer(let value): writeLine(name, labels, String(value))
      case .real(let value): writeLine(name, labels, Self.number(value))
      case .histogram(let histogram): writeHistogram(name, labels, histogram)
      }
    }
  }

  consuming func finish() -> [UInt8] {
    if format == .openMetrics { text += "# EOF\n" }
    return Array(text.utf8)
  }

  private mutating func writeMetadata(_ definition: MetricDefinition) {
    let kind = definition.kind.rawValue
    switch format {
    case .prometheus:
      text += "# HELP \(definition.name) \(Self.escaped(definition.help, quotes: false))\n"
      text += "# TYPE \(definition.name) \(kind)\n"
    case .openMetrics:
      let name = definition.nameWithoutTotal
      text += "# TYPE \(name) \(kind)\n"
      if let unit = definition.unit { text += "# UNIT \(name) \(unit)\n" }
      text += "# HELP \(name) \(Self.escaped(definition.help, quotes: true))\n"
    }
  }

  private mutating func writeHistogram(
    _ name: String, _ labels: [(String, String)], _ histogram: Histogram
  ) {
    for bucket in histogram.cumulativeCounts {
      let bound = ("le", Self.number(bucket.upperBound))
      writeLine(name + "_bucket", labels + [bound], String(bucket.count))
    }
    writeLine(name + "_sum", labels, Self.number(histogram.sum))
    writeLine(name + "_count", labels, String(histogram.count))
  }

  private mutating func writeLine(_ name: String, _ labels: [(String, String)], _ value: String) {
    text += name
    if !labels.isEmpty {
      text += "{"
      for (position, label) in labels.enumerated() {
        if position > 0 { text += "," }
        text += "\(label.0)=\"\(Self.escaped(label.1, quotes: true))\""
      }
      text += "}"
    }
    text += " \(value)\n"
  }

  /// The shortest text that reads back as the same double, always with a point or an exponent.
  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return value.description
  }

  private static func escaped(_ value: String, quotes: Bool) -> String {
    guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x22 }) else {
      return value
    }
    // Scalars, not characters: a quote followed by a combining mark is one character.
    var result = String.UnicodeScalarView()
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\"" where quotes: result.append(contentsOf: "\\\"".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}
