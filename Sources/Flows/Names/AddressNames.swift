// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// Names that DNS answers gave to addresses, per network namespace; bounded, and for a time.
struct AddressNames: Sendable {
  private struct Key: Hashable, Sendable {
    let namespace: UInt64
    let address: IPAddress
  }

  private struct Entry: Sendable {
    var name: String
    var expires: KernelInstant
  }

  /// Who resolves in one namespace cannot push out the names of another.
  private var slots: FairSlots<Key, UInt64>
  private var entries: [Entry] = []

  /// Programs keep addresses longer than the shortest answers allow, and nobody for ever.
  private static let shortestSeconds: UInt64 = 60
  private static let longestSeconds: UInt64 = 86_400

  init(capacity: Int) {
    slots = FairSlots(capacity: capacity)
  }

  var count: Int { slots.count }
  var capacity: Int { slots.capacity }
  var evictions: UInt64 { slots.evictions }

  /// Takes an answer; the latest name of an address counts.
  mutating func record(_ event: NameEvent, now: KernelInstant) {
    let key = Key(namespace: event.networkNamespace, address: event.address)
    let seconds = min(max(event.ttlSeconds, Self.shortestSeconds), Self.longestSeconds)
    let entry = Entry(
      name: event.name.description,
      expires: event.time.advanced(byNanoseconds: seconds * 1_000_000_000))
    if let slot = slots.slot(of: key) {
      entries[slot] = entry
      return
    }
    // What has expired goes before what has not, and is no loss.
    if let stale = slots.nextStale(where: { entries[$0].expires < now }) {
      slots.remove(at: stale)
    }
    let place = slots.insert(key, owner: key.namespace)
    if place.slot == entries.count { entries.append(entry) } else { entries[place.slot] = entry }
  }

  /// The name of an address; also where a kernel did not tell the namespace of the answer.
  func name(of address: IPAddress, in namespace: UInt64, at now: KernelInstant) -> String? {
    guard slots.count > 0 else { return nil }
    for known in [namespace, 0] {
      if let slot = slots.slot(of: Key(namespace: known, address: address)),
        entries[slot].expires >= now
      {
        return entries[slot].name
      }
    }
    return nil
  }
}
