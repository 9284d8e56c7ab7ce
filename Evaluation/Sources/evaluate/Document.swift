// SPDX-License-Identifier: Apache-2.0

import Digest
import Hosts
import Statistics

/// docs/detection-quality.md, and whether a file is one.
struct Document {
  let plan: Plan
  var targets: [Target] = []
  private var parts = ""

  init(plan: Plan) {
    self.plan = plan
  }

  mutating func add(_ title: String, _ introduction: String, _ section: Section) {
    parts += "## \(title)\n\n"
    if !introduction.isEmpty { parts += introduction + "\n\n" }
    parts += section.text + "\n"
    targets += section.targets
  }

  /// Counts first, then a digest of all that follows: an edit by hand does not agree with it.
  var text: String {
    let warning =
      plan == .full
      ? ""
      : "**A preview with few seeds: the intervals are wide. `scripts/evaluate.sh` measures in full.**\n\n"
    let body = Self.title + warning + summary + Self.method(plan) + parts
    return Self.header(plan, body) + body
  }

  /// Nil where this program, with these counts, wrote it so.
  static func complaint(_ text: String, _ plan: Plan) -> String? {
    guard let end = text.firstIndex(of: "\n") else { return "it is empty" }
    let body = String(text[text.index(after: end)...])
    guard text[...end].hasPrefix(prefix) else { return "its first line is not this program's" }
    guard text[...end] == header(plan, body) else {
      return "its first line does not agree with its text, or with the program's counts: "
        + "scripts/evaluate.sh writes it anew"
    }
    return nil
  }

  /// The quantities whose targets a document calls missed.
  static func misses(_ text: String) -> Set<String> {
    Set(
      text.split(whereSeparator: \.isNewline).filter { $0.contains("| **missed** by") }.compactMap {
        line in
        line.split(separator: "|").first.map { cell in
          String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
      })
  }

  private static let prefix = "<!-- written by scripts/evaluate.sh, do not edit;"

  private static func header(_ plan: Plan, _ body: String) -> String {
    let digest = SHA256.hexadecimal(Array(body.utf8), characters: 16)
    return prefix + " seeds \(plan.seeds), null seeds \(plan.nullSeeds), hosts "
      + "\(plan.hosts * Role.allCases.count), days \(Plan.learningDays)+\(plan.days), "
      + "digest \(digest) -->\n"
  }

  private var summary: String {
    var table = Table("quantity", "to reach", "measured (95 % interval)", "peers", "verdict", "why")
    for target in targets {
      table.add(
        target.quantity, target.goal, target.measured, target.peers, target.verdict,
        target.note.isEmpty ? "" : target.note)
    }
    let missed = targets.count { if case .missed = $0.outcome { true } else { false } }
    let met = targets.count { if case .met = $0.outcome { true } else { false } }
    return """
      ## Targets

      \(met) of \(met + missed) targets are met, \(missed) are missed. Rows without a verdict are told for
      their own sake.

      \(table.text)

      """
  }

  private static let title = """
    # Detection quality

    What the analytics find, when, and what they tell on hosts where nothing is wrong. Every figure
    is of this version's own code, measured by one command:

    ```console not-run=minutes
    $ scripts/evaluate.sh
    ```

    Timing and verdict are separate questions. A cron job is perfectly periodic and innocent: timing
    should find it, and the verdict should not raise it.


    """

  private static func method(_ plan: Plan) -> String {
    """
    ## How it is measured

    - **Seeds.** Traffic is made by SplitMix64, seeded by the cell's name and the seed's number, so
      a run is the same on every machine. \(plan.seeds) seeds for a cell with a clock,
      \(plan.nullSeeds) for a source without one, \(plan.hosts * Role.allCases.count) hosts of
      \(Role.allCases.count) role mixes.
    - **Intervals** are Wilson's at 95 %. Those of host-days treat days as independent, which days
      of one host are not: read them as the narrowest they can be.
    - **Timing cells** feed request times to the timing evidence itself. A cell with a clock stops
      at the flag (log E 4.6); a source without one goes on for a day or
      \(plan.nullVisits) visits. Visits include the first one.
    - **Verdict cells** feed events, process context and first bytes of whole days to the pipeline
      that `run` and `replay` use. Seven days come first. Each host then lives through \(plan.days)
      further days; and each implant is put on \(plan.copies) copies of it as it stands on its eighth
      day, with other seeds.
    - **Peers** see the same seeds and rows: RITA v5's score over the last 24 hours, Elastic's
      beaconing transform (the best of its hourly runs), flare, the query of Sentinel's network
      beaconing rule, and deviation over mean of .2 and less. They are written anew from their
      described behaviour; `Evaluation/check_peers.py` compares them with references in Python: on
      2,000 random rows all five agree on every row. Beacons' payloads are constant in these rows,
      which is the peers' best case; other sources vary theirs. Figures marked as published are
      of ACSAC'23 and BAYWATCH, and not of these rows.
    - **Tuned and not tuned.** The timing method was made while looking at failures on the first
      list of sources without a clock, with other seeds. The second list is of classes that were
      written down before the method was run on them; three were moved to the third list after the
      first run, because their pauses have a floor, bounds or a grid, and are told there. Verdict rules were not tuned on the role
      mixes; the mixes are made up, by people who know the rules.
    - **Made-up hosts are not hosts.** Real machines do stranger things. The last part uses real
      captures, which carry no process.


    """
  }
}
