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

  /// What the kernel tells of each attached program, in the order of attachment; a second copy is
  /// told together with the first.
  func statistics() -> [ProgramStatistics] {
    var all: [ProgramStatistics] = []
    for (name, program, link) in programs {
      let name = OptionalHooks.nameWithoutTwin(name)
      let one = ProgramStatistics(name: name, program: program, link: link)
      if let known = all.firstIndex(where: { $0.name == name }) {
        all[known].add(one)
      } else {
        all.append(one)
      }
    }
    return all
  }

  mutating func append(_ link: OpaquePointer, name: String, program: Int32) {
    unsafe links.append(link)
    unsafe programs.append((name, program, bpf_link__fd(link)))
  }
}
