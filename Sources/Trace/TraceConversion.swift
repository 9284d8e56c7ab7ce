// SPDX-License-Identifier: Apache-2.0

import Wire

/// Copies a trace into another form.
public enum TraceConversion {
  /// Reads `source` to its end and finishes `target`; the number of events copied.
  ///
  /// Every key of the format survives in both directions. Lines of unknown kinds are left out and
  /// counted by the reader, and the footer tells what was written. When it throws, `target` has
  /// been discarded.
  ///
  /// With a redaction every event goes through it; the caller gives `target` the redacted header.
  public static func copy(
    _ source: inout TraceReader, to target: inout TraceWriter, redaction: TraceRedaction? = nil
  ) throws(TraceError) -> UInt64 {
    do throws(TraceError) {
      while let event = try source.next() {
        guard let redaction else {
          try target.write(event)
          continue
        }
        if let redacted = redaction.apply(event) { try target.write(redacted) }
      }
      try target.finish()
    } catch {
      target.discard()
      throw error
    }
    return target.events
  }
}
