// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@Suite("Provenance of scripts")
struct ScriptProvenanceTests {
  /// What a verified interpreter is judged that runs this script.
  private func judge(
    _ path: String, _ facts: ExecutableFacts? = nil, at seconds: Double = 2
  ) -> ProvenanceJudgement? {
    judge(["python3", path], facts, at: seconds)
  }

  private func judge(
    _ arguments: [String], _ facts: ExecutableFacts? = nil, at seconds: Double = 2,
    in directory: ByteString? = nil
  ) -> ProvenanceJudgement? {
    var script = EventScript()
    let process = EventScript.image(100, start: 1)
    script.start(process, "/usr/bin/" + arguments[0], arguments: arguments) {
      $0.workingDirectory = directory
    }
    var interpreter = ExecutableFacts()
    interpreter.package = "python3"
    interpreter.isPackageVerified = true
    script.know(process, interpreter, at: EventScript.instant(1.5))
    if let facts { script.know(process, script: facts, at: EventScript.instant(seconds)) }
    return RecordingObserver.run(script).flows.description(of: process).provenance
  }

  private func rootsOwn(_ edit: (inout ExecutableFacts) -> Void = { _ in }) -> ExecutableFacts {
    var facts = ExecutableFacts()
    facts.owner = 0
    facts.mode = 0o100644
    facts.isDirectoryWritable = false
    edit(&facts)
    return facts
  }

  @Test("Root's own script is P1 wherever only root can write, a verified package's P0")
  func trusted() {
    for path in ["/opt/app/a.py", "/srv/a.py", "/usr/local/lib/a.py"] {
      let own = judge(path, rootsOwn())
      #expect(own?.level == .administrator && own?.missing == [])
      let packaged = rootsOwn {
        $0.package = "app"
        $0.isPackageVerified = true
      }
      #expect(judge(path, packaged)?.level == .verified)
    }
    #expect(judge("/opt/a.py", rootsOwn { $0.mount = .readOnly })?.level == .verified)
  }

  @Test("A script that a user can write to is P2, also in a system directory")
  func writable() {
    #expect(judge("/opt/a.py", rootsOwn { $0.owner = 1_000 })?.level == .userWritable)
    #expect(judge("/usr/share/a.py", rootsOwn { $0.owner = 1_000 })?.level == .userWritable)
    #expect(judge("/opt/a.py", rootsOwn { $0.mode = 0o100664 })?.level == .userWritable)
    #expect(judge("/opt/a.py", rootsOwn { $0.isDirectoryWritable = true })?.level == .userWritable)
    #expect(judge("/home/u/a.py", rootsOwn())?.level == .userWritable)
  }

  // Of a script the sensor sees the file that is there later: not the one that was read.
  @Test("Nothing vouches for a script whose name users can give to another file")
  func exchanged() {
    for isWritable in [true, nil] {
      let facts = rootsOwn {
        $0.isDirectoryWritable = isWritable
        $0.package = "app"
        $0.isPackageVerified = true
        $0.mount = .readOnly
      }
      #expect(judge("/home/u/a.py", facts)?.level == .userWritable)
      #expect(judge("/opt/a.py", facts)?.level == .userWritable)
      #expect(judge("/snap/a/1/a.py", facts)?.level == .userWritable)
    }
    #expect(judge("/snap/a/1/a.py", rootsOwn())?.level == .verified)
  }

  @Test("A path that goes up behind a name is in no directory that it names for good")
  func goingUp() {
    #expect(judge("/home/u/l/../../../usr/share/a.py")?.level == .userWritable)
    #expect(judge("/usr/share/l/../a.py")?.level == .userWritable)
    #expect(judge("/usr/share/l/../a.py", rootsOwn())?.level == .administrator)
    #expect(judge("/snap/a/1/l/../../../../home/u/a.py", rootsOwn())?.level == .userWritable)
    #expect(judge("/usr/share/../../tmp/a.py", rootsOwn())?.level == .volatile)
    #expect(judge("/tmp/l/../../usr/share/a.py", rootsOwn())?.level == .volatile)
  }

