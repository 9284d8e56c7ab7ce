// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What the sample's programs wrote down about themselves while they were recorded.
struct FirstLookTruth: Decodable {
  struct Actor: Decodable {
    let pid: UInt32
    let start: UInt64
    let exe: String
    let argv: [String]
    let destination: String
    let visits: Int
    let sentBytes: UInt64
    let receivedBytes: UInt64
    let meanIntervalSeconds: Double
  }

  let beacon: Actor
  let oneWay: Actor

  static let samples = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "samples")

  static func read() throws -> FirstLookTruth {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(
      FirstLookTruth.self,
      from: Data(contentsOf: samples.appending(path: "first-look.truth.json")))
  }
}
