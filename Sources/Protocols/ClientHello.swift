// SPDX-License-Identifier: Apache-2.0

/// A TLS ClientHello (RFC 8446, 4.1.2), as far as it was captured.
struct ClientHello {
  private(set) var legacyVersion: UInt16 = 0
  private(set) var ciphers: [UInt16] = []
  private(set) var extensions: [UInt16] = []
  private(set) var signatureAlgorithms: [UInt16] = []
  private(set) var versions: [UInt16] = []
  private(set) var serverName: String?
  /// Protocol names that are kept, and how long one may be.
  private static let nameLimit = 8
  private static let nameBytesLimit = 32

  private(set) var alpn: [ArraySlice<UInt8>] = []
  /// All of it was there.
  private(set) var isWhole = false

  private static let recordHandshake: UInt8 = 22
  private static let recordAlert: UInt8 = 21
  private static let messageClientHello: UInt8 = 1
  /// RFC 8446, 5.1: 2^14, and what encryption may add to a record.
  private static let recordLimit = 1 << 14 + 256

  /// TLS by its record header; nil for anything else.
  static func read(_ bytes: ArraySlice<UInt8>) -> PayloadReading? {
    var cursor = ByteCursor(bytes)
    guard let type = cursor.byte(), type == recordHandshake || type == recordAlert,
      cursor.byte() == 3, cursor.isEmpty || cursor.rest.first ?? 5 <= 4
    else { return nil }
    var reading = PayloadReading(.tls)
    guard type == recordHandshake else {
      // Two bytes that a version byte may still contradict.
      reading.isComplete = !cursor.isEmpty
      return reading
    }
    guard let message = handshake(bytes) else { return reading }
    guard message.first == messageClientHello else {
      // The server's half names nobody.
      reading.handshakeBytes = ServerFlight.bound(bytes)
      reading.isComplete = !message.isEmpty
      return reading
    }
    let hello = ClientHello(message)
    reading.serverName = hello.serverName
    reading.alpn = hello.alpn.map(\.printable)
    reading.versions = hello.versions.isEmpty ? [hello.legacyVersion] : hello.versions
    reading.isComplete = hello.isWhole
    if hello.isWhole { reading.ja4 = JA4.text(hello) }
    return reading
  }

  /// The first handshake message's bytes, put together from as many records as it takes.
  private static func handshake(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var cursor = ByteCursor(bytes)
    var message: [UInt8] = []
    while cursor.byte() == recordHandshake, cursor.number16() != nil,
      let length = cursor.number16(), length > 0, Int(length) <= recordLimit
    {
      message += cursor.takeSome(Int(length))
    }
    return message.isEmpty ? nil : message[...]
  }

  private init(_ message: ArraySlice<UInt8>) {
    var cursor = ByteCursor(message)
    guard cursor.byte() != nil, let length = cursor.number24() else { return }
    isWhole = cursor.rest.count >= length
    var body = ByteCursor(cursor.takeSome(length))
    guard let version = body.number16(), body.take(32) != nil, body.vector8() != nil,
      let suites = body.vector16(), body.vector8() != nil
    else {
      isWhole = false
      return
    }
    legacyVersion = version
    ciphers = Self.numbers(suites)
    // Before TLS 1.2 a hello may end here.
    guard let count = body.number16() else { return }
    var list = ByteCursor(body.takeSome(Int(count)))
    while let type = list.number16(), let size = list.number16() {
      guard let content = list.take(Int(size)) else {
        isWhole = false
        return
      }
      take(type, ByteCursor(content))
    }
    if !list.isEmpty { isWhole = false }
  }

  private mutating func take(_ type: UInt16, _ content: ByteCursor) {
    var content = content
    if !Self.isGREASE(type) { extensions.append(type) }
    switch type {
    case 0:  // server_name, RFC 6066: a list of one
      guard let list = content.vector16() else { return }
      var names = ByteCursor(list)
      guard names.byte() == 0, let name = names.vector16(), !name.isEmpty else { return }
      serverName = name.printable.lowercased()
    case 13:  // signature_algorithms
      signatureAlgorithms = content.vector16().map(Self.numbers) ?? []
    case 16:  // application_layer_protocol_negotiation, RFC 7301
      guard let list = content.vector16() else { return }
      var names = ByteCursor(list)
      // RFC 7301 allows no empty name. Nobody needs more of them, and a peer chooses.
      while alpn.count < Self.nameLimit, let name = names.vector8() {
        if !name.isEmpty, name.count <= Self.nameBytesLimit { alpn.append(name) }
      }
    case 43:  // supported_versions
      versions = content.vector8().map(Self.numbers) ?? []
    default: break
    }
  }

  /// The list's numbers; those that only keep others tolerant (RFC 8701) are left out.
  private static func numbers(_ bytes: ArraySlice<UInt8>) -> [UInt16] {
    var cursor = ByteCursor(bytes)
    var result: [UInt16] = []
    while let number = cursor.number16() {
      if !isGREASE(number) { result.append(number) }
    }
    return result
  }

  private static func isGREASE(_ number: UInt16) -> Bool {
    number & 0x0f0f == 0x0a0a && number >> 8 == number & 0xff
  }
}
