// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The most memory this process held at once (VmHWM).
public enum PeakMemory {
  /// Begins anew from what is held now, so that one stage's peak is not taken for the next one's.
  public static func reset() {
    let descriptor = unsafe open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { _ = close(descriptor) }
    let five: [UInt8] = [UInt8(ascii: "5")]
    // SAFETY: one byte is written from an array of one.
    _ = unsafe five.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
  }

  /// The peak since the last reset, in MiB; 0 where /proc does not tell.
  public static var mebibytes: Double {
    guard let line = SystemFile.lines("/proc/self/status").first(where: { $0.hasPrefix("VmHWM:") })
    else { return 0 }
    let kibibytes = line.split { !("0"..."9").contains($0) }.first.flatMap { Double($0) } ?? 0
    return kibibytes / 1024
  }
}
