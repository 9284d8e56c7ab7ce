// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The state directory that systemd made for the service (`StateDirectory=`).
public enum StateDirectoryDefault {
  /// The first of the variable's paths, which are joined by colons; nil where it is not set.
  public static var path: String? {
    // SAFETY: the environment is not changed by this program; the text is copied here.
    guard let text = unsafe getenv("STATE_DIRECTORY") else { return nil }
    return unsafe String(cString: text).split(separator: ":").first.map(String.init)
  }
}
