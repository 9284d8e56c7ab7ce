// SPDX-License-Identifier: Apache-2.0

/// What somebody may have meant by a name that does not exist.
public enum NearestName {
  /// `unknown key allow.origim; did you mean origin? valid: origin, path`.
  ///
  /// `written` is how the name stands there; `also` are names that are meant but not listed.
  public static func unknown(
    _ kind: String, _ name: String, written: String? = nil, valid: [String], also: [String] = []
  ) -> String {
    let meant = of(name, among: valid + also).map { "did you mean \($0)? " } ?? ""
    return "unknown \(kind) \(written ?? name); \(meant)valid: \(valid.joined(separator: ", "))"
  }

  /// The nearest of `names`, where one is near enough to be a slip of the hand.
  static func of(_ text: String, among names: [String]) -> String? {
    let wanted = Array(text.lowercased().unicodeScalars)
    let ranked = names.map { name in
      (name: name, distance: distance(wanted, Array(name.lowercased().unicodeScalars)))
    }
    guard let best = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }),
      best.distance <= max(2, wanted.count / 3), best.distance < best.name.unicodeScalars.count
    else { return nil }
    return best.name
  }

  /// Damerau and Levenshtein's distance: insertions, deletions, replacements, and two neighbours
  /// that changed places, which no further edit separates (optimal string alignment).
  static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        let isSame = left[row] == right[column]
        var best = min(
          last[column + 1] + 1, current[column] + 1, last[column] + (isSame ? 0 : 1))
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}
