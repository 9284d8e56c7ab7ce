// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// A program that runs other people's code, and how its command line names that code.
///
/// Its options are those of its manual that change nothing about which code runs. Any other one may
/// load code of its own, or have a value that looks like the script.
struct Interpreter {
  enum Kind {
    case python, perl, ruby, php, node, runner, lua, awk, shell, java, dotnet, plain
  }

  /// What an option says of the code.
  enum Meaning {
    /// Nothing: alone, or with a value that is its own or the next argument.
    case flag, value
    /// It is the code, or the code comes through standard input.
    case code, input
    /// A module's name, the script, other code or what leads to it.
    case module, file, loads
    /// Other code by a name that is no path.
    case loadsName
    /// Directories of native code: only those of the system say nothing.
    case libraries
    /// A setting by its name: only those of the list say nothing.
    case setting
  }

  let kind: Kind
  /// Short options, alone or in a cluster, by their letters.
  var letters: [Character: Meaning] = [:]
  /// Short options whose value is what follows in their own cluster, if anything does.
  var attached = ""
  /// Short options whose value is the next argument, whatever follows in their cluster.
  var next = ""
  /// Others in full, up to their `=`.
  var options: [String: Meaning] = [:]
  /// How others begin, the first that fits: their values are their own.
  var prefixes: [(text: String, meaning: Meaning)] = []
  /// Names of settings that say nothing of the code.
  var settings: Set<String> = []
  /// Whether one dash can begin a cluster of letters.
  var hasClusters = true
  /// Whether all that follows an option with the script are the script's own arguments.
  var endsWithFile = false

  /// The interpreter behind an executable's base name, versions stripped (`python3.11`).
  static func named(_ name: ArraySlice<UInt8>) -> Interpreter? {
    let stem = name.prefix { !(0x30...0x39).contains($0) && $0 != UInt8(ascii: ".") }
    let trimmed = stem.last == UInt8(ascii: "-") ? stem.dropLast() : stem
    switch String(decoding: trimmed, as: UTF8.self) {
    case "python", "pypy": return .python
    case "perl": return .perl
    case "ruby", "jruby": return .ruby
    case "php": return .php
    case "node", "nodejs": return .node
    case "bun", "deno": return .runner
    case "lua", "luajit", "texlua": return .lua
    case "awk", "gawk", "mawk", "nawk": return .awk
    case "sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "rbash", "csh", "tcsh": return .shell
    case "fish": return .fish
    case "java": return .java
    case "dotnet": return .dotnet
    case "pwsh": return .powershell
    case "tclsh", "expect", "rscript", "julia", "guile", "groovy": return .plain
    default: return nil
    }
  }

  /// Whether an executable holds many tools and its arguments say which one runs.
  static func isMultiCall(_ name: ArraySlice<UInt8>) -> Bool {
    ["busybox", "toybox"].contains { name.elementsEqual($0.utf8) }
  }

  func isOption(_ argument: ByteString) -> Bool {
    guard argument.bytes.count > 1 else { return false }
    return argument.bytes[0] == UInt8(ascii: "-")
      || kind == .shell && argument.bytes[0] == UInt8(ascii: "+")
      || kind == .java && argument.bytes[0] == UInt8(ascii: "@")
  }
}

// MARK: One option of a command line

extension Interpreter {
  enum Effect {
    case nothing
    case code
    case input
    /// Nil where the arguments end before it.
    case module(ByteString?)
    case file(ByteString?)
    /// With the value, where it has one.
    case loads(ByteString?)
  }

  /// What an option does, and how many arguments it is.
  func effect(of option: ByteString, _ next: ByteString?) -> (effect: Effect, count: Int) {
    let text = option.description
    let cut = option.bytes.firstIndex(of: UInt8(ascii: "="))
    var name = String(decoding: option.bytes[..<(cut ?? option.bytes.count)], as: UTF8.self)
    // V8 and node take either.
    if kind == .node { name = String(name.map { $0 == "_" ? "-" : $0 }) }
    if options[text] == .flag { return (.nothing, 1) }
    if let meaning = options[name] {
      return effect(of: meaning, cut.map { option.bytes[($0 + 1)...] }, next)
    }
    if let prefix = prefixes.first(where: { text.hasPrefix($0.text) }) {
      let own = option.bytes.dropFirst(prefix.text.utf8.count)
      return effect(of: prefix.meaning, own.drop { $0 == UInt8(ascii: "=") }, next)
    }
    guard hasClusters, !text.hasPrefix("--") else { return (.loads(nil), 1) }
    return effect(ofCluster: option.bytes.dropFirst(), next)
  }

  private func effect(
    of meaning: Meaning, _ own: ArraySlice<UInt8>?, _ next: ByteString?
  ) -> (effect: Effect, count: Int) {
    let value = own.map { ByteString($0) } ?? next
    let count = own == nil ? 2 : 1
    switch meaning {
    case .flag: return (.nothing, 1)
    case .value: return (.nothing, count)
    case .code: return (.code, 1)
    case .input: return (.input, 1)
    case .module: return (.module(value), count)
    case .file: return (.file(value), count)
    case .loads: return (.loads(value), count)
    case .loadsName: return (.loads(nil), count)
    case .libraries: return (firstForeign(of: value).map { .loads($0) } ?? .nothing, count)
    // Which of them names a file is not known here.
    case .setting: return (isHarmless(value) ? .nothing : .loads(nil), count)
    }
  }

  private func effect(
    ofCluster cluster: ArraySlice<UInt8>, _ next: ByteString?
  ) -> (effect: Effect, count: Int) {
    var rest = cluster
    var count = 1
    var isKnown = true
    while let byte = rest.popFirst() {
      let letter = Character(UnicodeScalar(byte))
      if attached.contains(letter) { break }
      if self.next.contains(letter) {
        count = 2
        continue
      }
      switch letters[letter] {
      case nil: isKnown = false
      case .flag?: break
      case let meaning?:
        return effect(of: meaning, rest.isEmpty ? nil : rest, next)
      }
    }
    return (isKnown ? .nothing : .loads(nil), count)
  }

  /// The first of several directories that is none of the system's.
  private func firstForeign(of directories: ByteString?) -> ByteString? {
    directories?.bytes.split(separator: UInt8(ascii: ":")).lazy.map { ByteString($0) }.first {
      !ByteString($0.bytes + [PathText.slash]).isInSystemDirectory
    }
  }

  private func isHarmless(_ setting: ByteString?) -> Bool {
    guard let bytes = setting?.bytes, !bytes.contains(where: { $0 < 0x20 }) else { return false }
    return settings.contains(
      String(decoding: bytes.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self))
  }
}
