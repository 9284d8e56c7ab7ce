// SPDX-License-Identifier: Apache-2.0

internal import Identity
internal import Wire

/// Puts unit, container and pod into process events, by the cgroup the kernel named.
struct ControlGroupNames {
  /// Groups kept; a host has some hundreds, and forgetting costs a few microseconds each.
  private static let limit = 1_024

  private var known: [ByteString: ControlGroup] = [:]

  mutating func completed(_ event: ProcessEvent) -> ProcessEvent {
    guard let path = event.facts.cgroup else { return event }
    let group: ControlGroup
    if let same = known[path] {
      group = same
    } else {
      group = ControlGroup(path: path)
      if known.count >= Self.limit { known.removeAll(keepingCapacity: true) }
      known[path] = group
    }
    guard group.unit != nil || group.container != nil || group.pod != nil else { return event }
    var facts = event.facts
    facts.unit = group.unit
    facts.container = group.container
    facts.pod = group.pod
    return ProcessEvent(time: event.time, image: event.image, facts: facts)
  }
}
