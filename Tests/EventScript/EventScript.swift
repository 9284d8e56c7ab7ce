// SPDX-License-Identifier: Apache-2.0

public import Wire

/// Writes event streams for tests in the words of a story: who starts, connects, sends and ends.
public struct EventScript {
  public private(set) var events: [Event] = []
  private var nextCookie: UInt64 = 1
  private var nextPort: UInt16 = 40_000

  public static let remote = endpoint("203.0.113.9:443")
  public static let local = endpoint("192.0.2.10:0")

  public init() {}

  public static func endpoint(_ text: String) -> Endpoint {
    guard let endpoint = Endpoint(text: text) else { fatalError("no endpoint: \(text)") }
    return endpoint
  }

  public static func instant(_ seconds: Double) -> KernelInstant {
    KernelInstant(nanoseconds: UInt64((seconds * 1e9).rounded()))
  }

  /// A process's image; it starts at its pid in seconds unless said otherwise.
  public static func image(_ pid: UInt32, start: Double? = nil, execID: UInt64 = 1) -> ImageKey {
    ImageKey(pid: pid, start: instant(start ?? Double(pid) / 1_000), execID: execID)
  }

  public mutating func add(_ event: Event) { events.append(event) }

  // MARK: Processes

  /// A program starts, owned by root with mode 0755 unless `owner` is nil: then nothing is known.
  public mutating func start(
    _ image: ImageKey, _ path: String, arguments: [String]? = nil, parent: ImageKey? = nil,
    at seconds: Double? = nil, owner: UInt32? = 0, mode: UInt32 = 0o100755, uid: UInt32 = 0,
    edit: (inout ProcessFacts) -> Void = { _ in }
  ) {
    let time = seconds.map(Self.instant) ?? image.start
    var facts = ProcessFacts()
    facts.executable = ByteString(path)
    facts.arguments = (arguments ?? [path]).map { ByteString($0) }
    facts.parent = parent?.process
    facts.uid = uid
    edit(&facts)
    add(.process(ProcessEvent(time: time, image: image, facts: facts)))
    guard let owner else { return }
    var file = ExecutableFacts()
    file.owner = owner
    file.mode = mode
    file.isDirectoryWritable = false
    know(image, file, at: time)
  }

  public mutating func know(
    _ image: ImageKey, _ facts: ExecutableFacts = ExecutableFacts(),
    script: ExecutableFacts? = nil, at time: KernelInstant
  ) {
    add(.context(ContextEvent(time: time, image: image, facts: facts, script: script)))
  }

  public mutating func fork(_ child: ImageKey, from parent: ImageKey, at seconds: Double? = nil) {
    let time = seconds.map(Self.instant) ?? child.start
    add(.fork(ForkEvent(time: time, child: child.process, parent: parent.process)))
  }

  public mutating func exit(_ image: ImageKey, at seconds: Double) {
    add(.exit(ExitEvent(time: Self.instant(seconds), process: image.process)))
  }

  // MARK: Sockets

  public mutating func newSocket() -> SocketKey {
    defer { nextCookie += 1 }
    return SocketKey(cookie: nextCookie, generation: 0)
  }

  @discardableResult
  public mutating func connect(
    _ image: ImageKey, at seconds: Double, to remote: Endpoint = EventScript.remote,
    netns: UInt64 = 4_026_531_840
  ) -> SocketKey {
    let socket = newSocket()
    add(
      .connect(
        ConnectEvent(
          time: Self.instant(seconds), socket: socket, image: image, networkNamespace: netns,
          local: Self.local, remote: remote)))
    return socket
  }

  public mutating func connected(_ socket: SocketKey, at seconds: Double) {
    nextPort = nextPort == .max ? 40_000 : nextPort + 1
    let local = Endpoint(address: Self.local.address, port: nextPort)
    add(.connected(ConnectedEvent(time: Self.instant(seconds), socket: socket, local: local)))
  }

