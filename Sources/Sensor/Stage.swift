// SPDX-License-Identifier: Apache-2.0

internal import Findings
internal import Trace
internal import Wire

/// What takes the events: the pipeline, and the recording where one is made.
struct Stage: ~Copyable {
  var pipeline: DetectionPipeline
  private var writer: TraceWriter?
  private var trouble: String?

  init(
    pipeline: consuming DetectionPipeline, recordingTo path: String?, header: StreamHeader
  ) throws(SensorFailure) {
    self.pipeline = pipeline
    if let path {
      writer = try TraceWriter.creating(
        path, isJSONLines: false, maximumBytes: nil, header: header)
    } else {
      writer = nil
    }
  }

  mutating func take(_ event: Event) {
    pipeline.apply(event)
    // What was known before stands before what made it matter.
    let told = pipeline.takeTold()
    withWriter { writer throws(TraceError) in
      for known in told { try writer.write(.baseline(known)) }
      try writer.write(event)
    }
  }

  mutating func flush() {
    withWriter { writer throws(TraceError) in try writer.flush() }
  }

  mutating func finish() {
    pipeline.finish()
    withWriter { writer throws(TraceError) in try writer.finish() }
  }

  mutating func takeTrouble() -> String? {
    defer { trouble = nil }
    return trouble
  }

  /// A recording that fails is given up; the sensor goes on without it.
  private mutating func withWriter(_ body: (inout TraceWriter) throws(TraceError) -> Void) {
    guard var current = writer.take() else { return }
    do throws(TraceError) {
      try body(&current)
      writer = consume current
    } catch {
      trouble = "the recording ended: \(error.description)"
    }
  }
}
