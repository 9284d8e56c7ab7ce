// SPDX-License-Identifier: Apache-2.0

/// A metrics server that could not be started; each says where and what to do.
public enum MetricsServerError: Error, Hashable, CustomStringConvertible {
  /// The text is neither `address:port` nor `unix:/path`.
  case invalidAddress(String)
  /// Other machines could read the metrics there, and nobody allowed it.
  case notLoopback(ListenAddress)
  /// Another process listens there.
  case addressInUse(ListenAddress)
  case permissionDenied(ListenAddress)
  /// No interface of this machine has the address.
  case addressNotAvailable(ListenAddress)
  /// Something that is not a socket has the path's name.
  case notASocket(path: String)
  /// The kernel takes socket paths up to `limit` bytes.
  case pathTooLong(String, limit: Int)
  case failed(ListenAddress, SystemError)

  /// One sentence that says what to do.
  public var fix: String {
    switch self {
    case .invalidAddress:
      "Write it as 127.0.0.1:10079, [::1]:10079 or unix:/run/halfwire/metrics.sock."
    case .notLoopback:
      "Listen on 127.0.0.1 or ::1 behind a proxy with authentication, or allow it explicitly."
    case .addressInUse(.tcp(_, let port)):
      "Stop the process that holds it (ss -ltnp 'sport = :\(port)'), or choose another port."
    case .addressInUse(.unix):
      "Stop the process that listens on it, or choose another path."
    case .permissionDenied(.tcp):
      "Choose a port of 1024 or above, or grant CAP_NET_BIND_SERVICE."
    case .permissionDenied(.unix):
      "Let the sensor's user write to the directory of the socket, or choose another path."
    case .addressNotAvailable:
      "Choose an address that `ip address` lists."
    case .notASocket(let path):
      "Remove \(path) if nothing needs it, or choose another path."
    case .pathTooLong(_, let limit):
      "Choose a path of at most \(limit) bytes."
    case .failed:
      "Check that the address is right and that its directory or interface exists."
    }
  }

  public var description: String {
    let problem =
      switch self {
      case .invalidAddress(let text): "\"\(text)\" is no address to listen on"
      case .notLoopback(let address): "\(address) can be reached from other machines"
      case .addressInUse(let address): "\(address) is already in use"
      case .permissionDenied(let address): "not permitted to listen on \(address)"
      case .addressNotAvailable(let address): "\(address) is no address of this machine"
      case .notASocket(let path): "\(path) exists and is not a socket"
      case .pathTooLong(let path, _): "\(path) is too long for a socket"
      case .failed(let address, let reason): "cannot listen on \(address): \(reason)"
      }
    return "\(problem). \(fix)"
  }
}
