// SPDX-License-Identifier: Apache-2.0

public import Wire

/// What a trace holds, for `trace info`.
public struct TraceSummary: Sendable {
  public let format: TraceFormat
  public let header: StreamHeader
  public let footer: TraceFooter?
  public let counts: TraceCounts
  public let warnings: [TraceWarning]
  /// The size of the file as it is stored.
  public let fileBytes: UInt64
  /// Different process images that any event names.
  public let processes: Int
  /// Different sockets that any event names.
  public let sockets: Int
  /// There are more processes or sockets than were told apart.
  public let isCountCapped: Bool

  /// Beyond so many, processes and sockets are no longer told apart: memory stays bounded.
  public static let distinctLimit = 1_000_000

  /// Reads a trace to its end.
  public init(reading reader: inout TraceReader) throws(TraceError) {
    var processes: Set<ImageKey> = []
    var sockets: Set<SocketKey> = []
    while let event = try reader.next() {
      if let socket = event.socket, sockets.count < Self.distinctLimit { sockets.insert(socket) }
      if let image = event.namedImage, image.pid != 0, processes.count < Self.distinctLimit {
        processes.insert(image)
      }
    }
    format = reader.format
    header = reader.header
    footer = reader.footer
    counts = reader.counts
    warnings = reader.warnings
    fileBytes = reader.fileBytes
    self.processes = processes.count
    self.sockets = sockets.count
    isCountCapped = max(processes.count, sockets.count) >= Self.distinctLimit
  }

  /// Host time from the first event to the latest.
  public var durationNanoseconds: UInt64 {
    guard let first = counts.firstTime, let last = counts.lastTime else { return 0 }
    return last.nanoseconds(since: first)
  }

  /// The first event's wall clock time, RFC 3339 in UTC.
  public var firstTimeText: String? { wallClockText(counts.firstTime) }

  /// The latest event's wall clock time, RFC 3339 in UTC.
  public var lastTimeText: String? { wallClockText(counts.lastTime) }

  private func wallClockText(_ time: KernelInstant?) -> String? {
    guard let time, let sinceBoot = Int64(exactly: time.nanoseconds) else { return nil }
    let (wall, overflow) = header.wallEpochNanoseconds.addingReportingOverflow(sinceBoot)
    return overflow ? nil : WallClockText.rfc3339(unixNanoseconds: wall)
  }
}

extension Event {
  /// The socket the event is about.
  public var socket: SocketKey? {
    switch self {
    case .connect(let event): event.socket
    case .connected(let event): event.socket
    case .accept(let event): event.socket
    case .adopt(let event): event.socket
    case .burst(let event): event.socket
    case .head(let event): event.socket
    case .closed(let event): event.socket
    case .final(let event), .audit(let event): event.socket
    case .process, .context, .baseline, .fork, .exit, .reset, .name, .lost, .gap, .tick, .clock: nil
    }
  }

  /// The process image that did what the event tells.
  fileprivate var namedImage: ImageKey? {
    switch self {
    case .process(let event): event.image
    case .context(let event): event.image
    case .connect(let event): event.image
    case .accept(let event): event.image
    case .adopt(let event): event.image
    case .burst(let event): event.image
    default: nil
    }
  }
}