  @Test(
    "Code beside the script makes it P2, and P3 where some of it is in a temporary directory",
    arguments: [
      (["node", "-r", "/home/e/x.js", "/usr/share/a.js"], .userWritable),
      (["node", "-r", "/tmp/.x/x.js", "/usr/share/a.js"], .volatile),
      (["node", "--import=/usr/../tmp/x.js", "/usr/share/a.js"], .volatile),
      (["node", "--new-option", "/tmp/x.js"], .volatile),
      (["node", "--new-option", "/usr/share/a.js", "/tmp/data"], .userWritable),
      (["java", "-javaagent:/dev/shm/x.jar", "-jar", "/usr/share/a.jar"], .volatile),
      (["java", "-Djava.library.path=/tmp/x", "-jar", "/usr/share/a.jar"], .volatile),
      (["java", "-Djava.io.tmpdir=/tmp/x", "-jar", "/usr/share/a.jar"], .verified),
      (["gawk", "-f", "/usr/share/a", "-f", "/tmp/x"], .volatile),
      (["perl", "-I/tmp/x", "/usr/share/a.pl"], .volatile),
      (["perl", "-e", "1", "/tmp/data"], .userWritable),
      (["bash", "-lc", "/tmp/x"], .userWritable),
    ] as [([String], Provenance)])
  func loaded(arguments: [String], level: Provenance) {
    let packaged = rootsOwn {
      $0.package = "app"
      $0.isPackageVerified = true
    }
    #expect(judge(arguments, packaged)?.level == level)
  }

  @Test(
    "A setting or a module by its name is no file of the directory that a program runs in",
    arguments: [
      (["php", "-d", "session.gc_maxlifetime=1440", "/usr/share/a.php"], .verified),
      (["php", "-d", "auto_prepend_file=x", "/usr/share/a.php"], .userWritable),
      (["java", "--add-modules", "java.se", "-jar", "/usr/share/a.jar"], .verified),
      (["java", "-Djava.library.path=/usr/lib/jni", "-jar", "/usr/share/a.jar"], .verified),
      (["java", "-Djava.library.path=/usr/lib:/srv", "-jar", "/usr/share/a.jar"], .userWritable),
      (["java", "-Djava.security.manager=allow", "-jar", "/usr/share/a.jar"], .verified),
      (["java", "-Djava.security.manager=x.Y", "-jar", "/usr/share/a.jar"], .userWritable),
      (["perl", "-MLWP::Simple", "-e", "1"], .userWritable),
      (["node", "--openssl-legacy-provider", "/usr/share/a.js"], .verified),
      (["perl", "-Ilib", "/usr/share/a.pl"], .volatile),
    ] as [([String], Provenance)])
  func named(arguments: [String], level: Provenance) {
    let packaged = rootsOwn {
      $0.package = "app"
      $0.isPackageVerified = true
    }
    #expect(judge(arguments, packaged, in: "/tmp")?.level == level)
  }

  @Test("A script in a temporary directory, or altered since its package came, is P3")
  func volatile() {
    #expect(judge("/tmp/a.py", rootsOwn { $0.mount = .readOnly })?.level == .volatile)
    let altered = rootsOwn {
      $0.package = "app"
      $0.isPackageVerified = false
    }
    #expect(judge("/usr/share/a.py", altered)?.level == .volatile)
  }

  @Test("Deleted within ten minutes of its start it is P3, later it was an upgrade")
  func deleted() {
    var facts = ExecutableFacts()
    facts.state = .deleted
    #expect(judge("/usr/share/a.py", facts)?.level == .volatile)
    // The interpreter's own facts came at 1.5 s; the script's time is its own.
    #expect(judge("/usr/share/a.py", facts, at: 602)?.level == .administrator)
    #expect(judge("/opt/a.py", facts, at: 602)?.level == .userWritable)
  }

