// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf
internal import Glibc

/// The network namespaces of this host's processes; iter/tcp sees one of them, its reader's.
enum NetworkNamespaces {
  /// Its inode, as socket records carry it; 0 where /proc does not tell.
  static var ownInode: UInt32 {
    inode("/proc/self/ns/net").map(UInt32.init(truncatingIfNeeded:)) ?? 0
  }

  /// More than this many are not visited.
  private static let limit = 4_096

  /// Runs `body` in each other namespace that may be entered, on this thread; then comes back.
  ///
  /// Entering one takes CAP_SYS_ADMIN: without it `body` does not run.
  static func forEachOther(_ body: () throws(ProbeError) -> Void) throws(ProbeError) {
    let own = unsafe open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)
    guard own >= 0 else { return }
    defer { close(own) }
    var seen: Set<UInt64> = inode("/proc/self/ns/net").map { [$0] } ?? []
    for process in processes() where seen.count < limit {
      let path = "/proc/\(process)/ns/net"
      guard let inode = inode(path), seen.insert(inode).inserted else { continue }
      let other = unsafe open(path, O_RDONLY | O_CLOEXEC)
      guard other >= 0 else { continue }
      defer { close(other) }
      guard halfwire_enter_network_namespace(other) == 0 else { continue }
      var failure: ProbeError?
      do throws(ProbeError) { try body() } catch { failure = error }
      guard halfwire_enter_network_namespace(own) == 0 else {
        throw .system(operation: "return to the sensor's network namespace", code: errno)
      }
      if let failure { throw failure }
    }
  }

  private static func inode(_ path: String) -> UInt64? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
  }

  private static func processes() -> [Int32] {
    guard let directory = unsafe opendir("/proc") else { return [] }
    defer { unsafe closedir(directory) }
    var found: [Int32] = []
    while let entry = unsafe readdir(directory) {
      // SAFETY: readdir's entry is valid until the next call; its name ends with a NUL.
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if let process = Int32(name) { found.append(process) }
    }
    return found
  }
}
