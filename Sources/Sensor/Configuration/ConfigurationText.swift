// SPDX-License-Identifier: Apache-2.0

public import Analytics
public import Findings

extension SensorConfiguration {
  /// A file with every key at its default, commented; the reader accepts it.
  public static var defaultText: String {
    var lines = [
      "# halfwire's configuration. Every value below is the default; a key that is left out has it.",
      "# `halfwire config check FILE` reads a file, `config show --config FILE` says what is in force.",
    ]
    let defaults = PipelineSettings()
    var table: [String] = []
    for key in ConfigurationKey.all {
      let own = Array(key.path.dropLast())
      if own != table {
        table = own
        lines += ["", "[\(own.joined(separator: "."))]" + Self.slug(own)]
      }
      lines += ["", "# \(key.meaning)", "# Valid: \(key.kind.text)."]
      // Nothing is what the role is by default, and an empty word says so.
      lines.append("\(key.path[key.path.count - 1]) = \(key.get(defaults).text)")
    }
    lines += Self.serviceExample
    return lines.joined(separator: "\n") + "\n"
  }

  private static func slug(_ table: [String]) -> String {
    guard table.count == 2,
      let analytic = Analytic(name: table[1])?.slug
    else { return "" }
    return "  # \(analytic)"
  }

  private static let serviceExample = [
    "", "# Services that are meant to talk; as many as there are.",
    "# [[inventory.services]]",
    "# name = \"log shipper\"",
    "# package = \"fluent-bit\"            # or path = \"/opt/…\", or unit = \"….service\"",
    "# owner = \"platform team\"",
    "# destinations = [\"10.20.0.0/16:24224\", \"*.logs.example.com:443\"]",
    "# network_facing = false             # true: it accepts connections from outside",
  ]

  /// Every setting in force, a TOML line each, with where it comes from as a comment.
  public var effectiveText: String {
    var rows = ConfigurationKey.all.map { key in
      ("\(key.name) = \(key.get(pipeline).text)", sources[key.name] ?? "default")
    }
    for (index, service) in pipeline.inventory.services.enumerated() {
      let place = sources["inventory.services.\(index)"] ?? "default"
      rows.append(("[[inventory.services]]", place))
      for (name, value) in Self.members(service) { rows.append(("\(name) = \(value)", place)) }
    }
    let width = rows.map { $0.0.count }.max() ?? 0
    return rows.map { row in
      row.0 + String(repeating: " ", count: min(width, 72) - min(row.0.count, min(width, 72)))
        + "  # \(row.1)\n"
    }.joined()
  }

  /// The parameters of an analytic as they are in force.
  public func parameters(of analytic: Analytic) -> [ExplainedParameter] {
    ConfigurationKey.all.filter { $0.path.starts(with: ["analytics", analytic.identifier]) }
      .map { key in
        ExplainedParameter(
          name: key.path[key.path.count - 1], value: key.get(pipeline).text, valid: key.kind.text,
          meaning: key.meaning, source: sources[key.name] ?? "default")
      }
  }

  private static func members(_ service: Inventory.Service) -> [(String, String)] {
    var members = [("name", TOMLText.quoted(service.name))]
    let texts = [
      ("package", service.package), ("path", service.path), ("unit", service.unit),
      ("role", service.role), ("owner", service.owner),
    ]
    for (name, text) in texts {
      if let text { members.append((name, TOMLText.quoted(text))) }
    }
    let destinations = service.destinations.map(TOMLText.quoted).joined(separator: ", ")
    return members + [
      ("destinations", "[\(destinations)]"), ("network_facing", "\(service.isNetworkFacing)"),
    ]
  }
}
