// SPDX-License-Identifier: Apache-2.0

public import Digest
public import Wire

/// The package that a path belongs to, with what its content should be.
public struct PackageOwner: Hashable, Sendable {
  /// The content that the package brought, in lower-case hexadecimal.
  public struct Digest: Hashable, Sendable {
    public let algorithm: DigestStream.Algorithm
    public let hexadecimal: String
  }

  /// Without version and architecture.
  public let name: ByteString
  /// Nil where the database has none: a link, or a package built without.
  public let digest: Digest?
  /// A file that administrators are meant to change: another content says nothing.
  public let isConfiguration: Bool
}

/// What a package database says of a path.
public enum PackageAnswer: Hashable, Sendable {
  /// There is no such database here.
  case absent
  /// It is there and could not be read.
  case unreadable
  case unowned
  case owned(PackageOwner)
}
