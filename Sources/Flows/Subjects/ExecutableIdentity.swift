// SPDX-License-Identifier: Apache-2.0

public import Wire

/// Which program, such that an upgrade of it stays the same program.
public struct ExecutableIdentity: Hashable, Sendable {
  /// What vouches for the path.
  public enum Origin: Hashable, Sendable {
    /// A package owns the file.
    case package(ByteString)
    case snap(ByteString)
    /// A container image, without its tag and digest.
    case image(ByteString)
    /// No package is known to own it: the file's owner, nil where unknown.
    case owner(UInt32?)
    /// Nothing is known of this process but its pid and start.
    case process(ProcessKey)
    /// No process is known at all: the local address stands in.
    case address(IPAddress)
    /// Not one program but all of a unit, or of a user, that nobody vouches for.
    case unit(ByteString)
    case user(UInt32)
  }

  public var origin: Origin
  public var path: ByteString

  public init(origin: Origin, path: ByteString) {
    self.origin = origin
    self.path = path
  }

  /// The identity of an image from what is known of it.
  init(path: ByteString, containerImage: ByteString?, owner: UInt32?, package: ByteString?) {
    if let package, !package.isEmpty {
      self.init(origin: .package(package), path: path)
    } else if let snap = PathText.snap(path) {
      self.init(origin: .snap(snap.name), path: snap.path)
    } else if let containerImage, !containerImage.isEmpty {
      self.init(origin: .image(PathText.untagged(containerImage)), path: path)
    } else {
      self.init(origin: .owner(owner), path: path)
    }
  }

  /// Whether a later fact may still replace this identity by a better one.
  var isProvisional: Bool {
    if case .owner = origin { true } else { false }
  }

  var escapedPath: String { EscapedField.text(path.bytes) }
}

extension ExecutableIdentity.Origin: CustomStringConvertible {
  public var description: String {
    switch self {
    case .package(let name): "pkg:" + EscapedField.text(name.bytes)
    case .snap(let name): "snap:" + EscapedField.text(name.bytes)
    case .image(let name): "image:" + EscapedField.text(name.bytes)
    case .owner(let uid?): "uid:\(uid)"
    case .owner(nil): "uid:?"
    case .process(let key): "pid:\(key.pid)@\(key.start.nanoseconds)"
    case .address(let address): "address:\(address)"
    case .unit(let name): "unit:" + EscapedField.text(name.bytes)
    case .user(let uid): "user:\(uid)"
    }
  }
}

/// Escaping inside the fields of a subject's text.
enum EscapedField {
  static func text(_ bytes: [UInt8]) -> String {
    let isText = String(validating: bytes, as: UTF8.self) != nil
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for byte in bytes {
      let isPlain =
        byte >= 0x20 && byte != 0x7f && byte != UInt8(ascii: "|") && byte != UInt8(ascii: "%")
        && (byte < 0x80 || isText)
      if isPlain {
        result.append(byte)
      } else {
        result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
