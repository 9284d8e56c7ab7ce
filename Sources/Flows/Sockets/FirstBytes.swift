// SPDX-License-Identifier: Apache-2.0

/// What the first payload bytes of a socket are.
public enum FirstBytes: Sendable {
  /// No event brought any.
  case unseen
  case tls, http, other

  /// Judges the first piece of one direction.
  init(_ data: [UInt8]) {
    guard !data.isEmpty else {
      self = .unseen
      return
    }
    // A TLS record of type handshake, version 3.x (RFC 8446, 5.1).
    if data.count >= 2, data[0] == 22, data[1] == 3 {
      self = .tls
    } else if Self.httpStarts.contains(where: { data.starts(with: $0.utf8) }) {
      self = .http
    } else {
      self = .other
    }
  }

  /// The methods of RFC 9110 and PATCH, an answer's version, and HTTP/2's preface.
  private static let httpStarts = [
    "GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "CONNECT ", "TRACE ", "PATCH ",
    "HTTP/1.", "PRI * HTTP/2",
  ]
}
