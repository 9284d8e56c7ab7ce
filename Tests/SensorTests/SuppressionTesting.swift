// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Testing

@testable import Findings
@testable import Sensor

/// What tests of suppressions ask for, and when.
protocol SuppressionTesting {}

extension SuppressionTesting {
  static var now: Int64 { Story.epochSeconds + 3_600 }

  /// The rule that takes the beacon of the plain story.
  func rule(_ edit: (inout SuppressionRule) -> Void = { _ in }) throws -> SuppressionRule {
    var rule = SuppressionRule(
      program: SuppressedProgram(origin: "uid:0", path: "/opt/agent/agent"), starter: .unknown,
      destination: try #require(DestinationPattern(text: "203.0.113.9:443")),
      analytic: .beacon, sha256: Story.digest, owner: "net-ops", reason: "known agent",
      expires: Self.now + 90 * 86_400)
    edit(&rule)
    return rule
  }

  func match(_ rule: SuppressionRule, _ finding: Finding) -> SuppressionMatch {
    Suppressions(rules: [rule]).match(finding, at: Self.now)
  }

  func flat(_ script: EventScript) throws -> FlatFinding {
    try #require(FlatFinding(try Story.finding(script)))
  }

  /// Nothing is known to have started what most stories tell of, and that is said.
  func request(
    initiator: String? = "none", _ edit: (inout SuppressionRequest) -> Void = { _ in }
  ) -> SuppressionRequest {
    var request = SuppressionRequest()
    request.initiator = initiator
    request.owner = "net-ops"
    request.reason = "the agent \"reports\" here"
    edit(&request)
    return request
  }

  func refusal(_ body: () throws(SensorFailure) -> Void) -> SensorFailure? {
    do throws(SensorFailure) {
      try body()
      return nil
    } catch {
      return error
    }
  }
}
