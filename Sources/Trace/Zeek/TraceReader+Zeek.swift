// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// What reading a Zeek log needs beyond the window over its bytes.
struct ZeekReading {
  var table = ZeekTable()
  var objects = ZeekObjects()
  var order = ZeekOrder()
  /// Events of the row that left the window last, and the next of them to hand out.
  var ready: [Event] = []
  var readyIndex = 0
  var isAtEnd = false
  /// Rows that are not TCP.
  var otherRows: UInt64 = 0
  var epoch: Int64 = 0

  /// Boot time 0 of a log: a day before the day its earliest row begins.
  ///
  /// There is no boot; the day is room for what begins earlier and stands later in the file.
  mutating func setEpoch() {
    let day: Int64 = 86_400_000_000_000
    guard let earliest = order.earliest else { return }
    epoch = max(0, earliest / day * day - day)
  }

  /// Decodes the line in `range`, without its line feed.
  mutating func decode(
    _ bytes: [UInt8], _ range: Range<Int>, _ format: TraceFormat
  ) throws(ZeekError) -> ZeekLine {
    let line = bytes.span.extracting(range)
    return format == .zeekTable ? try table.decode(line) : try objects.decode(line)
  }

  mutating func nextEvent() -> Event? {
    if readyIndex == ready.count {
      guard let moment = order.next() else { return nil }
      // What begins before the epoch stands at it, and counts as late.
      let time = KernelInstant(nanoseconds: UInt64(max(0, moment.time - epoch)))
      let uid = moment.row.uid
      let socket = SocketKey(text: uid.isEmpty ? "row-\(moment.number)" : uid)
      ready =
        moment.isEnd
        ? moment.row.closing(at: time, socket: socket)
        : moment.row.opening(at: time, socket: socket)
      readyIndex = 0
    }
    defer { readyIndex += 1 }
    return ready[readyIndex]
  }
}

extension TraceReader {
  /// Reads the first window, from which the log's own times follow.
  mutating func readZeekHeader() throws(TraceError) {
    zeek = ZeekReading()
    try fillZeekWindow()
    zeek.setEpoch()
    header = StreamHeader(
      host: "", bootID: "", kernel: "", backend: "zeek",
      wallEpochNanoseconds: zeek.epoch, sensor: "zeek", configHash: "")
  }

  mutating func nextZeekEvent() throws(TraceError) -> Event? {
    try fillZeekWindow()
    return zeek.nextEvent()
  }

  private mutating func fillZeekWindow() throws(TraceError) {
    while !zeek.isAtEnd, !zeek.order.isFull {
      guard let length = try nextZeekLine() else {
        zeek.isAtEnd = true
        return
      }
      let outcome: Result<ZeekLine, ZeekError>
      do throws(ZeekError) {
        let range = input.start..<input.start + length
        outcome = .success(try zeek.decode(input.buffer, range, format))
      } catch {
        outcome = .failure(error)
      }
      input.consume(length + 1)
      switch outcome {
      case .success(.nothing): break
      case .success(.row(let row)): zeek.order.insert(row)
      case .success(.otherTransport): zeek.otherRows &+= 1
      case .success(.otherLog(let path)): counts.addUnknown(ByteString(path))
      case .failure(let error): try refuse(error.reason, at: error.offset)
      }
    }
  }

  /// The next line that is not too long to be one.
  private mutating func nextZeekLine() throws(TraceError) -> Int? {
    while let length = try findLine() {
      lineNumber += 1
      guard length > Self.lineLimitBytes else { return length }
      try refuse(LineFault.lineTooLong.description, at: Self.lineLimitBytes)
      try skipLongLine()
    }
    return nil
  }

  private mutating func refuse(_ reason: String, at offset: Int) throws(TraceError) {
    try refuse(
      TraceError(.malformed, file: name, at: .line(lineNumber, byte: offset + 1), reason))
  }

  /// Whether the first line of a JSON text is a row of Zeek's.
  static func isZeek(_ input: inout TraceInput) throws(TraceError) -> Bool {
    while input.available <= lineLimitBytes,
      input.find(UInt8(ascii: "\n"), in: 0..<input.available) == nil
    {
      guard try input.extend(room: 0) else { break }
    }
    let end = input.find(UInt8(ascii: "\n"), in: 0..<input.available) ?? input.available
    return ZeekObjects.recognises(
      input.buffer.span.extracting(input.start..<input.start + end))
  }

  /// What the operator should know of a Zeek log besides.
  var zeekWarnings: [TraceWarning] {
    var warnings: [TraceWarning] = []
    if zeek.otherRows > 0 { warnings.append(.otherTransports(rows: zeek.otherRows)) }
    if zeek.order.lateRows > 0 { warnings.append(.lateRows(rows: zeek.order.lateRows)) }
    return warnings
  }
}
