// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Where a trace's bytes go: a file of mode 0600, standard output, or memory.
///
/// A new file has its own name from the start, so that an interrupted recording is found where
/// it was asked for. A file that exists is replaced only when the new trace is complete: until
/// then that one is written beside it as `NAME.partial`.
struct OutputFile: ~Copyable {
  /// The path as it was given; errors name it.
  let name: String
  /// Where the bytes go until the end, when that is another name.
  private let partialName: String?
  /// -1 for memory, and once it is closed.
  private var descriptor: Int32
  private let isOwned: Bool
  private let isMemory: Bool
  private(set) var memory: [UInt8] = []
  private(set) var writtenBytes: UInt64 = 0

  /// Opens `path` for writing; `-` is standard output.
  init(path: String) throws(TraceError) {
    let isStandardOutput = path == "-"
    let partial = isStandardOutput ? nil : try Self.partialName(for: path)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY
    let opened =
      isStandardOutput ? STDOUT_FILENO : unsafe Glibc.open(partial ?? path, flags, 0o600)
    guard opened >= 0 else {
      guard errno == EEXIST, let partial else { throw TraceError.system("create", path, errno) }
      throw TraceError(
        .refused, file: path, "\(partial) is there, of an unfinished recording: move it away first")
    }
    name = path
    partialName = partial
    descriptor = opened
    isOwned = !isStandardOutput
    isMemory = false
  }

  /// Keeps what is written.
  init() {
    name = "memory"
    partialName = nil
    descriptor = -1
    isOwned = false
    isMemory = true
  }

  deinit {
    if isOwned, descriptor >= 0 { _ = Glibc.close(descriptor) }
  }

  /// Nil for a new file; only a regular file may be replaced, and not through a link.
  private static func partialName(for path: String) throws(TraceError) -> String? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw TraceError.system("stat", path, errno)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return path + ".partial"
    case S_IFLNK: throw TraceError(.refused, file: path, "a symbolic link is not written through")
    default: throw TraceError(.refused, file: path, "not a regular file: it is not replaced")
    }
  }

  mutating func write(_ bytes: [UInt8], count: Int) throws(TraceError) {
    let count = min(count, bytes.count)
    writtenBytes += UInt64(count)
    guard !isMemory else { return memory.append(contentsOf: bytes[..<count]) }
    var start = 0
    while start < count {
      // SAFETY: the buffer lives through the call, and the length is what is left of it.
      let written = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: start), count - start)
      }
      if written >= 0 {
        start += written
      } else if errno != EINTR {
        throw TraceError.system("write", name, errno)
      }
    }
  }

  /// Brings everything to the disk and gives the trace its name.
  mutating func finish() throws(TraceError) {
    guard isOwned, descriptor >= 0 else { return }
    let open = descriptor
    let synced = fsync(open) == 0 || errno == EINVAL ? 0 : errno
    descriptor = -1
    let closed = Glibc.close(open) == 0 ? 0 : errno
    if synced != 0 { throw TraceError.system("fsync", name, synced) }
    if closed != 0 { throw TraceError.system("close", name, closed) }
    if let partialName, unsafe rename(partialName, name) != 0 {
      throw TraceError.system("rename", name, errno)
    }
    syncDirectory()
  }

  /// Removes what was written; an older trace of that name stays.
  mutating func discard() {
    guard isOwned, descriptor >= 0 else { return }
    _ = unsafe unlink(partialName ?? name)
    _ = Glibc.close(descriptor)
    descriptor = -1
  }

  /// The name survives a power cut only when the directory is on the disk, too.
  ///
  /// Some file systems refuse; the trace itself is safe then.
  private func syncDirectory() {
    let slash = name.utf8.lastIndex(of: UInt8(ascii: "/"))
    let directory = slash.map { String(name[...$0]) } ?? "."
    let handle = unsafe Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { return }
    _ = fsync(handle)
    _ = Glibc.close(handle)
  }
}
