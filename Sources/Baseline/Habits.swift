// SPDX-License-Identifier: Apache-2.0

/// What a subject normally does on this host; nil is not known.
public struct SubjectHabits: Hashable, Sendable {
  /// Unix seconds.
  public var firstSeen: Int64
  /// Of the last 14 days, today included: days with an outbound connection.
  public var activeDays = 0
  /// It took connections from outside on two days or more.
  public var isNetworkFacing = false
  /// Sent in 5 minutes, 99th percentile of the windows in which it sent, in 30 days, in bytes.
  public var sentP99Bytes: UInt64?
  /// JA4, ALPN and protocol names that its connections have spoken for a week or longer; nil where
  /// none was ever read.
  public var protocols: Set<String>?
  /// The kinds of users it ran as.
  public var users = UserClasses()

  public init(firstSeen: Int64) {
    self.firstSeen = firstSeen
  }
}

/// What is usual between a subject and a destination.
public struct PairHabits: Hashable, Sendable {
  /// Unix seconds.
  public var firstSeen: Int64
  /// Of the last 32 days: days with a connection, without an open finding and not from P3 code.
  public var familiarDays: Int

  public init(firstSeen: Int64, familiarDays: Int) {
    self.firstSeen = firstSeen
    self.familiarDays = familiarDays
  }
}

/// What is known of a destination, whoever talks to it.
public struct DestinationHabits: Hashable, Sendable {
  /// More subjects than this are not told apart.
  public static let subjectLimit = 8

  /// Unix seconds.
  public var firstSeen: Int64
  /// Distinct subjects that used it, at most `subjectLimit`.
  public var subjects: Int
  /// Other hosts' baselines that know it, of those imported.
  public var otherHosts = 0

  public init(firstSeen: Int64, subjects: Int) {
    self.firstSeen = firstSeen
    self.subjects = subjects
  }
}
