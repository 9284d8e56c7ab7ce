// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The C library's text for an errno value.
func errorText(_ code: Int32) -> String {
  // SAFETY: glibc gives a constant for known values and a thread-local buffer for others.
  unsafe String(cString: strerror(code))
}
