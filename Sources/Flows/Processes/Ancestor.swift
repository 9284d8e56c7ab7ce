// SPDX-License-Identifier: Apache-2.0

public import Wire

/// One step of a process's lineage, as it was when the process began its image.
public struct Ancestor: Sendable {
  /// Steps kept per image.
  public static let limit = 8

  public let process: ProcessKey
  /// The image it ran; nil where the process was forked from one nobody saw.
  public let event: ProcessEvent?
  public let context: ContextEvent?
}
