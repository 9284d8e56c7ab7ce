// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The ring's two position pages, mapped for reading: how full it is.
///
/// A libbpf of 1.3 or later could tell; Debian 12 has 1.1.
@safe final class RingPositions {
  private let consumer: UnsafeMutableRawPointer
  private let producer: UnsafeMutableRawPointer
  private let pageBytes: Int

  init(map descriptor: Int32) throws(LoadFailure) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    guard let consumer = unsafe mmap(nil, page, PROT_READ, MAP_SHARED, descriptor, 0),
      unsafe consumer != MAP_FAILED
    else { throw LoadFailure(step: "map the ring", code: errno) }
    guard let producer = unsafe mmap(nil, page, PROT_READ, MAP_SHARED, descriptor, page),
      unsafe producer != MAP_FAILED
    else {
      let code = errno
      _ = unsafe munmap(consumer, page)
      throw LoadFailure(step: "map the ring", code: code)
    }
    unsafe self.consumer = unsafe consumer
    unsafe self.producer = unsafe producer
    pageBytes = page
  }

  deinit {
    _ = unsafe munmap(consumer, pageBytes)
    _ = unsafe munmap(producer, pageBytes)
  }

  /// A momentary reading: the kernel and the reader move on meanwhile.
  var usedBytes: UInt64 {
    // SAFETY: each page begins with the position, an aligned 64-bit count that only grows.
    let consumed = unsafe consumer.load(as: UInt64.self)
    let produced = unsafe producer.load(as: UInt64.self)
    return produced >= consumed ? produced - consumed : 0
  }
}
