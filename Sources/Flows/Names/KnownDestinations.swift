// SPDX-License-Identifier: Apache-2.0

public import Protocols

/// What is known of where a pair's connections lead.
public struct DestinationFacts: Hashable, Sendable {
  public internal(set) var name: String?
  public internal(set) var nameSource: NameSource?
  /// What the last connection spoke.
  public internal(set) var application: ApplicationProtocol?
  public internal(set) var alpn: [String] = []
  public internal(set) var ja4: String?

  /// A name replaces one from as good a source or a worse one.
  mutating func take(name: String, from source: NameSource) {
    if let nameSource, nameSource < source { return }
    self.name = name
    nameSource = source
  }

  mutating func take(_ reading: PayloadReading) {
    application = reading.application
    if !reading.alpn.isEmpty { alpn = reading.alpn }
    if let fingerprint = reading.ja4 { ja4 = fingerprint }
    if let name = reading.name { take(name: name.text, from: name.source) }
  }
}

extension NameSource: Comparable {
  /// Better ones are smaller.
  public static func < (left: NameSource, right: NameSource) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .connect: 0
    case .tls: 1
    case .http: 2
    case .dns: 3
    }
  }
}

/// Facts by pair, bounded: a subject that sprays destinations loses its own youngest.
struct KnownDestinations: Sendable {
  private(set) var slots: FairSlots<Pair, SubjectID>
  private var facts: [DestinationFacts] = []

  init(capacity: Int) {
    slots = FairSlots(capacity: capacity)
  }

  subscript(_ pair: Pair) -> DestinationFacts? {
    slots.slot(of: pair).map { facts[$0] }
  }

  mutating func update(_ pair: Pair, _ change: (inout DestinationFacts) -> Void) {
    if let slot = slots.slot(of: pair) {
      change(&facts[slot])
      return
    }
    var new = DestinationFacts()
    change(&new)
    let place = slots.insert(pair, owner: pair.subject)
    if place.slot == facts.count { facts.append(new) } else { facts[place.slot] = new }
  }
}
