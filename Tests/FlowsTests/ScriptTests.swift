// SPDX-License-Identifier: Apache-2.0

import EventScript
import Flows
import Testing
import Wire

@Suite("Scripts of interpreters")
struct ScriptTests {
  private func script(
    _ executable: String, _ arguments: [String], edit: (inout ProcessFacts) -> Void = { _ in }
  ) -> ScriptIdentity? {
    var script = EventScript()
    let process = EventScript.image(100)
    script.start(process, executable, arguments: arguments) {
      $0.workingDirectory = "/srv"
      edit(&$0)
    }
    return RecordingObserver.run(script).flows.description(of: process).script
  }

  @Test(
    "A script is found behind its interpreter's options",
    arguments: [
      ("/usr/bin/python3.11", ["python3", "-u", "-W", "ignore", "a.py", "-c"], "file:/srv/a.py"),
      ("/usr/bin/python3", ["python3", "-m", "http.server"], "module:http.server"),
      ("/usr/bin/perl", ["perl", "-MIO::Socket", "-w", "/opt/x.pl"], "file:/opt/x.pl"),
      ("/usr/bin/node", ["node", "--require", "./hook.js", "app.js"], "file:/srv/app.js"),
      ("/usr/bin/php8.2", ["php", "-d", "x=1", "-f", "i.php"], "file:/srv/i.php"),
      ("/usr/bin/bash", ["bash", "-e", "-o", "pipefail", "../job"], "file:/job"),
      ("/usr/bin/java", ["java", "-Xmx1g", "-cp", "a:b", "com.x.Main"], "class:com.x.Main"),
      ("/usr/bin/java", ["java", "-jar", "/opt/a.jar"], "file:/opt/a.jar"),
      ("/usr/bin/deno", ["deno", "run", "--allow-net", "a.ts"], "file:/srv/a.ts"),
      ("/usr/bin/dotnet", ["dotnet", "exec", "a.dll"], "file:/srv/a.dll"),
      ("/usr/bin/gawk", ["awk", "-f", "p.awk", "data"], "file:/srv/p.awk"),
      ("/bin/busybox", ["wget", "http://x"], "applet:wget"),
      ("/bin/busybox", ["busybox", "sh", "/etc/a.sh"], "file:/etc/a.sh"),
    ])
  func files(executable: String, arguments: [String], expected: String) {
    #expect(script(executable, arguments)?.description == expected)
  }

  @Test(
    "Code without a file is inline",
    arguments: [
      ("/usr/bin/python3", ["python3", "-Ic", "import socket"]),
      ("/usr/bin/perl", ["perl", "-ne", "print"]),
      ("/usr/bin/bash", ["bash", "-c", "exec 3<>/dev/tcp/203.0.113.9/443"]),
      ("/usr/bin/bash", ["bash"]),
      ("/usr/bin/python3", ["python3", "-"]),
      ("/usr/bin/python3", ["python3", "/dev/fd/63"]),
      ("/usr/bin/python3", ["python3", "/proc/self/fd/3"]),
      ("/usr/bin/mawk", ["mawk", "BEGIN { }"]),
      ("/usr/bin/node", ["node", "--eval=1"]),
      ("/usr/bin/java", ["java", "-Xmx1g"]),
    ])
  func inline(executable: String, arguments: [String]) {
    #expect(script(executable, arguments)?.isInline == true)
  }

  @Test("The kernel's word for a script wins over the arguments")
  func kernelScript() {
    let found = script("/usr/bin/python3", ["harmless", "lie.py"]) { $0.script = "/tmp/real.py" }
    #expect(found == .file("/tmp/real.py"))
  }

  @Test("A plain program has no script, and neither has an interpreter without arguments known")
  func none() {
    #expect(script("/usr/bin/curl", ["curl", "x.py"]) == nil)
    #expect(script("/usr/bin/python3", []) { $0.arguments = nil } == nil)
  }
}
