// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Wire

/// What followed a pair's last ten visits; constant size.
struct PairReactions: Sendable {
  static let visitLimit = 10
  private static let mask: UInt16 = 1 << 10 - 1

  private var lastVisit: KernelInstant
  private var visitBefore: KernelInstant?
  /// Bit n is the visit n visits ago.
  private var childVisits: UInt16 = 0
  private var fileVisits: UInt16 = 0
  private var pipedVisits: UInt16 = 0
  private var lastNoted: KernelInstant

  init(at time: KernelInstant) {
    lastVisit = time
    lastNoted = time
  }

  /// Visits of the last ten that a child's exec followed.
  var children: Int { childVisits.nonzeroBitCount }
  /// Visits of the last ten whose file was run.
  var files: Int { fileVisits.nonzeroBitCount }
  /// Visits of the last ten that fed an interpreter.
  var piped: Int { pipedVisits.nonzeroBitCount }

  /// A request; those less than a second apart are one visit.
  mutating func visit(at time: KernelInstant) {
    guard time > lastVisit, time.nanoseconds(since: lastVisit) >= 1_000_000_000 else { return }
    visitBefore = lastVisit
    lastVisit = time
    childVisits = (childVisits << 1) & Self.mask
    fileVisits = (fileVisits << 1) & Self.mask
    pipedVisits = (pipedVisits << 1) & Self.mask
  }

  enum Kind { case child, file, piped }

  /// Marks the visit that a moment belongs to; false where it is marked already.
  mutating func mark(_ kind: Kind, at time: KernelInstant) -> Bool {
    lastNoted = max(lastNoted, time)
    var age: UInt16 = 0
    if time < lastVisit { age = time >= visitBefore ?? .zero ? 1 : 2 }
    let bit: UInt16 = 1 << age
    switch kind {
    case .child: return Self.set(bit, in: &childVisits)
    case .file: return Self.set(bit, in: &fileVisits)
    case .piped: return Self.set(bit, in: &pipedVisits)
    }
  }

  private static func set(_ bit: UInt16, in visits: inout UInt16) -> Bool {
    guard visits & bit == 0 else { return false }
    visits |= bit
    return true
  }

  /// Kept for 14 days after something was noted.
  func isStale(_ now: KernelInstant) -> Bool {
    now.nanoseconds(since: lastNoted) > 14 * 86_400_000_000_000
  }
}
