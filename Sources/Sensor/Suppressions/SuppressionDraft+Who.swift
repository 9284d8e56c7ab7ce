// SPDX-License-Identifier: Apache-2.0

internal import Findings

// Who may act, and what may have started it.

extension SuppressionDraft {
  func checkedProgram() throws(Fault) -> SuppressedProgram {
    let origin = try required(origin, "origin")
    let path = path ?? ""
    try checkDigests()
    guard SubjectText.isOrigin(origin, of: ["pkg", "snap", "image", "uid", "address"]) else {
      throw Fault(
        key: "origin",
        text:
          "origin is what vouches for the path: pkg:NAME, snap:NAME, image:NAME, uid:NUMBER, or "
          + "address:IP where no process is known")
    }
    if isAddress {
      guard path.isEmpty, script == nil, sha256 == nil, scriptSHA256 == nil else {
        throw Fault(key: "origin", text: "an address stands in for a process: it has no file")
      }
      return SuppressedProgram(origin: origin, path: path)
    }
    guard path.hasPrefix("/"), path.count > 1 else {
      throw Fault(key: "path", text: "a suppression needs the executable's whole path")
    }
    guard SubjectText.isPath(path) else {
      throw Fault(
        key: "path",
        text: "no finding has the path \(TOMLText.quoted(path)): it stands there as the kernel "
          + "has it, without . and .., and with %7C for a bar")
    }
    // Never a name alone: a path that nobody vouches for needs its content.
    guard !origin.hasPrefix("uid:") || sha256 != nil else {
      throw Fault(
        key: "path",
        text: "no package vouches for \(path): its sha256 must be part of the suppression")
    }
    guard sha256 != nil || isEveryVersion else {
      throw Fault(
        key: "path",
        text: "which content of \(path) is meant? sha256 takes one, every_version = true takes all")
    }
    let program = SuppressedProgram(origin: origin, path: path, script: script)
    try checkScript(of: program)
    return program
  }

  private func checkDigests() throws(Fault) {
    for (key, digest) in [("sha256", sha256), ("script_sha256", scriptSHA256)] {
      guard digest.map(SubjectText.isDigest) ?? true else {
        throw Fault(key: key, text: "\(key) is 64 digits, hexadecimal, lower case")
      }
    }
    guard sha256 == nil || !isEveryVersion else {
      throw Fault(
        key: "every_version", text: "sha256 takes one version, every_version all: say one of them")
    }
  }

  /// The interpreter's content says nothing of the script's, and seldom does a package vouch for that.
  private func checkScript(of program: SuppressedProgram) throws(Fault) {
    guard script.map(SubjectText.isScript) ?? true else {
      throw Fault(
        key: "script",
        text: "script is as in a finding's subject: file:/opt/poll.sh, module:NAME, class:NAME, "
          + "applet:NAME, inline:HASH, job:HASH or unit:NAME")
    }
    guard let file = program.scriptPath else {
      guard scriptSHA256 == nil else {
        throw Fault(
          key: "script_sha256", text: "script_sha256 is of a file: script says which, as file:PATH")
      }
      return
    }
    guard scriptSHA256 != nil || isEveryVersion else {
      throw Fault(
        key: "script",
        text: "which content of \(file) is meant? script_sha256 takes one, every_version = true "
          + "instead of sha256 takes all")
    }
  }

  func checkedStarter(
    of program: SuppressedProgram
  ) throws(Fault) -> SuppressionRule.Starter {
    guard let initiator else {
      if isAddress { return .unknown }
      guard isAnyInitiator else {
        throw Fault(
          key: "path",
          text: "what may start \(program.path)? initiator takes one program, "
            + "any_initiator = true takes whatever does")
      }
      return .anything
    }
    guard !isAnyInitiator, !isAddress else {
      throw Fault(
        key: "initiator",
        text: isAddress
          ? "an address stands in for a process: nothing started it"
          : "initiator takes one program, any_initiator all: say one of them")
    }
    if initiator == Self.unknownStarter { return .unknown }
    guard let starter = SuppressedProgram(text: initiator), SubjectText.isPath(starter.path),
      SubjectText.isOrigin(starter.origin, of: ["pkg", "snap", "image", "uid"]),
      starter.script.map(SubjectText.isScript) ?? true
    else {
      throw Fault(
        key: "initiator",
        text: "initiator is the end of a finding's subject, as in "
          + "pkg:cron|/usr/sbin/cron|job:9a41c0d2e5f60718, or none where that is empty")
    }
    return .program(starter)
  }
}
