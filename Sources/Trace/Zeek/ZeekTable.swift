// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// Reads the tab-separated form of a conn.log: heads that begin with `#`, then rows.
///
/// Columns are found by their names in `#fields`, in any order. Heads may come again, as where
/// rotated logs were joined; they hold from there on.
struct ZeekTable {
  /// A line of more columns is no log of Zeek.
  private static let columnLimit = 512

  private var separator = UInt8(ascii: "\t")
  private var unset = "-"
  private var empty = "(empty)"
  private var path = "conn"
  /// What each column is, nil for one that is not read; empty before the first `#fields`.
  private var columns: [ZeekColumn?] = []
  private var fields = ZeekFields()

  /// Decodes one line without its line feed.
  mutating func decode(_ line: Span<UInt8>) throws(ZeekError) -> ZeekLine {
    var end = line.count
    if end > 0, line[end - 1] == 0x0d { end -= 1 }
    guard end > 0 else { return .nothing }
    if line[0] == UInt8(ascii: "#") {
      try readHead(line, end)
      return .nothing
    }
    guard !columns.isEmpty else {
      throw ZeekError(offset: 0, reason: "a row before the #fields line")
    }
    guard path.contains("conn") else { return .otherLog(path) }
    fields.removeAll()
    fields.end = end
    var count = 0
    var start = 0
    while start <= end {
      var stop = start
      while stop < end, line[stop] != separator { stop += 1 }
      locate(start..<stop, at: count, line)
      count += 1
      start = stop + 1
    }
    guard count == columns.count else {
      throw ZeekError(
        offset: end, reason: "\(count) columns where #fields has \(columns.count)")
    }
    let row = try fields.row(line) { ZeekValues.nanoseconds(line, $0) }
    return row.map(ZeekLine.row) ?? .otherTransport
  }

  private mutating func locate(_ range: Range<Int>, at index: Int, _ line: Span<UInt8>) {
    guard index < columns.count, let column = columns[index],
      !ZeekValues.equal(line, range, unset), !ZeekValues.equal(line, range, empty)
    else { return }
    fields[column] = range
  }

  /// `#separator \x09` is set apart by a space, and all others by what it says.
  private mutating func readHead(_ line: Span<UInt8>, _ end: Int) throws(ZeekError) {
    let separatorHead = "#separator "
    if end > separatorHead.utf8.count,
      ZeekValues.equal(line, 0..<separatorHead.utf8.count, separatorHead)
    {
      separator = try Self.separator(line, separatorHead.utf8.count..<end)
      return
    }
    var parts: [Range<Int>] = []
    var start = 0
    while start <= end, parts.count <= Self.columnLimit + 1 {
      var stop = start
      while stop < end, line[stop] != separator { stop += 1 }
      parts.append(start..<stop)
      start = stop + 1
    }
    guard let head = parts.first else { return }
    let value = parts.count > 1 ? ZeekValues.text(line, parts[1]) : ""
    switch ZeekValues.text(line, head.lowerBound..<min(head.upperBound, 32)) {
    case "#unset_field": unset = value
    case "#empty_field": empty = value
    case "#path": path = value
    case "#fields": try readNames(line, parts[1...], end)
    default: break  // #set_separator concerns columns that are not read; #types, #open, #close
    }
  }

  private mutating func readNames(
    _ line: Span<UInt8>, _ parts: ArraySlice<Range<Int>>, _ end: Int
  ) throws(ZeekError) {
    guard parts.count <= Self.columnLimit else {
      throw ZeekError(offset: 0, reason: "more than \(Self.columnLimit) columns")
    }
    columns = parts.map { ZeekColumn(rawValue: ZeekValues.text(line, $0)) }
    guard path.contains("conn") else { return }
    let missing = ZeekColumn.allCases.first { $0.isRequired && !columns.contains($0) }
    if let missing {
      columns = []
      throw ZeekError(offset: end, reason: "#fields has no \(missing.rawValue)")
    }
  }

  /// One byte, written as itself or as `\x09`.
  private static func separator(
    _ line: Span<UInt8>, _ range: Range<Int>
  ) throws(ZeekError) -> UInt8 {
    let text = ZeekValues.text(line, range)
    if range.count == 1 { return line[range.lowerBound] }
    if range.count == 4, text.hasPrefix("\\x"), !text.contains("+"),
      let byte = UInt8(text.dropFirst(2), radix: 16)
    {
      return byte
    }
    throw ZeekError(offset: range.lowerBound, reason: "#separator is not one byte")
  }
}
