// SPDX-License-Identifier: Apache-2.0

// The values of rows. Each begins with its version; one that is unknown, cut or longer than it
// should be is refused, never read in part.

/// A record that has a form in bytes.
protocol RowCodable {
  static var version: UInt64 { get }
  func encode(_ writer: inout RowWriter)
  init?(_ reader: inout RowReader)
}

extension RowCodable {
  var rowValue: [UInt8] {
    var writer = RowWriter()
    writer.put(Self.version)
    encode(&writer)
    return writer.bytes
  }

  static func decode(_ value: [UInt8]) -> Self? {
    var reader = RowReader(value)
    guard reader.number() == version, let record = Self(&reader), reader.isAtEnd else {
      return nil
    }
    return record
  }
}

extension SubjectRecord: RowCodable {
  static let version: UInt64 = 1

  func encode(_ writer: inout RowWriter) {
    writer.put(signed: firstSeen)
    writer.put(signed: lastSeen)
    writer.put(active)
    writer.put(inbound)
    writer.put(UInt64(users.rawValue))
    writer.put(sparse: sent.counts.map(UInt64.init))
    writer.put(signed: sent.period)
    writer.put(signed: sent.window)
    writer.put(sent.windowBytes)
    writer.put(sparse: sentByHour)
    writer.put(sparse: receivedByHour)
    writer.put(UInt64(ports.count))
    for port in ports { writer.put(UInt64(port)) }
    writer.put(UInt64(protocols.count))
    for spoken in protocols {
      writer.put(text: spoken.name)
      writer.put(signed: spoken.firstSeen)
    }
    writer.put((isNetworkFacing ? 1 : 0) | (isNeverFamiliar ? 2 : 0) | (toldP99 == nil ? 0 : 4))
    if let toldP99 { writer.put(toldP99) }
  }

  init?(_ reader: inout RowReader) {
    guard let first = reader.seconds(), let last = reader.seconds(), let active = reader.days(),
      let inbound = reader.days(), let users = reader.number(),
      let counts = reader.sparse(count: SentDistribution.periods * SentDistribution.buckets),
      let period = reader.seconds(), let window = reader.seconds(), let bytes = reader.number(),
      let sent = SentDistribution(
        counts: counts.map(UInt16.init(clamping:)), period: period, window: window,
        windowBytes: bytes),
      let sentByHour = reader.sparse(count: 24), let receivedByHour = reader.sparse(count: 24),
      let ports = reader.list(
        limit: Self.portLimit, { $0.number().flatMap { UInt16(exactly: $0) } }),
      let protocols = reader.list(limit: Self.protocolLimit, Self.spoken),
      let flags = reader.number()
    else { return nil }
    self.init(firstSeen: first)
    lastSeen = last
    self.active = active
    self.inbound = inbound
    self.users = UserClasses(rawValue: UInt8(truncatingIfNeeded: users))
    self.sent = sent
    self.sentByHour = sentByHour
    self.receivedByHour = receivedByHour
    self.ports = ports
    self.protocols = protocols
    isNetworkFacing = flags & 1 != 0
    isNeverFamiliar = flags & 2 != 0
    guard flags & 4 != 0 else { return }
    guard let told = reader.number() else { return nil }
    toldP99 = told
  }

  private static func spoken(_ reader: inout RowReader) -> Spoken? {
    guard let name = reader.text(), let first = reader.seconds() else { return nil }
    return Spoken(name: name, firstSeen: first)
  }
}

extension PairRecord: RowCodable {
  static let version: UInt64 = 1

  func encode(_ writer: inout RowWriter) {
    writer.put(signed: firstSeen)
    writer.put(signed: lastSeen)
    writer.put(days)
    writer.put(tainted)
    if let name { writer.put(name) }
    if isResolved { writer.put(1) }
  }

  init?(_ reader: inout RowReader) {
    guard let first = reader.seconds(), let last = reader.seconds(), let days = reader.days(),
      let tainted = reader.days()
    else { return nil }
    self.init(firstSeen: first)
    lastSeen = last
    self.days = days
    self.tainted = tainted
    guard !reader.isAtEnd else { return }
    guard let name = reader.number() else { return nil }
    // Rows of early versions end here.
    let isResolved = !reader.isAtEnd
    if isResolved { guard name != 0, reader.number() == 1 else { return nil } }
    note(name: name, isResolved: isResolved)
  }
}

extension DestinationRecord: RowCodable {
  static let version: UInt64 = 1

  func encode(_ writer: inout RowWriter) {
    writer.put(signed: firstSeen)
    writer.put(signed: lastSeen)
    writer.put(UInt64(users.count))
    for user in users { writer.put(user) }
    writer.put(UInt64(toldUsers))
    writer.put(UInt64(otherHosts.count))
    for host in otherHosts { writer.put(host) }
  }

  init?(_ reader: inout RowReader) {
    guard let first = reader.seconds(orNever: true), let last = reader.seconds(orNever: true),
      let users = reader.list(limit: DestinationHabits.subjectLimit, { $0.number() }),
      let told = reader.number(), told <= UInt64(DestinationHabits.subjectLimit),
      let hosts = reader.list(limit: Self.hostLimit, { $0.number() })
    else { return nil }
    self.init(firstSeen: first)
    lastSeen = last
    self.users = users
    toldUsers = Int(told)
    otherHosts = hosts
  }
}

extension SeenRecord: RowCodable {
  static let version: UInt64 = 1

  func encode(_ writer: inout RowWriter) {
    writer.put(signed: firstSeen)
    writer.put(signed: lastSeen)
  }

  init?(_ reader: inout RowReader) {
    guard let first = reader.seconds(), let last = reader.seconds() else { return nil }
    self.init(firstSeen: first)
    lastSeen = last
  }
}

extension RowReader {
  /// Unix seconds, days or windows from 1970 to the year 2242.
  ///
  /// Rows come from files, and what lies beyond would overflow where times are subtracted. `orNever`
  /// lets "not seen here" pass.
  mutating func seconds(orNever: Bool = false) -> Int64? {
    guard let value = signed() else { return nil }
    if orNever, value == .max { return value }
    return UnixSeconds.range.contains(value) ? value : nil
  }
}

/// The times that are believed of a file.
enum UnixSeconds {
  static let range: ClosedRange<Int64> = 0...(1 << 33)

  static func clamped(_ seconds: Int64) -> Int64 {
    min(max(seconds, range.lowerBound), range.upperBound)
  }
}
