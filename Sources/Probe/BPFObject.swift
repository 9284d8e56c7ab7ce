// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf
internal import Glibc
internal import Wire

/// Owns one BPF object, opened from memory, and closes it exactly once.
@safe struct BPFObject: ~Copyable {
  private let handle: OpaquePointer

  /// Opens and loads the object's programs and maps into the kernel, but the `optional` ones
  /// whose function this kernel lacks.
  init(
    backend: Backend, configuration: ProbeConfiguration, readsKernelMemory: Bool,
    leavingOut optional: [String]
  ) throws(LoadFailure) {
    let log = VerifierLog()
    let opened = unsafe try Self.open(backend, log: log)
    do throws(LoadFailure) {
      unsafe try Self.configure(opened, configuration, readsKernelMemory: readsKernelMemory)
      for name in optional {
        if let program = unsafe bpf_object__find_program_by_name(opened, name) {
          _ = unsafe bpf_program__set_autoload(program, false)
        }
      }
      let status = unsafe bpf_object__load(opened)
      guard status == 0 else {
        throw LoadFailure(step: "load", code: -status, detail: log.reason)
      }
    } catch {
      unsafe bpf_object__close(opened)
      throw error
    }
    unsafe handle = opened
  }

  deinit { unsafe bpf_object__close(handle) }

  private static func open(
    _ backend: Backend, log: VerifierLog
  ) throws(LoadFailure) -> OpaquePointer {
    let image = unsafe backend.object
    let opened: OpaquePointer? = unsafe backend.rawValue.withCString { name in
      var options = unsafe bpf_object_open_opts()
      unsafe options.sz = MemoryLayout<bpf_object_open_opts>.size
      unsafe options.object_name = name
      // SAFETY: the log's buffer outlives the load, which is the last call to write to it.
      unsafe options.kernel_log_buf = log.start
      unsafe options.kernel_log_size = log.count
      return unsafe bpf_object__open_mem(image.baseAddress, image.count, &options)
    }
    guard let opened = unsafe opened else {
      throw LoadFailure(step: "open", code: errno, detail: nil)
    }
    return unsafe opened
  }

  private static func configure(
    _ object: OpaquePointer, _ configuration: ProbeConfiguration, readsKernelMemory: Bool
  ) throws(LoadFailure) {
    let knobs = KernelKnobs(
      burstGapNanoseconds: configuration.burstGap.clampedNanoseconds,
      flushIntervalNanoseconds: configuration.flushInterval.clampedNanoseconds,
      flushBytes: configuration.flushBytes, ringBytes: UInt64(configuration.ringBytes),
      readsKernelMemory: readsKernelMemory
    ).bytes
    guard let section = unsafe bpf_object__find_map_by_name(object, ".rodata.knobs"),
      let ring = unsafe bpf_object__find_map_by_name(object, "ring")
    else { throw LoadFailure(step: "configure", code: ENOENT, detail: nil) }
    var status = unsafe knobs.withUnsafeBytes {
      unsafe bpf_map__set_initial_value(section, $0.baseAddress, $0.count)
    }
    if status == 0 {
      status = unsafe bpf_map__set_max_entries(ring, configuration.ringBytes)
    }
    guard status == 0 else { throw LoadFailure(step: "configure", code: -status, detail: nil) }
  }

  /// The map's descriptor, owned by the object.
  func mapDescriptor(_ name: String) -> Int32 {
    // SAFETY: the handle is open as long as self lives.
    unsafe bpf_object__find_map_fd_by_name(handle, name)
  }

  /// Attaches every loaded program but the iterators.
  func attachPrograms() throws(LoadFailure) -> BPFLinks {
    var links = BPFLinks()
    var program = unsafe bpf_object__next_program(handle, nil)
    while let current = unsafe program {
      let section = unsafe String(cString: bpf_program__section_name(current))
      if unsafe bpf_program__autoload(current), !section.hasPrefix("iter/") {
        guard let link = unsafe bpf_program__attach(current) else {
          throw LoadFailure(step: "attach \(section)", code: errno, detail: nil)
        }
        unsafe links.append(
          link, name: String(cString: bpf_program__name(current)),
          program: bpf_program__fd(current))
      }
      unsafe program = bpf_object__next_program(handle, current)
    }
    return links
  }

  /// Attaches one iterator program, over the named map's elements where one is given.
  func iterator(_ name: String, over map: String? = nil) throws(LoadFailure) -> BPFIterator {
    guard let program = unsafe bpf_object__find_program_by_name(handle, name) else {
      throw LoadFailure(step: "attach \(name)", code: ENOENT, detail: nil)
    }
    var link: OpaquePointer?
    if let map {
      var target = bpf_iter_link_info()
      unsafe target.map.map_fd = UInt32(bitPattern: mapDescriptor(map))
      unsafe withUnsafeMutablePointer(to: &target) { target in
        var options = unsafe bpf_iter_attach_opts()
        unsafe options.sz = MemoryLayout<bpf_iter_attach_opts>.size
        unsafe options.link_info = target
        unsafe options.link_info_len = UInt32(MemoryLayout<bpf_iter_link_info>.size)
        unsafe link = bpf_program__attach_iter(program, &options)
      }
    } else {
      unsafe link = bpf_program__attach_iter(program, nil)
    }
    guard let link = unsafe link else {
      throw LoadFailure(step: "attach \(name)", code: errno, detail: nil)
    }
    return unsafe BPFIterator(link: link)
  }
}

/// What a load or attach failed at.
struct LoadFailure: Error {
  let step: String
  let code: Int32
  /// The verifier's own last word, where it has one.
  let detail: String?

  var text: String {
    let reason = "\(step) refused (\(errorText(code)))"
    return detail.map { "\(reason): \($0)" } ?? reason
  }
}
