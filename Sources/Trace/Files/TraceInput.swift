// SPDX-License-Identifier: Apache-2.0

/// A window over the input, unpacked where it is a zstd stream; never the whole input.
struct TraceInput: ~Copyable {
  /// The window; `start..<end` is what has not been consumed.
  private(set) var buffer: [UInt8]
  private(set) var start = 0
  private(set) var end = 0
  /// The unpacked input's offset of `start`.
  private(set) var offset: UInt64 = 0
  /// A zstd stream that ended inside a frame.
  private(set) var isCutOff = false
  /// Why a zstd stream could not be unpacked further, and where in the file.
  private(set) var damage: (offset: UInt64, reason: String)?

  private var file: InputFile
  private var isAtEnd = false
  private var unpacker: ZstdUnpacker?
  private var packed: [UInt8] = []
  private var packedStart = 0
  private var packedEnd = 0
  private(set) var fileBytes: UInt64 = 0
  private var isAtFrameEnd = true

  static let windowBytes = 128 * 1024

  init(_ file: consuming InputFile) {
    buffer = [UInt8](repeating: 0, count: Self.windowBytes)
    self.file = file
  }

  var name: String { file.name }
  var isCompressed: Bool { unpacker != nil }
  var available: Int { end - start }

  /// Declares the input a zstd stream; what was already read is its beginning.
  mutating func beginUnpacking() throws(TraceError) {
    do {
      unpacker = try ZstdUnpacker()
    } catch {
      throw TraceError(.inputOutput(errno: 0), file: file.name, error.reason)
    }
    packed = [UInt8](repeating: 0, count: Self.windowBytes)
    packedEnd = end - start
    for index in 0..<packedEnd { packed[index] = buffer[start + index] }
    (start, end, offset) = (0, 0, 0)
  }

  /// Makes at least `count` bytes available; false when the input ends before.
  mutating func require(_ count: Int) throws(TraceError) -> Bool {
    while available < count {
      guard try extend(room: count) else { return false }
    }
    return true
  }

  /// Adds some bytes to the window; false at the end of input.
  ///
  /// The window has `room` for that many bytes from `start` on.
  mutating func extend(room: Int) throws(TraceError) -> Bool {
    if isAtEnd { return false }
    if start > 0, start == end || end == buffer.count || start + room > buffer.count { compact() }
    if end == buffer.count || room > buffer.count {
      let size = max(room, 2 * buffer.count)
      buffer.append(contentsOf: repeatElement(0, count: size - buffer.count))
    }
    let added = unpacker == nil ? try readFile() : try unpack()
    end += added
    isAtEnd = added == 0
    return added > 0
  }

  /// The first place of `byte` in a range counted from `start`.
  func find(_ byte: UInt8, in range: Range<Int>) -> Int? {
    let window = buffer.span.extracting(start + range.lowerBound..<start + range.upperBound)
    for index in window.indices where window[index] == byte { return range.lowerBound + index }
    return nil
  }

  /// A little-endian number of `count` available bytes.
  func number(at place: Int, _ count: Int) -> UInt64 {
    NativeLayout.number(buffer.span, at: start + place, count)
  }

  /// The block header that stands `place` bytes ahead; nil where none does.
  func blockHeader(at place: Int = 0) -> BlockHeader? {
    BlockHeader(buffer.span.extracting(start + place..<end))
  }

  /// What the input begins with.
  var sniff: TraceSniff { TraceSniff(buffer.span.extracting(start..<end)) }

  mutating func consume(_ count: Int) {
    let count = min(count, available)
    start += count
    offset += UInt64(count)
  }

  private mutating func compact() {
    let count = end - start
    for index in 0..<count { buffer[index] = buffer[start + index] }
    (start, end) = (0, count)
  }

  private mutating func readFile() throws(TraceError) -> Int {
    let count = try file.read(into: &buffer, from: end)
    fileBytes += UInt64(count)
    return count
  }

  /// The next unpacked bytes; 0 at the end, which is also where the stream is damaged.
  private mutating func unpack() throws(TraceError) -> Int {
    while true {
      if packedStart == packedEnd {
        packedStart = 0
        packedEnd = try file.read(into: &packed, from: 0)
        fileBytes += UInt64(packedEnd)
        if packedEnd == 0 {
          isCutOff = !isAtFrameEnd
          return 0
        }
      }
      let step: ZstdUnpacker.Step
      do throws(ZstdError) {
        guard
          let done = try unpacker?.unpack(
            packed, packedStart..<packedEnd, into: &buffer, from: end)
        else { return 0 }
        step = done
      } catch {
        damage = (fileBytes - UInt64(packedEnd - packedStart), "zstd: \(error.reason)")
        return 0
      }
      packedStart += step.consumed
      isAtFrameEnd = step.isAtFrameEnd
      if step.produced > 0 { return step.produced }
      // No progress on either side would be a stream that never ends.
      if step.consumed == 0, packedStart < packedEnd {
        damage = (fileBytes, "zstd: no progress")
        return 0
      }
    }
  }
}
