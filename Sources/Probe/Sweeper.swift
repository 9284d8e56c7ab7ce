// SPDX-License-Identifier: Apache-2.0

/// The program that looks at all sockets for bursts that fell silent; an object has both.
enum Sweeper: String {
  /// Walks the map of the sockets' states.
  case states = "sweep"
  /// Walks the files that processes have open. It costs a look at each, and misses a socket that
  /// nobody has open any more; for kernels without a safe walk over the states, or none at all.
  case files = "sweep_files"

  /// How many times as large the ring is: nobody reads it while a sweep lasts.
  ///
  /// With 1 MiB, some records of 10,000 sockets that ended at once were lost to a walk over files,
  /// with 4 MiB none (load-test.sh, on 6.18).
  var ringFactor: UInt32 { self == .files ? 4 : 1 }

  /// Those that can be tried for the object, the better one first.
  static func candidates(for image: ProbeObject) -> [Sweeper] {
    if image.usesHashStore { return [.states] }
    return KernelHelpers.hasSafeStorageWalk ? [.states, .files] : [.files]
  }
}
