// SPDX-License-Identifier: Apache-2.0

/// A buffer the kernel's verifier writes its log to, while an object loads.
@safe final class VerifierLog {
  private let buffer: UnsafeMutableBufferPointer<CChar>

  init() {
    let allocated = UnsafeMutableBufferPointer<CChar>.allocate(capacity: 1 << 20)
    unsafe allocated.initialize(repeating: 0)
    unsafe buffer = unsafe allocated
  }

  deinit { unsafe buffer.deallocate() }

  /// SAFETY of both: valid while this object is held.
  var start: UnsafeMutablePointer<CChar>? { unsafe buffer.baseAddress }
  var count: Int { unsafe buffer.count }

  /// The last line that is not a statistic: the verifier's reason.
  var reason: String? {
    let bytes = unsafe buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    return String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n")
      .last { !$0.hasPrefix("processed ") && !$0.hasPrefix("verification time") }
      .map(String.init)
  }
}
