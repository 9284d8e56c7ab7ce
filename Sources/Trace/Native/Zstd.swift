// SPDX-License-Identifier: Apache-2.0

internal import CZstd

/// Whole zstd frames, one a block.
enum ZstdFrame {
  /// The most a frame of `count` bytes can take.
  static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) }
}

/// Why zstd gave up, in its own words.
struct ZstdError: Error {
  var reason: String

  init(code: Int) {
    // SAFETY: zstd returns a static string for every code.
    reason = unsafe String(cString: ZSTD_getErrorName(code))
  }

  init(_ reason: String) {
    self.reason = reason
  }
}

/// Unpacks frames and streams; owns one zstd context.
@safe struct ZstdUnpacker: ~Copyable {
  private let context: OpaquePointer

  init() throws(ZstdError) {
    guard let created = unsafe ZSTD_createDCtx() else { throw ZstdError("out of memory") }
    unsafe context = created
  }

  deinit {
    unsafe _ = ZSTD_freeDCtx(context)
  }

  /// Unpacks one frame of exactly `size` bytes into `output`, which must have room.
  ///
  /// The frame must carry its size and checksum, and end where `range` ends.
  func unpackFrame(
    _ bytes: [UInt8], _ range: Range<Int>, size: Int, into output: inout [UInt8]
  ) throws(ZstdError) {
    let input = bytes.span.extracting(range)
    // Byte 4 describes the frame (RFC 8878, 3.1.1.1.1): bit 2 announces the checksum.
    guard input.count > 5, input[4] & 4 != 0 else { throw ZstdError("no frame with a checksum") }
    guard output.count >= size else { throw ZstdError("no room for \(size) bytes") }
    // SAFETY: both buffers live through the call and zstd is told their exact lengths.
    let outcome: Int? = unsafe input.withUnsafeBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        guard unsafe ZSTD_getFrameContentSize(source.baseAddress, source.count) == UInt64(size),
          unsafe ZSTD_findFrameCompressedSize(source.baseAddress, source.count) == source.count
        else { return nil }
        return unsafe ZSTD_decompressDCtx(
          context, target.baseAddress, size, source.baseAddress, source.count)
      }
    }
    guard let written = outcome else {
      throw ZstdError("the frame is not the one its block describes")
    }
    guard ZSTD_isError(written) == 0 else { throw ZstdError(code: written) }
    guard written == size else { throw ZstdError("the frame is shorter than its block says") }
  }

  /// What one step of a stream consumed and produced.
  struct Step {
    var consumed: Int
    var produced: Int
    /// A frame ended here, so the input may end here too.
    var isAtFrameEnd: Bool
  }

  /// Unpacks from `range` into `output` from `start` on, as much as fits.
  ///
  /// zstd refuses windows above 128 MiB, which bounds its memory.
  func unpack(_ bytes: [UInt8], _ range: Range<Int>, into output: inout [UInt8], from start: Int)
    throws(ZstdError) -> Step
  {
    var consumed = 0
    var produced = 0
    let input = bytes.span.extracting(range)
    // SAFETY: both buffers live through the call and zstd is told their exact lengths.
    let hint = unsafe input.withUnsafeBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        var from = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        var to = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: start)
        let hint = unsafe ZSTD_decompressStream(context, &to, &from)
        unsafe (consumed, produced) = (from.pos, to.pos - start)
        return hint
      }
    }
    guard ZSTD_isError(hint) == 0 else { throw ZstdError(code: hint) }
    return Step(consumed: consumed, produced: produced, isAtFrameEnd: hint == 0)
  }
}

/// Packs frames and streams with the content checksum on; owns one zstd context.
@safe struct ZstdPacker: ~Copyable {
  private let context: OpaquePointer

  /// Level 1 to 19, as zstd means it.
  init(level: Int32) throws(ZstdError) {
    guard let created = unsafe ZSTD_createCCtx() else { throw ZstdError("out of memory") }
    unsafe _ = ZSTD_CCtx_setParameter(created, ZSTD_c_compressionLevel, level)
    unsafe _ = ZSTD_CCtx_setParameter(created, ZSTD_c_checksumFlag, 1)
    unsafe context = created
  }

  deinit {
    unsafe _ = ZSTD_freeCCtx(context)
  }

  /// Packs `bytes` as one frame into `output`; the frame's length.
  func packFrame(_ bytes: [UInt8], into output: inout [UInt8]) throws(ZstdError) -> Int {
    let input = bytes.span
    let bound = ZstdFrame.bound(input.count)
    if output.count < bound { output = [UInt8](repeating: 0, count: bound) }
    // SAFETY: both buffers live through the call and zstd is told their exact lengths.
    let written = unsafe input.withUnsafeBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe ZSTD_compress2(
          context, target.baseAddress, target.count, source.baseAddress, source.count)
      }
    }
    guard ZSTD_isError(written) == 0 else { throw ZstdError(code: written) }
    return written
  }

  /// Where a stream stands after some input.
  enum Boundary {
    case none, flush, end
  }

  /// Packs `bytes` as a part of a stream and appends what is ready to `output`.
  func pack(_ bytes: [UInt8], _ boundary: Boundary, appendTo output: inout [UInt8])
    throws(ZstdError)
  {
    let input = bytes.span
    let directive =
      switch boundary {
      case .none: ZSTD_e_continue
      case .flush: ZSTD_e_flush
      case .end: ZSTD_e_end
      }
    var chunk = [UInt8](repeating: 0, count: ZSTD_CStreamOutSize())
    var position = 0
    while true {
      var produced = 0
      // SAFETY: both buffers live through the call and zstd is told their exact lengths.
      let rest = unsafe input.withUnsafeBufferPointer { source in
        unsafe chunk.withUnsafeMutableBufferPointer { target in
          var from = unsafe ZSTD_inBuffer(
            src: source.baseAddress, size: source.count, pos: position)
          var to = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
          let rest = unsafe ZSTD_compressStream2(context, &to, &from, directive)
          unsafe (position, produced) = (from.pos, to.pos)
          return rest
        }
      }
      guard ZSTD_isError(rest) == 0 else { throw ZstdError(code: rest) }
      output.append(contentsOf: chunk[..<produced])
      let isDone = boundary == .none ? position == input.count : rest == 0
      if isDone { return }
    }
  }
}
