// SPDX-License-Identifier: Apache-2.0

import Glibc
import Statistics
import Traffic

/// Measures how well beacons are found, and writes it down.
@main
struct Evaluate {
  static func main() async {
    guard let options = Options(CommandLine.arguments.dropFirst()) else {
      TextFile.complain(Options.usage)
      exit(64)
    }
    switch options.task {
    case .document(let path, let isPreview):
      await document(path, options.data, isPreview ? .preview : .full)
    case .quick(let document): await quick(options.data, document: document)
    case .check(let path): check(path)
    case .trace(let path, let role, let seed, let days, let implant):
      let isWritten = CaseTrace.write(
        to: path, role: role, seed: seed, days: days, implant: implant)
      exit(isWritten ? 0 : 1)
    }
  }

  private static func check(_ path: String) {
    guard let text = TextFile.read(path) else {
      TextFile.complain("\(path) cannot be read")
      exit(1)
    }
    if let complaint = Document.complaint(text, .full) {
      TextFile.complain("\(path): \(complaint)")
      exit(1)
    }
    print("\(path) is as this program wrote it")
  }

  // MARK: Everything

  private static func document(_ path: String, _ data: String?, _ plan: Plan) async {
    let timing = TimingSections(plan: plan, isQuick: false)
    let peers = PeerSections(plan: plan)
    var document = Document(plan: plan)
    let began = TextFile.monotonicSeconds
    func done(_ name: String) {
      TextFile.complain("\((TextFile.monotonicSeconds - began).text(0)) s: \(name)")
    }
    document.add("Timing: the sweep", Texts.sweep, await timing.sweep())
    done("sweep")
    document.add("Timing: noise, gaps and disturbances", Texts.noise, await timing.noise())
    done("noise")
    document.add("Timing: sources without a clock", Texts.nulls, await timing.nulls().0)
    done("sources without a clock")
    document.add("Timing: ranking", Texts.ranking, await peers.ranking())
    document.add("Visits until the peers flag", Texts.delays, await peers.delays())
    document.add("Payload jitter", "", await peers.payloads())
    document.add("A change of period", Texts.changes, await peers.changes())
    done("peers")
    document.add(
      "Through the pipeline", Texts.pipeline, await PipelineSection(plan: plan).section())
    done("pipeline")
    let verdict = await VerdictSections.measure(plan)
    done("host-days")
    document.add("Verdicts: ordinary host-days", Texts.benign, verdict.benign())
    document.add("Verdicts: implants", Texts.implants, verdict.implants())
    document.add("Verdicts: harmless changes", Texts.rollOuts, verdict.changes())
    document.add("Verdicts: precision and recall", Texts.summary, verdict.summary())
    document.add("Verdicts: what ordinary hosts were told", Texts.told, verdict.told())
    document.add(
      "The peers on ordinary host-days", Texts.peerDays, await PeerDays(plan: plan).section())
    done("the peers' host-days")
    let labelled = data.flatMap(LabelledSection.init(directory:))
    document.add(
      "Labelled captures", Texts.labelled, labelled?.section() ?? LabelledSection.skipped)
    guard TextFile.write(document.text, to: path) else {
      TextFile.complain("\(path) cannot be written")
      exit(1)
    }
    print("\(path) written in \((TextFile.monotonicSeconds - began).text(0)) s")
  }

  // MARK: A little

  private static func quick(_ data: String?, document path: String?) async {
    let plan = Plan.quick
    let timing = TimingSections(plan: plan, isQuick: true)
    var sections = [await timing.sweep(), await timing.noise(), await timing.nulls().0]
    sections.append(await PipelineSection(plan: plan).section())
    let verdict = await VerdictSections.measure(plan)
    sections += [verdict.benign(), verdict.summary()]
    if let labelled = data.flatMap(LabelledSection.init(directory:)) {
      sections.append(labelled.section())
    } else {
      print("skipped: labelled captures (no --data, no HALFWIRE_DATA)")
    }
    let targets = sections.flatMap(\.targets)
    for target in targets {
      print("\(target.quantity): \(target.goal), \(target.measured): \(target.verdict)")
    }
    let admitted = path.flatMap(TextFile.read).map(Document.misses) ?? []
    let missed = targets.filter(\.isCertainMiss)
    let fresh = missed.filter { !admitted.contains($0.quantity) }
    print(
      "\(targets.count) quantities, \(missed.count) missed by more than chance allows, "
        + "\(fresh.count) of them not known from the document")
    for target in fresh { print("missed: \(target.quantity), \(target.measured)") }
    exit(fresh.isEmpty ? 0 : 1)
  }
}
