// SPDX-License-Identifier: Apache-2.0

internal import Wire

/// dpkg-divert(1): a path whose other packages' file was put aside, for one package's own.
struct DpkgDiversions {
  struct Diversion {
    let original: ByteString
    let aside: ByteString
    /// `:` where an administrator did it.
    let package: String
  }

  private var list: [Diversion] = []

  init() {}

  /// Reads the `diversions` file: three lines each, original, aside and package.
  init(_ file: [UInt8], _ merged: MergedDirectories) {
    let lines = file.split(separator: UInt8(ascii: "\n"))
    var position = 0
    while position + 2 < lines.count {
      list.append(
        Diversion(
          original: merged.canonical(ByteString(lines[position])),
          aside: merged.canonical(ByteString(lines[position + 1])),
          package: String(decoding: lines[position + 2], as: UTF8.self)))
      position += 3
    }
  }

  func diverted(from path: ByteString) -> Diversion? { list.first { $0.original == path } }

  func diverted(to path: ByteString) -> Diversion? { list.first { $0.aside == path } }
}
