// SPDX-License-Identifier: Apache-2.0

internal import Digest
internal import Probe

/// The BPF objects that this program carries.
public enum BuiltInObjects {
  /// The source revision; a packager sets it, a build from a checkout does not know it.
  static let commit = "unknown"

  /// Each object with its SHA-256, to compare with a rebuilt one.
  public static func digests() -> [(object: String, sha256: String)] {
    ProbeObject.allCases.map { object in
      (object.rawValue, SHA256.hexadecimal(object.bytes, characters: 64))
    }
  }
}
