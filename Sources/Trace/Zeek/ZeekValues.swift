// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// Values of a Zeek log, out of the bytes of a line.
enum ZeekValues {
  /// Seconds with a fraction or an exponent, in whole nanoseconds; finer digits are cut off.
  ///
  /// Nothing passes through a double: a time of 2025 has 19 digits in nanoseconds.
  static func nanoseconds(_ line: Span<UInt8>, _ range: Range<Int>) -> Int64? {
    var position = range.lowerBound
    var mantissa: UInt64 = 0
    var scale = 9
    var digits = 0
    var isFraction = false
    while position < range.upperBound {
      let byte = line[position]
      if byte == UInt8(ascii: "."), !isFraction {
        isFraction = true
      } else if let digit = digit(byte) {
        digits += 1
        // Nineteen digits fit; later ones of a fraction are below what is asked for.
        if mantissa < 1_000_000_000_000_000_000 {
          mantissa = mantissa * 10 + digit
          if isFraction { scale -= 1 }
        } else if !isFraction {
          return nil
        }
      } else {
        break
      }
      position += 1
    }
    guard digits > 0 else { return nil }
    if position < range.upperBound {
      guard line[position] | 0x20 == UInt8(ascii: "e"),
        let exponent = exponent(line, position + 1..<range.upperBound)
      else { return nil }
      scale += exponent
    }
    while scale < 0, mantissa > 0 {
      mantissa /= 10
      scale += 1
    }
    while scale > 0, mantissa > 0 {
      let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      mantissa = product
      scale -= 1
    }
    return Int64(exactly: mantissa)
  }

  private static func exponent(_ line: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var position = range.lowerBound
    guard position < range.upperBound else { return nil }
    let isNegative = line[position] == UInt8(ascii: "-")
    if isNegative || line[position] == UInt8(ascii: "+") { position += 1 }
    guard position < range.upperBound, range.upperBound - position <= 4 else { return nil }
    var value = 0
    while position < range.upperBound {
      guard let digit = digit(line[position]) else { return nil }
      value = value * 10 + Int(digit)
      position += 1
    }
    return isNegative ? -value : value
  }

  static func count(_ line: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
    guard !range.isEmpty else { return nil }
    var value: UInt64 = 0
    for index in range {
      guard let digit = digit(line[index]) else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(digit)
      guard !overflow, !carry else { return nil }
      value = sum
    }
    return value
  }

  /// ISO 8601 as Zeek writes it, `2025-11-21T04:40:00.123456Z`: Unix nanoseconds.
  static func moment(_ line: Span<UInt8>, _ range: Range<Int>) -> Int64? {
    let length = range.count
    func number(_ part: Range<Int>) -> Int64? {
      let own = range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound
      return count(line, own).flatMap { Int64(exactly: $0) }
    }
    func stands(_ character: Unicode.Scalar, _ place: Int) -> Bool {
      line[range.lowerBound + place] == UInt8(ascii: character)
    }
    guard length >= 20, length <= 40, stands("-", 4), stands("-", 7), stands("T", 10),
      stands(":", 13), stands(":", 16), stands("Z", length - 1), let year = number(0..<4),
      let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
      let minute = number(14..<16), (1970...2261).contains(year), (1...12).contains(month),
      (1...31).contains(day), hour < 24, minute < 60,
      let second = nanoseconds(
        line, range.lowerBound + 17..<range.upperBound - 1), second < 61_000_000_000
    else { return nil }
    let days = WallClockText.days(year: year, month: month, day: day)
    return (days * 86_400 + hour * 3_600 + minute * 60) * 1_000_000_000 + second
  }

  static func address(_ line: Span<UInt8>, _ range: Range<Int>) -> IPAddress? {
    guard range.count <= 64 else { return nil }
    return IPAddress(text: text(line, range))
  }

  static func state(_ line: Span<UInt8>, _ range: Range<Int>) -> ZeekRow.State? {
    ZeekRow.State.allCases.first { equal(line, range, $0.rawValue) }
  }

