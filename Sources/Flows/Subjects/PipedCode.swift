// SPDX-License-Identifier: Apache-2.0

public import Wire

extension ProcessFacts {
  /// Whether it runs the code that comes through its standard input.
  ///
  /// An interpreter that was given neither a script nor inline code does; nil where the arguments
  /// are not known. `sh`, `bash -s`, `python3 -` do; `python3 -m json.tool`, `awk '{print $1}'` and
  /// `sh -c 'wc -l'` only read data.
  public var runsStandardInput: Bool? {
    guard let executable else { return nil }
    guard script == nil else { return false }
    var name = PathText.baseName(PathText.existing(executable))
    var rest = arguments?.dropFirst()
    if Interpreter.isMultiCall(name) {
      guard let arguments, let first = arguments.first else { return nil }
      name = PathText.baseName(first)
      if Interpreter.isMultiCall(name) {
        name = PathText.baseName(arguments.dropFirst().first ?? "")
        rest = arguments.dropFirst(2)
      }
    }
    guard let interpreter = Interpreter.named(name) else { return false }
    guard let rest else { return nil }
    return interpreter.runsStandardInput(rest)
  }
}

extension Interpreter {
  fileprivate func runsStandardInput(_ arguments: ArraySlice<ByteString>) -> Bool {
    switch kind {
    // Their standard input is data whatever the arguments are.
    case .awk, .java, .dotnet: return false
    case .python, .perl, .ruby, .php, .node, .runner, .lua, .shell, .plain: break
    }
    var rest = arguments
    while let argument = rest.first {
      if argument == "--" {
        rest = rest.dropFirst()
        break
      }
      guard isOption(argument) else { break }
      let (effect, count) = effect(of: argument, rest.dropFirst().first)
      switch effect {
      case .module, .file, .code: return false
      // A shell's -s: operands are the code's arguments.
      case .input: return true
      case .nothing, .loads: rest = rest.dropFirst(count)
      }
    }
    guard let operand = rest.first else { return true }
    return operand == "-" || operand == "/dev/stdin" || operand == "/dev/fd/0"
  }
}
