// SPDX-License-Identifier: Apache-2.0

internal import Protocols

/// What a port promises of the first bytes sent to it.
///
/// Only ports whose use is settled stand here: anything may speak TLS on 6443, 9093, 2379 or 4317,
/// and no promise is broken by it. Port 22 is none where the server speaks first: both sides do.
enum PortPromise {
  /// The promise in a word; nil where the port promises nothing.
  static func word(_ port: UInt16) -> String? {
    switch port {
    case 21: "ftp"
    case 22: "ssh"
    case 25, 587: "smtp"
    case 53: "dns"
    case 80: "http"
    case 110: "pop3"
    case 143: "imap"
    case 443, 853, 993, 995: "tls"
    case 5432: "postgres"
    default: nil
    }
  }

  /// Whether the first bytes keep it; nil where they do not decide, or nothing is promised.
  ///
  /// `isOver` says that no more bytes will come.
  static func isKept(_ reading: PayloadReading, by port: UInt16, isOver: Bool = false) -> Bool? {
    guard let allowed = allowed(port) else { return nil }
    switch reading.application {
    case .text, .binary:
      if allowed.contains(reading.application) { return true }
      // A load balancer's header alone says nothing of what follows.
      if reading.hasProxyHeader, !reading.isComplete { return nil }
      // A TLS record begins with a byte that no text has.
      if reading.application == .text, allowed.first == .tls, isOver { return false }
      return reading.isComplete ? false : nil
    case .http where reading.proxyTarget != nil || reading.method == "CONNECT":
      // What a proxy is asked for; proxies listen on any port.
      return true
    case .tls, .http, .http2, .ssh, .smtp, .ftp, .postgres, .dns:
      return allowed.contains(reading.application)
    }
  }

  private static func allowed(_ port: UInt16) -> [ApplicationProtocol]? {
    switch port {
    case 21, 25, 587, 110, 143: [.text, .smtp, .ftp]
    case 22: [.ssh]
    case 53: [.dns]
    case 80: [.http, .http2]
    // SSH where only 443 is open, HTTP/2 without TLS behind a balancer, and Postgres' request for
    // TLS are all usual there.
    case 443: [.tls, .ssh, .http2, .postgres]
    case 853, 993, 995: [.tls]
    case 5432: [.postgres, .tls]
    default: nil
    }
  }
}
