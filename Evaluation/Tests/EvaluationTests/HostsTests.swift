// SPDX-License-Identifier: Apache-2.0

import Hosts
import Labelled
import Testing
import Wire

@Suite struct HostsTests {
  private func events(_ role: Role, seed: Int) -> [Event] {
    var host = role.host(seed: seed)
    var events: [Event] = []
    host.live { writer in
      writer.take { events.append($0) }
      return true
    }
    return events
  }

  @Test(arguments: Role.allCases)
  func `a day repeats itself from its seed, and another seed gives another`(_ role: Role) {
    let first = events(role, seed: 1).map(\.time)
    #expect(first == events(role, seed: 1).map(\.time))
    #expect(first != events(role, seed: 2).map(\.time))
  }

  /// The trace format: a step back of up to 3 s is normal, more counts as late.
  @Test(arguments: Role.allCases)
  func `no event comes more than three seconds late`(_ role: Role) {
    var latest: UInt64 = 0
    for event in events(role, seed: 3) {
      #expect(event.time.nanoseconds + 3_000_000_000 >= latest)
      latest = max(latest, event.time.nanoseconds)
    }
  }

  @Test func `no ordinary host calls the implants' network`() {
    for role in Role.allCases {
      for case .connect(let event) in events(role, seed: 4) {
        #expect(!Implant.isControl(event.remote.address))
      }
    }
  }

  @Test func `of a script the sensor tells whose it is`() {
    let java = events(.java, seed: 1).compactMap { event -> ExecutableFacts? in
      if case .context(let context) = event { context.script } else { nil }
    }
    #expect(!java.isEmpty)
    #expect(java.allSatisfy { $0.owner == 0 && $0.package?.isEmpty == true })
    #expect(java.allSatisfy { $0.isDirectoryWritable == false && $0.isPackageVerified == nil })
  }

  @Test func `what a runner starts stays in the unit that its host declares`() {
    var units: Set<String> = []
    for case .process(let event) in events(.ci, seed: 1)
    where event.facts.executable?.text?.contains("build") == true {
      units.insert(event.facts.unit?.text ?? "none")
    }
    #expect(units == Set(Role.ci.declaredUnits))
    #expect(Role.java.declaredUnits.isEmpty)
  }

  @Test func `labelled rows become what a flow log's import makes`() throws {
    let columns =
      "part,ts,src,dst,dport,proto,bytes_out,bytes_in,ip_bytes_out,ip_bytes_in,duration,state,"
      + "process,pid,label,detail"
    let rows = try #require(
      LabelledFile.read(
        """
        \(columns)
        a,100.5,192.0.2.1,203.0.113.5,443,tcp,10,20,100,120,0.5,SF,,,Benign,x
        a,101.5,192.0.2.1,203.0.113.5,443,tcp,0,0,60,0,0,REJ,,,Malicious,x
        a,102.5,192.0.2.1,203.0.113.5,53,udp,1,1,1,1,0,SF,,,Benign,x
        a,103.5,198.51.100.1,192.0.2.1,22,tcp,1,1,1,1,0,S0,,,Malicious,External-Attack-to-Device
        a,104.5,192.0.2.1,203.0.113.6,80,tcp,5,6,1,1,0,FSPA_SPA,,,Benign,x
        """))
    #expect(rows.map(\.isEstablished) == [true, false, true])
    #expect(rows.map(\.isRefused) == [false, true, false])
    let kinds = LabelledStream("a", rows).events.map(\.kind)
    #expect(kinds.count { $0 == .connect } == 3)
    #expect(kinds.count { $0 == .connected } == 2)
    #expect(kinds.count { $0 == .burst } == 2)
    #expect(LabelledFile.read("no,such,columns\n") == nil)
  }
}
