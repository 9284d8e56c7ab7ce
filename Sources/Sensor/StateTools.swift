// SPDX-License-Identifier: Apache-2.0

internal import Baseline
public import Findings
internal import Trace
internal import Wire

/// What `halfwire baseline` does with a state directory.
public enum StateTools {
  /// The baseline of a directory as of its last save; a running sensor is not disturbed.
  private static func read(_ directory: String) throws(SensorFailure) -> HostBaseline {
    do throws(StateStoreError) {
      var store = try StateStore(directory: directory, isReadOnly: true)
      return HostBaseline(showing: try store.load())
    } catch {
      throw SensorFailure(error)
    }
  }

  /// The findings that are kept, the newest first, as of the last save.
  public static func findings(_ directory: String) throws(SensorFailure) -> [FlatFinding] {
    do throws(StateStoreError) {
      var store = try StateStore(directory: directory, isReadOnly: true)
      return FlatFinding.kept(in: try store.load())
    } catch {
      throw SensorFailure(error)
    }
  }

  /// Removes what is kept; true where there was something.
  public static func reset(_ directory: String) throws(SensorFailure) -> Bool {
    do throws(StateStoreError) {
      return try StateStore.remove(in: directory)
    } catch {
      throw SensorFailure(error)
    }
  }

  /// The baseline as a table for people.
  public static func table(_ directory: String) throws(SensorFailure) -> String {
    BaselineTable.render(try read(directory))
  }

  /// Each subject as its `baseline` line, without what only a sensor can read.
  public static func lines(_ directory: String) throws(SensorFailure) -> [String] {
    let baseline = try read(directory)
    do throws(TraceError) {
      var writer = try TraceWriter(toMemory: .jsonLines, header: header(baseline))
      for event in baseline.exported(at: .zero, withRows: false) {
        try writer.write(.baseline(event))
      }
      let bytes = try writer.finishedBytes()
      // Between the header and the footer.
      return bytes.split(separator: UInt8(ascii: "\n")).dropFirst().dropLast()
        .map { String(decoding: $0, as: UTF8.self) }
    } catch {
      throw SensorFailure(error)
    }
  }

  /// Writes the baseline as a JSON Lines trace of `baseline` events, `-` being standard output;
  /// gives how many.
  public static func export(
    _ directory: String, to path: String
  ) throws(SensorFailure) -> Int {
    let baseline = try read(directory)
    let events = baseline.exported(at: .zero)
    do throws(TraceError) {
      var writer = try TraceWriter(path: path, format: .jsonLines, header: header(baseline))
      for event in events { try writer.write(.baseline(event)) }
      try writer.finish()
    } catch {
      throw SensorFailure(writing: error)
    }
    return events.count
  }

  /// What an import came to.
  public struct Imported: Sendable {
    public let host: String
    public let subjects: Int
    public let destinations: Int
  }

  /// Takes in what another host exported: which destinations it knows, or as this host's role all
  /// that it does.
  public static func `import`(
    _ path: String, into directory: String, asRole: Bool
  ) throws(SensorFailure) -> Imported {
    let (host, other) = try exported(path)
    guard asRole || host != HostFacts.read().host else {
      throw SensorFailure(
        .usage, "\(path): is of this host, which says nothing of other hosts; see --as-role")
    }
    let destinations: Int
    do throws(StateStoreError) {
      var store = try StateStore(directory: directory)
      var own = HostBaseline(epochNanoseconds: other.now * 1_000_000_000)
      own.keep(try store.load())
      if asRole {
        destinations = other.destinationCount
        for event in other.exported(at: .zero) { own.recalled(event) }
      } else {
        destinations = own.note(prevalence: other, ofHost: host)
      }
      try store.save(own.takeChanges())
    } catch {
      throw SensorFailure(error)
    }
    return Imported(host: host, subjects: other.subjectCount, destinations: destinations)
  }

  private static func exported(
    _ path: String
  ) throws(SensorFailure) -> (host: String, baseline: HostBaseline) {
    var count = 0
    let found: (host: String, baseline: HostBaseline)
    do throws(TraceError) {
      var reader = try TraceReader(path: path, lenient: false)
      var baseline = HostBaseline(epochNanoseconds: reader.header.wallEpochNanoseconds)
      while let event = try reader.next() {
        guard case .baseline(let known) = event else { continue }
        baseline.recalled(known)
        count += 1
      }
      found = ("\(reader.header.host)", baseline)
    } catch {
      throw SensorFailure(error)
    }
    guard count > 0 else {
      throw SensorFailure(
        .malformedTrace, "\(path): holds no baseline; make one with halfwire baseline export")
    }
    return found
  }

  /// Event time 0 is the baseline's own now, which makes an export the same each time.
  private static func header(_ baseline: HostBaseline) -> StreamHeader {
    let facts = HostFacts.read()
    return StreamHeader(
      host: ByteString(facts.host), bootID: "", kernel: facts.kernel, backend: "other",
      wallEpochNanoseconds: baseline.now * 1_000_000_000, sensor: "halfwire \(sensorVersion)",
      configHash: "")
  }
}
