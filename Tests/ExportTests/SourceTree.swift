// SPDX-License-Identifier: Apache-2.0

@testable import Export

/// Files of the repository that a test compares with.
enum SourceTree {
  static func text(_ path: String, file: String = #filePath) throws -> String {
    let root = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    let bytes = try SystemCalls.read(root.joined(separator: "/") + "/" + path, limit: 1 << 20)
    return String(decoding: bytes, as: UTF8.self)
  }
}
