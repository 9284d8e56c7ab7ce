// SPDX-License-Identifier: Apache-2.0

import Analytics
import EventScript
import Findings
import Testing
import Wire

@Suite("The flat form")
struct FlatFormTests {
  /// The keys of the outermost object, in order.
  private func keys(_ json: String) -> [String] {
    var result: [String] = []
    var depth = 0
    var text = ""
    var isString = false
    var isEscaped = false
    for character in json {
      if isString {
        if isEscaped {
          isEscaped = false
        } else if character == "\\" {
          isEscaped = true
        } else if character == "\"" {
          isString = false
        } else {
          text.append(character)
        }
        continue
      }
      switch character {
      case "\"":
        isString = true
        text = ""
      case "{", "[": depth += 1
      case "}", "]": depth -= 1
      case ":" where depth == 1: result.append(text)
      default: break
      }
    }
    return result
  }

  @Test("Its keys stand in the documented order")
  func order() throws {
    let finding = try #require(PipelineRun(.beacon(visits: 6)).findings.first)
    #expect(
      keys(finding.json) == [
        "schema", "id", "dedup_key", "subject", "status", "analytic", "slug", "sibling",
        "strategy", "technique", "attack_version", "severity", "severity_reasons", "score",
        "confidence", "mode",
        "first_seen", "last_seen", "message", "host", "boot_id", "role", "sensor", "backend",
        "config_hash", "process", "opener", "destination", "protocol", "evidence", "connections",
        "tests", "attribution", "lost_events", "suppression_nearly",
      ])
  }

  @Test("Values are what the events said, unknown ones null, secrets redacted")
  func values() throws {
    let json = try #require(PipelineRun(.beacon(visits: 6)).findings.first).json
    let parts = [
      #""schema":"halfwire.finding/1""#, #""analytic":"AN0597","slug":"beacon""#,
      #""strategy":"DET0213","technique":"T1030","attack_version":"18.1","severity":"high""#,
      #""severity_reasons":["P3: in a temporary directory","external destination"]"#,
      #""mode":"learning""#, #""confidence":1,"#, #""host":"web-3""#, #""config_hash":null"#,
      #""process":{"pid":4121,"start":"2025-11-21T04:40:04.121Z","start_ns":4121000000"#,
      #""argv":["kupdater","--token=[redacted]","-d"]"#, #""opener":null"#,
      #""subject":"s1|uid:0|/tmp/kupdater||uid:0|/usr/lib/systemd/systemd|""#,
      #""dedup_key":"s1|uid:0|/tmp/kupdater||uid:0|/usr/lib/systemd/systemd||203.0.113.9|AN0597""#,
      #""destination":{"address":"203.0.113.9","port":443,"name":null"#,
      #""evidence":{"visits":6,"failed_visits":0,"period_seconds":"#,
      #""sent_bytes":3102,"received_bytes":24576"#,
      #""remote_address":"203.0.113.9","remote_port":443,"state":"closed: fin""#,
      #""first_seen_here":"2025-11-21T04:41:40.000Z","other_subjects":0"#,
      #""children_after_visits":0,"listening":null"#,
      // Python's hashlib over the tuple of the first visit.
      #""community_id":"1:IgLOHcDk1mcxrxMeyrwHMuhKT0w=""#,
      #""attribution":"exact","lost_events":0,"suppression_nearly":null}"#,
    ]
    for part in parts { #expect(json.contains(part)) }
    #expect(!json.contains("\n"))
    #expect(!json.contains("abc"))
  }

  @Test("The score is log evidence over itself and ln 100")
  func score() throws {
    let finding = try #require(PipelineRun(.beacon(visits: 6)).findings.first)
    guard case .beacon(let beacon) = finding.evidence else { return }
    #expect(abs(finding.score - beacon.logEvidence / (beacon.logEvidence + 4.605170)) < 1e-6)
  }

  @Test("A one-way finding has its own evidence under fixed keys")
  func oneWay() throws {
    var script = EventScript()
    script.start(EventScript.implant, "/home/u/syncd")
    let remote = EventScript.endpoint("198.51.100.7:80")
    for time in [100.0, 350, 480, 900] {
      script.visit(EventScript.implant, at: time, to: remote, sent: 1_000_000, received: 0)
    }
    let finding = try #require(PipelineRun(script).findings.first)
    #expect(
      finding.json.contains(
        #""evidence":{"sockets":4,"one_way_sockets":4,"answered_sockets":0,"window_seconds":800,"#
          + #""last_answered_seconds":null,"sent_bytes":4000000,"received_bytes":0,"#
          + #""handshake_allowance_bytes":0,"single_exchange_sockets":0}"#))
    #expect(finding.json.contains(#""score":1,"#))
  }

  @Test("An opener that is another process is shown")
  func opener() throws {
    var script = EventScript()
    let launcher = EventScript.image(50)
    let worker = EventScript.image(60)
    script.start(launcher, "/usr/bin/launcher")
    script.start(worker, "/tmp/worker")
    let socket = script.connect(launcher, at: 100)
    script.connected(socket, at: 100.1)
    for beat in 1...8 {
      script.burst(
        socket, worker, first: 100 + 30 * Double(beat), sent: 64 * UInt64(beat),
        sends: UInt64(beat))
    }
    let finding = try #require(PipelineRun(script).findings.first)
    #expect(finding.process.path == "/tmp/worker")
    #expect(finding.opener?.path == "/usr/bin/launcher")
  }

  @Test("Without a process the local address stands in, and severity is low")
  func withoutProcess() throws {
    var script = EventScript()
    for index in 0..<6 { script.visit(.unattributed, at: 100 + 60 * Double(index)) }
    let finding = try #require(PipelineRun(script).findings.first)
    #expect(finding.severity == .low)
    #expect(finding.process.label == "192.0.2.10")
    #expect(finding.json.contains(#""process":{"pid":null,"start":null"#))
    #expect(finding.attribution == .unknown)
  }

  @Test("Control characters and quotes of a hostile name are escaped")
  func hostileName() throws {
    var script = EventScript()
    script.start(EventScript.implant, "/tmp/a\"\u{1b}[2J\u{202e}b")
    for index in 0..<6 { script.visit(EventScript.implant, at: 100 + 60 * Double(index)) }
    let run = PipelineRun(script)
    let json = try #require(run.findings.first).json
    #expect(json.contains(#"/tmp/a\"\u001b[2J"#))
    #expect(run.table().contains("a\"?[2J?b[4121]"))
  }
}
