// SPDX-License-Identifier: Apache-2.0

import EventScript
import Glibc
import Sensor
import Trace
import Wire

/// A directory of made-up traces, removed when it goes.
final class TraceFolder {
  let path: String
  private var made: [String] = []

  init() {
    path = "/tmp/halfwire-verdicts-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    for directory in [path, path + "/malicious", path + "/benign"] {
      _ = unsafe mkdir(directory, 0o700)
    }
  }

  deinit {
    for file in made { _ = unsafe unlink(file) }
    for directory in [path + "/malicious", path + "/benign", path] { _ = unsafe rmdir(directory) }
  }

  func write(_ text: String, to name: String) {
    let bytes = Array(text.utf8)
    let file = "\(path)/\(name)"
    let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    _ = unsafe Glibc.write(descriptor, bytes, bytes.count)
    _ = close(descriptor)
    made.append(file)
  }

  /// A trace of these lines, with header and footer.
  func writeTrace(of lines: [String], to name: String) {
    let header = """
      {"halfwire_trace":1,"host":"web-3","boot_id":"9d3c","kernel":"6.12.117",\
      "backend":"functions","wall_epoch_ns":1763700000000000000,"sensor":"halfwire 0.1.0",\
      "config_hash":""}
      """
    let footer = "{\"e\":\"end\",\"events\":\(lines.count),\"lost\":0}"
    write(([header] + lines + [footer]).joined(separator: "\n") + "\n", to: name)
  }

  /// A beacon every 60 s by one program of root's, whose clock nobody can overlook.
  func beacon(
    from executable: String, in name: String, format: TraceFormat = .jsonLines, visits: Int = 20
  ) throws {
    var script = EventScript()
    let image = EventScript.image(4_121)
    script.start(image, executable)
    for index in 0..<visits { script.visit(image, at: 100 + 60 * Double(index)) }
    let header = StreamHeader(
      host: "web-3", bootID: "9d3c", kernel: "6.12.117", backend: "functions",
      wallEpochNanoseconds: 1_763_700_000_000_000_000, sensor: "halfwire 0.1.0", configHash: "")
    let file = "\(path)/\(name)"
    var writer = try TraceWriter(path: file, format: format, header: header)
    for event in script.events { try writer.write(event) }
    try writer.finish()
    made.append(file)
  }

  func verdicts() throws -> [TraceVerdict] {
    var verdicts: [TraceVerdict] = []
    try TraceVerdicts.judge(path, configuration: SensorConfiguration()) { verdicts.append($0) }
    return verdicts
  }

  /// What the directory is refused with.
  func failure() -> SensorFailure? {
    do {
      _ = try verdicts()
      return nil
    } catch {
      return error as? SensorFailure
    }
  }
}
