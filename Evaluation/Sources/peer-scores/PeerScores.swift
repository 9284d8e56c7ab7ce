// SPDX-License-Identifier: Apache-2.0

import Peers

/// Scores rows of standard input by each peer, for a comparison with references in other languages.
///
/// A line is `end low high` and then time:sent:received of every connection, all in seconds and
/// bytes. A line of output is RITA's score, Elastic's score, flare, Sentinel, variation.
@main
struct PeerScores {
  static func main() {
    while let line = readLine() {
      let words = line.split(separator: " ")
      let numbers = words.prefix(3).compactMap { Double($0) }
      let rows = words.dropFirst(3).map { $0.split(separator: ":").compactMap { Double($0) } }
      guard numbers.count == 3, rows.allSatisfy({ $0.count == 3 }) else {
        print("malformed")
        continue
      }
      let times = rows.map { $0[0] }
      let sent = rows.map { $0[1] }
      let elastic = ElasticBeaconing(
        times: times, sent: sent, received: rows.map { $0[2] }, end: numbers[0])
      print(
        RITAScore.score(
          times: times, sizes: sent, window: numbers[1]...max(numbers[1], numbers[2])),
        elastic.score, SimpleRules.flare(times), SimpleRules.sentinel(times),
        SimpleRules.isSteady(times))
    }
  }
}
