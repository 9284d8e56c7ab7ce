// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Flows
internal import Wire

extension ContextGathering {
  /// L4 by ATT&CK's lists, which declare for their own analytic alone; as with the inventory, nothing
  /// is declared for what runs below a network-facing program.
  func noteDeclared(
    _ assessment: Assessment, _ process: ProcessDescription, _ flows: FlowTable, _ watch: Watch,
    _ report: inout ContextReport
  ) {
    guard let subject = flows.subject(assessment.pair.subject) else { return }
    let destination = assessment.destinationFacts(flows)
    let outcome = declarations.outcome(
      DeclaredBehaviour(
        analytic: assessment.analytic, subject: subject, file: process.executable,
        program: process.program, uid: process.facts?.uid,
        arguments: process.facts?.arguments.map { arguments in
          arguments.dropFirst().map(\.description).joined(separator: " ")
        },
        destination: DestinationPattern(assessment.pair.destination), name: destination?.name,
        application: destination?.application, port: assessment.remote.port))
    guard outcome != .nothing else { return }
    let table = "[analytics.\(assessment.analytic.identifier)]"
    let wanted = TestResult.Value.word("declared in \(table)")
    guard process.facts != nil else {
      report.lack(.declared, "setting", threshold: wanted)
      return
    }
    switch outcome {
    case .nothing: break
    case .missing(let lists):
      report.note(
        .declared, "setting", value: .word("not in \(lists)"), threshold: wanted, holds: false, "")
    case .held(let entries):
      let isBelowFacing = !Lineage(of: process, flows, watch.baseline, inventory).facing.isEmpty
      report.note(
        .declared, "setting", value: .word(entries), threshold: wanted, holds: !isBelowFacing,
        "declared in \(table): \(entries)")
    }
  }
}
