// SPDX-License-Identifier: Apache-2.0

internal import Digest
public import Findings

/// What a configuration file says; the defaults where it says nothing.
public struct SensorConfiguration: Sendable {
  public var pipeline = PipelineSettings()
  /// Where each value that is no default was set, by its full name.
  var sources: [String: String] = [:]

  public init() {}

  /// Reads a TOML file.
  ///
  /// Every value that cannot be used ends it, with the key and what would be valid: a sensor that
  /// runs with half of its configuration is worse than one that does not start.
  public static func load(_ path: String) throws(SensorFailure) -> SensorConfiguration {
    try parse(TextFile.read(path), name: path)
  }

  /// The same for the sensor, from a file that only root and the caller can write: inventory, role
  /// and thresholds hide findings as suppressions do.
  public static func loadTrusted(_ path: String) throws(SensorFailure) -> SensorConfiguration {
    try parse(TextFile.readTrusted(path), name: path)
  }

  /// The same for a text; `name` stands in errors.
  public static func parse(
    _ text: String, name: String
  ) throws(SensorFailure) -> SensorConfiguration {
    let reader = ConfigurationReader(try TOMLDocument(text, name: name))
    guard let first = reader.problems.first else {
      var configuration = SensorConfiguration()
      configuration.pipeline = reader.settings
      configuration.sources = reader.sources
      return configuration
    }
    let more = reader.problems.count - 1
    let rest = more == 0 ? "" : " (and \(more) more: halfwire config check \(name))"
    throw SensorFailure(.configurationInvalid, first + rest)
  }

  /// Everything that is wrong with a file, one line each; empty where it can be used.
  ///
  /// Throws where it cannot be read at all.
  public static func problems(in path: String) throws(SensorFailure) -> [String] {
    ConfigurationReader(try TOMLDocument(TextFile.read(path), name: path)).problems
  }

  /// Names the settings in force: equal for equal settings, whatever the file looks like.
  ///
  /// Suppressions are left out: they change daily, and decide what is told and not what is found.
  /// So is how long findings are kept.
  public var hash: String {
    // A list without entries says nothing, as an inventory without services does.
    let values = ConfigurationKey.judging.map { ($0.name, $0.get(pipeline)) }
      .filter { $0.1 != .list([]) }.map { "\($0.0)=\($0.1.text)" }
    let services = pipeline.inventory.services.map { service in
      [
        service.name, service.package ?? "", service.path ?? "", service.unit ?? "",
        service.role ?? "", service.owner ?? "", service.destinations.joined(separator: " "),
        "\(service.isNetworkFacing)",
      ].map(TOMLText.quoted).joined(separator: " ")
    }
    return SHA256.hexadecimal(
      Array((values + services).joined(separator: "\n").utf8), characters: 16)
  }
}
