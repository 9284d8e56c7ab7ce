// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The C library's text for an errno value.
func errorText(_ code: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 128)
  // SAFETY: the XSI form writes at most `count` bytes, NUL included, into the buffer it is given.
  _ = unsafe buffer.withUnsafeMutableBufferPointer { unsafe __xpg_strerror_r(code, $0.baseAddress, $0.count) }
  return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
