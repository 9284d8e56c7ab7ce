// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf
internal import Glibc
internal import Wire

/// Owns one BPF object, opened from memory, and closes it exactly once.
@safe struct BPFObject: ~Copyable {
  private let handle: OpaquePointer
  /// The one of its two that is loaded.
  let sweeper: Sweeper
  /// The ring's size.
  let ringBytes: UInt32

  /// Opens and loads the object's programs and maps into the kernel, with the best sweeper that
  /// the kernel takes.
  static func load(
    _ image: ProbeObject, configuration: ProbeConfiguration, readsKernelMemory: Bool,
    hasTwins: Bool
  ) throws(LoadFailure) -> BPFObject {
    var refusal: LoadFailure?
    for sweeper in Sweeper.candidates(for: image) {
      var configuration = configuration
      configuration.ringBytes *= sweeper.ringFactor
      do throws(LoadFailure) {
        return try BPFObject(
          image, configuration: configuration, readsKernelMemory: readsKernelMemory,
          hasTwins: hasTwins, sweeper: sweeper)
      } catch {
        guard error.step == "load" else { throw error }
        refusal = refusal ?? error
      }
    }
    // Refused for something else, then: the first word on it is as good as the last.
    throw refusal ?? LoadFailure(step: "load", code: ENOENT)
  }

  /// Loads all programs but the ones that this kernel lacks or needs not.
  private init(
    _ image: ProbeObject, configuration: ProbeConfiguration, readsKernelMemory: Bool,
    hasTwins: Bool, sweeper: Sweeper
  ) throws(LoadFailure) {
    let log = VerifierLog()
    let opened = unsafe try Self.open(image, log: log)
    do throws(LoadFailure) {
      unsafe try Self.configure(
        opened, configuration, readsKernelMemory: readsKernelMemory, hasTwins: hasTwins)
      var program = unsafe bpf_object__next_program(opened, nil)
      while let current = unsafe program {
        let name = unsafe String(cString: bpf_program__name(current))
        if OptionalHooks.isLeftOut(name, withTwins: hasTwins, sweeper: sweeper) {
          _ = unsafe bpf_program__set_autoload(current, false)
        }
        unsafe program = bpf_object__next_program(opened, current)
      }
      let status = unsafe bpf_object__load(opened)
      guard status == 0 else {
        throw LoadFailure(step: "load", code: -status, log: log.text)
      }
    } catch {
      unsafe bpf_object__close(opened)
      throw error
    }
    unsafe handle = opened
    self.sweeper = sweeper
    ringBytes = configuration.ringBytes
  }

  deinit { unsafe bpf_object__close(handle) }

  private static func open(
    _ object: ProbeObject, log: VerifierLog
  ) throws(LoadFailure) -> OpaquePointer {
    let image = unsafe object.image
    // SAFETY: the log's buffer outlives the load, which is the last call to write to it.
    let opened = unsafe halfwire_open_object(
      image.baseAddress, image.count, object.rawValue, log.start, log.count)
    guard let opened = unsafe opened else {
      throw LoadFailure(step: "open", code: errno)
    }
    return unsafe opened
  }

  private static func configure(
    _ object: OpaquePointer, _ configuration: ProbeConfiguration, readsKernelMemory: Bool,
    hasTwins: Bool
  ) throws(LoadFailure) {
    let knobs = configuration.knobs(
      readsKernelMemory: readsKernelMemory, hasTwins: hasTwins
    ).bytes
    guard let section = unsafe bpf_object__find_map_by_name(object, ".rodata.knobs"),
      let ring = unsafe bpf_object__find_map_by_name(object, "ring")
    else { throw LoadFailure(step: "configure", code: ENOENT) }
    var status = unsafe knobs.withUnsafeBytes {
      unsafe bpf_map__set_initial_value(section, $0.baseAddress, $0.count)
    }
    if status == 0 {
      status = unsafe bpf_map__set_max_entries(ring, configuration.ringBytes)
    }
    guard status == 0 else { throw LoadFailure(step: "configure", code: -status) }
  }

  /// The map's descriptor, owned by the object.
  func mapDescriptor(_ name: String) -> Int32 {
    // SAFETY: the handle is open as long as self lives.
    unsafe bpf_object__find_map_fd_by_name(handle, name)
  }

  /// Attaches every loaded program but the iterators.
  ///
  /// The hook that begins a socket's life comes last: from then on everything the socket does is
  /// seen, and one born before is a socket from before.
  func attachPrograms() throws(LoadFailure) -> BPFLinks {
    var links = BPFLinks()
    for beginsLives in [false, true] {
      var program = unsafe bpf_object__next_program(handle, nil)
      while let current = unsafe program {
        let section = unsafe String(cString: bpf_program__section_name(current))
        if unsafe bpf_program__autoload(current), !section.hasPrefix("iter/"),
          (section == "tp_btf/inet_sock_set_state") == beginsLives
        {
          guard let link = unsafe bpf_program__attach(current) else {
            throw LoadFailure(step: "attach \(section)", code: errno)
          }
          unsafe links.append(
            link, name: String(cString: bpf_program__name(current)),
            program: bpf_program__fd(current))
        }
        unsafe program = bpf_object__next_program(handle, current)
      }
    }
    return links
  }

  /// Attaches one iterator program, over the named map's elements where one is given.
  func iterator(_ name: String, over map: String? = nil) throws(LoadFailure) -> BPFIterator {
    guard let program = unsafe bpf_object__find_program_by_name(handle, name) else {
      throw LoadFailure(step: "attach \(name)", code: ENOENT)
    }
    let link =
      if let map {
        unsafe halfwire_attach_map_iterator(program, mapDescriptor(map))
      } else {
        unsafe bpf_program__attach_iter(program, nil)
      }
    guard let link = unsafe link else {
      throw LoadFailure(step: "attach \(name)", code: errno)
    }
    return unsafe BPFIterator(link: link)
  }
}
