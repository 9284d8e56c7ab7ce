// SPDX-License-Identifier: Apache-2.0

import Wire

/// Any bytes as a record; with the first byte's help also with a sound header.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRecord(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var bytes = Array(UnsafeBufferPointer(start: start, count: count))
  check(bytes)
  guard bytes.count >= 16, bytes.count <= 65_536 else { return 0 }
  bytes[2] = 1
  for place in 0..<4 { bytes[4 + place] = UInt8(truncatingIfNeeded: bytes.count >> (8 * place)) }
  check(bytes)
  return 0
}

private func check(_ bytes: [UInt8]) {
  _ = try? RecordDecoder.length(ofFirstIn: bytes.span)
  _ = RecordDecoder.burst(beginning: bytes.span)
  guard case .event(let event)? = try? RecordDecoder.decode(bytes.span) else { return }
  // The kernel writes resets in a fixed layout; the sensor writes them as text.
  if case .reset = event { return }
  var encoded: [UInt8] = []
  // Whatever came out of a fixed layout must fit it again, unchanged.
  precondition(RecordEncoder.append(event, to: &encoded))
  guard case .event(let again)? = try? RecordDecoder.decode(encoded.span) else {
    preconditionFailure("an encoded record was refused")
  }
  precondition(String(describing: again) == String(describing: event))
}
