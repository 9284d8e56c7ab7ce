// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@Suite("Processes and subjects")
struct ProcessTests {
  let system = EventScript.image(1)

  /// The subject's text of the last request of a script.
  private func subject(_ script: EventScript) -> String? {
    let (flows, told) = RecordingObserver.run(script)
    return told.requests.last.flatMap { flows.subject($0.pair.subject) }?.description
  }

  @Test("A fork runs its parent's image and is the same subject")
  func fork() {
    var script = EventScript()
    let parent = EventScript.image(100)
    let child = EventScript.image(101)
    script.start(parent, "/usr/sbin/server")
    script.fork(child, from: parent)
    script.connect(parent, at: 10)
    script.connect(child, at: 11)
    let (flows, told) = RecordingObserver.run(script)
    #expect(told.requests[0].pair == told.requests[1].pair)
    #expect(flows.description(of: child).facts?.executable == "/usr/sbin/server")
  }

  @Test("Exec leaves the old image to its pending bursts")
  func exec() {
    var script = EventScript()
    let shell = EventScript.image(100, execID: 1)
    let tool = EventScript.image(100, execID: 2)
    script.start(shell, "/usr/bin/bash", arguments: ["bash", "/etc/job.sh"])
    script.start(tool, "/usr/bin/tool", at: 5)
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.description(of: shell).facts?.executable == "/usr/bin/bash")
    #expect(flows.description(of: tool).facts?.executable == "/usr/bin/tool")
    #expect(flows.description(of: EventScript.image(100, execID: 3)).facts == nil)
    #expect(flows.description(of: EventScript.image(100, execID: 0)).facts != nil)
  }

  @Test("A pid used again is another process")
  func pidReuse() {
    var script = EventScript()
    let first = EventScript.image(100, start: 1)
    let second = EventScript.image(100, start: 50)
    script.start(first, "/usr/bin/first")
    script.exit(first, at: 40)
    script.start(second, "/tmp/second")
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.description(of: first).facts?.executable == "/usr/bin/first")
    #expect(flows.description(of: second).facts?.executable == "/tmp/second")
  }

  @Test("A process stays known for its last bursts, and not for ever")
  func grace() {
    var script = EventScript()
    let process = EventScript.image(100)
    script.start(process, "/usr/bin/brief")
    script.exit(process, at: 10)
    script.tick(at: 200)
    #expect(RecordingObserver.run(script).flows.description(of: process).facts != nil)
    script.tick(at: 500)
    #expect(RecordingObserver.run(script).flows.description(of: process).facts == nil)
  }

  @Test("Every visit by a new process of one subject is the same pair")
  func samePair() {
    var script = EventScript()
    script.start(system, "/usr/lib/systemd/systemd")
    for index in 0..<5 {
      let process = EventScript.image(UInt32(100 + index))
      script.start(process, "/tmp/implant", parent: system, owner: 1_000)
      script.visit(process, at: 10 + Double(index))
    }
    let (_, told) = RecordingObserver.run(script)
    #expect(Set(told.requests.map(\.pair)).count == 1)
  }

  @Test("Facts that come after the first connect do not split a pair")
  func lateFacts() {
    var script = EventScript()
    for index in 0..<4 {
      let process = EventScript.image(UInt32(100 + index))
      script.start(process, "/opt/agent", owner: nil)
      script.connect(process, at: 10 + Double(index))
      var facts = ExecutableFacts()
      facts.owner = 0
      script.know(process, facts, at: EventScript.instant(10.5 + Double(index)))
      facts = ExecutableFacts()
      facts.package = "agent"
      script.know(process, facts, at: EventScript.instant(10.6 + Double(index)))
    }
    let (flows, told) = RecordingObserver.run(script)
    #expect(Set(told.requests.map(\.pair)).count == 1)
    let subject = flows.subject(told.requests[0].pair.subject)
    #expect(subject?.description == "s1|pkg:agent|/opt/agent||||")
  }

  @Test("The initiator of a cron job is cron with the job's line, through the shell and curl")
  func cron() {
    var script = EventScript()
    let cron = EventScript.image(50)
    let worker = EventScript.image(60)
    let shell = EventScript.image(61)
    let curl = EventScript.image(62)
    script.start(system, "/usr/lib/systemd/systemd")
    script.start(cron, "/usr/sbin/cron", parent: system)
    script.fork(worker, from: cron)
    let line = "curl -s https://example.net/7 | sh"
    script.start(shell, "/usr/bin/dash", arguments: ["/bin/sh", "-c", line], parent: worker)
    script.start(curl, "/usr/bin/curl", parent: shell)
    script.visit(curl, at: 10)
    let text = subject(script) ?? ""
    #expect(text.hasPrefix("s1|uid:0|/usr/bin/curl||uid:0|/usr/sbin/cron|job:"))
    let (flows, told) = RecordingObserver.run(script)
    let ancestors = flows.description(of: told.requests[0].image).ancestors
    #expect(ancestors.map(\.process.pid) == [61, 60, 1])
  }

  @Test("An exec after the parent's end keeps who forked it, not the init that took over")
  func reparented() {
    var script = EventScript()
    let session = EventScript.image(70)
    let script1 = EventScript.image(71)
    let orphan = EventScript.image(71, execID: 2)
    script.start(system, "/usr/lib/systemd/systemd")
    script.start(session, "/usr/lib/openssh/sshd-session", parent: system)
    script.fork(script1, from: session)
    script.exit(session, at: 5)
    script.start(orphan, "/tmp/start", parent: system, at: 6)
    script.visit(orphan, at: 10)
    let (flows, told) = RecordingObserver.run(script)
    let ancestors = flows.description(of: told.requests[0].image).ancestors
    #expect(ancestors.map(\.process.pid) == [70, 1])
  }

  @Test("A job line that differs only in its numbers is the same job")
  func jobNumbers() {
    func run(_ line: String) -> String? {
      var script = EventScript()
      let cron = EventScript.image(50)
      let shell = EventScript.image(61)
      let curl = EventScript.image(62)
      script.start(cron, "/usr/sbin/cron")
      script.start(shell, "/usr/bin/dash", arguments: ["/bin/sh", "-c", line], parent: cron)
      script.start(curl, "/usr/bin/curl", parent: shell)
      script.visit(curl, at: 10)
      return subject(script)
    }
    #expect(run("sleep 5;  curl x") == run("sleep 60; curl x"))
    #expect(run("sleep 5; curl x") != run("sleep 5; curl y"))
  }

  @Test("What systemd starts is told apart by its unit, not by the unit's instance")
  func units() {
    var script = EventScript()
    script.start(system, "/usr/lib/systemd/systemd")
    let process = EventScript.image(100)
    let arguments = ["python3", ".././app/x.py"]
    script.start(process, "/usr/bin/python3.11", arguments: arguments, parent: system) {
      $0.unit = "sync@eu.service"
      $0.workingDirectory = "/opt/sync"
    }
    script.visit(process, at: 10)
    #expect(
      subject(script)
        == "s1|uid:0|/usr/bin/python3.11|file:/opt/app/x.py"
        + "|uid:0|/usr/lib/systemd/systemd|unit:sync@.service")
  }

  @Test("A process nobody saw is its own subject, and no process at all is the local address")
  func unknown() {
    var script = EventScript()
    script.connect(EventScript.image(100, start: 2), at: 10)
    #expect(subject(script) == "s1|pid:100@2000000000|||||")
    script.connect(.unattributed, at: 11)
    #expect(subject(script) == "s1|address:192.0.2.10|||||")
  }

  @Test("Snaps and container images keep their identity over an upgrade")
  func upgrades() {
    func run(_ path: String, _ image: ByteString? = nil) -> String? {
      var script = EventScript()
      let process = EventScript.image(100)
      script.start(process, path) { $0.containerImage = image }
      script.visit(process, at: 10)
      return subject(script)
    }
    #expect(run("/snap/lxd/24061/bin/lxd") == "s1|snap:lxd|/snap/lxd/bin/lxd||||")
    #expect(run("/snap/lxd/24061/bin/lxd") == run("/snap/lxd/25000/bin/lxd"))
    let tagged = run("/app", "registry.example:5000/shop/api:1.2.3@sha256:00ff")
    #expect(tagged == "s1|image:registry.example:5000/shop/api|/app||||")
  }

  @Test("Who acts first on a connection that somebody else opened takes connections")
  func takesConnections() {
    var script = EventScript()
    let server = EventScript.image(100)
    let session = EventScript.image(101)
    let client = EventScript.image(102)
    for image in [server, session, client] { script.start(image, "/usr/sbin/sshd") }
    let socket = script.newSocket()
    script.add(
      .accept(
        AcceptEvent(
          time: EventScript.instant(10), socket: socket, networkNamespace: 1,
          local: EventScript.endpoint("127.0.0.1:22"),
          remote: EventScript.endpoint("127.0.0.1:50000"))))
    script.burst(socket, server, first: 10.1, sent: 20)
    script.burst(socket, session, first: 10.2, sent: 20)
    script.visit(client, at: 11)
    let (flows, _) = RecordingObserver.run(script)
    #expect(flows.description(of: server).takesConnections)
    #expect(!flows.description(of: session).takesConnections)
    #expect(!flows.description(of: client).takesConnections)
  }
}
