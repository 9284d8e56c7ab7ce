// SPDX-License-Identifier: Apache-2.0

internal import Analytics

extension JSONWriter {
  /// Fixed keys with their units, as each analytic's page lists them.
  mutating func evidence(_ evidence: Assessment.Evidence) {
    switch evidence {
    case .beacon(let beacon): write(beacon)
    case .oneWay(let oneWay): write(oneWay)
    }
  }

  private mutating func write(_ beacon: BeaconEvidence) {
    object { json in
      json.member("visits", beacon.visits)
      json.member("failed_visits", beacon.source.failedVisits)
      json.member("period_seconds", beacon.periodSeconds, places: 3)
      json.member("jitter_ratio", beacon.jitterRatio, places: 4)
      json.member("log_evidence", beacon.logEvidence, places: 4)
      json.member("periodic_now", beacon.isPeriodicNow)
      json.member("size_spread_ratio", beacon.sentSpreadRatio, places: 4)
      json.member("received_size_spread_ratio", beacon.receivedSpreadRatio, places: 4)
      json.member("sent_bytes", beacon.sentBytes)
      json.member("received_bytes", beacon.receivedBytes)
      json.member("sent_median_bytes", beacon.sentMedianBytes, places: 1)
      json.member("kind", beacon.kind.rawValue)
      json.member("connections", beacon.source.connectRequests)
      json.member("requests", beacon.requests)
      json.member("visits_at_finding", beacon.visitsAtFinding)
    }
  }

  private mutating func write(_ oneWay: OneWayEvidence) {
    object { json in
      json.member("sockets", oneWay.sockets)
      json.member("one_way_sockets", oneWay.oneWaySockets)
      json.member("answered_sockets", oneWay.answeredSockets)
      json.member("window_seconds", oneWay.windowSeconds, places: 3)
      json.member("last_answered_seconds", oneWay.lastAnsweredSecondsAgo, places: 3)
      json.member("sent_bytes", oneWay.sentBytes)
      json.member("received_bytes", oneWay.receivedBytes)
      json.member("handshake_allowance_bytes", oneWay.lastTraffic.allowanceBytes)
      json.member("single_exchange_sockets", oneWay.singleExchangeSockets)
    }
  }
}
