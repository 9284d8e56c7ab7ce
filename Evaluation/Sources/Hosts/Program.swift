// SPDX-License-Identifier: Apache-2.0

public import Wire

/// What a process runs, and what the sensor would learn of the file.
public struct Program: Sendable {
  public var path: String
  public var arguments: [String]
  /// The owning package; empty where none owns the file.
  public var package: String
  public var owner: UInt32
  public var mode: UInt32
  public var isDirectoryWritable: Bool
  public var layer: ImageLayer?
  public var image: String?
  public var script: String?
  /// What the sensor would learn of the script's file.
  public var scriptFile: ExecutableFacts?
  public var uid: UInt32
  public var unit: String?
  public var standardInput: StandardStream?
  public var standardOutput: StandardStream?
  public var state = ExecutableState.present

  /// A program that a package owns and whose file is as the package brought it.
  public static func packaged(
    _ path: String, _ package: String, _ arguments: [String] = [], unit: String? = nil,
    uid: UInt32 = 0
  ) -> Program {
    Program(
      path: path, arguments: [path] + arguments, package: package, owner: 0, mode: 0o100755,
      isDirectoryWritable: false, uid: uid, unit: unit)
  }

  /// Given a script or a jar by its path: root's own, of a package or of none, or a user's.
  func running(_ script: String, of package: String = "", owner: UInt32 = 0) -> Program {
    var program = self
    program.script = script
    program.scriptFile = Self.file(
      owner: owner, mode: 0o100644, isDirectoryWritable: owner != 0, package: package)
    return program
  }

  /// Root's own file, of no package.
  public static func installed(
    _ path: String, _ arguments: [String] = [], unit: String? = nil, uid: UInt32 = 0
  ) -> Program {
    packaged(path, "", arguments, unit: unit, uid: uid)
  }

  /// A file of a user, wherever it lies.
  public static func user(_ path: String, _ arguments: [String] = [], uid: UInt32 = 1_000)
    -> Program
  {
    Program(
      path: path, arguments: [path] + arguments, package: "", owner: uid, mode: 0o100755,
      isDirectoryWritable: true, uid: uid)
  }

  /// A program of a container's image.
  public static func contained(
    _ path: String, image: String, _ arguments: [String] = [], layer: ImageLayer = .lower
  ) -> Program {
    var program = installed(path, arguments, unit: nil, uid: 0)
    program.layer = layer
    program.image = image
    return program
  }

  func facts(parent: ImageKey?, wasFound: Bool) -> ProcessFacts {
    var facts = ProcessFacts()
    facts.parent = parent?.process
    facts.uid = uid
    facts.command = ByteString(String(path.split(separator: "/").last ?? "").prefix(15).description)
    facts.executable = ByteString(path)
    facts.arguments = arguments.map { ByteString($0) }
    facts.wasFound = wasFound
    facts.workingDirectory = "/"
    facts.script = script.map { ByteString($0) }
    facts.standardInput = standardInput ?? .null
    facts.standardOutput = standardOutput ?? .file
    facts.unit = unit.map { ByteString($0) }
    facts.cgroup = unit.map { ByteString("/system.slice/\($0)") }
    if let image {
      facts.container = ByteString("c-" + image)
      facts.containerImage = ByteString(image)
    }
    return facts
  }

  var file: ExecutableFacts {
    var facts = Self.file(
      owner: owner, mode: mode, isDirectoryWritable: isDirectoryWritable,
      package: image == nil ? package : nil)
    facts.state = state
    facts.imageLayer = layer
    return facts
  }

  /// A file that is there, as whoever installed it left it; `package` is nil where no database
  /// speaks of it, and empty where none owns it.
  private static func file(
    owner: UInt32, mode: UInt32, isDirectoryWritable: Bool, package: String?
  ) -> ExecutableFacts {
    var facts = ExecutableFacts()
    facts.owner = owner
    facts.mode = mode
    facts.modified = 1_760_000_000_000_000_000
    facts.state = .present
    facts.isDirectoryWritable = isDirectoryWritable
    facts.mount = .other
    facts.package = package.map { ByteString($0) }
    facts.isPackageVerified = package?.isEmpty == false ? true : nil
    return facts
  }
}
