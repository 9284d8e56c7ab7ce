// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Wire

/// Keeps everything the flow tables told.
struct RecordingObserver: FlowObserver {
  var requests: [Request] = []
  var exchanges: [Exchange] = []
  var failures: [Pair] = []
  var aged: [Socket] = []
  var ended: [Socket] = []

  mutating func requested(_ request: Request) { requests.append(request) }
  mutating func failed(_ pair: Pair, on socket: Socket) { failures.append(pair) }
  mutating func exchanged(_ exchange: Exchange) { exchanges.append(exchange) }

  mutating func aged(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {
    aged.append(socket)
  }

  mutating func ended(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {
    ended.append(socket)
  }

  /// The flow tables and what they told after a whole script.
  static func run(
    _ script: EventScript, limits: FlowLimits = FlowLimits()
  ) -> (flows: FlowTable, told: RecordingObserver) {
    var flows = FlowTable(limits: limits)
    var observer = RecordingObserver()
    for event in script.events { flows.apply(event, observer: &observer) }
    return (flows, observer)
  }
}
