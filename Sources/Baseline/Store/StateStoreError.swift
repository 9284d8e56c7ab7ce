// SPDX-License-Identifier: Apache-2.0

/// Why a state directory cannot be used; each says what to do.
public enum StateStoreError: Error, Hashable, Sendable {
  /// No such directory, and it cannot be made or entered.
  case directory(String, reason: String)
  /// The directory holds no state.
  case missing(String)
  /// Another user may write to the directory.
  case writableByOthers(String)
  /// Another sensor, or another command, has the directory.
  case inUse(String)
  /// The file was made by another program.
  case foreign(String)
  /// The file was made by a newer version of this program.
  case newer(String, version: Int64)
  /// The file's contents contradict themselves.
  case corrupt(String, reason: String)
  /// There is no room for what is to be saved.
  case full(String)
  case failed(String, reason: String)
}

extension StateStoreError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .directory(let path, let reason):
      "\(path): \(reason); make the directory or name another with --state"
    case .missing(let path): "\(path): no such file; a sensor that runs with --state makes it"
    case .writableByOthers(let path):
      "\(path): others may write to it; chmod 700 it or name another directory with --state"
    case .inUse(let path):
      "\(path): in use by another halfwire; stop that one or name another directory"
    case .foreign(let path):
      "\(path): not a state of halfwire; move the file away or name another directory"
    case .newer(let path, let version):
      "\(path): written by a newer halfwire (layout \(version)); update, or move the file away"
    case .corrupt(let path, let reason):
      "\(path): damaged (\(reason)); start anew with halfwire baseline reset --yes"
    case .full(let path): "\(path): no space left; what is new is kept in memory only"
    case .failed(let path, let reason): "\(path): \(reason)"
    }
  }
}
