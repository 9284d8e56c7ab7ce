// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Protocols
internal import Wire

/// One entry of a declared list, never a base name: any program can take one.
public struct DeclaredEntry: Hashable, Sendable {
  /// Why a text is no entry: a sentence for the operator.
  public struct Fault: Error, Hashable, Sendable {
    public let text: String
  }

  private enum Meaning: Hashable, Sendable {
    case program(Program)
    case userProgram(UInt32, Program)
    case arguments(String)
    case destination(DestinationPattern)
    case service(ApplicationProtocol, port: UInt16)
  }

  private enum Program: Hashable, Sendable {
    /// Of the executable or, where it only interprets one, of the script.
    case path(String)
    /// What vouches for the executable: a package, a snap or an image.
    case origin(String)

    /// An interpreter is whoever's script it runs: it is declared by the script, and inline code never.
    func names(_ executable: ExecutableIdentity, _ script: ScriptIdentity?) -> Bool {
      switch (self, script) {
      // A job and a unit are what an initiator works on, and not its code.
      case (.path(let path), nil), (.path(let path), .job), (.path(let path), .unit):
        executable.path.description == path
      case (.path(let path), .file(let file)): file.description == path
      case (.origin(let origin), nil), (.origin(let origin), .job), (.origin(let origin), .unit):
        executable.origin.description == origin
      default: false
      }
    }

    /// The same of who acts, whose own file must bear it out.
    func holds(_ behaviour: DeclaredBehaviour) -> Bool {
      let subject = behaviour.subject
      guard names(subject.executable, subject.script) else { return false }
      if case .origin(let origin) = self {
        let file = behaviour.file
        return Vouching.holds(
          origin, package: file.package?.description, owner: file.owner, mode: file.mode)
      }
      // Any program can be called python3 and be given the script's path: what reads the script is
      // a package's or root's own.
      guard case .file? = subject.script else { return true }
      return behaviour.program.map { $0 <= .administrator } ?? false
    }
  }

  /// As it was written.
  public let text: String
  private let meaning: Meaning

  public init(_ text: String, _ kind: DeclaredList.Kind) throws(Fault) {
    self.text = text
    switch kind {
    case .program, .starter: meaning = .program(try Self.program(text))
    case .userProgram:
      let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
      guard parts.count == 2, parts[0].hasPrefix("uid:"), let uid = UInt32(parts[0].dropFirst(4))
      else {
        throw Fault(
          text: "\(Self.quoted(text)) names no user and program, as uid:33 /usr/bin/rsync does")
      }
      meaning = .userProgram(uid, try Self.program(parts[1]))
    case .arguments:
      guard !text.isEmpty else { throw Fault(text: "an entry is empty") }
      meaning = .arguments(text)
    case .destination: meaning = .destination(try Self.destination(text))
    case .service: meaning = try Self.service(text)
    }
  }

  /// In one line of a message.
  private static func quoted(_ text: String) -> String { "\"\(FindingTable.printable(text))\"" }

  private static func program(_ text: String) throws(Fault) -> Program {
    guard !text.contains("*") else {
      throw Fault(text: "\(quoted(text)) is a pattern; a program is a whole path, or pkg:NAME")
    }
    if text.hasPrefix("/"), text.utf8.count > 1 { return .path(text) }
    for kind in ["pkg:", "snap:", "image:"] where text.hasPrefix(kind) && text != kind {
      return .origin(text)
    }
    throw Fault(
      text:
        "\(quoted(text)) is only a name, and any program can take it; write its whole path, or the "
        + "package it is of as pkg:NAME")
  }

  private static func destination(_ text: String) throws(Fault) -> DestinationPattern {
    guard let pattern = DestinationPattern(text: text) else {
      throw Fault(
        text:
          "\(quoted(text)) is no destination; valid: an address, a network as in 10.0.0.0/8, a name "
          + "or *.name, each with a :port or without")
    }
    switch pattern.host {
    case .any, .network(_, bits: 0):
      throw Fault(text: "\(quoted(text)) is every destination; leave the list out instead")
    case .network, .name, .below: return pattern
    }
  }

  private static func service(_ text: String) throws(Fault) -> Meaning {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let application = ApplicationProtocol(rawValue: parts[0]),
      let port = UInt16(parts[1]), port > 0
    else {
      let known = ApplicationProtocol.allCases.map(\.rawValue).joined(separator: ", ")
      throw Fault(
        text: "\(quoted(text)) is no protocol and port, as ssh:443 is; protocols: \(known)")
    }
    return .service(application, port: port)
  }
}

extension DeclaredEntry {
  /// Whether it declares this behaviour; a starter is asked for what started it.
  func holds(_ behaviour: DeclaredBehaviour, _ kind: DeclaredList.Kind) -> Bool {
    switch meaning {
    case .program(let program):
      if kind == .starter {
        behaviour.subject.initiator.map { program.names($0.executable, $0.script) } ?? false
      } else {
        program.holds(behaviour)
      }
    case .userProgram(let uid, let program): behaviour.uid == uid && program.holds(behaviour)
    case .arguments(let text): behaviour.arguments == text
    case .destination(let pattern):
      pattern.takes(port: behaviour.destination.port)
        && pattern.covers(behaviour.destination.host, name: behaviour.name)
    case .service(let application, let port):
      behaviour.application == application && behaviour.port == port
    }
  }
}
