// SPDX-License-Identifier: Apache-2.0

internal import Baseline
internal import Flows
internal import Wire

/// Who stands above an acting process, as far as it says something of web shells (R3).
struct Lineage {
  /// An ancestor that takes connections from outside, and the way from it down to the process.
  struct Facing {
    let ancestor: Ancestor
    /// Executables from the ancestor down to the process; nil where one is not known.
    let path: [ByteString?]
  }

  /// Nearest first: the network-facing ancestors that no login stands below.
  let facing: [Facing]

  init(
    of process: ProcessDescription, _ flows: FlowTable, _ baseline: HostBaseline,
    _ inventory: Inventory
  ) {
    var facing: [Facing] = []
    var path = [process.facts?.executable]
    for (index, ancestor) in process.ancestors.enumerated() {
      let facts = ancestor.event?.facts
      path.insert(facts?.executable, at: 0)
      let declared = inventory.service(
        package: ancestor.context?.facts.package?.description,
        path: facts?.executable?.description, unit: nil)
      let known = flows.subject(of: ancestor, below: process.ancestors.dropFirst(index + 1))
      let isFacing =
        declared?.isNetworkFacing == true
        || known.flatMap { baseline.habits(of: $0)?.isNetworkFacing } == true
      // Somebody logged in between: sshd took the connection, and a person acts. A server's own
      // children have no login.
      let isLogin = process.facts?.loginUID != nil && facts != nil && facts?.loginUID == nil
      if isFacing, !isLogin { facing.append(Facing(ancestor: ancestor, path: path)) }
    }
    self.facing = facing
  }

  /// A step on the way from a network-facing ancestor that nobody took before.
  ///
  /// `isKnown` is false where a step could not be judged and none that could is new.
  func newEdge(_ baseline: HostBaseline) -> (edge: (parent: String, child: String)?, isKnown: Bool)
  {
    var isKnown = true
    for facing in facing {
      for (parent, child) in zip(facing.path, facing.path.dropFirst()) {
        guard let parent, let child else {
          isKnown = false
          continue
        }
        // A server's workers run what it runs.
        if parent == child { continue }
        switch baseline.isEdgeNew(parent: parent, child: child) {
        case true?: return (("\(parent)", "\(child)"), true)
        case false?: break
        case nil: isKnown = false
        }
      }
    }
    return (nil, isKnown)
  }
}
