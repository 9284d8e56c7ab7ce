// SPDX-License-Identifier: Apache-2.0

/// HTTP/1 messages (RFC 9112) and HTTP/2's preface (RFC 9113, 3.4).
enum HTTPReading {
  /// Methods of RFC 9110 and PATCH: enough to tell a request whose line is cut off.
  private static let methods = [
    "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH",
  ]

  static func read(_ bytes: ArraySlice<UInt8>, depth: Int) -> PayloadReading? {
    if bytes.starts(withText: "PRI * HTTP/2.0\r\n") {
      var reading = PayloadReading(.http2)
      reading.isComplete = true
      return reading
    }
    if bytes.starts(withText: "HTTP/1.") {
      var reading = PayloadReading(.http)
      reading.isComplete = true
      return reading
    }
    return request(bytes, depth: depth)
  }

  private static func request(_ bytes: ArraySlice<UInt8>, depth: Int) -> PayloadReading? {
    guard let space = bytes.prefix(24).firstIndex(of: UInt8(ascii: " ")), space > bytes.startIndex,
      bytes[..<space].allSatisfy({ (0x41...0x5a).contains($0) || $0 == 0x2d })
    else { return nil }
    let method = bytes[..<space].printable
    let end = bytes.firstIndex(of: 0x0a)
    let line = bytes[..<(end ?? bytes.endIndex)]
    let words = line.dropLast(while: { $0 == 0x0d }).split(separator: UInt8(ascii: " "))
    if end != nil {
      guard words.count == 3, words[2].starts(withText: "HTTP/1.") else { return nil }
    } else {
      guard methods.contains(method) else { return nil }
    }
    var reading = PayloadReading(.http)
    reading.method = method
    guard let end, words.count > 1 else { return reading }
    let fields = headerFields(bytes[bytes.index(after: end)...])
    reading.host = authority(of: words[1]) ?? fields.host
    guard method == "CONNECT" else {
      reading.isComplete = fields.body != nil
      return reading
    }
    reading.proxyTarget = words[1].printable
    guard let body = fields.body, let inner = PayloadReader.read(body, depth: depth + 1) else {
      return reading
    }
    var whole = inner
    whole.proxyTarget = reading.proxyTarget
    return whole
  }

  /// The authority of a target in absolute form, as proxies are asked with (RFC 9112, 3.2.2).
  private static func authority(of target: ArraySlice<UInt8>) -> String? {
    for scheme in ["http://", "https://"] where target.starts(withText: scheme) {
      let rest = target.dropFirst(scheme.utf8.count)
      let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
      // What stands before an @ is a password's place.
      let host = authority.lastIndex(of: UInt8(ascii: "@")).map {
        authority[authority.index(after: $0)...]
      }
      return (host ?? authority).printable
    }
    return nil
  }

  /// The first Host field, and what follows the empty line where that is there.
  private static func headerFields(
    _ bytes: ArraySlice<UInt8>
  ) -> (host: String?, body: ArraySlice<UInt8>?) {
    var host: String?
    var rest = bytes
    while let end = rest.firstIndex(of: 0x0a) {
      let line = rest[..<end].dropLast(while: { $0 == 0x0d })
      rest = rest[rest.index(after: end)...]
      guard !line.isEmpty else { return (host, rest) }
      guard host == nil, let colon = line.firstIndex(of: UInt8(ascii: ":")),
        line[..<colon].printable.lowercased() == "host"
      else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == 0x20 || $0 == 0x09 }
      host = value.dropLast(while: { $0 == 0x20 || $0 == 0x09 }).printable
    }
    return (host, nil)
  }
}

extension ArraySlice<UInt8> {
  /// Without the bytes at its end that `isDropped`.
  func dropLast(while isDropped: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    var end = endIndex
    while end > startIndex, isDropped(self[end - 1]) { end -= 1 }
    return self[..<end]
  }
}
