// SPDX-License-Identifier: Apache-2.0

internal import Analytics

/// ATT&CK's lists as they are set: each declares for its own analytic, as the inventory does for all.
public struct Declarations: Hashable, Sendable {
  /// What a behaviour comes to.
  enum Outcome: Hashable {
    /// The analytic has no list.
    case nothing
    /// No entry of these lists holds.
    case missing(String)
    /// The entries that hold, with their lists' names.
    case held(String)
  }

  private var entries: [DeclaredList: [DeclaredEntry]] = [:]

  public init() {}

  public subscript(list: DeclaredList) -> [DeclaredEntry] {
    get { entries[list] ?? [] }
    set { entries[list] = newValue.isEmpty ? nil : newValue }
  }

  /// Lists that only narrow, where their analytic has nothing for them to narrow.
  public var idle: [DeclaredList] {
    DeclaredList.all.filter { list in
      list.kind.onlyNarrows && !self[list].isEmpty
        && !entries.keys.contains { $0.analytic == list.analytic && !$0.kind.onlyNarrows }
    }
  }

  /// Of each kind that is set for the analytic an entry must hold; lists that say who acts are one.
  func outcome(_ behaviour: DeclaredBehaviour) -> Outcome {
    let lists = DeclaredList.all.filter { $0.analytic == behaviour.analytic && !self[$0].isEmpty }
    guard !lists.isEmpty, !lists.allSatisfy(\.kind.onlyNarrows) else { return .nothing }
    let who = lists.filter { $0.kind == .program || $0.kind == .userProgram }
    let others = lists.filter { !who.contains($0) }.map { [$0] }
    var held: [String] = []
    for group in (who.isEmpty ? [] : [who]) + others {
      guard let found = first(of: group, behaviour) else {
        return .missing(group.map(\.name).joined(separator: " or "))
      }
      held.append(found)
    }
    return .held(held.joined(separator: ", "))
  }

  private func first(of lists: [DeclaredList], _ behaviour: DeclaredBehaviour) -> String? {
    for list in lists {
      if let entry = self[list].first(where: { $0.holds(behaviour, list.kind) }) {
        return "\(list.name) = \(entry.text)"
      }
    }
    return nil
  }
}
