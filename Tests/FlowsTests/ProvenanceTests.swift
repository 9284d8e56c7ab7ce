// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@Suite("Provenance")
struct ProvenanceTests {
  private func judge(
    _ path: String, arguments: [String]? = nil, file: ((inout ExecutableFacts) -> Void)? = nil
  ) -> ProvenanceJudgement? {
    var script = EventScript()
    let process = EventScript.image(100, start: 1)
    script.start(process, path, arguments: arguments, owner: nil)
    if let file {
      var facts = ExecutableFacts()
      facts.owner = 0
      facts.mode = 0o100755
      file(&facts)
      script.know(process, facts, at: EventScript.instant(2))
    }
    return RecordingObserver.run(script).flows.description(of: process).provenance
  }

  @Test(
    "Temporary directories and memory are P3 whatever else is known",
    arguments: ["/tmp/a", "/var/tmp/a", "/dev/shm/a", "/memfd:a (deleted)"])
  func volatile(path: String) {
    #expect(judge(path)?.level == .volatile)
    #expect(judge(path) { $0.isPackageVerified = true }?.level == .volatile)
  }

  @Test("Deleted within ten minutes, altered, or added to a container is P3")
  func hidden() {
    #expect(judge("/usr/bin/a") { $0.state = .deleted }?.level == .volatile)
    #expect(judge("/usr/bin/a") { $0.state = .replaced }?.level == .administrator)
    #expect(judge("/usr/bin/a") { $0.imageLayer = .upper }?.level == .volatile)
    let altered = judge("/usr/bin/a") {
      $0.package = "a"
      $0.isPackageVerified = false
    }
    #expect(altered?.level == .volatile)
  }

  @Test("An early deletion is not made late by what is learned later")
  func earlyDeletion() {
    var script = EventScript()
    let process = EventScript.image(100, start: 1)
    script.start(process, "/usr/bin/a")
    var facts = ExecutableFacts()
    facts.state = .deleted
    script.know(process, facts, at: EventScript.instant(60))
    facts = ExecutableFacts()
    facts.package = ""
    script.know(process, facts, at: EventScript.instant(2_000))
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.description(of: process).provenance?.level == .volatile)
  }

  @Test("A deletion after ten minutes is an upgrade's, not an implant's")
  func lateDeletion() {
    var script = EventScript()
    let process = EventScript.image(100, start: 1)
    script.start(process, "/usr/bin/a")
    var facts = ExecutableFacts()
    facts.state = .deleted
    script.know(process, facts, at: EventScript.instant(602))
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.description(of: process).provenance?.level == .administrator)
  }

  @Test("What a user can write is P2")
  func writable() {
    #expect(judge("/home/u/a")?.level == .userWritable)
    #expect(judge("/usr/bin/a") { $0.owner = 1_000 }?.level == .userWritable)
    #expect(judge("/usr/bin/a") { $0.mode = 0o100777 }?.level == .userWritable)
    #expect(judge("/opt/a") { $0.isDirectoryWritable = true }?.level == .userWritable)
  }

  @Test("Root's own file in a system directory is P1, a verified package's P0")
  func trusted() {
    #expect(judge("/usr/bin/a", file: { _ in })?.level == .administrator)
    let verified = judge("/usr/bin/a") {
      $0.package = "a"
      $0.isPackageVerified = true
    }
    #expect(verified?.level == .verified)
    #expect(judge("/snap/a/1/bin/a", file: { _ in })?.level == .verified)
    #expect(judge("/opt/a") { $0.mount = .verity }?.level == .verified)
  }

  @Test("A snap is one only where the file is root's alone")
  func snaps() {
    #expect(judge("/snap/a/1/bin/a") { $0.owner = 1_000 }?.level == .userWritable)
    #expect(judge("/snap/a/1/bin/a") { $0.mode = 0o100777 }?.level == .userWritable)
    #expect(judge("/snap/a/1/bin/a")?.level == .userWritable)
  }

  @Test("Root's own file elsewhere is P1 where no user can write to a parent directory")
  func elsewhere() {
    #expect(judge("/opt/a") { $0.isDirectoryWritable = false }?.level == .administrator)
    #expect(
      judge("/opt/a") {
        $0.isDirectoryWritable = false
        $0.package = ""
      }?.level == .administrator)
    #expect(judge("/root/a") { $0.isDirectoryWritable = false }?.level == .userWritable)
  }

  @Test("Read-only and verity mounts and an image's lower layer are P0; temporary ones are not")
  func mounts() {
    #expect(judge("/opt/a") { $0.mount = .readOnly }?.level == .verified)
    #expect(judge("/opt/a") { $0.imageLayer = .lower }?.level == .verified)
    #expect(judge("/opt/a") { $0.mount = .other }?.level == .userWritable)
    #expect(judge("/tmp/a") { $0.mount = .readOnly }?.level == .volatile)
  }

  @Test(
    "A verified interpreter counts by its script's directory",
    arguments: [
      ("/usr/share/app/a.py", Provenance.administrator), ("/etc/cron.daily/a", .administrator),
      ("/var/lib/dpkg/info/a.postinst", .administrator), ("/opt/app/a.py", .userWritable),
      ("/home/u/a.py", .userWritable), ("/root/a.py", .userWritable),
      ("/var/tmp/a.py", .volatile), ("/dev/shm/a.py", .volatile), ("a.py", .userWritable),
    ])
  func scriptDirectories(script: String, expected: Provenance) {
    let judged = judge("/usr/bin/python3", arguments: ["python3", script]) {
      $0.package = "python3"
      $0.isPackageVerified = true
    }
    #expect(judged?.level == expected)
  }

  // bash(1): a name without a slash is looked for in the working directory, then in PATH.
  @Test("A script that a shell may have found in PATH is not judged by the working directory")
  func searched() {
    func level(_ name: String, in directory: ByteString) -> Provenance? {
      var script = EventScript()
      let process = EventScript.image(100, start: 1)
      script.start(process, "/usr/bin/bash", arguments: ["bash", name]) {
        $0.workingDirectory = directory
      }
      return RecordingObserver.run(script).flows.description(of: process).provenance?.level
    }
    #expect(level("job", in: "/usr/share") == .userWritable)
    #expect(level("./job", in: "/usr/share") == .administrator)
    #expect(level("job", in: "/tmp") == .volatile)
  }

  @Test("An altered interpreter is P3 whatever it runs")
  func alteredInterpreter() {
    let judged = judge("/usr/bin/python3", arguments: ["python3", "/usr/share/a.py"]) {
      $0.package = "python3"
      $0.isPackageVerified = false
    }
    #expect(judged?.level == .volatile)
  }

  @Test("An unknown fact never improves the level and is named")
  func missing() {
    let nothing = judge("/opt/a")
    #expect(nothing?.level == .userWritable)
    #expect(nothing?.missing == ["exe_owner", "exe_mode", "dir_writable"])
    let directory = judge("/opt/a", file: { _ in })
    #expect(directory?.level == .userWritable)
    #expect(directory?.missing == ["dir_writable"])
  }

  @Test("The worse of interpreter and script decides")
  func scripts() {
    let python = "/usr/bin/python3"
    #expect(judge(python, arguments: ["python3", "/tmp/a.py"], file: { _ in })?.level == .volatile)
    let inline = judge(python, arguments: ["python3", "-c", "1"], file: { _ in })
    #expect(inline?.level == .userWritable)
    #expect(inline?.reason == "inline code")
    let system = judge(python, arguments: ["python3", "/usr/share/a.py"], file: { _ in })
    #expect(system?.level == .administrator)
    #expect(system?.missing == ["script_owner", "script_mode"])
  }
}
