// SPDX-License-Identifier: Apache-2.0

internal import Digest
public import Wire

/// dpkg's database: `info/PACKAGE.list` names the paths, `info/PACKAGE.md5sums` their contents.
///
/// Read in full once after each change of it, into an index; an answer then costs the list of one
/// package. Follows diversions and the links of a merged /usr, which dpkg itself does not.
public struct DpkgDatabase: Sendable {
  private static let listLimit = 64 << 20
  private static let packageLimit = 65_536

  private let directory: String
  private let root: String
  private var stamp: [FileStatus?] = []
  private var packages: [String] = []
  private var index = PathIndex()
  private var merged: MergedDirectories
  private var diversions = DpkgDiversions()
  private var isReadable = false

  /// The database of the system below `root`, which ends without a slash.
  public init(root: String = "") {
    self.root = root
    directory = root + "/var/lib/dpkg"
    merged = MergedDirectories(root: root)
  }

  /// Who owns an absolute path.
  public mutating func owner(of path: ByteString) -> PackageAnswer {
    guard refresh() else { return .absent }
    guard isReadable else { return .unreadable }
    let path = merged.canonical(path)
    if let diverted = diversions.diverted(to: path) {
      if let owner = owner(
        listing: diverted.original, among: { $0 != diverted.package })
      {
        return .owned(owner)
      }
    }
    if let diverted = diversions.diverted(from: path) {
      return owner(listing: path, among: { $0 == diverted.package }).map { .owned($0) } ?? .unowned
    }
    return owner(listing: path, among: { _ in true }).map { .owned($0) } ?? .unowned
  }

  /// What identifies the database's state: an answer is good for as long as it stays.
  var state: Int { stamp.hashValue }

  private func owner(listing path: ByteString, among isMeant: (String) -> Bool) -> PackageOwner? {
    let found = index.packages(of: PathHash.of(path.bytes)).map { packages[Int($0)] }
      .filter { isMeant(Self.name($0)) && lists($0, path) }
    guard let package = found.min() else { return nil }
    let name = ByteString(Self.name(package))
    if let digest = digest(in: package, of: path) {
      return PackageOwner(name: name, digest: digest, isConfiguration: false)
    }
    let configuration = configurationDigest(of: Self.name(package), path)
    return PackageOwner(
      name: name, digest: configuration, isConfiguration: configuration != nil)
  }

  /// `libc6:amd64` less its architecture.
  private static func name(_ package: String) -> String {
    String(package.prefix { $0 != ":" })
  }

  private func file(_ package: String, _ kind: String) -> ArraySlice<UInt8>? {
    let path = ByteString("\(directory)/info/\(package).\(kind)")
    return FileReading.bytes(of: path, limit: Self.listLimit)?[...]
  }

  private func lists(_ package: String, _ path: ByteString) -> Bool {
    guard let list = file(package, "list") else { return false }
    return list.split(separator: UInt8(ascii: "\n")).contains {
      merged.canonical(ByteString($0)) == path
    }
  }

  /// Lines of `DIGEST  usr/bin/name`.
  private func digest(in package: String, of path: ByteString) -> PackageOwner.Digest? {
    guard let sums = file(package, "md5sums") else { return nil }
    for line in sums.split(separator: UInt8(ascii: "\n")) where line.count > 34 {
      let named = [UInt8(ascii: "/")] + line.dropFirst(34)
      guard merged.canonical(ByteString(named)) == path else { continue }
      return Self.digest(line.prefix(32))
    }
    return nil
  }

  private static func digest(_ text: ArraySlice<UInt8>) -> PackageOwner.Digest? {
    let text = String(decoding: text, as: UTF8.self)
    guard text.utf8.count == 32, text.utf8.allSatisfy(PodUID.isHexadecimal) else { return nil }
    return PackageOwner.Digest(algorithm: .md5, hexadecimal: text)
  }

  /// Configuration files stand in the status file, in lines of ` /etc/name DIGEST`.
  private func configurationDigest(of name: String, _ path: ByteString) -> PackageOwner.Digest? {
    guard
      let status = FileReading.bytes(of: ByteString("\(directory)/status"), limit: Self.listLimit)
    else { return nil }
    let heading = Array("Package: \(name)".utf8)
    var isInside = false
    for line in status.split(separator: UInt8(ascii: "\n")) {
      if line.starts(with: "Package: ".utf8) { isInside = line.elementsEqual(heading) }
      guard isInside, line.first == UInt8(ascii: " ") else { continue }
      let words = line.split(separator: UInt8(ascii: " "))
      guard words.count >= 2, words[0].first == UInt8(ascii: "/"),
        merged.canonical(ByteString(words[0])) == path
      else { continue }
      return Self.digest(words[1])
    }
    return nil
  }

  // MARK: The index

  /// Reads the database anew where it changed; false where there is none.
  private mutating func refresh() -> Bool {
    let current = ["info", "status", "diversions"].map {
      FileStatus(path: ByteString("\(directory)/\($0)"))
    }
    guard current[0] != nil else { return false }
    guard current != stamp else { return true }
    stamp = current
    merged = MergedDirectories(root: root)
    diversions = DpkgDiversions(
      FileReading.bytes(of: ByteString("\(directory)/diversions"), limit: Self.listLimit) ?? [],
      merged)
    isReadable = build()
    return true
  }

  private mutating func build() -> Bool {
    index = PathIndex()
    packages = []
    let names = FileReading.names(
      in: ByteString("\(directory)/info"), limit: 16 * Self.packageLimit)
    guard let names else { return false }
    packages = names.filter { $0.hasSuffix(".list") }.map { String($0.dropLast(5)) }.sorted()
    guard packages.count <= Self.packageLimit else { return false }
    for (number, package) in packages.enumerated() {
      guard let list = file(package, "list") else { continue }
      insert(list, UInt16(truncatingIfNeeded: number))
    }
    index.sort()
    return !index.isFull
  }

  private mutating func insert(_ list: ArraySlice<UInt8>, _ package: UInt16) {
    var start = list.startIndex
    while start < list.endIndex {
      let end = list[start...].firstIndex(of: UInt8(ascii: "\n")) ?? list.endIndex
      let line = list[start..<end]
      start = end + 1
      guard !line.isEmpty else { continue }
      var hash = PathHash()
      if merged.isMerged(line) {
        for byte in MergedDirectories.usr { hash.append(byte) }
      }
      for byte in line { hash.append(byte) }
      index.insert(hash, package: package)
    }
  }
}
