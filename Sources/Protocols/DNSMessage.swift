// SPDX-License-Identifier: Apache-2.0

public import Wire

/// A DNS message (RFC 1035), as far as it was captured: its question and its addresses.
public struct DNSMessage {
  public let isAnswer: Bool
  /// As asked for, in lower case, without the last dot; "." is the root.
  public let questionName: String
  /// Addresses that answer the question, by way of aliases too.
  public private(set) var addresses: [(address: IPAddress, ttlSeconds: UInt64)] = []

  private static let nameLimit = 255
  private static let pointerLimit = 32
  private static let recordLimit = 64
  private static let headerBytes = 12
  private static let internetClass: UInt16 = 1

  /// Nil for anything that is no query or answer to one question.
  public init?(_ message: ArraySlice<UInt8>) {
    var cursor = ByteCursor(message)
    guard cursor.number16() != nil, let flags = cursor.number16(), cursor.number16() == 1,
      let answers = cursor.number16(), let authorities = cursor.number16(),
      let additional = cursor.number16()
    else { return nil }
    isAnswer = flags & 0x8000 != 0
    // Opcode 0 is a standard query; the bit between RA and AD is always 0.
    guard flags & 0x7840 == 0 else { return nil }
    if !isAnswer {
      guard answers == 0, authorities == 0, additional <= 2 else { return nil }
    }
    guard let name = Self.name(&cursor, in: message), let type = cursor.number16(), type > 0,
      let questionClass = cursor.number16(), [1, 3, 4, 255].contains(questionClass)
    else { return nil }
    questionName = name
    // An error has no addresses.
    guard isAnswer, flags & 0x000f == 0 else { return }
    readAnswers(&cursor, in: message, count: min(Int(answers), Self.recordLimit))
  }

  private mutating func readAnswers(
    _ cursor: inout ByteCursor, in message: ArraySlice<UInt8>, count: Int
  ) {
    var aliases: [(owner: String, target: String)] = []
    var found: [(owner: String, address: IPAddress, ttlSeconds: UInt64)] = []
    // A message cut off gives what stands before the cut.
    for _ in 0..<count {
      guard let owner = Self.name(&cursor, in: message), let type = cursor.number16(),
        let recordClass = cursor.number16(), let ttl = cursor.number32(),
        let content = cursor.vector16()
      else { break }
      guard recordClass == Self.internetClass else { continue }
      // RFC 2181, 8: a TTL with its highest bit set is 0.
      let seconds = ttl >> 31 == 0 ? UInt64(ttl) : 0
      if type == 5 {
        var target = ByteCursor(content)
        if let name = Self.name(&target, in: message) { aliases.append((owner, name)) }
      } else if let address = Self.address(content, type: type) {
        found.append((owner, address, seconds))
      }
    }
    var names: Set = [questionName]
    for _ in 0..<min(aliases.count, 16) {
      for alias in aliases where names.contains(alias.owner) { names.insert(alias.target) }
    }
    addresses = found.filter { names.contains($0.owner) }.map { ($0.address, $0.ttlSeconds) }
  }

  private static func address(_ content: ArraySlice<UInt8>, type: UInt16) -> IPAddress? {
    var cursor = ByteCursor(content)
    switch (type, content.count) {
    case (1, 4): return cursor.number32().map { IPAddress(ipv4: $0) }
    case (28, 16):
      let words = (0..<4).compactMap { _ in cursor.number32().map(UInt64.init) }
      guard words.count == 4 else { return nil }
      return IPAddress(high: words[0] << 32 | words[1], low: words[2] << 32 | words[3])
    default: return nil
    }
  }

  /// A name at the cursor, which ends behind it; compressed parts are looked up in the message.
  private static func name(
    _ cursor: inout ByteCursor, in message: ArraySlice<UInt8>
  ) -> String? {
    var labels: [String] = []
    var bytes = 0
    var jumps = 0
    var reading = cursor
    var isBehind = false
    while let length = reading.byte() {
      switch length >> 6 {
      case 0:
        if length == 0 {
          if !isBehind { cursor = reading }
          return labels.isEmpty ? "." : labels.joined(separator: ".")
        }
        guard let label = reading.take(Int(length)) else { return nil }
        bytes += label.count + 1
        guard bytes < nameLimit else { return nil }
        labels.append(text(of: label))
      case 3:
        guard let low = reading.byte(), jumps < pointerLimit else { return nil }
        if !isBehind { cursor = reading }
        isBehind = true
        jumps += 1
        let offset = Int(length & 0x3f) << 8 | Int(low)
        guard offset >= headerBytes, offset < message.count else { return nil }
        reading = ByteCursor(message.dropFirst(offset))
      default: return nil
      }
    }
    return nil
  }

  /// In lower case; a byte that would mislead as part of a name is written \DDD (RFC 1035, 5.1).
  private static func text(of label: ArraySlice<UInt8>) -> String {
    var text = ""
    for byte in label {
      switch byte {
      case 0x41...0x5a: text.unicodeScalars.append(Unicode.Scalar(byte + 0x20))
      case 0x2e, 0x5c, 0x00...0x20, 0x7f...0xff:
        let digits = String(byte)
        text += "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
      default: text.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return text
  }
}

extension AnswerRecord {
  /// The names it tells; none when it is not an answer with addresses.
  public var names: [NameEvent] {
    guard let message = DNSMessage(payload[...]), message.isAnswer else { return [] }
    let name = ByteString(message.questionName)
    return message.addresses.map {
      NameEvent(
        time: time, networkNamespace: networkNamespace, name: name, address: $0.address,
        ttlSeconds: $0.ttlSeconds)
    }
  }
}
