// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// Reads the JSON form of a conn.log, an object a line: Zeek's own, and json-streaming-logs, which
/// adds `_path` and may hold all logs in one file.
struct ZeekObjects {
  private var fields = ZeekFields()

  /// Whether a line that is a JSON object looks like one of Zeek's rather than a trace's.
  static func recognises(_ line: Span<UInt8>) -> Bool {
    func holds(_ key: StaticString) -> Bool {
      let name = Array("\"\(key)\"".utf8)
      guard line.count > name.count else { return false }
      return (0...line.count - name.count - 1).contains { start in
        name.indices.allSatisfy { line[start + $0] == name[$0] }
      }
    }
    return !holds("halfwire_trace") && (holds("id.orig_h") || holds("_path"))
  }

  /// Decodes one line without its line feed.
  mutating func decode(_ line: Span<UInt8>) throws(ZeekError) -> ZeekLine {
    do throws(LineError) {
      var scanner = LineScanner()
      scanner.skipSpace(line)
      if scanner.position == line.count { return .nothing }
      if let other = try read(&scanner, line) { return .otherLog(other) }
    } catch {
      throw ZeekError(offset: error.offset, reason: error.fault.description)
    }
    let row = try fields.row(line) { range in
      // A string holds ISO 8601; a number seconds, or milliseconds where it is that large.
      if line[range.lowerBound - 1] == UInt8(ascii: "\"") {
        return ZeekValues.moment(line, range)
      }
      guard let milliseconds = ZeekValues.count(line, range), milliseconds >= 100_000_000_000
      else { return ZeekValues.nanoseconds(line, range) }
      let (time, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
      return overflow ? nil : Int64(exactly: time)
    }
    return row.map(ZeekLine.row) ?? .otherTransport
  }

  /// Locates the values of one object; the name of its log where that is another one.
  private mutating func read(
    _ scanner: inout LineScanner, _ line: Span<UInt8>
  ) throws(LineError) -> String? {
    fields.removeAll()
    var path: String?
    try scanner.expect(UInt8(ascii: "{"), line)
    if try !scanner.accept(UInt8(ascii: "}"), line) {
      repeat {
        let key = try scanner.key(line)
        let value = try scanner.value(line, depth: 1)
        if ZeekValues.equal(line, key.range, "_path"), value.form == .string {
          path = ZeekValues.text(line, value.range)
        }
        guard let column = Self.column(line, key.range), value.form != .null else { continue }
        fields[column] = value.range
      } while try scanner.accept(UInt8(ascii: ","), line)
      try scanner.expect(UInt8(ascii: "}"), line)
    }
    fields.end = scanner.position
    scanner.skipSpace(line)
    guard scanner.position == line.count else { throw scanner.error(.bytesAfterObject) }
    guard let path, !path.contains("conn") else { return nil }
    return path
  }

  private static func column(_ line: Span<UInt8>, _ range: Range<Int>) -> ZeekColumn? {
    ZeekColumn.allCases.first { ZeekValues.equal(line, range, $0.rawValue) }
  }
}
