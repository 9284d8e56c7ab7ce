// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Where the pipeline's thread leaves the newest snapshot and others pick it up.
///
/// The lock is held for a copy of one reference, by the pipeline about once a second.
public final class MetricsBoard: Sendable {
  /// What `/healthz` and `/readyz` answer.
  public enum Health: Sendable, Equatable {
    case ok
    /// The pipeline's last round, or the start, is this long ago.
    case stale(Duration)
  }

  /// A pipeline that completes no round for this long is not healthy.
  ///
  /// It completes one at least every second; 30 seconds leave room for a host under heavy load.
  public static let heartbeatLimit = Duration.seconds(30)

  private struct State {
    var snapshot: MetricSnapshot?
    var isAttached = false
    var lastBeat: SuspendingClock.Instant
  }

  private let state: Mutex<State>

  /// Starts with no snapshot, not attached, and a first beat at `now`.
  public init(now: SuspendingClock.Instant = .now) {
    state = Mutex(State(lastBeat: now))
  }

  /// Replaces the snapshot.
  public func publish(_ snapshot: MetricSnapshot) {
    state.withLock { $0.snapshot = snapshot }
  }

  /// Says that the pipeline completed a round.
  ///
  /// The clock stands still while the machine sleeps, or every wake-up would look like a hang.
  public func beat(at now: SuspendingClock.Instant = .now) {
    state.withLock { $0.lastBeat = now }
  }

  /// Says whether every required kernel program is attached.
  public func setAttached(_ isAttached: Bool) {
    state.withLock { $0.isAttached = isAttached }
  }

  /// The newest snapshot, nil before the first.
  public var snapshot: MetricSnapshot? { state.withLock { $0.snapshot } }

  /// Whether every required kernel program is attached.
  public var isAttached: Bool { state.withLock { $0.isAttached } }

  /// Whether the pipeline still completes rounds.
  public func health(at now: SuspendingClock.Instant = .now) -> Health {
    let age = state.withLock { $0.lastBeat }.duration(to: now)
    return age > Self.heartbeatLimit ? .stale(age) : .ok
  }
}
