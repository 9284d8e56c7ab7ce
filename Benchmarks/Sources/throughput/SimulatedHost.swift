// SPDX-License-Identifier: Apache-2.0

import Wire

// The parts of a HostStream.

struct SimulatedProcess {
  var image: ImageKey
  /// Its place among the processes; several share an executable.
  var executable: Int

  func started(at time: KernelInstant) -> Event {
    var facts = ProcessFacts()
    let name = "service-\(executable % HostStream.executableCount)"
    facts.parent = ProcessKey(pid: 1, start: .zero)
    facts.uid = UInt32(1000 + executable % 10)
    facts.command = ByteString(name)
    facts.executable = ByteString("/usr/lib/benchmark/\(name)")
    facts.arguments = [ByteString(name), "--instance", ByteString("\(executable)")]
    facts.workingDirectory = "/var/lib/benchmark"
    facts.cgroup = ByteString("/system.slice/\(name).service")
    return .process(ProcessEvent(time: time, image: image, facts: facts))
  }
}

/// One actor's cumulative counts.
struct ActorCounts {
  var sentBytes: UInt64 = 0
  var receivedBytes: UInt64 = 0
  var sends: UInt64 = 0
  var receives: UInt64 = 0

  mutating func add(sent: UInt64, sends moreSends: UInt64, received: UInt64, receives more: UInt64)
  {
    sentBytes += sent
    receivedBytes += received
    sends += moreSends
    receives += more
  }
}

struct SimulatedSocket {
  enum Kind {
    case accepted, fetch, conversation

    /// `share` is from 0 to below 100.
    init(share: UInt64) {
      self = share < 45 ? .accepted : share < 90 ? .fetch : .conversation
    }
  }

  let key: SocketKey
  let kind: Kind
  let isRefused: Bool
  let local: Endpoint
  let remote: Endpoint
  /// Places among the processes.
  let actors: [Int]
  let openedAt: UInt64
  var bursts = 0
  var images: [ImageKey?] = [nil, nil]
  var counts = [ActorCounts(), ActorCounts()]
  /// What processes that are gone had moved.
  private var retired = ActorCounts()

  init(
    key: SocketKey, kind: Kind, isRefused: Bool, local: Endpoint, remote: Endpoint,
    actors: [Int], openedAt: UInt64
  ) {
    self.key = key
    self.kind = kind
    self.isRefused = isRefused
    self.local = local
    self.remote = remote
    self.actors = actors
    self.openedAt = openedAt
  }

  /// The kernel's totals: what all processes moved.
  var total: ActorCounts {
    counts.reduce(into: retired) { sum, actor in
      sum.add(
        sent: actor.sentBytes, sends: actor.sends, received: actor.receivedBytes,
        receives: actor.receives)
    }
  }

  /// Keeps what the process at this place has moved; its successor begins at 0.
  mutating func retire(_ process: Int) {
    for (actor, place) in actors.enumerated() where place == process {
      retired.add(
        sent: counts[actor].sentBytes, sends: counts[actor].sends,
        received: counts[actor].receivedBytes, receives: counts[actor].receives)
      counts[actor] = ActorCounts()
      images[actor] = nil
    }
  }
}
