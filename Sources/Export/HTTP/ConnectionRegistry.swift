// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Synchronization

/// The open connections: how many there may be, and who is to be waited for at the end.
final class ConnectionRegistry: Sendable {
  private let limit: Int
  private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

  init(limit: Int) {
    self.limit = limit
  }

  /// Enters a connection until it closes; false when there are too many.
  func admit(_ channel: any Channel) -> Bool {
    let key = ObjectIdentifier(channel)
    let isAdmitted = channels.withLock { channels in
      guard channels.count < limit else { return false }
      channels[key] = channel
      return true
    }
    if isAdmitted {
      channel.closeFuture.whenComplete { _ in
        _ = self.channels.withLock { $0.removeValue(forKey: key) }
      }
    }
    return isAdmitted
  }

  var open: [any Channel] { channels.withLock { Array($0.values) } }
}
