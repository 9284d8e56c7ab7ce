// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// One row of a conn.log: a TCP connection as Zeek saw it.
struct ZeekRow: Hashable {
  /// Zeek's summary of a connection; the raw value is its word.
  enum State: String, CaseIterable {
    /// A SYN and nothing else.
    case attempt = "S0"
    case open = "S1"
    case finished = "SF"
    case rejected = "REJ"
    /// One side wants to end it, and the other does not answer.
    case originatorClosing = "S2"
    case responderClosing = "S3"
    case originatorAborted = "RSTO"
    case responderReset = "RSTR"
    /// A SYN, then a reset by the same side.
    case attemptAborted = "RSTOS0"
    /// A SYN ACK, then a reset by the responder; no SYN was seen.
    case answerReset = "RSTRH"
    /// A SYN, then a FIN; no SYN ACK was seen.
    case halfOpen = "SH"
    /// A SYN ACK, then a FIN by the responder; no SYN was seen.
    case answerClosed = "SHR"
    /// No SYN at all: it was under way.
    case midstream = "OTH"

    /// Both sides agreed to talk, as far as Zeek saw.
    var isEstablished: Bool {
      switch self {
      case .attempt, .rejected, .attemptAborted, .answerReset, .halfOpen, .answerClosed: false
      case .open, .finished, .originatorClosing, .responderClosing, .originatorAborted,
        .responderReset, .midstream:
        true
      }
    }

    var closeReason: CloseReason {
      switch self {
      case .finished: .fin
      case .rejected: .refused
      case .attempt: .timeout
      case .originatorAborted, .attemptAborted: .abort
      case .responderReset, .answerReset: .reset
      case .open, .originatorClosing, .responderClosing, .halfOpen, .answerClosed, .midstream:
        .unknown
      }
    }
  }

  /// Unix nanoseconds.
  var start: Int64
  var durationNanoseconds: Int64
  var originator: Endpoint
  var responder: Endpoint
  var sentBytes: UInt64
  var receivedBytes: UInt64
  var state: State
  /// Zeek's uid; empty where the log has none.
  var uid: String

  var end: Int64 {
    let (sum, overflow) = start.addingReportingOverflow(durationNanoseconds)
    return overflow ? .max : sum
  }
}

extension ZeekRow {
  /// What the row says at its start: the connect, its answer and its bytes.
  ///
  /// Zeek tells no times inside a connection; what it carried stands where it began.
  func opening(at time: KernelInstant, socket: SocketKey) -> [Event] {
    var events: [Event] = [
      .connect(
        ConnectEvent(
          time: time, socket: socket, image: .unattributed, networkNamespace: 0,
          local: originator, remote: responder))
    ]
    guard state.isEstablished else { return events }
    events.append(.connected(ConnectedEvent(time: time, socket: socket, local: originator)))
    guard sentBytes > 0 || receivedBytes > 0 else { return events }
    events.append(
      .burst(
        BurstEvent(
          socket: socket, image: .unattributed, first: time, last: time, sentBytes: sentBytes,
          receivedBytes: receivedBytes, sends: sentBytes > 0 ? 1 : 0,
          receives: receivedBytes > 0 ? 1 : 0)))
    return events
  }

  /// What it says at its end.
  func closing(at time: KernelInstant, socket: SocketKey) -> [Event] {
    let isEstablished = state.isEstablished
    return [
      .closed(
        ClosedEvent(
          time: time, socket: socket, local: originator, remote: responder,
          isEstablished: isEstablished, reason: state.closeReason)),
      .final(
        FinalEvent(
          time: time, socket: socket, writtenBytes: isEstablished ? sentBytes : 0,
          readBytes: isEstablished ? receivedBytes : 0, unsentBytes: 0, unreadBytes: 0,
          marks: [])),
    ]
  }
}

/// What one line of a Zeek log is.
enum ZeekLine {
  /// A head, a comment or a blank line.
  case nothing
  case row(ZeekRow)
  /// A row of conn.log that is not TCP.
  case otherTransport
  /// A row of another log, in a file that holds several.
  case otherLog(String)
}

/// Why a line of a Zeek log was refused, and at which of its bytes (from 0).
struct ZeekError: Error {
  var offset: Int
  var reason: String
}
