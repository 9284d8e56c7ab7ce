// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// A program that runs other people's code, and how its command line names that code.
struct Interpreter {
  enum Kind {
    case python, perl, ruby, php, node, runner, lua, awk, shell, java, dotnet, plain
  }

  let kind: Kind
  /// Short options whose letter brings code, alone or at the end of a cluster (`-Ic`).
  var codeLetters = ""
  var codeOptions: [String] = []
  /// Options that take the next argument as their value.
  var valueOptions: [String] = []
  /// Short options whose cluster is their own value (`-MIO::Socket`), so not read letter by letter.
  var attachedLetters = ""
  /// Options whose next argument is a module's name.
  var moduleOptions: [String] = []
  /// Options whose next argument is the script.
  var fileOptions: [String] = []

  /// The interpreter behind an executable's base name, versions stripped (`python3.11`).
  static func named(_ name: ArraySlice<UInt8>) -> Interpreter? {
    let stem = name.prefix { !(0x30...0x39).contains($0) && $0 != UInt8(ascii: ".") }
    let trimmed = stem.last == UInt8(ascii: "-") ? stem.dropLast() : stem
    switch String(decoding: trimmed, as: UTF8.self) {
    case "python", "pypy":
      return Interpreter(
        kind: .python, codeLetters: "c", valueOptions: ["-W", "-X", "--check-hash-based-pycs"],
        attachedLetters: "WX", moduleOptions: ["-m"])
    case "perl":
      return Interpreter(
        kind: .perl, codeLetters: "eE", valueOptions: ["-I", "-M", "-m"], attachedLetters: "IMmFCdD"
      )
    case "ruby", "jruby":
      return Interpreter(
        kind: .ruby, codeLetters: "e", valueOptions: ["-r", "-I", "-C", "-E", "--encoding"],
        attachedLetters: "rICEFKTW")
    case "php":
      return Interpreter(
        kind: .php, codeLetters: "rBRE", codeOptions: ["--run"],
        valueOptions: ["-c", "-d", "-z", "-t", "-S"], attachedLetters: "cdzS",
        fileOptions: ["-f", "--file"])
    case "node", "nodejs":
      return Interpreter(
        kind: .node, codeLetters: "ep", codeOptions: ["--eval", "--print"],
        valueOptions: ["-r", "--require", "--import", "--loader", "-C", "--conditions"],
        attachedLetters: "rC")
    case "bun", "deno":
      return Interpreter(kind: .runner, codeLetters: "ep", codeOptions: ["--eval", "--print"])
    case "lua", "luajit", "texlua":
      return Interpreter(kind: .lua, codeLetters: "e", valueOptions: ["-l"], attachedLetters: "l")
    case "awk", "gawk", "mawk", "nawk":
      return Interpreter(
        kind: .awk, valueOptions: ["-F", "-v", "--assign", "--field-separator"],
        attachedLetters: "Fv", fileOptions: ["-f", "--file"])
    case "sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish", "rbash", "csh", "tcsh":
      return Interpreter(
        kind: .shell, codeLetters: "c", codeOptions: ["--command"],
        valueOptions: ["-o", "-O", "+o", "+O", "--rcfile", "--init-file"])
    case "java":
      return Interpreter(
        kind: .java,
        valueOptions: [
          "-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-modules",
          "--add-opens", "--add-exports", "--add-reads", "--upgrade-module-path",
        ], moduleOptions: ["-m", "--module"], fileOptions: ["-jar"])
    case "dotnet":
      return Interpreter(
        kind: .dotnet,
        valueOptions: ["--depsfile", "--runtimeconfig", "--additionalprobingpath", "--fx-version"])
    case "tclsh", "expect", "pwsh", "rscript", "julia", "guile", "groovy":
      return Interpreter(kind: .plain, codeLetters: "c", fileOptions: ["-f", "-File"])
    default:
      return nil
    }
  }

  /// Whether an option brings the code itself.
  func bringsCode(_ option: String) -> Bool {
    if codeOptions.contains(where: { option == $0 || option.hasPrefix($0 + "=") }) { return true }
    guard option.hasPrefix("-"), !option.hasPrefix("--") else { return false }
    for letter in option.dropFirst() {
      if codeLetters.contains(letter) { return true }
      if attachedLetters.contains(letter) { return false }
    }
    return false
  }

  /// Whether an executable holds many tools and its arguments say which one runs.
  static func isMultiCall(_ name: ArraySlice<UInt8>) -> Bool {
    ["busybox", "toybox"].contains { name.elementsEqual($0.utf8) }
  }
}
