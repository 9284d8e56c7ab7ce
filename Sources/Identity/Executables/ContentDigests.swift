// SPDX-License-Identifier: Apache-2.0

internal import Digest
internal import Glibc

/// Digests of files, each read once for as long as nothing of its status changes.
///
/// Two limits keep whoever writes many large files from making the sensor read them all: a file's
/// size, and bytes in a minute. What they leave out is counted.
struct ContentDigests {
  private static let cacheEntries = 2_048
  private static let chunkBytes = 1 << 20
  /// Above the largest executables that distributions ship.
  static let fileLimit: Int64 = 512 << 20
  /// A restored service host starts hundreds of programs; their files together have less.
  static let bytesPerMinute: Int64 = 2 << 30

  private struct Key: Hashable {
    let file: FileStatus
    let algorithm: DigestStream.Algorithm
  }

  private var known = RecentValues<Key, String>(capacity: cacheEntries)
  private var minute: Int = 0
  private var spentBytes: Int64 = 0
  /// Files that were not read because of a limit.
  private(set) var refused: UInt64 = 0

  /// The digest in lower-case hexadecimal; nil where a limit, an error or a write forbids it.
  mutating func digest(
    of file: borrowing FileDescriptor, _ status: FileStatus, _ algorithm: DigestStream.Algorithm
  ) -> String? {
    let key = Key(file: status, algorithm: algorithm)
    if let digest = known[key] { return digest }
    guard status.isRegular, isAllowed(status.size) else { return nil }
    guard let reading = file.reopened(), reading.status == status,
      var stream = DigestStream(algorithm)
    else { return nil }
    var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
    var left = status.size
    while true {
      guard let count = reading.read(into: &chunk) else { return nil }
      if count == 0 { break }
      // A file that grows while it is read would be read for ever.
      left -= Int64(count)
      guard left >= 0 else { return nil }
      stream.update(chunk[..<count])
    }
    guard reading.status == status else { return nil }
    let digest = stream.hexadecimal()
    known[key] = digest
    return digest
  }

  private mutating func isAllowed(_ size: Int64) -> Bool {
    var now = timespec()
    // SAFETY: the result outlives the call.
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    if now.tv_sec / 60 != minute {
      minute = now.tv_sec / 60
      spentBytes = 0
    }
    guard size <= Self.fileLimit, spentBytes + size <= Self.bytesPerMinute else {
      refused += 1
      return false
    }
    spentBytes += size
    return true
  }
}
