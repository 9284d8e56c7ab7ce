// SPDX-License-Identifier: Apache-2.0

// The JSON Lines form: lines are cut from the window and decoded where they stand.
extension TraceReader {
  mutating func nextLine() throws(TraceError) -> TraceItem? {
    while let length = try findLine() {
      lineNumber += 1
      guard length <= Self.lineLimitBytes else {
        try refuse(LineError(offset: Self.lineLimitBytes, fault: .lineTooLong), isWhole: true)
        try skipLongLine()
        continue
      }
      // The last line may lack its line feed.
      let isWhole = length < input.available
      let outcome: Result<TraceItem, LineError>?
      do throws(LineError) {
        let range = input.start..<input.start + length
        outcome = try lines.decodeUnlessBlank(input.buffer, range).map { .success($0) }
      } catch {
        outcome = .failure(error)
      }
      input.consume(length + 1)
      switch outcome {
      case .success(let item)?: return item
      case .failure(let error)?: try refuse(error, isWhole: isWhole)
      case nil: break
      }
    }
    return nil
  }

  /// The next line's length without its line feed, nil at the end of input.
  ///
  /// A line beyond the limit is not searched to its end: the limit plus one is returned.
  mutating func findLine() throws(TraceError) -> Int? {
    var searched = 0
    while true {
      let end = min(input.available, Self.lineLimitBytes + 1)
      if let found = input.find(UInt8(ascii: "\n"), in: searched..<end) { return found }
      searched = end
      if end > Self.lineLimitBytes { return end }
      if try !input.extend(room: 0) { return input.available > 0 ? input.available : nil }
    }
  }

  mutating func skipLongLine() throws(TraceError) {
    while true {
      if let end = input.find(UInt8(ascii: "\n"), in: 0..<input.available) {
        return input.consume(end + 1)
      }
      input.consume(input.available)
      if try !input.extend(room: 0) { return }
    }
  }

  /// Throws the error with its place, or counts the line where reading is lenient.
  private mutating func refuse(_ error: LineError, isWhole: Bool) throws(TraceError) {
    let hint = isWhole ? "" : " (the last line may be cut off: it has no line feed)"
    let failure = TraceError(
      error.fault.code, file: name, at: .line(lineNumber, byte: error.offset + 1),
      error.fault.description + hint)
    try refuse(failure)
  }

  /// Throws a line's error, or counts the line where reading is lenient.
  mutating func refuse(_ failure: TraceError) throws(TraceError) {
    guard isLenient, failure.code == .malformed else { throw failure }
    counts.skippedLines += 1
    if firstSkipped == nil { firstSkipped = failure }
  }
}

extension LineFault {
  /// A trace of another version is not damaged, and skipping its header would not help.
  var code: TraceError.Code {
    if case .unsupportedFormat = self { .unsupported } else { .malformed }
  }
}
