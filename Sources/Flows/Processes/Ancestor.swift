// SPDX-License-Identifier: Apache-2.0

public import Wire

/// One step of a process's lineage, as it was when the process began its image.
public struct Ancestor: Sendable {
  /// Steps kept per image.
  public static let limit = 8

  public let process: ProcessKey
  /// The image it ran; nil where the process was forked from one nobody saw.
  public let event: ProcessEvent?
  public let context: ContextEvent?
  /// Its script where its arguments are too long to be kept with every child of its: the event has
  /// the beginning of them.
  let script: ScriptIdentity?

  init(process: ProcessKey, _ image: ProcessTable.Image) {
    self.process = process
    context = image.context
    guard image.longBytes > 0, let full = image.event else {
      event = image.event
      script = nil
      return
    }
    var facts = full.facts
    script = facts.executable.flatMap {
      ScriptIdentity.resolve(executable: PathText.existing($0), facts: facts)
    }
    facts.cutArguments()
    event = ProcessEvent(time: full.time, image: full.image, facts: facts)
  }

  /// The script of an ancestor that is known, from whichever arguments are.
  func script(_ facts: ProcessFacts, _ path: ByteString) -> ScriptIdentity? {
    script ?? ScriptIdentity.resolve(executable: PathText.existing(path), facts: facts)
  }
}
