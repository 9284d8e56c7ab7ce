// SPDX-License-Identifier: Apache-2.0

internal import Analytics
internal import Findings

/// Turns a TOML document into settings and collects everything that is wrong with it.
struct ConfigurationReader {
  /// Services that one file may declare.
  static let serviceLimit = 10_000

  private(set) var settings = PipelineSettings()
  /// Where each value that was set stands, by the key's full name.
  private(set) var sources: [String: String] = [:]
  /// One line each, in the order of the file.
  private(set) var problems: [String] = []

  private let document: TOMLDocument
  /// Full names of what may stand in the file, with the tables on the way to it.
  private let keys: [[String]: ConfigurationKey]
  private let tables: Set<[String]>

  init(_ document: TOMLDocument) {
    self.document = document
    keys = Dictionary(
      ConfigurationKey.all.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    var tables: Set<[String]> = [["inventory"]]
    for key in ConfigurationKey.all {
      for length in 1..<key.path.count { tables.insert(Array(key.path.prefix(length))) }
    }
    self.tables = tables
    read(document.entries, in: [])
    for list in settings.declarations.idle {
      let name = "analytics.\(list.analytic.identifier).\(list.name)"
      let others = DeclaredList.all
        .filter { $0.analytic == list.analytic && !$0.kind.onlyNarrows }.map(\.name)
      problems.append(
        "\(sources[name] ?? document.name): \(name) declares nothing alone: it narrows "
          + others.joined(separator: " or "))
    }
  }

  private mutating func fail(_ place: TextPlace, _ text: String) {
    problems.append("\(place.text(in: document.name)): \(text)")
  }

  /// `table` is the path as it is written, for the messages.
  private mutating func read(_ entries: [TOMLDocument.Entry], in table: [String]) {
    for entry in entries {
      let written = (table + [entry.key]).joined(separator: ".")
      let path = Self.canonical(table + [entry.key])
      if path == ["inventory"] {
        readInventory(entry)
      } else if let key = keys[path] {
        read(entry, as: key, written)
      } else if tables.contains(path) {
        guard case .table(let members) = entry.node.value else {
          fail(
            entry.node.place, "\(written) is \(entry.node.kind); it must be a table: [\(written)]")
          continue
        }
        read(members, in: table + [entry.key])
      } else if let reason = UnusedTunable.reason(path) {
        fail(entry.place, "\(written) is not used: \(reason)")
      } else {
        fail(entry.place, unknown(entry.key, written, among: names(in: Self.canonical(table))))
      }
    }
  }

  /// Analytics go by their identifier; the short name is as good in a file, and so is the identifier
  /// of a sibling that a parameter was published with.
  private static func canonical(_ path: [String]) -> [String] {
    guard path.count >= 2, path[0] == "analytics",
      let analytic = Analytic(name: path[1])
    else { return path }
    var path = path
    path[1] = analytic.identifier
    return path
  }

  /// What may stand in a table, in the order it is documented.
  private func names(in table: [String]) -> [String] {
    var names: [String] = []
    for path in ConfigurationKey.all.map(\.path) + [["inventory"]]
    where path.count > table.count && path.starts(with: table) {
      let name = path[table.count]
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  private func unknown(_ key: String, _ written: String, among names: [String]) -> String {
    // The short names of analytics are as good, and need not be listed twice.
    let slugs = names.contains(Analytic.beacon.identifier) ? Analytic.allCases.map(\.slug) : []
    return NearestName.unknown("key", key, written: written, valid: names, also: slugs)
  }

  private mutating func read(
    _ entry: TOMLDocument.Entry, as key: ConfigurationKey, _ written: String
  ) {
    let place = entry.node.place
    if let before = sources[key.name] {
      fail(entry.place, "\(written) is set twice; first at \(before)")
      return
    }
    guard let value = value(entry.node, written, key.kind) else { return }
    key.set(&settings, value)
    sources[key.name] = place.text(in: document.name)
  }

  private mutating func value(
    _ node: TOMLDocument.Node, _ written: String, _ kind: ConfigurationKey.Kind
  ) -> ConfigurationKey.Value? {
    switch (kind, node.value) {
    case (.flag, .flag(let flag)): return .flag(flag)
    case (.word, .text(let word)): return .word(word)
    case (.list(let kind), .list(let elements)): return entries(elements, written, kind, node.place)
    case (.number(let range, let isWhole), .integer(let integer)):
      return number(Double(integer), range, isWhole, node.place, written)
    case (.number(let range, let isWhole), .number(let number)):
      return self.number(number, range, isWhole, node.place, written)
    default:
      fail(node.place, "\(written) is \(node.kind); valid: \(kind.text)")
      return nil
    }
  }

  private mutating func number(
    _ number: Double, _ range: ClosedRange<Double>, _ isWhole: Bool, _ place: TextPlace,
    _ written: String
  ) -> ConfigurationKey.Value? {
    guard range.contains(number), !isWhole || number == number.rounded() else {
      let kind = ConfigurationKey.Kind.number(range, isWhole: isWhole)
      fail(
        place, "\(written) = \(ConfigurationKey.text(number)) is out of range; valid: \(kind.text)")
      return nil
    }
    return .number(number)
  }

  private mutating func entries(
    _ elements: [TOMLDocument.Node], _ written: String, _ kind: DeclaredList.Kind,
    _ place: TextPlace
  ) -> ConfigurationKey.Value? {
    guard elements.count <= DeclaredList.limit else {
      fail(place, "\(written) has more than \(DeclaredList.limit) entries")
      return nil
    }
    let before = problems.count
    var entries: [DeclaredEntry] = []
    for element in elements {
      guard case .text(let text) = element.value else {
        fail(element.place, "an entry of \(written) is \(element.kind); it must be a string")
        continue
      }
      do throws(DeclaredEntry.Fault) {
        entries.append(try DeclaredEntry(text, kind))
      } catch {
        fail(element.place, "\(written): \(error.text)")
      }
    }
    return problems.count == before ? .list(entries) : nil
  }

  // MARK: The inventory

  private mutating func readInventory(_ entry: TOMLDocument.Entry) {
    guard case .table(let members) = entry.node.value else {
      fail(entry.node.place, "inventory is \(entry.node.kind); it must be a table")
      return
    }
    for member in members {
      guard member.key == "services" else {
        fail(member.place, unknown(member.key, "inventory.\(member.key)", among: ["services"]))
        continue
      }
      guard case .list(let services) = member.node.value else {
        fail(
          member.node.place,
          "inventory.services is \(member.node.kind); write [[inventory.services]]")
        continue
      }
      guard services.count <= Self.serviceLimit else {
        fail(member.place, "more than \(Self.serviceLimit) services")
        continue
      }
      for service in services { readService(service) }
    }
  }

  private static let serviceKeys = [
    "name", "package", "path", "unit", "role", "owner", "destinations", "network_facing",
  ]

  private mutating func readService(_ node: TOMLDocument.Node) {
    guard case .table(let members) = node.value else {
      fail(node.place, "a service is a table")
      return
    }
    let before = problems.count
    var service = Inventory.Service(name: "")
    for member in members {
      let written = "inventory.services.\(member.key)"
      switch member.key {
      case "name": service.name = text(member, written) ?? ""
      case "package": service.package = text(member, written)
      case "path":
        service.path = text(member, written)
        if service.path?.hasPrefix("/") == false {
          fail(member.node.place, "\(written) is a whole path, from / on")
        }
      case "unit": service.unit = text(member, written)
      case "role": service.role = text(member, written)
      case "owner": service.owner = text(member, written)
      case "destinations": service.destinations = destinations(member, written)
      case "network_facing":
        guard case .flag(let flag)? = value(member.node, written, .flag) else { continue }
        service.isNetworkFacing = flag
      default: fail(member.place, unknown(member.key, written, among: Self.serviceKeys))
      }
    }
    guard problems.count == before else { return }
    if service.name.isEmpty { fail(node.place, "a service needs a name") }
    if service.package == nil, service.path == nil, service.unit == nil {
      fail(node.place, "a service needs a package, a path or a unit: a name alone is nobody")
    }
    guard problems.count == before else { return }
    let place = node.place.text(in: document.name)
    sources["inventory.services.\(settings.inventory.services.count)"] = place
    settings.inventory.services.append(service)
  }

  private mutating func text(_ member: TOMLDocument.Entry, _ written: String) -> String? {
    guard case .word(let word)? = value(member.node, written, .word) else { return nil }
    guard !word.isEmpty else {
      fail(member.node.place, "\(written) is empty")
      return nil
    }
    return word
  }

  private mutating func destinations(
    _ member: TOMLDocument.Entry, _ written: String
  ) -> [String] {
    guard case .list(let elements) = member.node.value else {
      fail(member.node.place, "\(written) is \(member.node.kind); it must be a list of strings")
      return []
    }
    var texts: [String] = []
    for element in elements {
      guard case .text(let text) = element.value else {
        fail(element.place, "a destination is \(element.kind); it must be a string")
        continue
      }
      guard DestinationPattern(text: text) != nil else {
        fail(
          element.place,
          "\(TOMLText.quoted(text)) is no destination; valid: \(DestinationPattern.valid)")
        continue
      }
      texts.append(text)
    }
    return texts
  }
}

extension DestinationPattern {
  /// What a destination may be, in words.
  static let valid =
    "an address, a network as in 10.0.0.0/8, a name or *.name, each with a :port or without"
}
