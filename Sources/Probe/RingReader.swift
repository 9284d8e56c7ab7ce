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
    var count = 0
  }

  /// Records lent in one drain: a flood must not keep the reader from everything else.
  private static let drainLimit = 8_192

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
        delivery.count += 1
        // A negative result ends the drain; this record counts as taken all the same.
        return delivery.count < RingReader.drainLimit ? 0 : -1
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

  /// Lends waiting records, in order; a record is gone when `body` returns.
  ///
  /// - Returns: how many there were; `isFull` says when there can be more.
  func drain(_ body: (RawSpan) -> Void) -> Int {
    withoutActuallyEscaping(body) { body in
      delivery.body = body
      delivery.count = 0
      defer { delivery.body = { _ in } }
      _ = unsafe ring_buffer__consume(handle)
      return delivery.count
    }
  }

  /// Whether a drain that lent so many records stopped before the ring was empty.
  static func isFull(_ count: Int) -> Bool { count >= drainLimit }

  /// Sleeps until the kernel side wakes the reader, a signal comes, or the time is over.
  func wait(milliseconds: Int32) {
    var entry = pollfd(fd: unsafe ring_buffer__epoll_fd(handle), events: Int16(POLLIN), revents: 0)
    _ = unsafe poll(&entry, 1, milliseconds)
  }

  /// Bytes waiting in the ring.
  var usedBytes: UInt64 { positions.usedBytes }
}
