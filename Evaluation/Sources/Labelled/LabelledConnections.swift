// SPDX-License-Identifier: Apache-2.0

public import Wire

/// One connection of a labelled data set.
public struct LabelledConnection: Sendable {
  public var part: String
  /// Unix seconds, or seconds from the capture's start.
  public var time: Double
  public var source: String
  public var destination: String
  public var port: UInt16
  public var sent: Double
  public var received: Double
  /// With IP headers.
  public var sentOnWire: Double
  public var duration: Double
  public var isEstablished: Bool
  public var isRefused: Bool
  public var label: String
  public var detail: String

  /// What the data's own groups are by.
  public var group: String { "\(part) \(source) \(destination):\(port)" }
}

/// Reads the CSV form of labelled connections: TCP rows, in the order of the file.
public enum LabelledFile {
  public static let names = ["slips-connections.csv", "stratosphere-connections.csv"]

  static let columns = [
    "part", "ts", "src", "dst", "dport", "proto", "bytes_out", "bytes_in", "ip_bytes_out",
    "ip_bytes_in", "duration", "state", "process", "pid", "label", "detail",
  ]

  /// Nil where the first line does not name the columns; rows that cannot be read are left out.
  ///
  /// - Returns: rows of TCP, but for what came from outside.
  public static func read(_ text: String) -> [LabelledConnection]? {
    // CR LF is one character to Swift, so the separator is any newline.
    var lines = text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline)[...]
    guard let head = lines.popFirst(),
      head.split(separator: ",", omittingEmptySubsequences: false).elementsEqual(
        columns.map { Substring($0) })
    else { return nil }
    return lines.compactMap(row)
  }

  private static func row(_ line: Substring) -> LabelledConnection? {
    let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard cells.count >= columns.count, cells[5] == "tcp", let time = Double(cells[1]),
      let port = UInt16(cells[4]), !cells[15].hasPrefix("External-Attack")
    else { return nil }
    let received = Double(cells[7]) ?? 0
    let state = cells[11]
    return LabelledConnection(
      part: cells[0], time: time, source: cells[2], destination: cells[3], port: port,
      sent: Double(cells[6]) ?? 0, received: received, sentOnWire: Double(cells[8]) ?? 0,
      duration: Double(cells[10]) ?? 0, isEstablished: isEstablished(state, received: received),
      isRefused: state == "REJ", label: cells[14], detail: cells[15])
  }

  /// Zeek's states, Argus's flag pairs, or none: then an answer tells.
  private static func isEstablished(_ state: String, received: Double) -> Bool {
    switch state {
    case "": return received > 0
    case "S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR": return false
    default:
      let answer = state.split(separator: "_", omittingEmptySubsequences: false).dropFirst().first
      return answer.map { $0.contains("S") && $0.contains("A") || $0.contains("P") } ?? true
    }
  }
}

/// Makes the stream of one part, as an import of flow logs would: no process is known.
public struct LabelledStream {
  public let header: StreamHeader
  public private(set) var events: [Event] = []

  /// All rows are of one part.
  public init(_ part: String, _ rows: [LabelledConnection]) {
    let epoch = (rows.map(\.time).min() ?? 0).rounded(.down) - 60
    header = StreamHeader(
      host: ByteString(part), bootID: part, kernel: "", backend: "zeek",
      wallEpochNanoseconds: Int64(epoch) * 1_000_000_000, sensor: "", configHash: "")
    var timed: [(time: Double, order: Int, event: Event)] = []
    for (order, row) in rows.enumerated() {
      for event in Self.events(row, number: UInt64(order) + 1, epoch: epoch) {
        timed.append((event.time.seconds, order, event))
      }
    }
    timed.sort { ($0.time, $0.order) < ($1.time, $1.order) }
    events = timed.map(\.event)
  }

  private static func events(_ row: LabelledConnection, number: UInt64, epoch: Double) -> [Event] {
    guard let source = IPAddress(text: row.source), let target = IPAddress(text: row.destination)
    else { return [] }
    func at(_ seconds: Double) -> KernelInstant {
      KernelInstant(nanoseconds: UInt64((max(row.time - epoch + seconds, 0) * 1e9).rounded()))
    }
    let key = SocketKey(cookie: number, generation: 0)
    let local = Endpoint(address: source, port: 0)
    let remote = Endpoint(address: target, port: row.port)
    let end = max(row.duration, 0)
    var events: [Event] = [
      .connect(
        ConnectEvent(
          time: at(0), socket: key, image: .unattributed, networkNamespace: 0, local: local,
          remote: remote))
    ]
    if row.isEstablished {
      events.append(.connected(ConnectedEvent(time: at(0), socket: key, local: local)))
      if row.sent > 0 || row.received > 0 {
        events.append(
          .burst(
            BurstEvent(
              socket: key, image: .unattributed, first: at(0), last: at(end),
              sentBytes: UInt64(row.sent), receivedBytes: UInt64(row.received),
              sends: row.sent > 0 ? 1 : 0, receives: row.received > 0 ? 1 : 0)))
      }
    }
    let reason: CloseReason = row.isEstablished ? .fin : row.isRefused ? .refused : .timeout
    events.append(
      .closed(
        ClosedEvent(
          time: at(end), socket: key, local: local, remote: remote,
          isEstablished: row.isEstablished, reason: reason)))
    events.append(
      .final(
        FinalEvent(
          time: at(end), socket: key, writtenBytes: UInt64(row.sent),
          readBytes: UInt64(row.received), unsentBytes: 0, unreadBytes: 0, marks: [])))
    return events
  }
}
