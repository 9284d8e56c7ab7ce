// SPDX-License-Identifier: Apache-2.0

/// Every key of the JSON Lines form, in no particular order.
enum LineKey: UInt8, CaseIterable {
  case e, t, sk, pid, start, execID, netns, local, remote
  case first, last, sent, received, sends, receives, kernel
  case direction, offset, data, established, reason
  case written, read, unsent, unread, marks, lostBursts
  case ppid, pstart, uid, comm, exe, argv, found, cwd, script, pgid, sid, loginuid, tty
  case stdin, stdout, cgroup, unit, container, image, pod
  case exeDev, exeIno, exeSHA256, exeOwner, exeMode, exeMtime, exeState, dirWritable, mount
  case package, packageVerified, imageLayer
  case scriptDev, scriptIno, scriptSHA256, scriptOwner, scriptMode, scriptMtime, scriptState
  case scriptDirWritable, scriptMount, scriptPackage, scriptPackageVerified, scriptImageLayer
  case subject, firstSeen, activeDays, networkFacing, parentEdgeKnown, sentP99, protocols
  case destinations, address, port, subjects, rows
  case outbound, inferred, name, ttl, records, stage, from, to, wallNs, events, lost
  case halfwireTrace, host, bootID, backend, wallEpochNs, sensor, configHash, timezone, role
  case redacted, b64

  /// The key as it is written.
  var name: String {
    switch self {
    case .execID: "exec_id"
    case .exeDev: "exe_dev"
    case .exeIno: "exe_ino"
    case .exeSHA256: "exe_sha256"
    case .exeOwner: "exe_owner"
    case .exeMode: "exe_mode"
    case .exeMtime: "exe_mtime"
    case .exeState: "exe_state"
    case .dirWritable: "dir_writable"
    case .packageVerified: "package_verified"
    case .imageLayer: "image_layer"
    case .scriptDev: "script_dev"
    case .scriptIno: "script_ino"
    case .scriptSHA256: "script_sha256"
    case .scriptOwner: "script_owner"
    case .scriptMode: "script_mode"
    case .scriptMtime: "script_mtime"
    case .scriptState: "script_state"
    case .scriptDirWritable: "script_dir_writable"
    case .scriptMount: "script_mount"
    case .scriptPackage: "script_package"
    case .scriptPackageVerified: "script_package_verified"
    case .scriptImageLayer: "script_image_layer"
    case .firstSeen: "first_seen"
    case .activeDays: "active_days"
    case .networkFacing: "network_facing"
    case .parentEdgeKnown: "parent_edge_known"
    case .sentP99: "sent_p99"
    case .wallNs: "wall_ns"
    case .halfwireTrace: "halfwire_trace"
    case .bootID: "boot_id"
    case .wallEpochNs: "wall_epoch_ns"
    case .configHash: "config_hash"
    case .lostBursts: "lost_bursts"
    default: String(describing: self)
    }
  }
}
