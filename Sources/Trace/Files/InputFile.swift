// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Where a trace's bytes come from: a file, standard input, or memory.
struct InputFile: ~Copyable {
  /// The path as it was given; errors name it.
  let name: String
  /// -1 for memory.
  private let descriptor: Int32
  private let isOwned: Bool
  private var memory: [UInt8] = []
  private var memoryPosition = 0

  /// Opens `path`; `-` is standard input.
  init(path: String) throws(TraceError) {
    let isStandardInput = path == "-"
    let opened =
      isStandardInput
      ? STDIN_FILENO : unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard opened >= 0 else { throw TraceError.system("open", path, errno) }
    name = path
    descriptor = opened
    isOwned = !isStandardInput
  }

  init(bytes: [UInt8], name: String) {
    self.name = name
    descriptor = -1
    isOwned = false
    memory = bytes
  }

  deinit {
    if isOwned { _ = Glibc.close(descriptor) }
  }

  /// Reads into `buffer` from `start` to its end; 0 at the end of input.
  mutating func read(into buffer: inout [UInt8], from start: Int) throws(TraceError) -> Int {
    guard start < buffer.count else { return 0 }
    guard descriptor >= 0 else {
      let count = min(buffer.count - start, memory.count - memoryPosition)
      for index in 0..<count { buffer[start + index] = memory[memoryPosition + index] }
      memoryPosition += count
      return count
    }
    while true {
      // SAFETY: the buffer lives through the call, and the length is what is left of it.
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe Glibc.read(descriptor, bytes.baseAddress?.advanced(by: start), bytes.count - start)
      }
      if count >= 0 { return count }
      guard errno == EINTR else { throw TraceError.system("read", name, errno) }
    }
  }
}

extension TraceError {
  /// A failed system call.
  static func system(_ operation: String, _ file: String, _ number: Int32) -> TraceError {
    // SAFETY: the system returns a NUL-ended string for every number.
    let words = unsafe String(cString: strerror(number))
    guard number != ENOENT && number != ENOTDIR else {
      return TraceError(.notFound, file: file, words)
    }
    return TraceError(.inputOutput(errno: number), file: file, "\(operation): \(words)")
  }
}
