// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Identity
internal import Wire

/// Decides which process images are looked up, and when: each once, at its first act on a socket
/// that this host opened.
///
/// A program that most often talks is looked up at its exec already: one that is started for every
/// visit would else be judged at its connect, before its facts are there. One thread has it, the
/// one that drains the ring; for every burst it costs one look into a table.
final class IdentityRequests {
  /// Images with what the kernel told of their files; the newest are not looked up when it is full.
  static let imageLimit = 65_536
  static let socketLimit = 65_536
  static let programLimit = 4_096
  /// A program is asked about at its exec while at least every fourth of its images talked.
  private static let execsPerTalk: UInt64 = 4
  /// Processes that ended recently: their last bursts come after their end.
  private static let endedLimit = 4_096

  private struct Image {
    var question: IdentityQuestion
    var isAsked = false
    var hasTalked = false

    /// What runs: the script of an interpreter, else the executable.
    var program: ByteString? { question.scripts.first ?? question.path }
  }

  private struct Program {
    var execs: UInt64 = 0
    var talks: UInt64 = 0
  }

  private let service: IdentityService
  private var programs: [ByteString: Program] = [:]
  private var images: [ProcessKey: Image] = [:]
  private var ended: [ProcessKey] = []
  private var outbound: Set<SocketKey> = []
  /// Images and sockets that found their table full.
  private(set) var evictions: UInt64 = 0

  init(_ service: IdentityService) {
    self.service = service
  }

  /// Takes an image in with what the kernel told; `wallEpoch` is Unix time at boot, nanoseconds.
  func note(_ process: ProcessEvent, _ context: ContextEvent?, wallEpoch: Int64) {
    var question = IdentityQuestion(image: process.image)
    question.path = process.facts.executable
    question.device = context?.facts.device
    question.inode = context?.facts.inode
    question.modified = context?.facts.modified
    if let code = CodePaths(of: process.facts) {
      question.scripts = code.paths
      question.isScriptExact = code.isExact
    }
    if process.facts.wasFound != true {
      let sum = wallEpoch.addingReportingOverflow(Int64(clamping: process.time.nanoseconds))
      question.began = sum.overflow ? nil : sum.partialValue
    }
    let image = Image(question: question)
    insert(image, process.image.process)
    if process.facts.wasFound != true, isTalker(image.program) { ask(process.image) }
  }

  /// Counts an exec; true for a program whose images mostly talk.
  private func isTalker(_ program: ByteString?) -> Bool {
    guard let program, let known = programs[program] else { return false }
    programs[program]?.execs += 1
    return known.talks * Self.execsPerTalk > known.execs
  }

  private func countTalk(_ program: ByteString?) {
    guard let program else { return }
    // What talks rarely is asked about at its connect, as if it were new.
    if programs[program] == nil, programs.count >= Self.programLimit { programs.removeAll() }
    programs[program, default: Program()].talks += 1
  }

  func note(_ event: Event) {
    switch event {
    case .connect(let connect):
      remember(connect.socket)
      want(connect.image)
    case .adopt(let adopt) where adopt.outbound == true:
      remember(adopt.socket)
      if let image = adopt.image { want(image) }
    case .burst(let burst):
      if burst.isKernelThread || images[burst.image.process]?.hasTalked == true { return }
      if outbound.contains(burst.socket) { want(burst.image) }
    case .final(let final): outbound.remove(final.socket)
    case .fork(let fork):
      // The child runs its parent's image: one answer serves both.
      guard var image = images[fork.parent] else { return }
      image.question.image = ImageKey(
        pid: fork.child.pid, start: fork.child.start, execID: image.question.image.execID)
      insert(image, fork.child)
    case .exit(let exit):
      ended.append(exit.process)
      guard ended.count >= 2 * Self.endedLimit else { return }
      for process in ended.prefix(Self.endedLimit) { images[process] = nil }
      ended.removeFirst(Self.endedLimit)
    default: break
    }
  }

  private func want(_ image: ImageKey) {
    guard !image.isUnattributed, images[image.process]?.hasTalked != true else { return }
    ask(image)
    images[image.process]?.hasTalked = true
    countTalk(images[image.process]?.program)
  }

  private func ask(_ image: ImageKey) {
    var known = images[image.process] ?? Image(question: IdentityQuestion(image: image))
    guard !known.isAsked else { return }
    known.isAsked = true
    service.ask(known.question)
    // Of a long class path the first is all that is needed from here on.
    known.question.scripts = Array(known.question.scripts.prefix(1))
    insert(known, image.process)
  }

  private func insert(_ image: Image, _ process: ProcessKey) {
    guard images.count < Self.imageLimit || images[process] != nil else {
      evictions += 1
      return
    }
    images[process] = image
  }

  private func remember(_ socket: SocketKey) {
    guard outbound.count < Self.socketLimit else {
      evictions += 1
      return
    }
    outbound.insert(socket)
  }
}
