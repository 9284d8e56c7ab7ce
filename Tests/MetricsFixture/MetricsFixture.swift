// SPDX-License-Identifier: Apache-2.0

import Export
import Glibc

/// Prints or serves the golden snapshot, for tests of the exposition without a kernel.
///
/// - `metrics-fixture print prometheus|openmetrics` regenerates the golden files.
/// - `metrics-fixture serve ADDRESS` serves until it is ended.
@main
struct MetricsFixture {
  static func main() {
    switch Array(CommandLine.arguments.dropFirst()) {
    case ["print", "prometheus"]: printGolden(.prometheus)
    case ["print", "openmetrics"]: printGolden(.openMetrics)
    case let arguments where arguments.first == "serve" && arguments.count == 2:
      serve(arguments[1])
    default:
      print("usage: metrics-fixture print prometheus|openmetrics | serve ADDRESS")
      exit(64)
    }
  }

  private static func printGolden(_ format: ExpositionFormat) {
    print(String(decoding: MetricSnapshot.golden.text(format), as: UTF8.self), terminator: "")
  }

  private static func serve(_ address: String) -> Never {
    let board = MetricsBoard()
    board.publish(.golden)
    board.setAttached(true)
    do throws(MetricsServerError) {
      let server = try MetricsServer(listeningOn: ListenAddress(text: address), serving: board)
      print("listening on \(server.address)")
    } catch {
      print(error)
      exit(74)
    }
    while true {
      sleep(1)
      board.beat()
    }
  }
}
