// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Export

@Suite("Choice of the format")
struct AcceptTests {
  static let prometheus2 =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
  static let prometheus3 =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    + "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,"
    + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1"

  @Test(
    "OpenMetrics is served to who asks for version 1.0.0 and does not prefer plain text",
    arguments: [
      prometheus2, prometheus3, "application/openmetrics-text",
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
      "APPLICATION/OpenMetrics-Text; Version=\"1.0.0\"", "application/openmetrics-text, */*",
      "text/plain;q=0.5, application/openmetrics-text;q=0.6",
      "text/html;x=\"a,b\", application/openmetrics-text",
    ])
  func openMetrics(accept: String) {
    #expect(ExpositionFormat(accept: accept) == .openMetrics)
  }

  @Test(
    "Everyone else gets text 0.0.4",
    arguments: [
      "", "*/*", "text/plain", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
      "application/openmetrics-text;version=0.0.1", "application/openmetrics-text;q=0",
      "application/openmetrics-text;q=0.4,text/plain;q=0.5",
      "application/openmetrics-text;q=0.4,text/*;q=0.5",
      "application/openmetrics-text;q=2", "application/openmetrics-text;q=nan",
      "application/*", "image/png", ";;;,,,", "openmetrics", "text/plain;q=",
      "text/x=\"application/openmetrics-text,",
      "application/openmetrics-text;version=2.0.0,text/plain;q=0.1",
    ])
  func text(accept: String) {
    #expect(ExpositionFormat(accept: accept) == .prometheus)
  }
}
