// SPDX-License-Identifier: Apache-2.0

/// What the kernel says of its own lockdown.
enum Lockdown {
  /// Whether it says that kernel memory is not to be read: trying would only take time.
  static var isConfidentiality: Bool {
    SmallFile.read("/sys/kernel/security/lockdown")?.contains("[confidentiality]") ?? false
  }
}
