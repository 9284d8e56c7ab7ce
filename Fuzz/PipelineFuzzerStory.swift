// SPDX-License-Identifier: Apache-2.0

import EventScript
import Wire

/// A stream of events that bytes tell, three a sentence: what happens, to whom, and how much.
///
/// A few programs, sockets and destinations, so that what happens meets what happened before.
struct FuzzedStory {
  /// Events of one story.
  static let limit = 4_000

  private(set) var events: [Event]
  /// Unix nanoseconds of the first boot.
  private let epoch: Int64
  /// Seconds from the first boot to the second.
  private(set) var away: Int64 = 0

  init(events: [Event], epoch: Int64) {
    self.events = events
    self.epoch = epoch
  }

  func header(boot: Int64, _ id: String) -> StreamHeader {
    let wall = epoch.addingReportingOverflow(boot * 1_000_000_000).partialValue
    return StreamHeader(
      host: "h", bootID: id, kernel: "6.12", backend: "functions", wallEpochNanoseconds: wall,
      sensor: "halfwire 0.1.0", configHash: "")
  }

  private static let epochs: [Int64] = [1_763_700_000, 0, 2_082_758_400, -86_400, 9_000_000_000]
  private static let pauses = [0.001, 0.3, 1.5, 10, 60, 600, 14_400, 86_400, 700_000]
  private static let aways: [Int64] = [0, 600, 90_000, 3_000_000, -700_000, 400_000_000]
  private static let paths = [
    "/usr/bin/agent", "/tmp/implant", "/usr/bin/python3", "/usr/bin/curl", "/usr/sbin/nginx",
    "/bin/sh",
  ]
  private static let remotes = [
    "203.0.113.9:443", "203.0.113.10:443", "198.51.100.7:8080", "10.0.0.5:22", "127.0.0.1:80",
    "[2001:db8::1]:443", "203.0.113.9:53",
  ].map(EventScript.endpoint)

  init(_ bytes: [UInt8]) {
    events = []
    epoch = Self.pick(Self.epochs, bytes.first ?? 0) * 1_000_000_000
    away = Self.pick(Self.aways, bytes.dropFirst().first ?? 0)
    var script = EventScript()
    var sockets: [SocketKey] = []
    var now = 1.0
    var rest = bytes.dropFirst(2)
    while script.events.count < Self.limit, rest.count >= 3 {
      let (word, who, much) = (rest.removeFirst(), rest.removeFirst(), rest.removeFirst())
      now = min(now + Self.pick(Self.pauses, word >> 5), 1e8)
      let image = EventScript.image(UInt32(who & 7) + 10, start: 0.5, execID: UInt64(who >> 6))
      let remote = Self.pick(Self.remotes, who >> 3)
      let socket = sockets.isEmpty ? nil : sockets[Int(much) % sockets.count]
      Self.tell(&script, word & 31, image, remote, socket, who, much, now)
      if case .connect(let event)? = script.events.last { sockets.append(event.socket) }
      if sockets.count > 16 { sockets.removeFirst() }
    }
    events = Array(script.events.prefix(Self.limit))
  }

  private static func pick<Value>(_ values: [Value], _ number: UInt8) -> Value {
    values[Int(number) % values.count]
  }

