// SPDX-License-Identifier: Apache-2.0

import Protocols
import Wire

/// Any bytes as the first bytes of a stream, in one piece and in many, and as a DNS answer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzProtocols(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let whole = PayloadReader.read(bytes)
  precondition((whole == nil) == bytes.isEmpty)
  _ = whole?.name
  if let whole, bytes.count > 1 {
    // A shorter beginning may say less, and must not fail; what is complete stays what it is.
    let half = PayloadReader.read(Array(bytes.prefix(bytes.count / 2)))
    if let half, half.isComplete, half.application == .tls {
      precondition(whole.application == .tls)
    }
    _ = half.map { PayloadReading.better($0, whole) }
  }
  var buffer = HeadBuffer()
  var offset = 0
  while offset < bytes.count, !buffer.isFull {
    let size = Int(bytes[offset]) + 1
    let piece = Array(bytes[offset..<min(offset + size, bytes.count)])
    guard buffer.append(piece, at: UInt64(offset)) else { break }
    offset += piece.count
  }
  precondition(buffer.bytes.count <= HeadBuffer.limitBytes)
  _ = PayloadReader.read(buffer.bytes)
  let answer = AnswerRecord(
    time: KernelInstant(nanoseconds: 0), networkNamespace: 1, payload: bytes)
  precondition(answer.names.count <= 64)
  return 0
}
