// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Export
@testable import metrics_fixture

@Suite("Text exposition")
struct ExpositionTests {
  private func text(
    _ name: String, _ kind: MetricKind, _ help: String, labels: [String] = [],
    _ samples: [([String], SampleValue)], _ format: ExpositionFormat = .prometheus
  ) -> String {
    let definition = MetricDefinition(
      name: name, kind: kind, help: help,
      labels: labels.map { .init(name: $0, closedValues: nil) }, zeros: .onlyGiven)
    let family = MetricSnapshot.Family(
      definition: definition, samples: samples.map { .init(labels: $0, value: $1) })
    return String(decoding: MetricSnapshot(families: [family]).text(format), as: UTF8.self)
  }

  // The examples are those of the format's description, without timestamps:
  // https://prometheus.io/docs/instrumenting/exposition_formats/
  @Test("The counter of the 0.0.4 description is written as it says")
  func counter() {
    #expect(
      text(
        "http_requests_total", .counter, "The total number of HTTP requests.",
        labels: ["method", "code"],
        [(["post", "200"], .integer(1027)), (["post", "400"], .integer(3))])
          == #"""
          # HELP http_requests_total The total number of HTTP requests.
          # TYPE http_requests_total counter
          http_requests_total{method="post",code="200"} 1027
          http_requests_total{method="post",code="400"} 3

          """#)
  }

  @Test("Backslash, quote and line feed are escaped as the 0.0.4 description does")
  func escaping() {
    let written = text(
      "msdos_file_access_time_seconds", .gauge, "a \\ and a \n but a plain \"",
      labels: ["path", "error"],
      [(["C:\\DIR\\FILE.TXT", "Cannot find file:\n\"FILE.TXT\""], .real(1.458255915e9))])
    #expect(
      written == #"""
        # HELP msdos_file_access_time_seconds a \\ and a \n but a plain "
        # TYPE msdos_file_access_time_seconds gauge
        msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1458255915.0

        """#)
  }

  @Test("The histogram of the 0.0.4 description is cumulative and ends in +Inf, sum and count")
  func histogram() {
    let bounds = HistogramBounds(upperBounds: [0.05, 0.1, 0.2, 0.5, 1])
    let cumulative: [UInt64] = [24054, 33444, 100392, 129389, 133988, 144320]
    let counts = zip(cumulative, [0] + cumulative).map { $0 - $1 }
    let histogram = Histogram(bounds: bounds, counts: counts, sum: 53423)
    #expect(
      text(
        "http_request_duration_seconds", .histogram, "A histogram of the request duration.",
        [([], .histogram(histogram))])
          == #"""
          # HELP http_request_duration_seconds A histogram of the request duration.
          # TYPE http_request_duration_seconds histogram
          http_request_duration_seconds_bucket{le="0.05"} 24054
          http_request_duration_seconds_bucket{le="0.1"} 33444
          http_request_duration_seconds_bucket{le="0.2"} 100392
          http_request_duration_seconds_bucket{le="0.5"} 129389
          http_request_duration_seconds_bucket{le="1.0"} 133988
          http_request_duration_seconds_bucket{le="+Inf"} 144320
          http_request_duration_seconds_sum 53423.0
          http_request_duration_seconds_count 144320

          """#)
  }

  // https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
  @Test("OpenMetrics takes _total from a counter's metadata, names the unit and ends in EOF")
  func openMetrics() {
    #expect(
      text(
        "process_cpu_seconds_total", .counter,
        "Total user and system CPU time spent in \"seconds\".",
        [([], .real(4_200_722.46))], .openMetrics)
          == #"""
          # TYPE process_cpu_seconds counter
          # UNIT process_cpu_seconds seconds
          # HELP process_cpu_seconds Total user and system CPU time spent in \"seconds\".
          process_cpu_seconds_total 4200722.46
          # EOF

          """#)
    #expect(
      text("go_goroutines", .gauge, "Goroutines.", [([], .integer(69))], .openMetrics)
        == "# TYPE go_goroutines gauge\n# HELP go_goroutines Goroutines.\ngo_goroutines 69\n# EOF\n"
    )
  }

  @Test("A bound is written alike in both formats, so that a series keeps its identity")
  func sameSeries() {
    let lines = ExpositionFormat.allCases.map { format in
      String(decoding: MetricSnapshot.golden.text(format), as: UTF8.self)
        .split(separator: "\n").filter { !$0.hasPrefix("#") }
    }
    #expect(lines[0] == lines[1])
  }

  // Go's strconv.ParseFloat reads what both formats allow; Swift's Double(_:) reads the same forms.
  @Test(
    "Numbers are exact",
    arguments: [
      (SampleValue.integer(.max), "18446744073709551615"), (.integer(0), "0"),
      (.integer(9_007_199_254_740_993), "9007199254740993"), (.real(.infinity), "+Inf"),
      (.real(-.infinity), "-Inf"), (.real(.nan), "NaN"), (.real(0.1 + 0.2), "0.30000000000000004"),
      (.real(.leastNonzeroMagnitude), "5e-324"), (.real(-0.5), "-0.5"), (.real(1), "1.0"),
    ])
  func numbers(value: SampleValue, expected: String) {
    let line = text("x", .gauge, "X.", [([], value)]).split(separator: "\n").last
    #expect(line.map(String.init) == "x " + expected)
  }

  @Test("Doubles read back as they were")
  func roundTrip() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      let written = text("x", .gauge, "X.", [([], .real(value))])
      let number = try #require(written.split(whereSeparator: \.isWhitespace).last)
      #expect(Double(number) == value)
    }
  }

  @Test(
    "The golden snapshot is written as before",
    arguments: [("golden.prom", ExpositionFormat.prometheus), ("golden.openmetrics", .openMetrics)])
  func golden(file: String, format: ExpositionFormat) throws {
    let written = String(decoding: MetricSnapshot.golden.text(format), as: UTF8.self)
    #expect(try written == SourceTree.text("Tests/ExportTests/" + file))
  }

  @Test("The golden snapshot has every family there is")
  func goldenIsComplete() {
    #expect(MetricSnapshot.golden.families.map(\.definition) == Metrics.all)
  }
}
