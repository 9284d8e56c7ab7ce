// SPDX-License-Identifier: Apache-2.0

internal import Digest
public import Wire

/// rpm's database in SQLite, as rpm 4.16 and later have it.
///
/// Its table `Basenames` leads from a file's last component to the packages that have one of that
/// name. The older formats (Berkeley DB, ndb) are not read: then the package is not known.
public struct RpmDatabase: Sendable {
  private static let places = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"]
  private static let candidateLimit = 4_096
  private static let headerLimit = 256 << 20

  private let root: String

  /// The database of the system below `root`, which ends without a slash.
  public init(root: String = "") {
    self.root = root
  }

  /// Who owns an absolute path.
  public func owner(of path: ByteString) -> PackageAnswer {
    guard let file else { return .absent }
    guard let cut = path.bytes.lastIndex(of: UInt8(ascii: "/")) else { return .unowned }
    let name = path.bytes[(cut + 1)...]
    let directory = path.bytes[...cut]
    // A journal beside it is in use or was left behind: SQLite knows what to do with it.
    let journal = FileStatus(path: ByteString(file + "-wal"))
    let isQuiet = journal == nil || journal?.size == 0
    guard let database = SQLiteFile(path: file, isImmutable: isQuiet),
      let packages = database.integers(
        "SELECT DISTINCT hnum FROM Basenames WHERE key = ?1", text: Array(name),
        limit: Self.candidateLimit)
    else { return .unreadable }
    for package in packages {
      let query = "SELECT blob FROM Packages WHERE hnum = ?1"
      guard let bytes = database.blob(query, number: package, limit: Self.headerLimit),
        let header = RpmHeader(bytes)
      else { return .unreadable }
      if let owner = owner(of: name, in: directory, by: header) { return .owned(owner) }
    }
    return .unowned
  }

  /// What identifies the database's state: an answer is good for as long as it stays.
  var state: Int {
    let files = file.map { [$0, $0 + "-wal"] } ?? []
    return files.map { FileStatus(path: ByteString($0)) }.hashValue
  }

  private var file: String? {
    Self.places.map { root + $0 + "/rpmdb.sqlite" }.first {
      FileStatus(path: ByteString($0)) != nil
    }
  }

  private func owner(
    of name: ArraySlice<UInt8>, in directory: ArraySlice<UInt8>, by header: RpmHeader
  ) -> PackageOwner? {
    guard let package = header.strings(.name)?.first, let names = header.strings(.baseNames),
      let indexes = header.numbers(.directoryIndexes),
      let directories = header.strings(.directoryNames), names.count == indexes.count
    else { return nil }
    let states = header.numbers(.fileStates)
    for (place, candidate) in names.enumerated() where candidate.elementsEqual(name) {
      guard let number = Int(exactly: indexes[place]), number < directories.count,
        isSame(directories[number], directory)
      else { continue }
      // 0 is "normal": the others were replaced by another package, or never installed.
      if let states, place < states.count, states[place] != 0 { continue }
      return PackageOwner(
        name: ByteString(package), digest: digest(at: place, of: header),
        isConfiguration: isConfiguration(place, header))
    }
    return nil
  }

  /// Whether two directories are one: Fedora's /usr/sbin became a link to bin.
  private func isSame(_ listed: ArraySlice<UInt8>, _ actual: ArraySlice<UInt8>) -> Bool {
    if listed.elementsEqual(actual) { return true }
    guard let resolved = FileReading.resolved(ByteString(Array(root.utf8) + listed)) else {
      return false
    }
    return (resolved.bytes + [UInt8(ascii: "/")]).elementsEqual(Array(root.utf8) + actual)
  }

  private func digest(at place: Int, of header: RpmHeader) -> PackageOwner.Digest? {
    guard let digests = header.strings(.fileDigests), place < digests.count,
      !digests[place].isEmpty
    else { return nil }
    // OpenPGP's numbers (RFC 9580, 9.5); MD5 where none is said.
    let algorithm: DigestStream.Algorithm
    switch header.numbers(.fileDigestAlgorithm)?.first ?? 1 {
    case 1: algorithm = .md5
    case 2: algorithm = .sha1
    case 8: algorithm = .sha256
    case 9: algorithm = .sha384
    case 10: algorithm = .sha512
    case 11: algorithm = .sha224
    default: return nil
    }
    return PackageOwner.Digest(
      algorithm: algorithm, hexadecimal: String(decoding: digests[place], as: UTF8.self))
  }

  private func isConfiguration(_ place: Int, _ header: RpmHeader) -> Bool {
    guard let flags = header.numbers(.fileFlags), place < flags.count else { return false }
    return flags[place] & 1 != 0
  }
}
