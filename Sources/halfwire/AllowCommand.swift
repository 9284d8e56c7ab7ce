// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Findings
import Sensor

struct AllowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allow", abstract: "Suppressions: findings that somebody answers for.",
    discussion: """
      A suppression holds for one executable (what vouches for its path, and its content) with its \
      script, started by one program, towards one destination. It has an owner, a reason and an end, and never holds for \
      code from a temporary place.
      """,
    subcommands: [Add.self, List.self, Remove.self, Test.self])

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Suppress a finding, or what is told part by part.")

    @Argument(help: "The finding's id, with --from; or none, with --origin, --path, --destination.")
    var id: String?

    @Option(help: ArgumentHelp("A findings file, trace or Zeek log.", valueName: "file"))
    var from: String?

    @OptionGroup var state: StateOption

    @Option(help: "Who answers for it.")
    var owner: String

    @Option(help: "Why it is fine.")
    var reason: String

    @Option(help: ArgumentHelp("The day it ends. Default: in 90 days.", valueName: "date"))
    var expires: String?

    @Option(help: "The days it lasts.")
    var days: Int?

    @Option(help: "What vouches for the path: pkg:NAME, snap:NAME, image:NAME, uid:NUMBER.")
    var origin: String?

    @Option(help: "The executable's whole path.")
    var path: String?

    @Option(help: "The script, as in a finding's subject.")
    var script: String?

    @Option(help: "What starts it, the end of a finding's subject: ORIGIN|PATH|SCRIPT, or none.")
    var initiator: String?

    @Flag(help: "Hold whatever starts it.")
    var anyInitiator = false

    @Option(help: "An address, network, name or *.name, with a :port or without.")
    var destination: String?

    @Option(help: "Only this analytic.")
    var analytic: String?

    @Option(help: "The executable's SHA-256.")
    var sha256: String?

    @Option(help: "The script's SHA-256.")
    var scriptSha256: String?

    @Flag(help: "Hold for every analytic, not only the finding's.")
    var everyAnalytic = false

    @Flag(
      help: "Hold for every version of executable and script: the package vouches, not a digest.")
    var everyVersion = false

    @Option(help: ArgumentHelp("The configuration for a replay.", valueName: "file"))
    var config: String?

    func validate() throws {
      guard (id == nil) == (from == nil) else {
        throw ValidationError("a finding's id and --from go together")
      }
      guard expires == nil || days == nil else {
        throw ValidationError("--expires says the day, --days how many: say one of them")
      }
      guard sha256 == nil || !everyVersion else {
        throw ValidationError("--sha256 takes one version, --every-version all: say one of them")
      }
      guard initiator == nil || !anyInitiator else {
        throw ValidationError("--initiator takes one program, --any-initiator all: say one of them")
      }
    }

    func run() throws {
      let directory = try state.required()
      let (rule, replaced, notice) = try reporting { () throws(SensorFailure) in
        var finding: FlatFinding?
        if let id, let from {
          finding = try FindingSource.find(
            id, in: from, configuration: try .optional(config)
          ).finding
        }
        let rule = try request.rule(for: finding, now: SensorClock.unixSeconds())
        return (
          rule, try SuppressionStore.add(rule, to: directory),
          SuppressionReport.notice(rule, of: finding)
        )
      }
      Terminal.say(
        "\(replaced == nil ? "added" : "replaced") \(rule.id): "
          + SuppressionReport.what(rule))
      if let notice { Terminal.say(notice) }
      try Terminal.print("\(rule.id)\n")
    }

    private var request: SuppressionRequest {
      var request = SuppressionRequest()
      request.origin = origin
      request.path = path
      request.script = script
      request.initiator = initiator
      request.isAnyInitiator = anyInitiator
      request.destination = destination
      request.analytic = analytic
      request.sha256 = sha256
      request.scriptSHA256 = scriptSha256
      request.owner = owner
      request.reason = reason
      request.expires = expires
      request.days = days
      request.isEveryAnalytic = everyAnalytic
      request.isEveryVersion = everyVersion
      return request
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show suppressions with their end and how often they held.")

    @OptionGroup var source: AllowSource

    @Flag(help: "One JSON object a line.")
    var json = false

    func run() throws {
      let entries = try reporting { () throws(SensorFailure) in try source.list() }
      let hits = source.state.directory.map { SuppressionHitsFile.load(from: $0) } ?? [:]
      let now = SensorClock.unixSeconds()
      try Terminal.print(
        json
          ? SuppressionReport.json(entries, hits: hits, at: now)
          : SuppressionReport.list(entries, hits: hits, at: now))
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove a suppression.")

    @Argument(help: "The suppression's id.")
    var id: String

    @OptionGroup var state: StateOption

    func run() throws {
      let directory = try state.required()
      let rule = try reporting { () throws(SensorFailure) in
        try SuppressionStore.remove(id, from: directory)
      }
      Terminal.say("removed \(rule.id): \(SuppressionReport.what(rule))")
    }
  }

  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what suppressions would hide in a findings file, trace or Zeek log.",
      discussion: "Each finding is judged at its own time: so an old one meets no later end.")

    @Option(help: ArgumentHelp("A findings file, trace or Zeek log.", valueName: "file"))
    var from: String

    @OptionGroup var source: AllowSource

    @Option(help: ArgumentHelp("The configuration for a replay.", valueName: "file"))
    var config: String?

    func run() throws {
      let (store, findings) = try reporting { () throws(SensorFailure) in
        (
          try source.load(),
          try FindingSource.load(from, configuration: try .optional(config)).findings
        )
      }
      try Terminal.print(SuppressionReport.test(store.suppressions, on: findings))
    }
  }
}

/// Where suppressions are read from.
struct AllowSource: ParsableArguments {
  @OptionGroup var state: StateOption

  @Option(
    help: ArgumentHelp("A file of suppressions, or a directory of them.", valueName: "path"))
  var allow: [String] = []

  func validate() throws {
    guard state.directory != nil || !allow.isEmpty else {
      throw ValidationError("say where suppressions are: --state DIR or --allow PATH")
    }
  }

  func load() throws(SensorFailure) -> SuppressionStore {
    // A directory that is named is meant to be there; the one of the environment may be new.
    if let named = state.named { return try SuppressionStore.load([named] + allow) }
    return try SuppressionStore.load(state: state.directory, allow: allow)
  }
}

extension AllowSource {
  /// The same to be looked at: those of a state directory may be its owner's.
  func list() throws(SensorFailure) -> [SuppressionStore.Entry] {
    guard let named = state.named else { return try load().entries }
    return try SuppressionStore.load(kept: named).entries + SuppressionStore.load(allow).entries
  }
}

extension SensorConfiguration {
  /// The file's, or the defaults where none is named.
  static func optional(_ path: String?) throws(SensorFailure) -> SensorConfiguration {
    guard let path else { return SensorConfiguration() }
    return try load(path)
  }
}
