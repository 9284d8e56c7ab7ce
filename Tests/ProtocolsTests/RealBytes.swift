// SPDX-License-Identifier: Apache-2.0

/// Bytes that real programs sent, captured by a Python listener on 127.0.0.1.
enum RealBytes {
  // OpenSSL 3.0.19: openssl s_client -connect 127.0.0.1:PORT -servername names.example.test
  // -alpn h2,http/1.1
  static let openSSL = bytes(
    "16030101510100014d0303a6a17d9baa1514687536c2a89f0e5d52d56e12a97246502cd5326ec6ca1d2c9f20"
      + "5b2768d369be9fa80135929b76e67387917bb8536dbe54ad8d36d73d305678b0003e130213031301c02cc030"
      + "009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c003d"
      + "003c0035002f00ff010000c60000001700150000126e616d65732e6578616d706c652e74657374000b000403"
      + "000102000a00160014001d0017001e0019001801000101010201030104002300000010000e000c0268320868"
      + "7474702f312e310016000000170000000d002a0028040305030603080708080809080a080b08040805080604"
      + "0105010601030303010302040205020602002b0009080304030303020301002d00020101003300260024001d"
      + "0020fe6f5b76a03d1285487b3bb91b4c191164773f782999f1957e847dd5a935c973")

  // The same program with -noservername -tls1_2.
  static let openSSL12 = bytes(
    "16030100b7010000b30303191575edfbca588f8481c3f006cf8535044f6bd019a95ee79cbd2196cda86c0a00"
      + "0038c02cc030009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033"
      + "009d009c003d003c0035002f00ff01000052000b000403000102000a000c000a001d0017001e001900180023"
      + "00000016000000170000000d002a0028040305030603080708080809080a080b080408050806040105010601"
      + "030303010302040205020602")

  // curl 7.88.1: curl --http1.1 http://127.0.0.1:PORT/a?b=c -H 'Host: www.example.test'
  static let curl = Array(
    ("GET /a?b=c HTTP/1.1\r\nHost: www.example.test\r\nUser-Agent: curl/7.88.1\r\n"
      + "Accept: */*\r\n\r\n").utf8)

  // curl 7.88.1: curl -x http://127.0.0.1:PORT https://inner.example.test/
  static let curlProxy = Array(
    ("CONNECT inner.example.test:443 HTTP/1.1\r\nHost: inner.example.test:443\r\n"
      + "User-Agent: curl/7.88.1\r\nProxy-Connection: Keep-Alive\r\n\r\n").utf8)

  // ssh -p PORT x@127.0.0.1
  static let ssh = Array("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u6\r\n".utf8)

  // psql -h 127.0.0.1 -p PORT x
  static let psql: [UInt8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]

  /// Pairs of hexadecimal digits.
  static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map {
      UInt8(truncatingIfNeeded: digits[$0] << 4 | digits[$0 + 1])
    }
  }
}
