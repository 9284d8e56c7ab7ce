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

  /// All that was written.
  var text: String {
    String(decoding: unsafe buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