  @Test("The worse of interpreter and script decides whatever order they become known in")
  func worse() {
    var script = EventScript()
    let process = EventScript.image(100, start: 1)
    script.start(process, "/usr/bin/python3", arguments: ["python3", "/opt/a.py"], owner: nil)
    script.know(process, script: rootsOwn(), at: EventScript.instant(2))
    var interpreter = ExecutableFacts()
    interpreter.owner = 1_000
    script.know(process, interpreter, at: EventScript.instant(3))
    let judged = RecordingObserver.run(script).flows.description(of: process).provenance
    #expect(judged?.level == .userWritable)
    #expect(judged?.reason == "owned by a user other than root")
  }

  @Test("Facts that come later add to what was known, and stay with a forked child")
  func partial() {
    var script = EventScript()
    let process = EventScript.image(100, start: 1)
    script.start(process, "/usr/bin/python3", arguments: ["python3", "/opt/a.py"])
    var some = ExecutableFacts()
    some.owner = 0
    script.know(process, script: some, at: EventScript.instant(2))
    let child = EventScript.image(101, start: 2.5)
    script.fork(child, from: process)
    var more = ExecutableFacts()
    more.mode = 0o100755
    script.know(process, script: more, at: EventScript.instant(3))
    let known = RecordingObserver.run(script).flows.description(of: child).provenance
    #expect(known?.level == .userWritable)
    #expect(known?.missing == ["script_dir_writable"])
  }

  @Test(
    "Where an interpreter's script lies is asked only of files whose path is known",
    arguments: [
      ("/usr/bin/java", ["java", "-jar", "a.jar"], "/srv/a.jar", true),
      ("/usr/bin/python3", ["python3", "/opt/a.py"], "/opt/a.py", true),
      ("/usr/bin/bash", ["bash", "job"], "/srv/job", false),
      ("/usr/bin/python3", ["python3", "-c", "1"], nil, false),
      ("/usr/bin/python3", ["python3", "-m", "x"], nil, false),
      ("/usr/bin/java", ["java", "x.Main"], nil, false),
      ("/usr/sbin/nginx", ["nginx"], nil, false),
    ] as [(String, [String], String?, Bool)])
  func paths(executable: String, arguments: [String], path: String?, isExact: Bool) {
    var facts = ProcessFacts()
    facts.executable = ByteString(executable)
    facts.arguments = arguments.map { ByteString($0) }
    #expect(CodePaths(of: facts)?.isExact == (path?.hasPrefix("/opt") == true ? isExact : nil))
    facts.workingDirectory = "/srv"
    #expect(CodePaths(of: facts)?.paths.map(\.text) == path.map { [$0] })
    #expect((CodePaths(of: facts)?.isExact ?? false) == isExact)
    facts.wasFound = true
    #expect(CodePaths(of: facts)?.isExact != true)
  }

  @Test(
    "The files of a Java class path are known, a directory's are not",
    arguments: [
      (["java", "-cp", "a.jar:/opt/b.jar", "x.Main", "-cp", "z"], ["/srv/a.jar", "/opt/b.jar"]),
      (["java", "-cp", "z", "-Xa", "--class-path=/opt/c.jar", "x.Main"], ["/opt/c.jar"]),
      (["java", "-ea", "-classpath", "/opt/l/../d.jar", "x.Main"], ["/opt/l/../d.jar"]),
      (["java", "-p", "/m", "-classpath", "/opt/d.jar", "x.Main"], nil),
      (["java", "-cp", "/opt/libs/*", "x.Main"], nil),
      (["java", "-cp", "/opt/a.jar:", "x.Main"], nil),
      (["java", "-cp", "/opt/a.jar"], nil),
    ] as [([String], [ByteString]?)])
  func classPath(arguments: [String], paths: [ByteString]?) {
    var facts = ProcessFacts()
    facts.executable = "/usr/bin/java"
    facts.workingDirectory = "/srv"
    facts.arguments = arguments.map { ByteString($0) }
    #expect(CodePaths(of: facts)?.paths == paths)
    #expect(CodePaths(of: facts)?.isExact != true)
  }

