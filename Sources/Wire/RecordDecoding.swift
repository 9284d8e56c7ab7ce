// SPDX-License-Identifier: Apache-2.0

/// A record that cannot be decoded.
///
/// Offsets are bytes from the record's start.
public enum DecodingError: Error, Hashable, Sendable {
  /// The input ended before the field at `offset`.
  case truncated(offset: Int, available: Int)
  case unknownKind(UInt16)
  case unsupportedVersion(UInt8)
  /// The header's length is not the input's.
  case lengthMismatch(stated: Int, available: Int)
  /// The field at `offset` holds a value outside its set.
  case invalidField(offset: Int)
}

/// What one record holds.
///
/// A `process` record also tells what its executable is.
public enum Record: Sendable {
  case event(Event)
  /// A process image and its executable's facts, known at the same instant.
  case process(ProcessEvent, ContextEvent?)
  /// What came from a name server, not yet decoded: it is many events, or none.
  case answer(AnswerRecord)
  /// One line of the JSON Lines form, without its newline.
  case text([UInt8])
  /// The beginning of a line that the next text records complete.
  case textPart([UInt8])
}
