// SPDX-License-Identifier: Apache-2.0

internal import Flows
internal import Identity
internal import Wire

/// Arguments that the kernel side cut before they named the code.
enum WholeArguments {
  /// The event with the arguments that /proc has, where java's end before what it runs.
  ///
  /// One look into /proc, for such a process only, before its event is told.
  static func completed(_ event: ProcessEvent) -> ProcessEvent {
    guard event.facts.isCodeCut, let cut = event.facts.arguments,
      let whole = ProcessLookup.arguments(of: event.image.process), begins(whole, with: cut)
    else { return event }
    var facts = event.facts
    facts.arguments = whole
    return ProcessEvent(time: event.time, image: event.image, facts: facts)
  }

  /// A process that runs another image by now, or wrote its arguments anew, has others.
  static func begins(_ whole: [ByteString], with cut: [ByteString]) -> Bool {
    guard let last = cut.last, whole.count >= cut.count else { return false }
    return whole.starts(with: cut.dropLast())
      && whole[cut.count - 1].bytes.starts(with: last.bytes)
  }
}
