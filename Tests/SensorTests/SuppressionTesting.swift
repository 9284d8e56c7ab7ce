// SPDX-License-Identifier: Apache-2.0

import EventScript
import Findings
import Testing

@testable import Sensor

/// What tests of suppressions ask for, and when.
protocol SuppressionTesting {}

extension SuppressionTesting {
  static var now: Int64 { Story.epochSeconds + 3_600 }

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
