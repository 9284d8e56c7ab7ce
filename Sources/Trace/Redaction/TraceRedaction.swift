// SPDX-License-Identifier: Apache-2.0

public import Wire

/// Takes out of a trace what it should not tell to others.
///
/// Argument values and addresses are hashed with a salt that is drawn for one file and kept
/// nowhere, so that they can be compared within the file only. First bytes and names are dropped.
public struct TraceRedaction: Sendable {
  private let arguments: SipHash
  private let addresses: AddressRedaction

  /// Draws the salt from the system's randomness.
  public init() {
    func draw() -> UInt64 { UInt64.random(in: 0 ... .max) }
    self.init(salt: (draw(), draw(), draw(), draw()))
  }

  init(salt: (UInt64, UInt64, UInt64, UInt64)) {
    arguments = SipHash(key: (salt.0, salt.1))
    addresses = AddressRedaction(hash: SipHash(key: (salt.2, salt.3)))
  }

  /// The header of the redacted trace, which says that it is one.
  public func apply(_ header: StreamHeader) -> StreamHeader {
    var redacted = header
    redacted.isRedacted = true
    return redacted
  }

  /// The event without what it should not tell; nil when it is dropped.
  public func apply(_ event: Event) -> Event? {
    switch event {
    case .head, .name: return nil
    case .process(let process): return .process(apply(process))
    case .baseline(let baseline): return .baseline(apply(baseline))
    case .connect(var connect):
      connect.local = addresses.apply(connect.local)
      connect.remote = addresses.apply(connect.remote)
      return .connect(connect)
    case .connected(var connected):
      connected.local = addresses.apply(connected.local)
      return .connected(connected)
    case .accept(var accept):
      accept.local = addresses.apply(accept.local)
      accept.remote = addresses.apply(accept.remote)
      return .accept(accept)
    case .adopt(var adopt):
      adopt.local = addresses.apply(adopt.local)
      adopt.remote = addresses.apply(adopt.remote)
      return .adopt(adopt)
    case .closed(var closed):
      closed.local = addresses.apply(closed.local)
      closed.remote = addresses.apply(closed.remote)
      return .closed(closed)
    case .reset(var reset):
      reset.local = addresses.apply(reset.local)
      reset.remote = addresses.apply(reset.remote)
      return .reset(reset)
    case .context, .fork, .exit, .burst, .final, .audit, .lost, .gap, .tick, .clock: return event
    }
  }

  private func apply(_ event: ProcessEvent) -> ProcessEvent {
    guard let values = event.facts.arguments else { return event }
    var facts = event.facts
    facts.arguments = values.map(digest)
    return ProcessEvent(time: event.time, image: event.image, facts: facts)
  }

  private func apply(_ event: BaselineEvent) -> BaselineEvent {
    var facts = event.facts
    // They name addresses in a form of their own.
    facts.rows = nil
    guard let destinations = facts.destinations else {
      return BaselineEvent(time: event.time, facts: facts)
    }
    facts.destinations = destinations.map { destination in
      var redacted = destination
      let address = destination.address.text.flatMap { IPAddress(text: $0) }
      redacted.address =
        address.map { ByteString(addresses.apply($0).description) }
        ?? digest(destination.address)
      return redacted
    }
    return BaselineEvent(time: event.time, facts: facts)
  }

  /// `h:` and 16 hexadecimal digits.
  private func digest(_ value: ByteString) -> ByteString {
    let digits = String(arguments.hash(value.bytes), radix: 16)
    return ByteString("h:" + String(repeating: "0", count: 16 - digits.utf8.count) + digits)
  }
}
