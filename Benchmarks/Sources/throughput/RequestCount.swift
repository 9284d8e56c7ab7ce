// SPDX-License-Identifier: Apache-2.0

import Flows
import Trace
import Wire

/// Counts the requests that a trace's flows tell: each costs the timing test a look, so the
/// pipeline's figure means little without their share.
struct RequestCount: FlowObserver {
  private var requests: UInt64 = 0

  mutating func requested(_ request: Request) { requests += 1 }
  mutating func failed(_ pair: Pair, on socket: Socket) {}
  mutating func exchanged(_ exchange: Exchange) {}
  mutating func aged(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {}
  mutating func ended(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {}

  /// Requests per event.
  static func measure(_ path: String) throws(TraceError) -> Double {
    var observer = RequestCount()
    var table = FlowTable()
    var reader = try TraceReader(path: path)
    while let event = try reader.next() { table.apply(event, observer: &observer) }
    return Double(observer.requests) / Double(max(reader.counts.events, 1))
  }
}
