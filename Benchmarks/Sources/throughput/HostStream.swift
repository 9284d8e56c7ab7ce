// SPDX-License-Identifier: Apache-2.0

import Measurement
import Wire

/// A busy host's stream, made up and always the same: about nine events in ten are bursts.
///
/// 10,000 sockets at any time, 500 processes of 100 executables, about 10,000 events a second of
/// event time. Of the sockets 45 % are accepted ones, 45 % fetch (one question, many bursts that
/// only receive) and 10 % converse (each burst asks and is answered: a request for the analytics).
/// One socket in twenty has two processes, one in five is IPv6, and one connect in fifty is
/// refused. A socket lives 36 bursts on average; now and then a process is replaced by another.
struct HostStream {
  static let socketCount = 10_000
  static let processCount = 500
  static let executableCount = 100
  /// The mean of the steps below.
  static let meanStepNanoseconds: UInt64 = 100_000

  private var generator = SplitMix64(seed: 1)
  private var now: UInt64 = 1_000_000_000
  private var nextTick: UInt64 = 2_000_000_000
  private var nextCookie: UInt64 = 1
  private var nextPID: UInt32 = 1000
  private var processes: [SimulatedProcess] = []
  private var sockets: [SimulatedSocket] = []

  let header = StreamHeader(
    host: "benchmark", bootID: "00000000-0000-4000-8000-000000000000", kernel: "none",
    backend: "other", wallEpochNanoseconds: 1_700_000_000_000_000_000,
    sensor: "halfwire benchmark", configHash: "")

  /// Hands out at least `count` events, in order of time; at most four more.
  mutating func run<Failure: Error>(
    count: Int, _ emit: (Event) throws(Failure) -> Void
  ) throws(Failure) {
    var emitted = 0
    func send(_ event: Event) throws(Failure) {
      try emit(event)
      emitted += 1
    }
    for index in 0..<Self.processCount {
      processes.append(SimulatedProcess(image: image(), executable: index))
      try send(processes[index].started(at: instant))
    }
    for _ in 0..<Self.socketCount {
      sockets.append(socket())
      for event in opening(sockets.count - 1) { try send(event) }
    }
    while emitted < count {
      now += 1 + generator.below(2 * Self.meanStepNanoseconds - 1)
      if now >= nextTick {
        nextTick += 1_000_000_000
        try send(.tick(instant))
      }
      let index = Int(generator.below(UInt64(Self.socketCount)))
      if sockets[index].isRefused || generator.below(36) == 0 {
        for event in closing(index) { try send(event) }
        sockets[index] = socket()
        for event in opening(index) { try send(event) }
      } else {
        try send(.burst(burst(index)))
      }
      if generator.below(4000) == 0 {
        for event in replaceProcess() { try send(event) }
      }
    }
  }

  private var instant: KernelInstant { KernelInstant(nanoseconds: now) }

  private mutating func image() -> ImageKey {
    nextPID += 1
    return ImageKey(pid: nextPID, start: instant, execID: 1)
  }

  private mutating func socket() -> SimulatedSocket {
    let owner = Int(generator.below(UInt64(Self.processCount)))
    let kind = SimulatedSocket.Kind(share: generator.below(100))
    // A process returns to the same four destinations.
    let destination = UInt64(owner * 4) + generator.below(4)
    let isIPv6 = destination % 5 == 0
    let address =
      isIPv6
      ? IPAddress(high: 0x2001_0db8_0000_0000, low: destination + 1)
      : IPAddress(ipv4: 0xcb00_7100 + UInt32(destination))
    let own = isIPv6 ? IPAddress(high: 0x2001_0db8_ffff_0000, low: 1) : IPAddress(ipv4: 0xc000_020a)
    let ephemeral = UInt16(32_768 + generator.below(28_000))
    defer { nextCookie += 1 }
    return SimulatedSocket(
      key: SocketKey(cookie: nextCookie, generation: 0), kind: kind,
      isRefused: kind != .accepted && generator.below(50) == 0,
      local: Endpoint(address: own, port: kind == .accepted ? 443 : ephemeral),
      remote: Endpoint(address: address, port: kind == .accepted ? ephemeral : 443),
      actors: generator.below(20) == 0 ? [owner, (owner + 1) % Self.processCount] : [owner],
      openedAt: now)
  }

  private mutating func opening(_ index: Int) -> [Event] {
    let socket = sockets[index]
    if socket.kind == .accepted {
      return [
        .accept(
          AcceptEvent(
            time: instant, socket: socket.key, networkNamespace: 4_026_531_840,
            local: socket.local, remote: socket.remote))
      ]
    }
    let connect = Event.connect(
      ConnectEvent(
        time: instant, socket: socket.key, image: processes[socket.actors[0]].image,
        networkNamespace: 4_026_531_840, local: socket.local, remote: socket.remote))
    guard !socket.isRefused else { return [connect] }
    now += 20_000
    return [
      connect,
      .connected(ConnectedEvent(time: instant, socket: socket.key, local: socket.local)),
    ]
  }

  private mutating func burst(_ index: Int) -> BurstEvent {
    let actor = sockets[index].actors.count > 1 ? Int(generator.below(2)) : 0
    // A process that was replaced meanwhile is a new actor; its counts begin at 0.
    let image = processes[sockets[index].actors[actor]].image
    if sockets[index].images[actor] != image {
      sockets[index].images[actor] = image
      sockets[index].counts[actor] = ActorCounts()
    }
    let sends = sockets[index].kind == .fetch && sockets[index].bursts > 0 ? 0 : 1
    sockets[index].bursts += 1
    sockets[index].counts[actor].add(
      sent: UInt64(sends) * (100 + generator.below(900)), sends: UInt64(sends),
      received: 200 + generator.below(60_000), receives: 1 + generator.below(40))
    let counts = sockets[index].counts[actor]
    let first = max(now - min(now, generator.below(400_000)), sockets[index].openedAt)
    return BurstEvent(
      socket: sockets[index].key, image: image, first: KernelInstant(nanoseconds: first),
      last: instant, sentBytes: counts.sentBytes, receivedBytes: counts.receivedBytes,
      sends: counts.sends, receives: counts.receives)
  }

  private func closing(_ index: Int) -> [Event] {
    let socket = sockets[index]
    return [
      .closed(
        ClosedEvent(
          time: instant, socket: socket.key, local: socket.local, remote: socket.remote,
          isEstablished: !socket.isRefused, reason: socket.isRefused ? .refused : .fin)),
      .final(
        FinalEvent(
          time: instant, socket: socket.key, writtenBytes: socket.total.sentBytes,
          readBytes: socket.total.receivedBytes, unsentBytes: 0, unreadBytes: 0, marks: [])),
    ]
  }

  private mutating func replaceProcess() -> [Event] {
    let index = Int(generator.below(UInt64(Self.processCount)))
    let old = processes[index].image
    for socket in sockets.indices where sockets[socket].actors.contains(index) {
      sockets[socket].retire(index)
    }
    processes[index] = SimulatedProcess(image: image(), executable: index)
    return [
      .exit(ExitEvent(time: instant, process: old.process)),
      .fork(
        ForkEvent(
          time: instant, child: processes[index].image.process,
          parent: ProcessKey(pid: 1, start: .zero))),
      processes[index].started(at: instant),
    ]
  }
}