  /// A cumulative snapshot; every burst is one send and one receive more unless said otherwise.
  public mutating func burst(
    _ socket: SocketKey, _ image: ImageKey, first: Double, last: Double? = nil, sent: UInt64,
    received: UInt64 = 0, sends: UInt64 = 1, receives: UInt64? = nil, kernel: Bool = false
  ) {
    add(
      .burst(
        BurstEvent(
          socket: socket, image: image, first: Self.instant(first),
          last: Self.instant(last ?? first + 0.01), sentBytes: sent, receivedBytes: received,
          sends: sends, receives: receives ?? (received > 0 ? sends : 0), isKernelThread: kernel)))
  }

  public mutating func close(
    _ socket: SocketKey, at seconds: Double, to remote: Endpoint = EventScript.remote,
    established: Bool = true, reason: CloseReason = .fin
  ) {
    add(
      .closed(
        ClosedEvent(
          time: Self.instant(seconds), socket: socket, local: Self.local, remote: remote,
          isEstablished: established, reason: reason)))
  }

  public mutating func finish(
    _ socket: SocketKey, at seconds: Double, written: UInt64 = 0, read: UInt64 = 0,
    unread: UInt64 = 0, marks: SocketMarks = [], lostBursts: UInt32 = 0
  ) {
    add(
      .final(
        FinalEvent(
          time: Self.instant(seconds), socket: socket, writtenBytes: written, readBytes: read,
          unsentBytes: 0, unreadBytes: unread, marks: marks, lostBursts: lostBursts)))
  }

  public mutating func audit(
    _ socket: SocketKey, at seconds: Double, written: UInt64 = 0, read: UInt64 = 0
  ) {
    add(
      .audit(
        FinalEvent(
          time: Self.instant(seconds), socket: socket, writtenBytes: written, readBytes: read,
          unsentBytes: 0, unreadBytes: 0, marks: [])))
  }

  /// A whole visit of about 60 ms: connect, answer, one burst, close, final.
  public mutating func visit(
    _ image: ImageKey, at seconds: Double, to remote: Endpoint = EventScript.remote,
    sent: UInt64 = 517, received: UInt64 = 4_096
  ) {
    let socket = connect(image, at: seconds, to: remote)
    connected(socket, at: seconds + 0.02)
    burst(
      socket, image, first: seconds + 0.021, last: seconds + 0.04, sent: sent, received: received)
    close(socket, at: seconds + 0.06, to: remote)
    finish(socket, at: seconds + 0.061, written: sent, read: received)
  }

  /// A connect that nobody takes.
  public mutating func refusedVisit(
    _ image: ImageKey, at seconds: Double, to remote: Endpoint = EventScript.remote,
    reason: CloseReason = .refused
  ) {
    let socket = connect(image, at: seconds, to: remote)
    close(socket, at: seconds + 0.02, to: remote, established: false, reason: reason)
    finish(socket, at: seconds + 0.021)
  }

  public mutating func tick(at seconds: Double) { add(.tick(Self.instant(seconds))) }
}

/// Gaps of a memoryless client, the same in every run (SplitMix64, then the inverse transform).
public struct ExponentialGaps {
  private var state: UInt64
  private let mean: Double

  public init(seed: UInt64, mean: Double) {
    state = seed
    self.mean = mean
  }

  public mutating func next() -> Double {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    mixed ^= mixed >> 31
    let uniform = (Double(mixed >> 11) + 0.5) / Double(UInt64(1) << 53)
    return -mean * logarithm(uniform)
  }

  /// ln of 0 < x < 1 by repeated square roots: the test needs no C library for it.
  private func logarithm(_ x: Double) -> Double {
    var root = x
    var scale = 1.0
    while root < 0.999 || root > 1.001 {
      root = root.squareRoot()
      scale *= 2
    }
    let z = (root - 1) / (root + 1)
    return 2 * scale * (z + z * z * z / 3)
  }
}
