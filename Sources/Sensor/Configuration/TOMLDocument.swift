// SPDX-License-Identifier: Apache-2.0

internal import TOMLKit

/// A TOML file with the place of everything in it.
struct TOMLDocument {
  /// A value and where it stands.
  struct Node {
    indirect enum Value {
      case flag(Bool)
      case integer(Int64)
      case number(Double)
      case text(String)
      /// A date, or a date with a time: Unix seconds, UTC where no offset is given.
      case time(Int64)
      case list([Node])
      case table([Entry])
      /// What no setting can be: a time of day.
      case other
    }

    let place: TextPlace
    let value: Value

    /// What it is, in words.
    var kind: String {
      switch value {
      case .flag: "a truth value"
      case .integer: "a whole number"
      case .number: "a number"
      case .text: "a string"
      case .time: "a date"
      case .list: "a list"
      case .table: "a table"
      case .other: "a time of day"
      }
    }
  }

  /// One member of a table, in the order of the file.
  struct Entry {
    let key: String
    /// Of the key.
    let place: TextPlace
    let node: Node
  }

  let name: String
  let entries: [Entry]

  /// Parses a file's text; `name` stands in errors.
  ///
  /// Throws what the text's syntax lacks, with line and column.
  init(_ text: String, name: String) throws(SensorFailure) {
    self.name = name
    // The parser takes a C string: what stands behind a zero would be left out and never missed.
    if let zero = text.unicodeScalars.firstIndex(of: "\0") {
      let before = text.unicodeScalars[..<zero]
      let place = TextPlace(
        line: before.count { $0 == "\n" } + 1,
        column: before.reversed().prefix { $0 != "\n" }.count + 1)
      throw SensorFailure(
        .configurationInvalid, "\(place.text(in: name)): a zero byte, which TOML cannot have")
    }
    let table: TOMLTable
    do {
      table = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      let place = error.source.begin
      throw SensorFailure(
        .configurationInvalid, "\(name):\(place.line):\(place.column): \(error.description)")
    } catch {
      throw SensorFailure(.configurationInvalid, "\(name): \(error)")
    }
    let places = TOMLPlaces(text)
    guard !places.hasNull else {
      throw SensorFailure(.configurationInvalid, "\(name): holds a string with U+0000")
    }
    entries = Self.entries(table, [], places)
  }

  private static func entries(
    _ table: TOMLTable, _ path: TOMLPlaces.Path, _ places: TOMLPlaces
  ) -> [Entry] {
    var entries: [Entry] = []
    for (key, value) in table {
      let path = path + [.key(key)]
      let place = places.keys[path] ?? TextPlace(line: 1, column: 1)
      entries.append(Entry(key: key, place: place, node: node(value, path, place, places)))
    }
    return entries.sorted { ($0.place, $0.key) < ($1.place, $1.key) }
  }

  private static func node(
    _ value: any TOMLValueConvertible, _ path: TOMLPlaces.Path, _ key: TextPlace,
    _ places: TOMLPlaces
  ) -> Node {
    Node(place: places.values[path] ?? key, value: content(value, path, key, places))
  }

  private static func content(
    _ value: any TOMLValueConvertible, _ path: TOMLPlaces.Path, _ key: TextPlace,
    _ places: TOMLPlaces
  ) -> Node.Value {
    if let flag = value.bool { return .flag(flag) }
    if let integer = value.int { return .integer(Int64(integer)) }
    if let number = value.double { return .number(number) }
    if let text = value.string { return .text(text) }
    if let table = value.table { return .table(entries(table, path, places)) }
    if let array = value.array {
      return .list(
        array.enumerated().map { index, element in
          node(element, path + [.index(index)], key, places)
        })
    }
    // TOMLKit loses the time of a date with a time; the text has it.
    return places.bare[path].flatMap(CalendarDay.unixSeconds).map(Node.Value.time) ?? .other
  }
}
