// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// What is known of the script an image interprets, and since when its state is what it is.
struct ScriptFile {
  private(set) var facts: ExecutableFacts
  private(set) var stateSince: KernelInstant

  /// What an event says, over what was known; what it leaves out stays.
  init(_ later: ExecutableFacts, at time: KernelInstant, over known: ScriptFile?) {
    let isStateNews = later.state != nil && later.state != known?.facts.state
    facts = known?.facts.updated(by: later) ?? later
    stateSince = isStateNews ? time : known?.stateSince ?? time
  }
}