  static func equal(_ line: Span<UInt8>, _ range: Range<Int>, _ text: String) -> Bool {
    guard text.utf8.count == range.count else { return false }
    var index = range.lowerBound
    for byte in text.utf8 {
      guard line[index] == byte else { return false }
      index += 1
    }
    return true
  }

  static func text(_ line: Span<UInt8>, _ range: Range<Int>) -> String {
    var bytes: [UInt8] = []
    for index in range { bytes.append(line[index]) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    let digit = byte &- UInt8(ascii: "0")
    return digit < 10 ? UInt64(digit) : nil
  }
}

/// The columns that are read; the raw value is Zeek's name.
enum ZeekColumn: String, CaseIterable {
  case ts, uid, proto, duration
  case originator = "id.orig_h"
  case originatorPort = "id.orig_p"
  case responder = "id.resp_h"
  case responderPort = "id.resp_p"
  case sent = "orig_bytes"
  case received = "resp_bytes"
  case state = "conn_state"

  /// Without these a row is no connection.
  var isRequired: Bool {
    switch self {
    case .ts, .proto, .originator, .originatorPort, .responder, .responderPort: true
    case .uid, .duration, .sent, .received, .state: false
    }
  }
}

/// Where the values of one row stand; nil is "not in this row".
struct ZeekFields {
  private var ranges = [Range<Int>?](repeating: nil, count: ZeekColumn.allCases.count)
  /// Where the line ends: what is missing is missing there.
  var end = 0

  subscript(column: ZeekColumn) -> Range<Int>? {
    get { ranges[column.index] }
    set { ranges[column.index] = newValue }
  }

  mutating func removeAll() {
    for index in ranges.indices { ranges[index] = nil }
  }

  /// The row that the values make; nil where it is not TCP.
  ///
  /// `time` reads a `ts`, whose form differs between the two kinds of log.
  func row(
    _ line: Span<UInt8>, time: (Range<Int>) -> Int64?
  ) throws(ZeekError) -> ZeekRow? {
    for column in ZeekColumn.allCases where column.isRequired && self[column] == nil {
      throw ZeekError(offset: end, reason: "no \(column.rawValue)")
    }
    guard let transport = self[.proto], ZeekValues.equal(line, transport, "tcp") else { return nil }
    let start = try read(.ts, "a time") { time($0) } ?? 0
    let duration = try read(.duration, "seconds") { ZeekValues.nanoseconds(line, $0) } ?? 0
    let sent = try read(.sent, "a count") { ZeekValues.count(line, $0) } ?? 0
    let received = try read(.received, "a count") { ZeekValues.count(line, $0) } ?? 0
    let state =
      try read(.state, "a connection state") { ZeekValues.state(line, $0) } ?? .midstream
    return ZeekRow(
      start: start, durationNanoseconds: duration,
      originator: try endpoint(.originator, .originatorPort, line),
      responder: try endpoint(.responder, .responderPort, line), sentBytes: sent,
      receivedBytes: received, state: state,
      uid: self[.uid].map { ZeekValues.text(line, $0) } ?? "")
  }

  private func endpoint(
    _ host: ZeekColumn, _ port: ZeekColumn, _ line: Span<UInt8>
  ) throws(ZeekError) -> Endpoint {
    let address = try read(host, "an address") { ZeekValues.address(line, $0) }
    let number = try read(port, "a port") {
      ZeekValues.count(line, $0).flatMap { UInt16(exactly: $0) }
    }
    return Endpoint(address: address ?? .unspecifiedIPv4, port: number ?? 0)
  }

  private func read<Value>(
    _ column: ZeekColumn, _ kind: String, _ body: (Range<Int>) -> Value?
  ) throws(ZeekError) -> Value? {
    guard let range = self[column] else { return nil }
    guard let value = body(range) else {
      throw ZeekError(offset: range.lowerBound, reason: "\(column.rawValue) is not \(kind)")
    }
    return value
  }
}

extension ZeekColumn {
  fileprivate var index: Int {
    switch self {
    case .ts: 0
    case .uid: 1
    case .proto: 2
    case .duration: 3
    case .originator: 4
    case .originatorPort: 5
    case .responder: 6
    case .responderPort: 7
    case .sent: 8
    case .received: 9
    case .state: 10
    }
  }
}
