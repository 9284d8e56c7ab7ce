// SPDX-License-Identifier: Apache-2.0

public import Wire

/// Where the script of an image lies, for whoever can look at files.
public struct ScriptPath: Hashable, Sendable {
  /// Absolute, as the process itself sees it.
  public let path: ByteString
  /// The interpreter opens this path and no other: if nothing is there, it was removed.
  ///
  /// A shell looks in PATH too, node for `x.js` where it was given `x`. What a process that was
  /// found running says of its arguments may be its own text by now.
  public let isExact: Bool

  /// Nil for a plain program, and where its code is not a file that is known by its path.
  public init?(of facts: ProcessFacts) {
    guard let executable = facts.executable.map(PathText.existing),
      case .file(let path)? = ScriptIdentity.resolve(executable: executable, facts: facts),
      path.bytes.first == UInt8(ascii: "/"), !facts.isCut(path)
    else { return nil }
    self.path = path
    let interpreter = Interpreter.named(PathText.baseName(executable))
    let opensOnlyThis = facts.script != nil || interpreter?.opensOnlyThePath == true
    isExact = facts.wasFound != true && opensOnlyThis
  }
}

extension ProcessFacts {
  /// What java runs stands behind its options, which are many: the arguments may end before it.
  public var isCodeCut: Bool {
    guard areArgumentsCut, script == nil, let executable else { return false }
    return Interpreter.named(PathText.baseName(PathText.existing(executable)))?.kind == .java
  }

  /// The path is the last thing that is known of the arguments, and may go on.
  fileprivate func isCut(_ path: ByteString) -> Bool {
    guard areArgumentsCut, script == nil, let last = arguments?.last else { return false }
    return PathText.baseName(last).elementsEqual(PathText.baseName(path))
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
}
