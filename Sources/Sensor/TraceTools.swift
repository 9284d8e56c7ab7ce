// SPDX-License-Identifier: Apache-2.0

internal import Trace
internal import Wire

/// What can be done with a trace without looking for findings.
public enum TraceTools {
  /// Copies a trace into the other form, native into JSON Lines or back.
  ///
  /// What is neither becomes JSON Lines where the target's name ends in `.jsonl` or `.zst`.
  ///
  /// - Returns: warnings of the reader, in one line each.
  public static func convert(
    _ source: String, to target: String, isLenient: Bool
  ) throws(SensorFailure) -> [String] {
    var reader = try Self.reader(source, isLenient: isLenient)
    let isText =
      reader.format == .native
      || reader.format.isZeek && (target.hasSuffix(".jsonl") || target.hasSuffix(".zst"))
    let format: TraceFormat =
      isText ? (target.hasSuffix(".zst") ? .compressedJSONLines : .jsonLines) : .native
    var writer = try Self.writer(target, format, header: reader.header)
    do throws(TraceError) {
      _ = try TraceConversion.copy(&reader, to: &writer)
      return reader.warnings.map(\.description)
    } catch {
      throw SensorFailure(error)
    }
  }

  private static func reader(
    _ path: String, isLenient: Bool
  ) throws(SensorFailure) -> TraceReader {
    do throws(TraceError) {
      return try TraceReader(path: path, lenient: isLenient)
    } catch {
      throw SensorFailure(error)
    }
  }

  private static func writer(
    _ target: String, _ format: TraceFormat, header: StreamHeader
  ) throws(SensorFailure) -> TraceWriter {
    do throws(TraceError) {
      return try TraceWriter(path: target, format: format, header: header)
    } catch {
      throw SensorFailure(writing: error)
    }
  }

  /// What is in a trace: lines of text, then the reader's warnings.
  public static func describe(
    _ path: String, isLenient: Bool
  ) throws(SensorFailure) -> (lines: [String], warnings: [String]) {
    do throws(TraceError) {
      var reader = try TraceReader(path: path, lenient: isLenient)
      let summary = try TraceSummary(reading: &reader)
      return (Self.lines(summary), summary.warnings.map(\.description))
    } catch {
      throw SensorFailure(error)
    }
  }

  private static func lines(_ summary: TraceSummary) -> [String] {
    let header = summary.header
    let capped = summary.isCountCapped ? " or more" : ""
    var lines = [
      "format      \(summary.format.rawValue), \(summary.fileBytes) bytes",
      summary.format.isZeek
        ? "recorded    by Zeek: connections without processes"
        : "recorded    on \(header.host), kernel \(header.kernel), backend \(header.backend), "
          + "by \(header.sensor)",
      "boot id     \(header.bootID)",
      "from        \(summary.firstTimeText ?? "no event")",
      "to          \(summary.lastTimeText ?? "no event")",
      "duration    \(Double(summary.durationNanoseconds / 1_000_000) / 1000) s",
      "processes   \(summary.processes)\(capped)",
      "sockets     \(summary.sockets)\(capped)",
      "lost        \(summary.counts.lostRecords) records",
      "footer      "
        + (summary.format.isZeek ? "none" : summary.footer == nil ? "missing" : "present"),
      "events      \(summary.counts.events)",
    ]
    for kind in EventKind.allCases where summary.counts[kind] > 0 {
      let name = kind.rawValue
      lines.append(
        "  \(name)\(String(repeating: " ", count: 10 - name.count))\(summary.counts[kind])")
    }
    if summary.counts.unknownLines > 0 {
      lines.append("  unknown   \(summary.counts.unknownLines)")
    }
    return lines
  }
}
