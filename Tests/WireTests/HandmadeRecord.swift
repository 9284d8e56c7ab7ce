// SPDX-License-Identifier: Apache-2.0

/// Record bytes put together by hand, at offsets read from the header file and not from Swift.
struct HandmadeRecord {
  var bytes: [UInt8]

  /// A zeroed record with its header; `length` is what the header says.
  init(kind: UInt16, size: Int, time: UInt64 = 0, version: UInt8 = 1, length: Int? = nil) {
    bytes = [UInt8](repeating: 0, count: size)
    put(kind, at: 0)
    bytes[2] = version
    put(UInt32(length ?? size), at: 4)
    put(time, at: 8)
  }

  mutating func put(_ number: some FixedWidthInteger, at offset: Int) {
    for place in 0..<number.bitWidth / 8 {
      bytes[offset + place] = UInt8(truncatingIfNeeded: number >> (8 * place))
    }
  }

  mutating func put(_ data: [UInt8], at offset: Int) {
    bytes.replaceSubrange(offset..<offset + data.count, with: data)
  }

  /// cookie, generation, network namespace.
  mutating func putSocket(_ cookie: UInt64, _ generation: UInt32, _ namespace: UInt32) {
    put(cookie, at: 16)
    put(generation, at: 24)
    put(namespace, at: 28)
  }

  /// start, exec id, pid.
  mutating func putImage(_ pid: UInt32, _ start: UInt64, _ execID: UInt64, at offset: Int) {
    put(start, at: offset)
    put(execID, at: offset + 8)
    put(pid, at: offset + 16)
  }

  mutating func putEndpoint(
    _ address: [UInt8], _ port: UInt16, family: UInt8, scope: UInt32 = 0, at offset: Int
  ) {
    put(address, at: offset)
    put(scope, at: offset + 16)
    put(port, at: offset + 20)
    bytes[offset + 22] = family
  }

  /// Appends bytes and corrects the stated length.
  mutating func append(_ data: [UInt8]) {
    bytes += data
    put(UInt32(bytes.count), at: 4)
  }
}
