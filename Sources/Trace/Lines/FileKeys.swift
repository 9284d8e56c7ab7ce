// SPDX-License-Identifier: Apache-2.0

/// The keys under which a `context` line tells of one file.
struct FileKeys {
  let device, inode, sha256, owner, mode, modified, state, isDirectoryWritable: LineKey
  let mount, package, isPackageVerified, imageLayer: LineKey

  static let executable = FileKeys(
    device: .exeDev, inode: .exeIno, sha256: .exeSHA256, owner: .exeOwner, mode: .exeMode,
    modified: .exeMtime, state: .exeState, isDirectoryWritable: .dirWritable, mount: .mount,
    package: .package, isPackageVerified: .packageVerified, imageLayer: .imageLayer)

  static let script = FileKeys(
    device: .scriptDev, inode: .scriptIno, sha256: .scriptSHA256, owner: .scriptOwner,
    mode: .scriptMode, modified: .scriptMtime, state: .scriptState,
    isDirectoryWritable: .scriptDirWritable, mount: .scriptMount, package: .scriptPackage,
    isPackageVerified: .scriptPackageVerified, imageLayer: .scriptImageLayer)
}
