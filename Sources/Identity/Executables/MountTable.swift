// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// The mounts of the sensor's own namespace, and which of them nobody can write to.
///
/// The namespace of the process asked about is not believed: an unprivileged user can make one,
/// and mount there what looks like a read-only system.
struct MountTable {
  private static let limit = 16 << 20

  private struct Mount {
    let options: Set<Substring>
    let fileSystem: Substring
    let superOptions: Set<Substring>

    var isOnFUSE: Bool { fileSystem.hasPrefix("fuse") }
  }

  private var mounts: [String: [Mount]] = [:]

  /// Reads the lines of proc_pid_mountinfo(5).
  init(_ text: [UInt8]) {
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard let mark = fields.firstIndex(of: "-"), mark >= 6, fields.count > mark + 3 else {
        continue
      }
      let mount = Mount(
        options: Set(fields[5].split(separator: ",")), fileSystem: fields[mark + 1],
        superOptions: Set(fields[mark + 3].split(separator: ",")))
      mounts[String(fields[2]), default: []].append(mount)
    }
  }

  static func own() -> MountTable? {
    FileReading.bytes(of: "/proc/self/mountinfo", limit: limit).map(MountTable.init)
  }

  /// The kind of mount that a device is behind; nil where it is not mounted here.
  ///
  /// Read-only must be the file system itself, not one view of it, and one that may run set-uid
  /// programs: what users mount (media, archives through FUSE) never may.
  func kind(ofDevice device: UInt64) -> MountKind? {
    let major = device >> 8 & 0xfff
    let minor = device & 0xff | device >> 12 & 0xfff00
    guard let views = mounts["\(major):\(minor)"] else { return nil }
    if let uuid = FileReading.bytes(
      of: ByteString("/sys/dev/block/\(major):\(minor)/dm/uuid"), limit: 4_096),
      uuid.starts(with: "CRYPT-VERITY-".utf8)
    {
      return .verity
    }
    let isReadOnly = views.allSatisfy { view in
      view.superOptions.contains("ro") && !view.options.contains("nosuid")
        && !view.isOnFUSE
    }
    return isReadOnly ? .readOnly : .other
  }
}
