// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Protocols

@Suite("What the first payload bytes say")
struct ReaderTests {
  private func read(_ bytes: [UInt8]) throws -> PayloadReading {
    try #require(PayloadReader.read(bytes))
  }

  private func read(_ text: String) throws -> PayloadReading { try read(Array(text.utf8)) }

  @Test("OpenSSL's hello gives the name, the protocols and the versions it was called with")
  func openSSL() throws {
    let reading = try read(RealBytes.openSSL)
    #expect(reading.application == .tls)
    #expect(reading.serverName == "names.example.test")
    #expect(reading.alpn == ["h2", "http/1.1"])
    // TLS 1.3 down to 1.0, as that build offers.
    #expect(reading.versions == [0x0304, 0x0303, 0x0302, 0x0301])
    #expect(reading.isComplete)
    let name = try #require(reading.name)
    #expect(name.text == "names.example.test" && name.source == .tls)
  }

  @Test("A hello without a name and without versions says TLS 1.2 by its own field")
  func withoutName() throws {
    let reading = try read(RealBytes.openSSL12)
    #expect(reading.application == .tls && reading.serverName == nil && reading.name == nil)
    #expect(reading.versions == [0x0303])
    // 28 suites and 6 extensions stand in the bytes; neither name nor ALPN.
    #expect(try #require(reading.ja4).hasPrefix("t12i280600_"))
  }

  @Test("Every prefix of a hello is TLS; the name comes when its bytes are there, JA4 at the end")
  func cutHello() throws {
    let whole = RealBytes.openSSL
    for count in 2..<whole.count {
      let reading = try read(Array(whole.prefix(count)))
      #expect(reading.application == .tls)
      #expect(reading.ja4 == nil && !reading.isComplete)
      if let name = reading.serverName { #expect(name == "names.example.test") }
    }
    #expect(try read(whole + [20, 3, 3]).ja4 == read(whole).ja4)
  }

  @Test("A hello that is spread over several TLS records is put together")
  func fragmentedHello() throws {
    let message = RealBytes.openSSL.dropFirst(5)
    var bytes: [UInt8] = []
    for start in stride(from: message.startIndex, to: message.endIndex, by: 100) {
      let part = message[start..<min(start + 100, message.endIndex)]
      bytes += [22, 3, 1, 0, UInt8(part.count)] + part
    }
    #expect(try read(bytes).ja4 == read(RealBytes.openSSL).ja4)
    #expect(try read(bytes).serverName == "names.example.test")
  }

  @Test("curl's request gives method and host")
  func curl() throws {
    let reading = try read(RealBytes.curl)
    #expect(reading.application == .http && reading.method == "GET" && reading.isComplete)
    let name = try #require(reading.name)
    #expect(name.text == "www.example.test" && name.source == .http)
  }

  @Test("The host is told without its port, and never with a password")
  func hostForms() throws {
    #expect(
      try read("GET / HTTP/1.1\r\nHOST:\t[2001:db8::1]:8080 \r\n").name?.text == "2001:db8::1")
    #expect(try read("GET / HTTP/1.1\r\nhost: a.test:80\r\n\r\n").name?.text == "a.test")
    // RFC 9112, 3.2.2: the absolute form wins over Host.
    let absolute = try read("GET http://user:secret@b.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n")
    #expect(absolute.name?.text == "b.test")
    #expect(try read("PROPFIND /dav HTTP/1.1\r\nHost: c.test\r\n\r\n").name?.text == "c.test")
  }

  @Test("After a CONNECT the tunnel's own first bytes count, and the target is kept")
  func connect() throws {
    let request = try read(RealBytes.curlProxy)
    #expect(request.application == .http && request.proxyTarget == "inner.example.test:443")
    #expect(request.name?.text == "inner.example.test" && !request.isComplete)
    let tunnel = try read(RealBytes.curlProxy + RealBytes.openSSL)
    #expect(tunnel.application == .tls && tunnel.serverName == "names.example.test")
    #expect(tunnel.proxyTarget == "inner.example.test:443" && tunnel.isComplete)
  }

  // RFC 9113, 3.4 gives the 24 octets.
  @Test("HTTP/2 is told by its preface")
  func http2() throws {
    let preface = RealBytes.bytes("505249202a20485454502f322e300d0a0d0a534d0d0a0d0a")
    #expect(try read(preface).application == .http2)
  }

  // The examples of https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, 2.1 and 2.2.
  @Test("A PROXY header of either version is stepped over")
  func proxyHeader() throws {
    let line = "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"
    let first = try read(Array(line.utf8) + RealBytes.curl)
    #expect(first.hasProxyHeader && first.host == "www.example.test")
    let binary = RealBytes.bytes(
      "0d0a0d0a000d0a515549540a" + "2111000c" + "c0000201cb007109" + "c5c801bb")
    let second = try read(binary + RealBytes.openSSL)
    #expect(second.hasProxyHeader && second.serverName == "names.example.test")
  }

  @Test(
    "Protocols whose first words say who they are",
    arguments: [
      ("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u6\r\n", ApplicationProtocol.ssh),
      // RFC 5321, D.1 and 4.1.1.1.
      ("220 foo.com Simple Mail Transfer Service Ready ESMTP\r\n", .smtp),
      ("EHLO bar.com\r\n", .smtp),
      // RFC 959, 5.4 and vsftpd's greeting.
      ("220 (vsFTPd 3.0.3)\r\n", .ftp), ("USER anonymous\r\n", .ftp),
      ("HTTP/1.1 200 OK\r\n", .http), ("hello, this is just a line of text\n", .text),
      ("Grüße aus dem Klartext, lang genug\n", .text), ("GE", .text),
    ])
  func banners(bytes: String, expected: ApplicationProtocol) throws {
    #expect(try read(bytes).application == expected)
  }

  @Test("psql's SSLRequest is Postgres, and so is the TLS after it, with its name")
  func postgres() throws {
    #expect(try read(RealBytes.psql).application == .postgres)
    let encrypted = try read(RealBytes.psql + RealBytes.openSSL)
    #expect(encrypted.application == .postgres && encrypted.serverName == "names.example.test")
  }

  @Test("A DNS query over TCP is told by its form")
  func dnsOverTCP() throws {
    // dig +tcp a.example: RFC 1035, 4.1 and 4.2.2.
    let query =
      RealBytes.bytes("001b" + "1234" + "0100" + "0001000000000000")
      + RealBytes.bytes("0161" + "076578616d706c65" + "00" + "0001" + "0001")
    let reading = try read(query)
    #expect(reading.application == .dns && reading.question == "a.example")
  }

  @Test("Nothing known and not printable is binary; nothing at all is nothing")
  func unknown() throws {
    #expect(try read([0x00, 0xff, 0x13, 0x37]).application == .binary)
    #expect(PayloadReader.read([]) == nil)
    #expect(try read([22, 9, 1]).application == .binary)
  }

  @Test("Of two directions the one with a name is shown")
  func better() throws {
    let hello = try read(RealBytes.openSSL)
    let server = try read([22, 3, 3, 0, 4, 2, 0, 0, 0])
    #expect(server.application == .tls)
    #expect(PayloadReading.better(server, hello) == hello)
    #expect(PayloadReading.better(hello, server) == hello)
  }
}
