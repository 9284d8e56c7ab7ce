// SPDX-License-Identifier: Apache-2.0

import Baseline
import EventScript
import Flows
import Wire

/// Flow tables and a baseline over a script, whose seconds count from the beginning of a UTC day.
struct BaselineRun {
  static let day = 86_400.0
  /// 2024-10-04 00:00:00 UTC, in Unix seconds.
  static let epoch: Int64 = 20_000 * 86_400

  private(set) var flows = FlowTable()
  var baseline: HostBaseline
  private(set) var requests: [Request] = []
  /// What a recording of the stream would hold.
  private(set) var recorded: [Event] = []

  init(
    limits: BaselineLimits = BaselineLimits(), epoch: Int64 = BaselineRun.epoch,
    keeping rows: [StateRow]? = nil
  ) {
    baseline = HostBaseline(epochNanoseconds: epoch * 1_000_000_000, limits: limits)
    if let rows { baseline.keep(rows) }
  }

  init(_ script: EventScript, limits: BaselineLimits = BaselineLimits()) {
    self.init(limits: limits)
    play(script.events)
  }

  mutating func play(_ events: [Event]) {
    for event in events {
      var observer = Both(baseline: baseline)
      flows.apply(event, observer: &observer)
      baseline = observer.baseline
      requests += observer.requests
      recorded += baseline.takeTold().map { .baseline($0) }
      recorded.append(event)
    }
  }

  /// The pair of the last request to a remote.
  func pair(_ remote: Endpoint = EventScript.remote) -> Pair? {
    requests.last { $0.pair.destination.endpoint == remote }?.pair
  }

  private struct Both: FlowObserver {
    var baseline: HostBaseline
    var requests: [Request] = []

    mutating func requested(_ request: Request) {
      requests.append(request)
      baseline.requested(request)
    }

    mutating func failed(_ pair: Pair, on socket: Socket) { baseline.failed(pair, on: socket) }
    mutating func exchanged(_ exchange: Exchange) { baseline.exchanged(exchange) }
    mutating func aged(_: Socket, at now: KernelInstant, notes: inout ObserverNotes) {}
    mutating func ended(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {
      baseline.ended(socket, at: now, notes: &notes)
    }
    mutating func moved(_ movement: Movement, on socket: Socket) {
      baseline.moved(movement, on: socket)
    }
    mutating func read(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {
      baseline.read(socket, at: now, notes: &notes)
    }
    mutating func accepted(_ socket: Socket, by subject: SubjectID, at now: KernelInstant) {
      baseline.accepted(socket, by: subject, at: now)
    }
    mutating func executed(_ execution: Execution) { baseline.executed(execution) }
    mutating func identified(_ actor: ActingImage) { baseline.identified(actor) }
    mutating func renamed(_ number: SubjectID, to identity: Subject) {
      baseline.renamed(number, to: identity)
    }
    mutating func resolved(_ name: NameEvent) { baseline.resolved(name) }
    mutating func recalled(_ event: BaselineEvent) { baseline.recalled(event) }
  }
}

extension EventScript {
  mutating func accept(_ image: ImageKey, at seconds: Double, from remote: String) {
    let socket = newSocket()
    add(
      .accept(
        AcceptEvent(
          time: Self.instant(seconds), socket: socket, networkNamespace: 4_026_531_840,
          local: Self.endpoint("192.0.2.10:80"), remote: Self.endpoint(remote), image: image)))
    burst(socket, image, first: seconds + 0.01, sent: 200, received: 100)
    close(socket, at: seconds + 0.1, to: Self.endpoint(remote))
    finish(socket, at: seconds + 0.11, written: 200, read: 100)
  }

  mutating func resolve(_ name: String, at seconds: Double) {
    add(
      .name(
        NameEvent(
          time: Self.instant(seconds), networkNamespace: 4_026_531_840, name: ByteString(name),
          address: Self.remote.address, ttlSeconds: 60)))
  }

  /// A visit whose first bytes are these.
  mutating func visit(
    _ image: ImageKey, at seconds: Double, to remote: Endpoint = EventScript.remote,
    saying text: String
  ) {
    let socket = connect(image, at: seconds, to: remote)
    connected(socket, at: seconds + 0.02)
    add(
      .head(
        HeadEvent(
          time: Self.instant(seconds + 0.03), socket: socket, direction: .sent, offset: 0,
          data: Array(text.utf8))))
    burst(socket, image, first: seconds + 0.03, sent: UInt64(text.utf8.count), received: 10)
    close(socket, at: seconds + 0.06, to: remote)
    finish(socket, at: seconds + 0.07, written: UInt64(text.utf8.count), read: 10)
  }
}
