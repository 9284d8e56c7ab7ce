// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf

/// Owns the attachments of one object; the hooks are gone when it is.
@safe struct BPFLinks: ~Copyable {
  private var links: [OpaquePointer] = unsafe []
  /// Program names and descriptors, in the order of attachment.
  private(set) var programs: [(name: String, program: Int32, link: Int32)] = []

  init() {}

  deinit {
    unsafe links.forEach { _ = unsafe bpf_link__destroy($0) }
  }

  /// What the kernel tells of each attached program, in the order of attachment.
  func statistics() -> [ProgramStatistics] {
    programs.map { ProgramStatistics(name: $0.name, program: $0.program, link: $0.link) }
  }

  mutating func append(_ link: OpaquePointer, name: String, program: Int32) {
    unsafe links.append(link)
    unsafe programs.append((name, program, bpf_link__fd(link)))
  }
}
