// SPDX-License-Identifier: Apache-2.0

public import Wire

/// The package databases of one system, asked in turn: dpkg's, then rpm's.
public struct HostPackages: Sendable {
  private static let cacheEntries = 1_024

  private var dpkg: DpkgDatabase
  private let rpm: RpmDatabase
  private var known = RecentValues<ByteString, PackageAnswer>(capacity: cacheEntries)
  private var state = 0

  /// The databases below `root`, which ends without a slash.
  public init(root: String = "") {
    dpkg = DpkgDatabase(root: root)
    rpm = RpmDatabase(root: root)
  }

  /// Who owns an absolute path; "nobody" only when no database there is was unreadable.
  public mutating func owner(of path: ByteString) -> PackageAnswer {
    if let answer = known[path], currentState == state { return answer }
    let answers = [dpkg.owner(of: path), rpm.owner(of: path)]
    if state != currentState {
      known = RecentValues(capacity: Self.cacheEntries)
      state = currentState
    }
    let answer = Self.joined(answers)
    known[path] = answer
    return answer
  }

  private var currentState: Int { [dpkg.state, rpm.state].hashValue }

  private static func joined(_ answers: [PackageAnswer]) -> PackageAnswer {
    for answer in answers {
      if case .owned = answer { return answer }
    }
    if answers.contains(.unreadable) { return .unreadable }
    return answers.contains(.unowned) ? .unowned : .absent
  }
}
