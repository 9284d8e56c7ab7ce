// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf
internal import Glibc

/// Owns the reading end of the ring.
@safe struct RingReader: ~Copyable {
  private let handle: OpaquePointer
  private let delivery: Delivery
  private let positions: RingPositions

  /// Where the callback finds the closure of the drain under way.
  private final class Delivery {
    var body: (RawSpan) -> Void = { _ in }
  }

  init(map descriptor: Int32) throws(LoadFailure) {
    let positions = try RingPositions(map: descriptor)
    let delivery = Delivery()
    let opened = unsafe ring_buffer__new(
      descriptor,
      { context, data, count in
        guard let context = unsafe context, let data = unsafe data else { return 0 }
        // SAFETY: context is the Delivery that this reader keeps alive.
        let delivery = unsafe Unmanaged<Delivery>.fromOpaque(context).takeUnretainedValue()
        // SAFETY: libbpf lends `count` bytes at `data` until this call returns.
        let record = unsafe RawSpan(_unsafeStart: data, byteCount: count)
        delivery.body(record)
        return 0
      },
      Unmanaged.passUnretained(delivery).toOpaque(), nil)
    guard let opened = unsafe opened else {
      throw LoadFailure(step: "open the ring", code: errno)
    }
    unsafe handle = opened
    self.delivery = delivery
    self.positions = positions
  }

  deinit { unsafe ring_buffer__free(handle) }

  /// Lends every waiting record, in order; a record is gone when `body` returns.
  ///
  /// - Returns: how many there were.
  func drain(_ body: (RawSpan) -> Void) -> Int {
    withoutActuallyEscaping(body) { body in
      delivery.body = body
      defer { delivery.body = { _ in } }
      return Int(unsafe ring_buffer__consume(handle))
    }
  }

  /// Sleeps until the kernel side wakes the reader, a signal comes, or the time is over.
  func wait(milliseconds: Int32) {
    var entry = pollfd(fd: unsafe ring_buffer__epoll_fd(handle), events: Int16(POLLIN), revents: 0)
    _ = unsafe poll(&entry, 1, milliseconds)
  }

  /// Bytes waiting in the ring.
  var usedBytes: UInt64 { positions.usedBytes }
}
