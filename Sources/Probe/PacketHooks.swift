// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf
internal import Glibc
internal import Wire

/// Owns the packet hooks: a second object on the root cgroup, which shares the first one's maps.
@safe struct PacketHooks: ~Copyable {
  private let handle: OpaquePointer
  private var links: BPFLinks

  /// Maps that both objects use: the backend made them, these hooks write to them.
  private static let shared = ["sockets", "ring", "counters"]

  /// Loads and attaches beside a backend that runs.
  init(
    _ object: ProbeObject, beside backend: borrowing BPFObject, configuration: ProbeConfiguration
  ) throws(LoadFailure) {
    guard let root = ControlGroup.root() else {
      throw LoadFailure(step: "cgroup v2 is not mounted", code: 0)
    }
    let log = VerifierLog()
    let image = unsafe object.image
    // SAFETY: the log outlives the load, which is the last call to write to it.
    let opened = unsafe halfwire_open_object(
      image.baseAddress, image.count, object.rawValue, log.start, log.count)
    guard let opened = unsafe opened else { throw LoadFailure(step: "open", code: errno) }
    do throws(LoadFailure) {
      unsafe try Self.configure(opened, configuration)
      for name in Self.shared {
        let map = unsafe bpf_object__find_map_by_name(opened, name)
        let status = unsafe bpf_map__reuse_fd(map, backend.mapDescriptor(name))
        guard status == 0 else { throw LoadFailure(step: "share \(name)", code: -status) }
      }
      let status = unsafe bpf_object__load(opened)
      guard status == 0 else { throw LoadFailure(step: "load", code: -status, log: log.text) }
      links = unsafe try Self.attach(opened, to: root)
    } catch {
      unsafe bpf_object__close(opened)
      throw error
    }
    unsafe handle = opened
  }

  deinit { unsafe bpf_object__close(handle) }

  private static func configure(
    _ object: OpaquePointer, _ configuration: ProbeConfiguration
  ) throws(LoadFailure) {
    let knobs = configuration.knobs(readsKernelMemory: false, hasTwins: false).bytes
    let packets = configuration.packets.bytes
    for (name, bytes) in [(".rodata.knobs", knobs), (".rodata.packet_knobs", packets)] {
      guard let section = unsafe bpf_object__find_map_by_name(object, name) else {
        throw LoadFailure(step: "configure", code: ENOENT)
      }
      let status = unsafe bytes.withUnsafeBytes {
        unsafe bpf_map__set_initial_value(section, $0.baseAddress, $0.count)
      }
      guard status == 0 else { throw LoadFailure(step: "configure", code: -status) }
    }
  }

  private static func attach(
    _ object: OpaquePointer, to root: String
  ) throws(LoadFailure) -> BPFLinks {
    let group = unsafe open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard group >= 0 else { throw LoadFailure(step: "open \(root)", code: errno) }
    // The links keep the cgroup.
    defer { close(group) }
    var links = BPFLinks()
    var program = unsafe bpf_object__next_program(object, nil)
    while let current = unsafe program {
      let name = unsafe String(cString: bpf_program__name(current))
      guard let link = unsafe bpf_program__attach_cgroup(current, group) else {
        // EPERM here, after the load was allowed: somebody is attached without BPF_F_ALLOW_MULTI.
        throw LoadFailure(
          step: "attach \(name) to \(root)", code: errno,
          detail: errno == EPERM ? "another program is attached there exclusively" : nil)
      }
      unsafe links.append(link, name: name, program: bpf_program__fd(current))
      unsafe program = bpf_object__next_program(object, current)
    }
    return links
  }

  mutating func detach() {
    links = BPFLinks()
  }

  func programs() -> [ProgramStatistics] { links.statistics() }

  /// What the hooks counted, summed over the processors.
  func counters() throws(ProbeError) -> PacketCounters {
    var sum = PacketCounters()
    // SAFETY: the handle is open as long as self lives.
    let map = unsafe bpf_object__find_map_fd_by_name(handle, "packet_counters")
    try PerProcessor.read(map, sizeBytes: PacketCounters.sizeBytes) { bytes in
      if let counters = try? PacketCounters(bytes) { sum.add(counters) }
    }
    return sum
  }
}
