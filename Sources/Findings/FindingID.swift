// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Digest
internal import Flows

/// Names of findings, the same in every run over the same stream.
enum FindingID {
  static let shortest = 6

  /// "f-" and Crockford base32 of SHA-256 over the five parts joined by newlines.
  static func text(
    bootID: String, analytic: Analytic, subject: String, destination: Destination,
    firstSeen: String, characters: Int = shortest
  ) -> String {
    let parts = [bootID, analytic.slug, subject, "\(destination)", firstSeen]
    let digest = SHA256.crockford(
      Array(parts.joined(separator: "\n").utf8), characters: characters)
    return "f-" + digest
  }
}
