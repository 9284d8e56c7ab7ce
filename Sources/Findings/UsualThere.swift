// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Flows
internal import Wire

/// What is usual where a behaviour led: of several addresses, of those that carried it.
struct UsualThere {
  /// Of the destination, or of each address that is shown, the youngest first.
  private(set) var shown: [DestinationHabits] = []
  /// Of every address that may have carried it; nil where one of them is not known.
  private(set) var all: [DestinationHabits]?
  /// The least of these addresses'; nil where one of them is not known.
  private(set) var familiarDays: Int?

  init(_ assessment: Assessment, _ baseline: HostBaseline) {
    let pair = assessment.pair
    guard pair.destination.isWide else {
      all = baseline.destinationHabits(of: pair).map { [$0] }
      shown = all ?? []
      familiarDays = baseline.habits(of: pair)?.familiarDays
      return
    }
    let remotes = assessment.connections.map(\.remote)
    guard
      let carriers = baseline.carriers(of: pair, shown: remotes, since: assessment.carriedSince)
    else { return }
    shown = carriers.known.filter(\.isShown).compactMap(\.destination)
    guard carriers.isWhole, !carriers.known.isEmpty else { return }
    familiarDays = carriers.known.map(\.familiarDays).min()
    let destinations = carriers.known.compactMap(\.destination)
    if destinations.count == carriers.known.count { all = destinations }
  }
}

extension Assessment {
  /// Sums are not of the last ten connections alone: since when what was visited may have added to them.
  fileprivate var carriedSince: KernelInstant? {
    let seconds: UInt64
    switch evidence {
    case .beacon, .oneWay, .nonconforming: return nil
    // The most that was sent within five minutes of the last hour.
    case .tlsEgress: seconds = 3_900
    case .excessEgress(let egress): seconds = UInt64(egress.days) * 86_400
    }
    return KernelInstant(
      nanoseconds: lastSeen.nanoseconds - min(lastSeen.nanoseconds, seconds * 1_000_000_000))
  }
}
