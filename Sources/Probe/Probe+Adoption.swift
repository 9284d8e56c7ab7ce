// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf
internal import Glibc
internal import Wire

extension Probe {
  static func runOnce(
    _ iterator: String, of object: borrowing BPFObject
  ) throws(LoadFailure) {
    let iterator = try object.iterator(iterator)
    do throws(ProbeError) {
      _ = try iterator.run()
    } catch {
      throw LoadFailure(step: "run an iterator", code: 0, detail: error.description)
    }
  }

  /// Finds the sockets that were there before the hooks, and whoever holds them.
  ///
  /// They come through the ring as `adopt` records, as far as it has room: call
  /// `tellAdopted` after each drain until nothing waits, then `endSeeding`.
  public func seed() throws(ProbeError) {
    do throws(LoadFailure) {
      try Self.runOnce("seed_files", of: object)
    } catch {
      throw .system(operation: "look for open sockets: \(error.text)", code: error.code)
    }
    try seedSockets()
  }

  /// In each network namespace: the iterator sees those of its reader's.
  private func seedSockets() throws(ProbeError) {
    func run() throws(ProbeError) {
      do throws(LoadFailure) {
        try Self.runOnce("seed_sockets", of: object)
      } catch {
        throw .system(operation: "look for sockets: \(error.text)", code: error.code)
      }
    }
    try run()
    try NetworkNamespaces.forEachOther { () throws(ProbeError) in try run() }
  }

  /// Tells what was found and not yet told.
  public func tellAdopted() throws(ProbeError) {
    if image.usesHashStore { try seedSockets() } else { try sweep() }
  }

  /// From here on a socket without state is adopted at its first use.
  public func endSeeding() throws(ProbeError) {
    try set(KernelPhase(isSeeding: false, isDetached: false))
  }

  func set(_ phase: KernelPhase) throws(ProbeError) {
    var key: UInt32 = 0
    // SAFETY: the section is one array element of exactly this struct's size.
    let status = unsafe phase.bytes.withUnsafeBytes {
      unsafe bpf_map_update_elem(
        object.mapDescriptor(".data.phase"), &key, $0.baseAddress, UInt64(BPF_ANY))
    }
    guard status == 0 else { throw .system(operation: "tell the programs", code: errno) }
  }
}