  private static func tell(
    _ script: inout EventScript, _ word: UInt8, _ image: ImageKey, _ remote: Endpoint,
    _ socket: SocketKey?, _ who: UInt8, _ much: UInt8, _ now: Double
  ) {
    let bytes = UInt64(much) << UInt64(who >> 2)
    switch word {
    case 0, 1:
      script.start(
        image, pick(paths, much), arguments: much & 1 == 0 ? nil : ["-c", "x\(much)"],
        parent: EventScript.image(UInt32(much & 7) + 10, start: 0.5), at: now,
        owner: who & 0x20 == 0 ? 0 : nil, mode: much & 2 == 0 ? 0o100755 : 0o100777,
        uid: much & 4 == 0 ? 0 : 1_000)
    case 2: script.know(image, facts(who, much), at: EventScript.instant(now))
    case 3: script.fork(image, from: EventScript.image(UInt32(much & 7) + 10, start: 0.5), at: now)
    case 4: script.exit(image, at: now)
    case 5, 6: script.connect(image, at: now, to: remote)
    case 7...11: script.visit(image, at: now, to: remote, sent: bytes, received: UInt64(much))
    case 12, 13:
      for step in 0..<Int(much & 15) {
        script.visit(image, at: now + Double(step) * Double(who & 31 + 2), to: remote)
      }
    case 14: script.add(.tick(EventScript.instant(now)))
    case 15:
      let wall = pick(epochs, much).addingReportingOverflow(Int64(now)).partialValue
      script.add(
        .clock(
          ClockEvent(time: EventScript.instant(now), wallNanoseconds: wall &* 1_000_000_000)))
    case 16:
      script.add(.lost(LostEvent(time: EventScript.instant(now), records: bytes, stage: .ring)))
    case 17:
      script.add(
        .name(
          NameEvent(
            time: EventScript.instant(now), networkNamespace: 4_026_531_840,
            name: ByteString("n\(who & 3).example.com"), address: remote.address,
            ttlSeconds: UInt64(much))))
    case 18:
      script.add(
        .reset(
          ResetEvent(
            time: EventScript.instant(now), networkNamespace: 4_026_531_840,
            local: Endpoint(address: EventScript.local.address, port: UInt16(much) + 1),
            remote: remote)))
    case 19:
      script.add(
        .adopt(
          AdoptEvent(
            time: EventScript.instant(now), socket: script.newSocket(),
            networkNamespace: 4_026_531_840, local: EventScript.local, remote: remote,
            outbound: much & 1 == 0 ? true : nil, image: image)))
    case 20:
      script.add(
        .accept(
          AcceptEvent(
            time: EventScript.instant(now), socket: script.newSocket(),
            networkNamespace: 4_026_531_840, local: EventScript.local, remote: remote,
            image: image)))
    default: tellSocket(&script, word, image, remote, socket, bytes, much, now)
    }
  }

  private static func tellSocket(
    _ script: inout EventScript, _ word: UInt8, _ image: ImageKey, _ remote: Endpoint,
    _ socket: SocketKey?, _ bytes: UInt64, _ much: UInt8, _ now: Double
  ) {
    guard let socket else { return }
    switch word {
    case 21: script.connected(socket, at: now)
    case 22, 23, 24:
      script.burst(
        socket, image, first: now, sent: bytes, received: UInt64(much), sends: UInt64(much))
    case 25, 26:
      let says = pick(
        ["GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "SSH-2.0-x\r\n", "\u{16}\u{3}\u{1}"], much)
      script.add(
        .head(
          HeadEvent(
            time: EventScript.instant(now), socket: socket,
            direction: much & 8 == 0 ? .sent : .received, offset: 0, data: Array(says.utf8))))
    case 27:
      script.close(
        socket, at: now, to: remote, established: much & 1 == 0,
        reason: much & 2 == 0 ? .fin : .refused)
    case 28: script.finish(socket, at: now, written: bytes, read: UInt64(much))
    case 29: script.audit(socket, at: now, written: bytes, read: UInt64(much))
    default: script.close(socket, at: max(now - 2, 0), to: remote)
    }
  }

  private static func facts(_ who: UInt8, _ much: UInt8) -> ExecutableFacts {
    var facts = ExecutableFacts()
    facts.owner = UInt32(much & 1) * 1_000
    facts.mode = 0o100755
    facts.isDirectoryWritable = much & 2 != 0
    facts.package = much & 4 == 0 ? "" : "agent"
    facts.isPackageVerified = much & 8 == 0
    facts.sha256 = String(repeating: "\(who & 7)", count: 64)
    facts.state = pick([.present, .deleted, .replaced, .memfd, nil], much >> 4)
    return facts
  }
}
