// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// One answer of the metrics server, as data.
struct Response {
  var status: HTTPResponseStatus
  var contentType = "text/plain; charset=utf-8"
  var body: [UInt8]
  /// Further headers.
  var headers: [(String, String)] = []

  init(_ status: HTTPResponseStatus, _ text: String) {
    self.status = status
    body = Array((text + "\n").utf8)
  }
}

extension Response {
  /// The answer to a request.
  ///
  /// A query is ignored; there are no other hosts than this one, so Host is not looked at.
  init(to request: HTTPRequestHead, from board: MetricsBoard) {
    guard [.GET, .HEAD].contains(request.method) else {
      self.init(.methodNotAllowed, "only GET and HEAD are answered")
      headers = [("Allow", "GET, HEAD")]
      return
    }
    switch request.uri.prefix(while: { $0 != "?" }) {
    case "/metrics":
      let accept = request.headers[canonicalForm: "accept"].joined(separator: ",")
      self.init(metrics: board.snapshot, ExpositionFormat(accept: accept))
    case "/healthz": self.init(health: board.health())
    case "/readyz":
      self =
        board.isAttached
        ? Response(.ok, "ok")
        : Response(.serviceUnavailable, "not all required kernel programs are attached")
    case "/": self.init(indexOf: board)
    default: self.init(.notFound, "not found; try /metrics")
    }
  }

  private init(metrics snapshot: MetricSnapshot?, _ format: ExpositionFormat) {
    guard let snapshot else {
      self.init(.serviceUnavailable, "no metrics yet: the sensor is starting")
      return
    }
    self.init(.ok, "")
    contentType = format.contentType
    body = snapshot.text(format)
    headers = [("Vary", "Accept")]
  }

  private init(health: MetricsBoard.Health) {
    switch health {
    case .ok: self.init(.ok, "ok")
    case .stale(let age):
      self.init(
        .serviceUnavailable,
        "the pipeline completed its last round \(age.components.seconds) s ago")
    }
  }

  private init(indexOf board: MetricsBoard) {
    self.init(
      .ok,
      """
      <!DOCTYPE html>
      <html lang="en">
      <head><meta charset="utf-8"><title>halfwire</title></head>
      <body>
      <h1>halfwire</h1>
      <ul>
      <li><a href="/metrics">/metrics</a> for Prometheus</li>
      <li><a href="/healthz">/healthz</a> is the sensor still working?</li>
      <li><a href="/readyz">/readyz</a> is everything attached? \(board.isAttached ? "yes" : "no")</li>
      </ul>
      </body>
      </html>
      """)
    contentType = "text/html; charset=utf-8"
  }
}
