// SPDX-License-Identifier: Apache-2.0

internal import Digest
internal import Probe

/// The BPF objects that this program carries.
public enum BuiltInObjects {
  /// The source revision; a packager sets it, a build from a checkout does not know it.
  static let commit = "unknown"

  /// Each backend with its object's SHA-256, to compare with a rebuilt one.
  public static func digests() -> [(backend: String, sha256: String)] {
    Backend.allCases.map { backend in
      (backend.rawValue, SHA256.hexadecimal(backend.objectBytes, characters: 64))
    }
  }
}
