// SPDX-License-Identifier: Apache-2.0

import Sensor
import Testing
import Trace

@Suite("Verdicts on recorded traces")
struct TraceVerdictTests {
  // A beacon from a temporary directory is medium or more; root's own program is below.
  private static let temporary = "/tmp/x"
  private static let installed = "/usr/local/bin/agent"

  @Test("A trace under malicious must fire, one under benign must not")
  func rightAndWrong() throws {
    let folder = TraceFolder()
    try folder.beacon(from: Self.temporary, in: "malicious/found.jsonl")
    try folder.beacon(from: Self.installed, in: "malicious/missed.jsonl")
    try folder.beacon(from: Self.temporary, in: "benign/false.jsonl")
    try folder.beacon(from: Self.installed, in: "benign/silent.jsonl")
    let verdicts = try folder.verdicts()
    #expect(
      verdicts.map(\.name) == [
        "malicious/found.jsonl", "malicious/missed.jsonl", "benign/false.jsonl",
        "benign/silent.jsonl",
      ])
    #expect(verdicts.map(\.isRight) == [true, false, false, true])
    #expect(verdicts.map(\.hasFired) == [true, false, true, false])
    #expect(verdicts[1].amiss == ["did not fire"])
    #expect(verdicts[2].amiss.count == 1)
    let matrix = ConfusionMatrix(verdicts)
    #expect(matrix.truePositives == 1)
    #expect(matrix.falseNegatives == 1)
    #expect(matrix.falsePositives == 1)
    #expect(matrix.trueNegatives == 1)
    #expect(matrix.precision == 0.5)
    #expect(matrix.recall == 0.5)
  }

  @Test("All forms of a trace are read, and other files are left alone")
  func forms() throws {
    let folder = TraceFolder()
    try folder.beacon(from: Self.temporary, in: "malicious/a.trace", format: .native)
    try folder.beacon(from: Self.temporary, in: "malicious/b.jsonl")
    try folder.beacon(
      from: Self.temporary, in: "malicious/c.jsonl.zst", format: .compressedJSONLines)
    folder.write("not a trace", to: "malicious/README.md")
    let verdicts = try folder.verdicts()
    #expect(verdicts.map(\.hasFired) == [true, true, true])
  }

  @Test("A malicious trace that fires otherwise than expected is missed")
  func expectations() throws {
    let folder = TraceFolder()
    let wanted: [(String, String, Bool)] = [
      ("a", "analytic = 'beacon'", true),
      ("b", "analytic = 'AN0597'\nseverity = 'medium'\ndestination = '203.0.113.9'", true),
      ("c", "analytic = 'one-way'", false),
      ("d", "analytic = 'beacon'\ndestination = '198.51.100.7'", false),
      ("e", "analytic = 'beacon'\ncount = 1\nwithin_visits = 20", true),
      ("f", "analytic = 'beacon'\ncount = 2", false),
      // Four visits make three intervals; no clock is told from so few.
      ("g", "analytic = 'beacon'\nwithin_visits = 3", false),
    ]
    for (name, text, _) in wanted {
      try folder.beacon(from: Self.temporary, in: "malicious/\(name).jsonl")
      folder.write("[[finding]]\n\(text)\n", to: "malicious/\(name).toml")
    }
    let verdicts = try folder.verdicts()
    #expect(verdicts.map(\.isRight) == wanted.map(\.2))
    #expect(verdicts.allSatisfy { $0.hasFired })
    #expect(ConfusionMatrix(verdicts).truePositives == 3)
    #expect(ConfusionMatrix(verdicts).falseNegatives == 4)
  }

  @Test("A benign trace may have to show its explained finding; silence without it is wrong too")
  func explained() throws {
    let folder = TraceFolder()
    try folder.beacon(from: Self.installed, in: "benign/seen.jsonl")
    folder.write("[[finding]]\nanalytic = 'beacon'\n", to: "benign/seen.toml")
    try folder.beacon(from: Self.installed, in: "benign/unseen.jsonl", visits: 2)
    folder.write("[[finding]]\nanalytic = 'beacon'\n", to: "benign/unseen.toml")
    let verdicts = try folder.verdicts()
    #expect(verdicts.map(\.isRight) == [true, false])
    let matrix = ConfusionMatrix(verdicts)
    #expect(matrix.trueNegatives == 2)
    #expect(matrix.otherwiseWrong == 1)
    #expect(matrix.precision == nil)
  }

  @Test("A trace is judged with the configuration that its expectation names")
  func configuration() throws {
    let folder = TraceFolder()
    try folder.beacon(from: Self.temporary, in: "malicious/a.jsonl")
    folder.write("config = 'other.toml'\n", to: "malicious/a.toml")
    #expect(folder.failure()?.status == .fileMissing)
    folder.write("[analytics]\ninclude_loopback = 1\n", to: "malicious/other.toml")
    #expect(folder.failure()?.status == .configurationInvalid)
    folder.write("[analytics]\ninclude_loopback = true\n", to: "malicious/other.toml")
    #expect(try folder.verdicts().map(\.isRight) == [true])
  }

  @Test("What the host knew before is applied first: on a host known for weeks new places count")
  func baseline() throws {
    // Root's own program to a destination that is new here: low while the host is learned, medium
    // (P1 and one raise) after its first week.
    let folder = TraceFolder()
    try folder.beacon(from: Self.installed, in: "malicious/a.jsonl")
    folder.write("baseline = 'known.jsonl'\n", to: "malicious/a.toml")
    #expect(folder.failure()?.status == .fileMissing)

    let known = """
      {"t":1,"e":"baseline","subject":"s1|pkg:cron|/usr/sbin/cron||||","first_seen":1761100000}
      """
    // Below malicious it would be a trace of its own.
    folder.write("baseline = '../known.jsonl'\n", to: "malicious/a.toml")
    folder.writeTrace(of: [known], to: "known.jsonl")
    #expect(try folder.verdicts().map(\.hasFired) == [true])

    folder.writeTrace(of: [known, "{\"t\":2,\"e\":\"tick\"}"], to: "known.jsonl")
    #expect(folder.failure()?.status == .malformedTrace)
    #expect(folder.failure()?.message.contains("more than baseline lines") == true)
  }

  @Test(
    "What an expectation cannot mean ends it, with the place and what would be valid",
    arguments: [
      ("[[finding]]\nanalitic = 'beacon'\n", "a.toml:2:1", "did you mean analytic?"),
      ("[[finding]]\nanalytic = 'becon'\n", "a.toml:2:12", "unknown analytic becon"),
      ("[[finding]]\nanalytic = 'beacon'\nseverity = 'severe'\n", "a.toml:3:12", "valid: "),
      ("[[finding]]\nanalytic = 'beacon'\ncount = 0\n", "a.toml:3:9", "from 1"),
      ("[[finding]]\nseverity = 'low'\n", "a.toml:1", "no analytic"),
      ("[finding]\nanalytic = 'beacon'\n", "a.toml:", "[[finding]]"),
      ("config = 3\n", "a.toml:1:10", "not a string"),
    ])
  func refusedExpectations(text: String, place: String, reason: String) throws {
    let folder = TraceFolder()
    try folder.beacon(from: Self.temporary, in: "malicious/a.jsonl")
    folder.write(text, to: "malicious/a.toml")
    let failure = try #require(folder.failure())
    #expect(failure.status == .configurationInvalid)
    #expect(failure.message.contains(place), "\(failure.message)")
    #expect(failure.message.contains(reason), "\(failure.message)")
  }

  @Test("A directory that cannot be judged says why")
  func refusedDirectories() throws {
    let folder = TraceFolder()
    #expect(folder.failure()?.status == .fileMissing)
    #expect(folder.failure()?.message.contains("no trace under malicious or benign") == true)

    folder.write("{", to: "benign/broken.jsonl")
    #expect(folder.failure()?.status == .malformedTrace)

    let orphan = TraceFolder()
    try orphan.beacon(from: Self.temporary, in: "malicious/a.jsonl")
    orphan.write("[[finding]]\nanalytic = 'beacon'\n", to: "malicious/b.toml")
    #expect(orphan.failure()?.message.contains("without its trace") == true)

    let twice = TraceFolder()
    try twice.beacon(from: Self.temporary, in: "malicious/a.jsonl")
    try twice.beacon(from: Self.temporary, in: "malicious/a.trace", format: .native)
    #expect(twice.failure()?.status == .usage)
  }

  @Test("A verdict as JSON and as a line says what came and what is amiss")
  func texts() throws {
    let folder = TraceFolder()
    try folder.beacon(from: Self.installed, in: "malicious/missed.jsonl")
    let verdict = try #require(try folder.verdicts().first)
    #expect(
      verdict.line == "WRONG  malicious/missed.jsonl: low beacon -- did not fire")
    #expect(
      verdict.json.hasPrefix(
        "{\"trace\":\"malicious/missed.jsonl\",\"kind\":\"malicious\",\"fired\":false,"
          + "\"right\":false,\"amiss\":[\"did not fire\"],\"findings\":[{\"analytic\":\"AN0597\","
          + "\"slug\":\"beacon\",\"severity\":\"low\""))
  }
}
