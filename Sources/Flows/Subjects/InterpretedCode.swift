// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// The code that a process image runs beside its executable, as far as it is told.
struct InterpretedCode {
  /// Nil for a plain program, and for an interpreter whose arguments are not known.
  var script: ScriptIdentity?
  /// Of a command line with more code than one file: those that it names.
  var named: [ByteString] = []
  /// A shell looks in PATH too: a name alone does not say in which directory the script is.
  var isSearched = false

  /// The kernel's own word for a script (a `#!` line) wins over the arguments, which the caller
  /// of exec chooses freely.
  init(executable: ByteString, facts: ProcessFacts) {
    var name = PathText.baseName(executable)
    var arguments = facts.arguments?[...]
    if Interpreter.isMultiCall(name), let given = arguments, let applet = Self.applet(given) {
      name = applet.name
      arguments = applet.arguments
      guard Interpreter.named(name) != nil else {
        script = .applet(ByteString(name))
        return
      }
    }
    let interpreter = Interpreter.named(name)
    // Older recordings took an interpreter for its own script where its arguments named it.
    if let told = facts.script, interpreter == nil || !Self.isNamed(told, interpreter) {
      script = Self.file(told, facts, arguments ?? [])
    } else if let interpreter, let arguments {
      read(arguments.dropFirst(), interpreter, facts)
    }
  }

  private static func isNamed(_ path: ByteString, _ interpreter: Interpreter?) -> Bool {
    Interpreter.named(PathText.baseName(path))?.kind == interpreter?.kind
  }

  /// The tool a multi-call program runs: its own name, or its first argument.
  private static func applet(
    _ arguments: ArraySlice<ByteString>
  ) -> (name: ArraySlice<UInt8>, arguments: ArraySlice<ByteString>)? {
    guard let first = arguments.first else { return nil }
    let name = PathText.baseName(first)
    guard Interpreter.isMultiCall(name) else { return (name, arguments) }
    let rest = arguments.dropFirst()
    guard let second = rest.first else { return nil }
    return (PathText.baseName(second), rest)
  }

  /// A script by path, or inline where the path is a descriptor: nobody can read it again.
  private static func file(
    _ path: ByteString, _ facts: ProcessFacts, _ arguments: ArraySlice<ByteString>
  ) -> ScriptIdentity {
    let full = PathText.resolve(path, from: facts.workingDirectory)
    let isDescriptor =
      PathText.isUnder(full, "/dev/fd/") || PathText.isUnder(full, "/dev/stdin")
      || (PathText.isUnder(full, "/proc/") && full.description.contains("/fd/"))
    return isDescriptor ? .inline(arguments: arguments) : .file(full)
  }
}

extension ScriptIdentity {
  /// The code a process image runs beside its executable; nil for a plain program.
  static func resolve(executable: ByteString, facts: ProcessFacts) -> ScriptIdentity? {
    InterpretedCode(executable: executable, facts: facts).script
  }
}

// MARK: The command line

extension InterpretedCode {
  /// What options say, up to the first operand.
  fileprivate struct Options {
    var rest: ArraySlice<ByteString>
    /// Scripts by option, each with whether the arguments end with it.
    var files: [(path: ByteString, isLast: Bool)] = []
    /// Other code, where it is named.
    var loaded: [ByteString] = []
    /// Something is not known to leave the code to the script alone.
    var isMixed = false
    var all: [String] = []

    /// Another word for the code than a file; nil where the script is to come.
    mutating func read(_ interpreter: Interpreter, _ whole: ArraySlice<ByteString>)
      -> ScriptIdentity?
    {
      while let argument = rest.first {
        if argument == "--" {
          rest = rest.dropFirst()
          return nil
        }
        guard interpreter.isOption(argument) else { return nil }
        all.append(argument.description)
        let (effect, count) = interpreter.effect(of: argument, rest.dropFirst().first)
        rest = rest.dropFirst(count)
        switch effect {
        case .nothing: break
        case .code, .input: return .inline(arguments: whole)
        case .module(let name):
          return isMixed ? .inline(arguments: whole) : name.map { .module($0) }
        case .file(let path):
          if let path { files.append((path, rest.isEmpty)) }
          if interpreter.endsWithFile { return nil }
        case .loads(let value):
          isMixed = true
          if let value { loaded.append(value) }
        }
      }
      return nil
    }
  }

  private mutating func read(
    _ arguments: ArraySlice<ByteString>, _ interpreter: Interpreter, _ facts: ProcessFacts
  ) {
    var options = Options(rest: arguments)
    let other = options.read(interpreter, arguments)
    var mainClass: ByteString?
    if other == nil, options.files.isEmpty, let operand = options.operand(of: interpreter) {
      let isLast = options.rest.count == 1
      if interpreter.kind == .java, !options.all.contains("-jar"),
        !operand.description.hasSuffix(".java")
      {
        mainClass = isLast && facts.areArgumentsCut ? nil : operand
      } else {
        options.files.append((operand, isLast))
      }
    }
    // A path that the copy of the arguments ends with may go on.
    let isCut = facts.areArgumentsCut && options.files.contains { $0.isLast }
    if let other {
      script = other
    } else if !options.isMixed, let mainClass {
      script = .mainClass(mainClass)
    } else if !options.isMixed, !isCut, options.files.count == 1 {
      let path = options.files[0].path
      script = Self.file(path, facts, arguments)
      isSearched = interpreter.kind == .shell && !path.bytes.contains(PathText.slash)
    } else {
      // Standard input too, or `-`: the code is not on the command line. Of java it stands behind
      // what is known of the arguments.
      script = .inline(arguments: arguments)
    }
    guard script?.isInline == true else { return }
    named = (options.files.map(\.path) + options.loaded).map {
      PathText.resolve($0, from: facts.workingDirectory)
    }
  }
}

extension InterpretedCode.Options {
  /// The script among the operands; nil where there is none, or its name is none of a file.
  fileprivate mutating func operand(of interpreter: Interpreter) -> ByteString? {
    guard let operand = rest.first, operand != "-" else { return nil }
    switch interpreter.kind {
    case .awk: return nil
    case .dotnet where operand == "exec", .runner where operand == "run":
      rest = rest.dropFirst()
      guard read(interpreter, rest) == nil, let script = rest.first else { return nil }
      return interpreter.kind == .dotnet || script.isFileOfRunner ? script : nil
    // Everything else is a command of the tool's own, and may bring code.
    case .dotnet:
      let text = operand.description
      return text.hasSuffix(".dll") || text.hasSuffix(".exe") ? operand : nil
    case .runner: return operand.isFileOfRunner ? operand : nil
    default: return operand
    }
  }
}

extension ByteString {
  /// bun and deno take names of packages, addresses and tasks as well.
  fileprivate var isFileOfRunner: Bool {
    bytes.contains(UInt8(ascii: ".")) && !bytes.contains(UInt8(ascii: ":"))
  }
}
