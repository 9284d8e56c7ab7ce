// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Protocols

extension JSONWriter {
  /// Fixed keys with their units, as each analytic's page lists them.
  mutating func evidence(_ evidence: Assessment.Evidence) {
    switch evidence {
    case .beacon(let beacon): write(beacon)
    case .oneWay(let oneWay): write(oneWay)
    case .tlsEgress(let egress): write(egress)
    case .excessEgress(let egress): write(egress)
    case .nonconforming(let traffic): write(traffic)
    }
  }

  private mutating func write(_ beacon: BeaconEvidence) {
    object { json in
      json.member("visits", beacon.visits)
      json.member("failed_visits", beacon.failedVisits)
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
      json.member("addresses", beacon.addresses)
      json.member("executables", beacon.executables)
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

  private mutating func write(_ egress: TLSEgressEvidence) {
    object { json in
      json.member("window_bytes", egress.windowBytes)
      json.member("peak_window_bytes", egress.peakWindowBytes)
      json.member("sent_bytes", egress.sentBytes)
      json.member("received_bytes", egress.receivedBytes)
      json.member("persisted_hours", egress.persistedHours, places: 3)
      json.member("last_hour", egress.lastHour)
    }
  }

  private mutating func write(_ egress: ExcessEgressEvidence) {
    object { json in
      json.member("sent_bytes", egress.sentBytes)
      json.member("received_bytes", egress.receivedBytes)
      json.member("ratio", egress.ratio, places: 3)
      json.member("days", egress.days)
      json.member("addresses", egress.addresses)
    }
  }

  private mutating func write(_ traffic: NonconformingEvidence) {
    object { json in
      json.member("promise", traffic.promise)
      json.member("seen", traffic.seen?.rawValue)
      json.member("contradicting_sockets", traffic.contradictingSockets)
      json.member("conforming_sockets", traffic.conformingSockets)
      json.member("server_first", traffic.isServerFirst)
      json.member("quiet_days", traffic.quietDays)
      json.member("reset_local_ports", traffic.resets?.localPorts)
      json.member("resets_peak_per_minute", traffic.resets?.peakPerMinute)
      json.member("resets", traffic.resets?.total)
    }
  }
}
