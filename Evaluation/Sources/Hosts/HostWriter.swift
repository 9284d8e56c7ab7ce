// SPDX-License-Identifier: Apache-2.0

public import Wire

/// Writes what the sensor would see of a host, act by act.
///
/// Events of one act stand together; the next act may begin up to three seconds before they end,
/// which the flow tables take as the ring's own disorder.
public struct HostWriter: Sendable {
  public private(set) var events: [Event] = []
  private var nextPID: UInt32 = 300
  private var nextCookie: UInt64 = 1
  private var nextPort: UInt16 = 32_768
  private var daemons: [String: ImageKey] = [:]
  private var sockets: [String: OpenSocket] = [:]
  private var names: [IPAddress: Double] = [:]
  private let local = IPAddress(ipv4: 0xc000_020a)  // 192.0.2.10

  static let namespace: UInt64 = 4_026_531_840
  static let nameLife: UInt64 = 300

  struct OpenSocket: Sendable {
    let key: SocketKey
    let image: ImageKey
    let remote: Endpoint
    let local: Endpoint
    var sent: UInt64 = 0
    var received: UInt64 = 0
    var sends: UInt64 = 0
    var receives: UInt64 = 0
  }

  public init() {}

  /// Hands out what was written since the last call.
  public mutating func take(_ body: (Event) -> Void) {
    for event in events { body(event) }
    events.removeAll(keepingCapacity: true)
  }

  // MARK: Processes

  /// A process starts; `found` says that it ran before the sensor did.
  @discardableResult
  public mutating func start(
    _ program: Program, parent: ImageKey?, at seconds: Double, found: Bool = false,
    pid: UInt32? = nil
  ) -> ImageKey {
    if pid == nil { nextPID = nextPID > 4_000_000 ? 300 : nextPID + 1 }
    let time = Self.instant(seconds)
    let image = ImageKey(pid: pid ?? nextPID, start: time, execID: 1)
    let facts = program.facts(parent: parent, wasFound: found)
    events.append(.process(ProcessEvent(time: time, image: image, facts: facts)))
    events.append(
      .context(
        ContextEvent(
          time: time, image: image, facts: program.file, script: program.scriptFile)))
    return image
  }

  public mutating func exit(_ image: ImageKey, at seconds: Double) {
    events.append(.exit(ExitEvent(time: Self.instant(seconds), process: image.process)))
  }

  /// A long-running process, known by a name from then on.
  @discardableResult
  public mutating func daemon(
    _ name: String, _ program: Program, parent: String? = "systemd", at seconds: Double,
    found: Bool = true
  ) -> ImageKey {
    let image = start(
      program, parent: parent.flatMap { daemons[$0] }, at: seconds, found: found,
      pid: name == "systemd" ? 1 : nil)
    daemons[name] = image
    return image
  }

  mutating func forget(_ daemon: String) -> ImageKey? { daemons.removeValue(forKey: daemon) }

  public func image(_ daemon: String) -> ImageKey? { daemons[daemon] }

  // MARK: Connections

  /// One short connection: a question, an answer, the end; at most 2 s.
  public mutating func visit(
    _ image: ImageKey, _ remote: Remote, at seconds: Double, sent: Double, received: Double,
    path: String = "/", lasting: Double = 0.08, endpoint: Endpoint? = nil
  ) {
    guard var socket = open(image, remote, at: seconds, endpoint: endpoint, path: path) else {
      return
    }
    socket.sent = UInt64(max(sent, 0)) + (remote.speech.isTLS ? 600 : 0)
    socket.received = UInt64(max(received, 0)) + (remote.speech.isTLS && received > 0 ? 3_100 : 0)
    socket.sends = remote.speech.isTLS ? 3 : 1
    socket.receives = received > 0 ? 2 : 0
    burst(socket, from: seconds + 0.021, to: seconds + 0.021 + min(lasting, 2))
    close(socket, at: seconds + 0.03 + min(lasting, 2))
  }

  /// A connect that nobody takes.
  public mutating func fail(
    _ image: ImageKey, _ remote: Remote, at seconds: Double, reason: CloseReason = .refused,
    after: Double = 0.02
  ) {
    let endpoint = remote.endpoint(at: seconds)
    let key = newSocket()
    connect(key, image, endpoint, at: seconds)
    let local = Endpoint(address: local, port: 0)
    events.append(
      .closed(
        ClosedEvent(
          time: Self.instant(seconds + after), socket: key, local: local, remote: endpoint,
          isEstablished: false, reason: reason)))
    final(key, at: seconds + after + 0.001, written: 0, read: 0)
  }

  /// Opens a connection that stays, under a name.
  public mutating func open(_ name: String, _ image: ImageKey, _ remote: Remote, at seconds: Double)
  {
    guard var socket = open(image, remote, at: seconds, endpoint: nil, path: "/") else { return }
    socket.sent = 700
    socket.received = remote.speech.isTLS ? 3_100 : 200
    socket.sends = 1
    socket.receives = 1
    burst(socket, from: seconds + 0.021, to: seconds + 0.04)
    sockets[name] = socket
  }

