// SPDX-License-Identifier: Apache-2.0

internal import Flows

/// All that is kept of one subject.
struct SubjectRecord: Hashable, Sendable {
  static let portLimit = 16
  static let protocolLimit = 8

  struct Spoken: Hashable, Sendable {
    var name: String
    /// Unix seconds.
    var firstSeen: Int64
  }

  /// Unix seconds.
  var firstSeen: Int64
  var lastSeen: Int64
  /// Days with an outbound connection, and with one accepted from outside.
  var active = DaySet()
  var inbound = DaySet()
  var users = UserClasses()
  var sent = SentDistribution()
  /// Bytes by hour of the day, UTC.
  var sentByHour = [UInt64](repeating: 0, count: 24)
  var receivedByHour = [UInt64](repeating: 0, count: 24)
  /// Remote ports, in order; the first of many.
  var ports: [UInt16] = []
  /// What its connections spoke, in order of appearance.
  var protocols: [Spoken] = []
  /// Told by an event without days.
  var isNetworkFacing = false
  /// Told by an event without a distribution.
  var toldP99: UInt64?
  /// More of its pairs had an open finding than could be noted: none of its days are familiar.
  var isNeverFamiliar = false

  init(firstSeen: Int64) {
    self.firstSeen = firstSeen
    lastSeen = firstSeen
  }

  mutating func note(port: UInt16) {
    guard ports.count < Self.portLimit, !ports.contains(port) else { return }
    ports.insert(port, at: ports.firstIndex { $0 > port } ?? ports.endIndex)
  }

  /// Notes what a connection spoke; false where it is known, or as many are known as are kept.
  ///
  /// A full list gives up its youngest entry as long as that is not familiar yet: a subject that
  /// speaks a new dialect each time keeps what it spoke first.
  mutating func note(spoken name: String, at now: Int64) -> Bool {
    guard !protocols.contains(where: { $0.name == name }) else { return false }
    if protocols.count >= Self.protocolLimit {
      guard let last = protocols.last, now - last.firstSeen < HostBaseline.newSeconds else {
        return false
      }
      protocols.removeLast()
    }
    protocols.append(Spoken(name: name, firstSeen: now))
    return true
  }

  func p99(at now: Int64) -> UInt64? {
    guard let own = sent.percentile99(at: now) else { return toldP99 }
    return max(own, toldP99 ?? 0)
  }

  /// Takes in another record of the same subject.
  ///
  /// `adding`: the two counted different traffic, and their bytes add up; else they tell of the same.
  mutating func merge(_ other: SubjectRecord, adding: Bool) {
    firstSeen = min(firstSeen, other.firstSeen)
    lastSeen = max(lastSeen, other.lastSeen)
    active.formUnion(other.active)
    inbound.formUnion(other.inbound)
    users.formUnion(other.users)
    sent.merge(other.sent, adding: adding)
    for hour in 0..<24 {
      let (sent, received) = (other.sentByHour[hour], other.receivedByHour[hour])
      sentByHour[hour] = adding ? sentByHour[hour] &+ sent : max(sentByHour[hour], sent)
      receivedByHour[hour] =
        adding ? receivedByHour[hour] &+ received : max(receivedByHour[hour], received)
    }
    for port in other.ports { note(port: port) }
    for spoken in other.protocols {
      if let index = protocols.firstIndex(where: { $0.name == spoken.name }) {
        protocols[index].firstSeen = min(protocols[index].firstSeen, spoken.firstSeen)
      } else {
        protocols.append(spoken)
      }
    }
    protocols.sort { ($0.firstSeen, $0.name) < ($1.firstSeen, $1.name) }
    protocols.removeLast(max(0, protocols.count - Self.protocolLimit))
    isNetworkFacing = isNetworkFacing || other.isNetworkFacing
    toldP99 = [toldP99, other.toldP99].compactMap(\.self).max()
    isNeverFamiliar = isNeverFamiliar || other.isNeverFamiliar
  }
}

/// Which kinds of users a subject's processes ran as.
public struct UserClasses: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  public static let root = UserClasses(rawValue: 1)
  /// 1 to 999, and the ranges that systemd hands out (61184 to 65519).
  public static let system = UserClasses(rawValue: 2)
  public static let user = UserClasses(rawValue: 4)

  public init(uid: UInt32) {
    switch uid {
    case 0: self = .root
    case 1..<1_000, 61_184...65_519: self = .system
    default: self = .user
    }
  }

  /// The classes by name, in order.
  public var words: [String] {
    [(Self.root, "root"), (.system, "system"), (.user, "user")]
      .filter { contains($0.0) }.map(\.1)
  }
}
