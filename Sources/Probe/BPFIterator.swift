// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf
internal import Glibc

/// Owns one attached iterator program; each run walks all its elements once.
@safe struct BPFIterator: ~Copyable {
  private let link: OpaquePointer

  init(link: OpaquePointer) {
    unsafe self.link = unsafe link
  }

  deinit { _ = unsafe bpf_link__destroy(link) }

  /// Walks all elements; gives what the program wrote to its file.
  func run() throws(ProbeError) -> [UInt8] {
    let descriptor = unsafe bpf_iter_create(bpf_link__fd(link))
    guard descriptor >= 0 else {
      throw .system(operation: "start a BPF iterator", code: errno)
    }
    defer { close(descriptor) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      // SAFETY: the kernel writes at most `count` bytes into the array's storage.
      let count = unsafe chunk.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count >= 0 else { throw .system(operation: "read a BPF iterator", code: errno) }
      guard count > 0 else { return output }
      output.append(contentsOf: chunk[..<count])
    }
  }
}
