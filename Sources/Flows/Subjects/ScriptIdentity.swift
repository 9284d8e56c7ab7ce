// SPDX-License-Identifier: Apache-2.0

internal import Digest
public import Wire

/// Which code an interpreter runs.
public enum ScriptIdentity: Hashable, Sendable {
  /// A file, absolute where the working directory is known.
  case file(ByteString)
  /// `python -m`, `java -m`: found by the interpreter itself.
  case module(ByteString)
  /// Java's main class.
  case mainClass(ByteString)
  /// A busybox or toybox applet that is itself no interpreter.
  case applet(ByteString)
  /// `-c`, `-e`, standard input: a hash of the normalised arguments, 16 hexadecimal digits.
  case inline(String)
  /// A cron job's line, hashed the same way.
  case job(String)
  /// The systemd unit, without its instance.
  case unit(ByteString)

  /// Whether the code came with the command line or through a pipe.
  public var isInline: Bool {
    if case .inline = self { true } else { false }
  }

  static func inline(arguments: ArraySlice<ByteString>) -> ScriptIdentity {
    .inline(hash(arguments))
  }

  static func job(line: ByteString) -> ScriptIdentity {
    .job(hash([line]))
  }

  /// 64 bits of SHA-256: a second text for a given hash is out of reach, so nobody can borrow
  /// another job's suppression.
  private static func hash(_ arguments: ArraySlice<ByteString>) -> String {
    SHA256.hexadecimal(normalised(arguments), characters: 16)
  }

  /// Runs of white space become one space and runs of digits one 0, so that a line that differs
  /// only in a counter, a time or a random number stays the same code.
  static func normalised(_ arguments: ArraySlice<ByteString>) -> [UInt8] {
    var result: [UInt8] = []
    for argument in arguments {
      for byte in argument.bytes {
        switch byte {
        case 0x20, 0x09, 0x0a, 0x0d:
          if result.last != 0x20 { result.append(0x20) }
        case 0x30...0x39:
          if result.last != 0x30 { result.append(0x30) }
        default:
          result.append(byte)
        }
      }
      result.append(0)
    }
    return result
  }
}

extension ScriptIdentity: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let path): "file:" + EscapedField.text(path.bytes)
    case .module(let name): "module:" + EscapedField.text(name.bytes)
    case .mainClass(let name): "class:" + EscapedField.text(name.bytes)
    case .applet(let name): "applet:" + EscapedField.text(name.bytes)
    case .inline(let hash): "inline:" + hash
    case .job(let hash): "job:" + hash
    case .unit(let name): "unit:" + EscapedField.text(name.bytes)
    }
  }
}
