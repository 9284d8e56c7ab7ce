// SPDX-License-Identifier: Apache-2.0

internal import Flows

// What the analytics note with a socket, so that each counts it once, however many a pair has.

extension ObserverNotes {
  /// one-way has judged it, and how.
  static let countedOneWay = ObserverNotes(rawValue: 1)
  static let countedAnswered = ObserverNotes(rawValue: 2)
  /// beacon has counted its connect under its name.
  static let countedNamed = ObserverNotes(rawValue: 4)
  /// nonconforming has held its first bytes against its port.
  static let countedConformity = ObserverNotes(rawValue: 8)
}
