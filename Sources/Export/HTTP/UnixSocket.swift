// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A bound socket with a path for a name, and the duty to remove the name again.
struct UnixSocket {
  let path: String
  /// Bound and not yet listening; whoever takes it closes it.
  let descriptor: Int32
  private let identity: SystemCalls.FileIdentity

  /// Binds the path with mode 0660.
  ///
  /// A socket left there by a sensor that is gone is removed: nothing answers on it. One that
  /// answers, or a file of another kind, is left alone and is an error.
  init(path: String) throws(MetricsServerError) {
    try Self.removeStale(path)
    let address = ListenAddress.unix(path: path)
    do throws(SystemError) {
      let opened = try SystemCalls.unixSocket()
      do throws(SystemError) {
        // Nobody can connect before listen, so there is no moment with a wider mode.
        try SystemCalls.bind(opened, path: path)
        do throws(SystemError) {
          try SystemCalls.setMode(0o660, ofPath: path)
          identity = try SystemCalls.identity(of: path)
        } catch {
          try? SystemCalls.unlink(path)
          throw error
        }
      } catch {
        close(opened)
        throw error
      }
      descriptor = opened
      self.path = path
    } catch {
      throw MetricsServerError(error, at: address)
    }
  }

  /// Removes the name, unless it has come to mean another socket.
  func removeName() {
    guard (try? SystemCalls.identity(of: path)) == identity else { return }
    try? SystemCalls.unlink(path)
  }

  private static func removeStale(_ path: String) throws(MetricsServerError) {
    guard let found = try? SystemCalls.identity(of: path) else { return }
    guard found.isSocket else { throw .notASocket(path: path) }
    let address = ListenAddress.unix(path: path)
    do throws(SystemError) {
      let probe = try SystemCalls.unixSocket()
      defer { close(probe) }
      try SystemCalls.connect(probe, path: path)
    } catch {
      guard error.code == ECONNREFUSED else { throw MetricsServerError(error, at: address) }
      try? SystemCalls.unlink(path)
      return
    }
    throw .addressInUse(address)
  }
}

extension MetricsServerError {
  /// Sorts a failed bind by its number.
  init(_ error: SystemError, at address: ListenAddress) {
    self =
      switch error.code {
      case EADDRINUSE: .addressInUse(address)
      case EACCES, EPERM: .permissionDenied(address)
      case EADDRNOTAVAIL: .addressNotAvailable(address)
      default: .failed(address, error)
      }
  }
}
