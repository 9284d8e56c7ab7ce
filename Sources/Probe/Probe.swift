// SPDX-License-Identifier: Apache-2.0

internal import CLibbpf
internal import Glibc
public import Wire

/// The kernel side, loaded, attached and shown to be exact.
///
/// The hooks are gone when this value is.
public struct Probe: ~Copyable {
  public let backend: Backend
  /// Every backend that was tried, the chosen one last.
  public let attempts: [BackendAttempt]
  /// The object that is loaded.
  public let image: ProbeObject
  /// Whether kernel memory may be read; if not, long paths and cgroups are null.
  public let readsKernelMemory: Bool
  /// The ring's size.
  public let ringBytes: UInt64

  /// The parts that the sensor can run without.
  public let features: [FeatureState]

  let object: BPFObject
  private var links: BPFLinks
  private var packets: PacketHooks?
  private let ring: RingReader
  private let sweeper: BPFIterator
  private let processes: BPFIterator
  /// Other processes' records that came during the self-test.
  private var early: [[UInt8]]
  /// Records taken out of the ring, the self-test's own included.
  public private(set) var takenRecords: UInt64

  /// Loads the first backend that attaches and passes its self-test.
  ///
  /// What this process does, and what comes in on `served` in this network namespace, is left out
  /// from here on: it is where metrics are served. An unspecified address stands for all.
  public init(
    configuration: ProbeConfiguration, excluding served: Endpoint? = nil
  ) throws(ProbeError) {
    let missing = Capabilities.missing()
    guard missing.isEmpty else { throw .missingCapabilities(missing) }
    guard unsafe access("/sys/kernel/btf/vmlinux", R_OK) == 0 else { throw .noTypeInformation }
    // libbpf's own talk is on standard error; what matters of it is in the attempts.
    _ = unsafe libbpf_set_print(nil)
    var attempts: [BackendAttempt] = []
    let waysToRead = Lockdown.isConfidentiality ? [false] : [true, false]
    for backend in configuration.backend.map({ [$0] }) ?? Backend.allCases {
      if let missing = backend.missingHook {
        attempts.append(
          BackendAttempt(
            backend: backend, readsKernelMemory: true, isChosen: false, outcome: missing,
            verifierLog: ""))
        continue
      }
      for readsKernelMemory in waysToRead {
        do throws(LoadFailure) {
          try self.init(
            backend: backend, configuration: configuration,
            readsKernelMemory: readsKernelMemory, excluding: served,
            earlier: attempts)
          return
        } catch {
          attempts.append(
            BackendAttempt(
              backend: backend, readsKernelMemory: readsKernelMemory, isChosen: false,
              outcome: error.text, verifierLog: error.log))
          // Only a refused load can succeed with less; reading less makes no hook appear.
          if error.step != "load" { break }
        }
      }
    }
    throw .noBackend(attempts)
  }

  private init(
    backend: Backend, configuration: ProbeConfiguration, readsKernelMemory: Bool,
    excluding served: Endpoint?, earlier: [BackendAttempt]
  ) throws(LoadFailure) {
    let image = backend.object
    let object = try BPFObject.load(
      image, configuration: configuration, readsKernelMemory: readsKernelMemory,
      hasTwins: image != .functionsHashStore && KernelPreemption.reachesHooks(of: backend))
    // The packet hooks write to the same ring.
    var configuration = configuration
    configuration.ringBytes = object.ringBytes
    let links = try object.attachPrograms()
    if image.usesHashStore { try Self.runOnce("know_images", of: object) }
    let sweeper = try object.iterator(
      object.sweeper.rawValue, over: object.sweeper == .states ? "sockets" : nil)
    let processes = try object.iterator("found_processes")
    let ring = try RingReader(map: object.mapDescriptor("ring"))
    var early: [[UInt8]] = []
    var taken = 0
    let threadGroup = try Self.selfTest(ring, keeping: &early, taken: &taken)
    try Self.exclude(object, threadGroup: threadGroup, served: served)
    let refusal = Self.attachPackets(
      image.packetHooks, beside: object, configuration, &packets)
    features = Feature.allCases.map { $0.state(configuration.packets, refusal) }
    self.backend = backend
    self.image = image
    self.readsKernelMemory = readsKernelMemory
    ringBytes = UInt64(configuration.ringBytes)
    attempts =
      earlier + [
        BackendAttempt(
          backend: backend, readsKernelMemory: readsKernelMemory, isChosen: true,
          outcome: "loaded, attached, self-test exact"
            + (image.usesHashStore ? ", with the store for 5.10" : "")
            + (object.sweeper == .files ? ", sweeping open files" : ""), verifierLog: "")
      ]
    self.object = object
    self.links = links
    self.ring = ring
    self.sweeper = sweeper
    self.processes = processes
    self.early = early
    takenRecords = UInt64(clamping: taken)
  }

