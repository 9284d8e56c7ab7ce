// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Baseline
internal import Flows
internal import Wire

/// Everything that watches the flow tables of one stream.
///
/// The baseline is told last: what is judged is judged by what was usual before it.
struct Watch: FlowObserver, Sendable {
  var behaviours: Behaviours
  var reactions: Reactions
  var baseline: HostBaseline
  /// What is waited for from before this stream.
  var memory = PairMemory()
  /// Unix nanoseconds of boot time 0, as what is kept of pairs is dated.
  var epochNanoseconds: Int64 = 0
  /// The stream's first event.
  var startedAt: KernelInstant?

  mutating func requested(_ request: Request) {
    behaviours.requested(request)
    reactions.requested(request)
    baseline.requested(request)
  }

  mutating func failed(_ pair: Pair, on socket: Socket) {
    behaviours.failed(pair, on: socket)
  }

  mutating func exchanged(_ exchange: Exchange) {
    behaviours.exchanged(exchange)
  }

  mutating func aged(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {
    behaviours.aged(socket, at: now, notes: &notes)
  }

  mutating func ended(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {
    behaviours.ended(socket, at: now, notes: &notes)
    reactions.ended(socket, at: now, notes: &notes)
    baseline.ended(socket, at: now, notes: &notes)
  }

  mutating func moved(_ movement: Movement, on socket: Socket) {
    behaviours.moved(movement, on: socket)
    baseline.moved(movement, on: socket)
  }

  mutating func read(_ socket: Socket, at now: KernelInstant, notes: inout ObserverNotes) {
    behaviours.read(socket, at: now, notes: &notes)
    baseline.read(socket, at: now, notes: &notes)
  }

  mutating func accepted(_ socket: Socket, by subject: SubjectID, at now: KernelInstant) {
    baseline.accepted(socket, by: subject, at: now)
  }

  mutating func executed(_ execution: Execution) {
    behaviours.executed(execution)
    reactions.executed(execution)
    baseline.executed(execution)
  }

  mutating func reacted(_ reaction: Reaction) {
    reactions.reacted(reaction)
  }

  mutating func rejected(_ reset: ResetEvent, _ pair: Pair) {
    behaviours.rejected(reset, pair)
  }

  mutating func identified(_ actor: ActingImage) {
    baseline.identified(actor)
    follow()
    resume(actor.identity, as: actor.number, at: actor.time)
  }

  mutating func renamed(_ number: SubjectID, to identity: Subject) {
    baseline.renamed(number, to: identity)
    resume(identity, as: number, at: baseline.time)
  }

  mutating func resolved(_ name: NameEvent) { baseline.resolved(name) }

  mutating func recalled(_ event: BaselineEvent) {
    remember(event)
    baseline.recalled(event)
    follow()
  }
}
