// SPDX-License-Identifier: Apache-2.0

import Findings
import Hosts
import Randomness
import Trace
import Wire

/// Writes what a simulated host does as a trace, for a look at a single case.
enum CaseTrace {
  private static let all = Implant.all + Implant.hard + Implant.changes
  private static let roles: [String: Role] = [
    "web": .web, "node": .node, "ci": .ci, "database": .database, "java": .java,
    "agents": .agents,
  ]

  /// False where role or implant is none, or the file cannot be written.
  static func write(
    to path: String, role: String, seed: Int, days: Int, implant: String?
  ) -> Bool {
    guard let role = roles[role] else { return false }
    var acts: [Act] = []
    if let implant {
      guard let kind = all.first(where: { $0.name == implant }) else {
        TextFile.complain("implants: " + all.map(\.name).joined(separator: "\n          "))
        return false
      }
      var random = SplitMix64(cell: "implant: \(kind.name), \(role.rawValue)", seed: seed)
      let start = Double(max(days - 1, 0)) * SimulatedHost.secondsPerDay
      acts = kind.plan(start + random.uniform(60, 3_600), &random)
    }
    var host = role.host(seed: seed)
    let header = HostWatch(role: role, seed: seed).pipeline.header
    do {
      let format: TraceFormat = path.hasSuffix(".jsonl") ? .jsonLines : .native
      var writer = try TraceWriter(path: path, format: format, header: header)
      var failure: TraceError?
      for _ in 0..<days {
        acts = host.live(also: acts) { events in
          events.take { event in
            guard failure == nil else { return }
            do throws(TraceError) { try writer.write(event) } catch { failure = error }
          }
          return failure == nil
        }
      }
      if let failure { throw failure }
      try writer.finish()
      return true
    } catch {
      TextFile.complain("\(error)")
      return false
    }
  }
}
