// SPDX-License-Identifier: Apache-2.0

/// One event of a stream, live or recorded: trace.md's lines as types.
///
/// The frequent kinds are plain values; the rare ones that carry text are shared objects, so
/// that an event costs no allocation from decode to verdict.
public enum Event: Sendable {
  case process(ProcessEvent)
  case context(ContextEvent)
  case baseline(BaselineEvent)
  case fork(ForkEvent)
  case exit(ExitEvent)
  case connect(ConnectEvent)
  case connected(ConnectedEvent)
  case accept(AcceptEvent)
  case adopt(AdoptEvent)
  case burst(BurstEvent)
  case head(HeadEvent)
  case closed(ClosedEvent)
  case final(FinalEvent)
  case reset(ResetEvent)
  case name(NameEvent)
  case lost(LostEvent)
  case gap(GapEvent)
  case tick(KernelInstant)
  case clock(ClockEvent)
  /// The kernel's totals of a living socket, which do not agree with what was charged.
  case audit(FinalEvent)

  /// Event time: when it happened, or for a burst its last operation.
  public var time: KernelInstant {
    switch self {
    case .process(let event): event.time
    case .context(let event): event.time
    case .baseline(let event): event.time
    case .fork(let event): event.time
    case .exit(let event): event.time
    case .connect(let event): event.time
    case .connected(let event): event.time
    case .accept(let event): event.time
    case .adopt(let event): event.time
    case .burst(let event): event.last
    case .head(let event): event.time
    case .closed(let event): event.time
    case .final(let event): event.time
    case .reset(let event): event.time
    case .name(let event): event.time
    case .lost(let event): event.time
    case .gap(let event): event.to
    case .tick(let time): time
    case .clock(let event): event.time
    case .audit(let event): event.time
    }
  }

  /// The line's `e`.
  public var kind: EventKind {
    switch self {
    case .process: .process
    case .context: .context
    case .baseline: .baseline
    case .fork: .fork
    case .exit: .exit
    case .connect: .connect
    case .connected: .connected
    case .accept: .accept
    case .adopt: .adopt
    case .burst: .burst
    case .head: .head
    case .closed: .closed
    case .final: .final
    case .reset: .reset
    case .name: .name
    case .lost: .lost
    case .gap: .gap
    case .tick: .tick
    case .clock: .clock
    case .audit: .audit
    }
  }
}

/// The closed set of event names; the raw value is trace.md's `e` and a metric label.
public enum EventKind: String, CaseIterable, Sendable {
  case process, context, baseline, fork, exit, connect, connected, accept, adopt, burst, head
  case closed, final, reset, name, lost, gap, tick, clock, audit
}

extension EventKind {
  /// The kind's place among all, from 0: counters by kind stand in an array.
  @inlinable
  public var index: Int {
    switch self {
    case .process: 0
    case .context: 1
    case .baseline: 2
    case .fork: 3
    case .exit: 4
    case .connect: 5
    case .connected: 6
    case .accept: 7
    case .adopt: 8
    case .burst: 9
    case .head: 10
    case .closed: 11
    case .final: 12
    case .reset: 13
    case .name: 14
    case .lost: 15
    case .gap: 16
    case .tick: 17
    case .clock: 18
    case .audit: 19
    }
  }
}
