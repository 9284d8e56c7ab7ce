// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Why a simulation could not run.
public enum SimulationError: Error, Sendable {
  /// The destination is neither this machine's nor reserved for private use or documentation.
  case foreignDestination(String)
  case system(operation: String, code: Int32)
}

extension SimulationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .foreignDestination(let address):
      "\(address) is a public address: simulate talks only to loopback, private and "
        + "documentation addresses (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32)"
    case .system(let operation, let code):
      // SAFETY: glibc gives a constant for known values and a thread-local buffer for others.
      unsafe "\(operation): \(String(cString: strerror(code)))"
    }
  }

  static func last(_ operation: String) -> SimulationError {
    .system(operation: operation, code: errno)
  }
}
