// SPDX-License-Identifier: Apache-2.0

public import Wire

/// Where the code that an interpreter runs lies, for whoever can look at files.
public struct CodePaths: Hashable, Sendable {
  /// Absolute, as the process itself sees them: its script, or all that a Java class path names.
  public let paths: [ByteString]
  /// The interpreter opens this one path and no other: if nothing is there, it was removed.
  ///
  /// A shell looks in PATH too, node for `x.js` where it was given `x`. What a process that was
  /// found running says of its arguments may be its own text by now.
  public let isExact: Bool

  /// Longer class paths are not followed: in paths, and in their bytes together.
  private static let limit = 512
  private static let byteLimit = 32_768

  /// Nil for a plain program, and where its code is not in files that are known by their paths.
  public init?(of facts: ProcessFacts) {
    guard let executable = facts.executable.map(PathText.existing) else { return nil }
    let interpreter = Interpreter.named(PathText.baseName(executable))
    switch ScriptIdentity.resolve(executable: executable, facts: facts) {
    case .file(let path):
      paths = [path]
      let opensOnlyThis = facts.script != nil || interpreter?.opensOnlyThePath == true
      isExact = facts.wasFound != true && opensOnlyThis
    case .mainClass:
      guard let entries = interpreter?.classPath(facts) else { return nil }
      paths = entries
      isExact = false
    default:
      return nil
    }
    let isKnown =
      paths.count <= Self.limit && paths.reduce(0) { $0 + $1.bytes.count } <= Self.byteLimit
      && paths.allSatisfy { $0.bytes.first == PathText.slash }
    guard isKnown else { return nil }
  }
}

extension ProcessFacts {
  /// What java runs stands behind its options, which are many: the arguments may end before it.
  public var isCodeCut: Bool {
    guard areArgumentsCut, script == nil, let executable else { return false }
    return Interpreter.named(PathText.baseName(PathText.existing(executable)))?.kind == .java
  }
}

extension Interpreter {
  fileprivate var opensOnlyThePath: Bool {
    switch kind {
    case .python, .php, .lua, .java: true
    // perl and ruby look in PATH with -S.
    case .perl, .ruby, .node, .runner, .awk, .shell, .dotnet, .plain: false
    }
  }

  /// The files of a class path; nil where it is not given, or a part stands for a whole directory.
  fileprivate func classPath(_ facts: ProcessFacts) -> [ByteString]? {
    var rest = facts.arguments?.dropFirst() ?? []
    var last: ByteString?
    while let option = rest.first, isOption(option) {
      let text = option.description
      if ["-cp", "-classpath", "--class-path"].contains(text) {
        last = rest.dropFirst().first
      } else if text.hasPrefix("--class-path=") {
        last = ByteString(option.bytes.drop { $0 != UInt8(ascii: "=") }.dropFirst())
      }
      rest = rest.dropFirst(effect(of: option, rest.dropFirst().first).count)
    }
    guard let last else { return nil }
    let parts = last.bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0.last != UInt8(ascii: "*") }) else { return nil }
    return parts.map { PathText.resolve(ByteString($0), from: facts.workingDirectory) }
  }
}