  @Test("A class path is followed as far as it can be held, whatever directory it begins in")
  func longClassPath() {
    var facts = ProcessFacts()
    facts.executable = "/usr/bin/java"
    let classPath = Array(repeating: "a", count: 32).joined(separator: ":")
    facts.arguments = ["java", "-cp", ByteString(classPath), "x.Main"]
    // 32 paths of 1,024 bytes are 32 KiB.
    facts.workingDirectory = ByteString("/" + String(repeating: "d", count: 1_021))
    #expect(CodePaths(of: facts)?.paths.count == 32)
    facts.workingDirectory = ByteString("/" + String(repeating: "d", count: 1_022))
    #expect(CodePaths(of: facts) == nil)
  }

  @Test("A main class is P2 until the files of its class path are known, and then as they are")
  func mainClass() {
    func level(_ facts: ExecutableFacts?) -> Provenance? {
      var script = EventScript()
      let process = EventScript.image(100, start: 1)
      script.start(process, "/usr/bin/java", arguments: ["java", "-cp", "/opt/a.jar", "x.Main"])
      if let facts { script.know(process, script: facts, at: EventScript.instant(2)) }
      return RecordingObserver.run(script).flows.description(of: process).provenance?.level
    }
    #expect(level(nil) == .userWritable)
    #expect(level(rootsOwn()) == .administrator)
    #expect(level(rootsOwn { $0.isDirectoryWritable = true }) == .userWritable)
  }

  /// Arguments that fill the 2,048 bytes which the kernel side copies, their last NUL lost.
  private func filled(_ program: String, _ last: String) -> [ByteString] {
    let rest = 2_048 - program.utf8.count - last.utf8.count - 2
    return [program, "-W" + String(repeating: "x", count: rest - 2), last].map { ByteString($0) }
  }

  @Test("A path that the arguments may have been cut in is no path")
  func cut() {
    var facts = ProcessFacts()
    facts.executable = "/usr/bin/java"
    facts.arguments = filled("java", "/opt/a.j")
    #expect(facts.arguments?.map(\.bytes.count).reduce(2, +) == 2_048)
    facts.arguments?.insert("-jar", at: 2)
    #expect(!facts.areArgumentsCut, "the kernel side never gives that many")
    facts.executable = "/usr/bin/python3"
    facts.arguments = filled("python3", "/opt/a.p")
    #expect(facts.areArgumentsCut && CodePaths(of: facts) == nil && !facts.isCodeCut)
    facts.arguments = filled("python3", "--verbose")
    facts.arguments?[1] = "-u"
    facts.arguments?.insert(ByteString("/opt/a.py"), at: 2)
    #expect(!facts.areArgumentsCut && CodePaths(of: facts)?.paths == ["/opt/a.py"])
  }

  @Test(
    "A script whose path may go on is judged by no part of it",
    arguments: ["/usr/share/a.p", "/usr/share/.", "/usr/share/"])
  func cutScript(last: String) {
    var script = EventScript()
    let process = EventScript.image(100, start: 1)
    script.start(process, "/usr/bin/python3") { $0.arguments = self.filled("python3", last) }
    let known = RecordingObserver.run(script).flows.description(of: process)
    #expect(known.script?.isInline == true)
    #expect(known.provenance?.level == .userWritable)
  }

  @Test("Java's options can hide what it runs: that is no verified program")
  func javaOptions() {
    var script = EventScript()
    let process = EventScript.image(100, start: 1)
    script.start(process, "/usr/bin/java") {
      $0.arguments = self.filled("java", "-Xmx1g")
      #expect($0.isCodeCut)
    }
    var java = ExecutableFacts()
    java.package = "openjdk"
    java.isPackageVerified = true
    script.know(process, java, at: EventScript.instant(2))
    let judged = RecordingObserver.run(script).flows.description(of: process).provenance
    #expect(judged?.level == .userWritable)
  }
}