  /// A question and an answer on a connection that stays; 0 bytes for none.
  public mutating func exchange(_ name: String, at seconds: Double, sent: Double, received: Double)
  {
    guard var socket = sockets[name] else { return }
    socket.sent += UInt64(max(sent, 0))
    socket.received += UInt64(max(received, 0))
    socket.sends += sent > 0 ? 1 : 0
    socket.receives += received > 0 ? 1 : 0
    sockets[name] = socket
    burst(socket, from: seconds, to: seconds + 0.02)
  }

  public mutating func close(_ name: String, at seconds: Double) {
    guard let socket = sockets.removeValue(forKey: name) else { return }
    close(socket, at: seconds)
  }

  public func isOpen(_ name: String) -> Bool { sockets[name] != nil }

  /// Somebody else connects to this host, asks and is answered.
  public mutating func serve(
    _ image: ImageKey, from client: UInt32, port: UInt16, at seconds: Double, sent: Double,
    received: Double
  ) {
    let key = newSocket()
    let remote = Endpoint(address: IPAddress(ipv4: client), port: ephemeral())
    let own = Endpoint(address: local, port: port)
    events.append(
      .accept(
        AcceptEvent(
          time: Self.instant(seconds), socket: key, networkNamespace: Self.namespace, local: own,
          remote: remote)))
    let socket = OpenSocket(
      key: key, image: image, remote: remote, local: own, sent: UInt64(max(sent, 0)),
      received: UInt64(max(received, 0)), sends: 1, receives: 1)
    burst(socket, from: seconds + 0.002, to: seconds + 0.01)
    close(socket, at: seconds + 0.03)
  }

  public mutating func tick(at seconds: Double) { events.append(.tick(Self.instant(seconds))) }

  // MARK: Events

  private mutating func open(
    _ image: ImageKey, _ remote: Remote, at seconds: Double, endpoint: Endpoint?, path: String
  ) -> OpenSocket? {
    let endpoint = endpoint ?? remote.endpoint(at: seconds)
    resolve(remote, endpoint, at: seconds)
    let key = newSocket()
    connect(key, image, endpoint, at: seconds)
    let own = Endpoint(address: local, port: ephemeral())
    events.append(
      .connected(
        ConnectedEvent(time: Self.instant(seconds + 0.02), socket: key, local: own)))
    let clientHead = remote.clientHead(path)
    if !clientHead.isEmpty {
      head(key, .sent, clientHead, at: seconds + 0.021)
      head(key, .received, remote.serverHead(), at: seconds + 0.03)
    }
    return OpenSocket(key: key, image: image, remote: endpoint, local: own)
  }

  private mutating func resolve(_ remote: Remote, _ endpoint: Endpoint, at seconds: Double) {
    guard let name = remote.name, seconds >= names[endpoint.address] ?? 0 else { return }
    names[endpoint.address] = seconds + Double(Self.nameLife)
    events.append(
      .name(
        NameEvent(
          time: Self.instant(seconds), networkNamespace: Self.namespace, name: ByteString(name),
          address: endpoint.address, ttlSeconds: Self.nameLife)))
  }

  private mutating func connect(
    _ key: SocketKey, _ image: ImageKey, _ remote: Endpoint, at seconds: Double
  ) {
    events.append(
      .connect(
        ConnectEvent(
          time: Self.instant(seconds), socket: key, image: image,
          networkNamespace: Self.namespace, local: Endpoint(address: local, port: 0),
          remote: remote)))
  }

  private mutating func head(
    _ key: SocketKey, _ direction: Direction, _ data: [UInt8], at seconds: Double
  ) {
    events.append(
      .head(
        HeadEvent(
          time: Self.instant(seconds), socket: key, direction: direction, offset: 0, data: data)))
  }

  private mutating func burst(_ socket: OpenSocket, from first: Double, to last: Double) {
    events.append(
      .burst(
        BurstEvent(
          socket: socket.key, image: socket.image, first: Self.instant(first),
          last: Self.instant(last), sentBytes: socket.sent, receivedBytes: socket.received,
          sends: socket.sends, receives: socket.receives)))
  }

  private mutating func close(_ socket: OpenSocket, at seconds: Double) {
    events.append(
      .closed(
        ClosedEvent(
          time: Self.instant(seconds), socket: socket.key, local: socket.local,
          remote: socket.remote, isEstablished: true, reason: .fin)))
    final(socket.key, at: seconds + 0.001, written: socket.sent, read: socket.received)
  }

  private mutating func final(_ key: SocketKey, at seconds: Double, written: UInt64, read: UInt64) {
    events.append(
      .final(
        FinalEvent(
          time: Self.instant(seconds), socket: key, writtenBytes: written, readBytes: read,
          unsentBytes: 0, unreadBytes: 0, marks: [])))
  }

  private mutating func newSocket() -> SocketKey {
    defer { nextCookie += 1 }
    return SocketKey(cookie: nextCookie, generation: 0)
  }

  private mutating func ephemeral() -> UInt16 {
    nextPort = nextPort >= 60_999 ? 32_768 : nextPort + 1
    return nextPort
  }

  public static func instant(_ seconds: Double) -> KernelInstant {
    KernelInstant(nanoseconds: UInt64((max(seconds, 0) * 1e9).rounded()))
  }
}

extension Remote.Speech {
  var isTLS: Bool {
    if case .tls = self { true } else { false }
  }
}

extension HostWriter {
  /// The end of what `daemon` started.
  public mutating func stop(_ name: String, at seconds: Double) {
    guard let image = forget(name) else { return }
    exit(image, at: seconds)
  }
}
