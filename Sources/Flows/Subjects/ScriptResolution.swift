// SPDX-License-Identifier: Apache-2.0

internal import Wire

extension ScriptIdentity {
  /// The code a process image runs beside its executable; nil for a plain program.
  ///
  /// The kernel's own word for a script (a `#!` line) wins over the arguments, which the caller
  /// of exec chooses freely. Without arguments an interpreter's code is unknown: nil as well.
  static func resolve(executable: ByteString, facts: ProcessFacts) -> ScriptIdentity? {
    var name = PathText.baseName(executable)
    var arguments = facts.arguments?[...]
    if Interpreter.isMultiCall(name), let given = arguments, let applet = applet(given) {
      name = applet.name
      arguments = applet.arguments
      guard Interpreter.named(name) != nil else { return .applet(ByteString(name)) }
    }
    guard let interpreter = Interpreter.named(name) else {
      return facts.script.map { .file(PathText.resolve($0, from: facts.workingDirectory)) }
    }
    if let script = facts.script {
      return file(script, facts, arguments ?? [])
    }
    guard let arguments else { return nil }
    return parse(arguments.dropFirst(), interpreter, facts)
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

  private static func parse(
    _ arguments: ArraySlice<ByteString>, _ interpreter: Interpreter, _ facts: ProcessFacts
  ) -> ScriptIdentity? {
    var rest = arguments
    while let argument = rest.first {
      let text = argument.description
      if text == "--" {
        rest = rest.dropFirst()
        break
      }
      guard text.count > 1, text.hasPrefix("-") || text.hasPrefix("+") else { break }
      let next = rest.dropFirst().first
      if interpreter.moduleOptions.contains(text) {
        return next.map { .module($0) }
      }
      if interpreter.fileOptions.contains(text) {
        return next.map { file($0, facts, arguments) }
      }
      if interpreter.bringsCode(text) { return .inline(arguments: arguments) }
      rest = rest.dropFirst(interpreter.valueOptions.contains(text) ? 2 : 1)
    }
    guard let operand = rest.first else {
      // Standard input, or `-` below: the code is not on the command line. Of java it stands
      // behind what is known of the arguments.
      return .inline(arguments: arguments)
    }
    switch interpreter.kind {
    case .awk: return .inline(arguments: arguments)
    case .java: return .mainClass(operand)
    case .dotnet where operand == "exec", .runner where operand == "run":
      let script = rest.dropFirst().first { $0.bytes.first != UInt8(ascii: "-") }
      return script.map { file($0, facts, arguments) }
    default:
      if operand == "-" { return .inline(arguments: arguments) }
      return file(operand, facts, arguments)
    }
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