  /// Attaches the packet hooks where they are wanted; says what they were refused for.
  private static func attachPackets(
    _ image: ProbeObject, beside object: borrowing BPFObject, _ configuration: ProbeConfiguration,
    _ packets: inout PacketHooks?
  ) -> LoadFailure? {
    guard Feature.allCases.contains(where: { $0.isWanted(configuration.packets) }) else {
      return nil
    }
    do throws(LoadFailure) {
      packets = try PacketHooks(image, beside: object, configuration: configuration)
      return nil
    } catch {
      return error
    }
  }

  /// Holds the conversation and waits for all of it; gives our own thread group.
  private static func selfTest(
    _ ring: borrowing RingReader, keeping early: inout [[UInt8]], taken: inout Int
  ) throws(LoadFailure) -> UInt32 {
    do throws(ProbeError) {
      var test = try SelfTest()
      var others: [[UInt8]] = []
      // 40 rounds of 25 ms: the slowest emulated machine needs a few.
      for _ in 0..<40 where !test.isComplete {
        taken += ring.drain { record in
          if case .event(let event)? = try? RecordDecoder.decode(record), test.take(event) {
            return
          }
          // SAFETY: the record is lent for this call; the copy is what is kept.
          others.append(unsafe record.withUnsafeBytes { unsafe Array($0) })
        }
        if !test.isComplete { ring.wait(milliseconds: 25) }
      }
      early = others
      if let mismatch = test.mismatch {
        throw ProbeError.system(operation: mismatch, code: 0)
      }
      return test.threadGroup ?? 0
    } catch {
      if case .system(let operation, 0) = error {
        throw LoadFailure(step: operation, code: 0)
      }
      throw LoadFailure(step: "self-test", code: 0, detail: error.description)
    }
  }

  private static func exclude(
    _ object: borrowing BPFObject, threadGroup: UInt32, served: Endpoint?
  ) throws(LoadFailure) {
    let isUnspecified = served.map { $0.address.high == 0 && $0.address.low == 0 } ?? true
    let exclusion = KernelExclusion(
      threadGroup: threadGroup, networkNamespace: NetworkNamespaces.ownInode,
      port: served?.port ?? 0, address: isUnspecified ? nil : served?.address
    ).bytes
    var key: UInt32 = 0
    // SAFETY: the section is one array element of exactly this struct's size.
    let status = unsafe exclusion.withUnsafeBytes {
      unsafe bpf_map_update_elem(
        object.mapDescriptor(".data.exclusion"), &key, $0.baseAddress, UInt64(BPF_ANY))
    }
    guard status == 0 else {
      throw LoadFailure(step: "exclude the sensor itself", code: errno)
    }
  }

  /// Lends waiting records, in order; a record is gone when `body` returns.
  ///
  /// - Returns: how many there were, and whether more can be waiting.
  public mutating func drain(_ body: (RawSpan) -> Void) -> (count: Int, isFull: Bool) {
    let kept = early.count
    for record in early {
      // SAFETY: plain bytes, which the array owns beyond the call.
      unsafe body(record.span.bytes)
    }
    early = []
    let count = ring.drain(body)
    takenRecords &+= UInt64(clamping: count)
    return (kept + count, RingReader.isFull(count))
  }

  /// Takes the hooks away; what they wrote until then still waits in the ring.
  public mutating func detach() {
    // Traffic goes on uncharged: an audit would call that an error.
    try? set(KernelPhase(isSeeding: false, isDetached: true))
    links = BPFLinks()
    packets?.detach()
    // A hook that was running on another processor ends within microseconds.
    usleep(10_000)
  }

  /// Sleeps until the kernel side wakes the reader, a signal comes, or the time is over.
  public func wait(milliseconds: Int32) {
    ring.wait(milliseconds: milliseconds)
  }

  /// Ends bursts that fell silent; the records come through the ring.
  public func sweep() throws(ProbeError) {
    _ = try sweeper.run()
  }

  /// Every process that runs now, as a series of process records.
  public func runningProcesses() throws(ProbeError) -> [UInt8] {
    try processes.run()
  }

  /// The kernel side's counters, summed over the processors.
  public func counters() throws(ProbeError) -> KernelCounters {
    var sum = KernelCounters()
    try PerProcessor.read(object.mapDescriptor("counters"), sizeBytes: KernelCounters.sizeBytes) {
      if let counters = try? KernelCounters($0) { sum.add(counters) }
    }
    return sum
  }

  /// What the packet hooks counted; nil where there are none.
  public func packetCounters() throws(ProbeError) -> PacketCounters? {
    switch packets {
    case .some(let hooks): try hooks.counters()
    case .none: nil
    }
  }

  /// Bytes waiting in the ring.
  public var ringUsedBytes: UInt64 { ring.usedBytes }

  /// What the kernel tells of each attached program, in the order of attachment.
  public func programs() -> [ProgramStatistics] {
    guard let hooks = packets?.programs() else { return links.statistics() }
    return links.statistics() + hooks
  }
}
