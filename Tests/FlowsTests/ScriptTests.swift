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
      ("/usr/bin/python3", ["python3", "-Im", "x"], "module:x"),
      ("/usr/bin/python3", ["python3", "-OO", "-X", "utf8", "-bWerror", "a.py"], "file:/srv/a.py"),
      ("/usr/bin/pypy3", ["pypy3", "--jit", "off", "a.py"], "file:/srv/a.py"),
      ("/usr/bin/perl", ["perl", "-w", "-CS", "-T", "/opt/x.pl"], "file:/opt/x.pl"),
      (
        "/usr/bin/ruby", ["ruby", "-W0", "--yjit", "--encoding", "utf-8", "a.rb"], "file:/srv/a.rb"
      ),
      ("/usr/bin/node", ["node", "--max-old-space-size=4096", "app.js", "-r"], "file:/srv/app.js"),
      (
        "/usr/bin/node",
        ["node", "--max_old_space_size=1", "--no-warnings", "--title", "x", "a.js"],
        "file:/srv/a.js"
      ),
      ("/usr/bin/php8.2", ["php", "-d", "memory_limit=1G", "-f", "i.php"], "file:/srv/i.php"),
      ("/usr/bin/php8.2", ["php", "-q", "-ddisplay_errors=1", "i.php"], "file:/srv/i.php"),
      ("/usr/bin/bash", ["bash", "-e", "-o", "pipefail", "../job"], "file:/job"),
      ("/usr/bin/bash", ["bash", "-euo", "pipefail", "+x", "--norc", "job"], "file:/srv/job"),
      ("/usr/bin/dash", ["sh", "-ex", "./job", "-c"], "file:/srv/job"),
      ("/usr/bin/java", ["java", "-Xmx1g", "-cp", "a:b", "com.x.Main"], "class:com.x.Main"),
      ("/usr/bin/java", ["java", "-jar", "/opt/a.jar"], "file:/opt/a.jar"),
      (
        "/usr/bin/java",
        [
          "java", "-server", "-Xms1g", "-XX:+UseG1GC", "-Dfile.encoding=UTF-8", "--add-opens",
          "java.base/java.lang=ALL-UNNAMED", "--add-exports=a/b=c", "-ea:x", "-jar", "-Xss1m",
          "/opt/a.jar", "-javaagent:x",
        ], "file:/opt/a.jar"
      ),
      ("/usr/bin/java", ["java", "Main.java"], "file:/srv/Main.java"),
      ("/usr/bin/deno", ["deno", "run", "--allow-net", "a.ts"], "file:/srv/a.ts"),
      ("/usr/bin/dotnet", ["dotnet", "exec", "--fx-version", "8.0", "a.dll"], "file:/srv/a.dll"),
      ("/usr/bin/dotnet", ["dotnet", "a.dll", "run"], "file:/srv/a.dll"),
      ("/usr/bin/gawk", ["awk", "-F", ":", "-f", "p.awk", "data"], "file:/srv/p.awk"),
      ("/usr/bin/pwsh", ["pwsh", "-NonInteractive", "-File", "a.ps1", "-X"], "file:/srv/a.ps1"),
      ("/bin/busybox", ["wget", "http://x"], "applet:wget"),
      ("/bin/busybox", ["busybox", "sh", "/etc/a.sh"], "file:/etc/a.sh"),
      // What is behind a name is asked of the file system: it may be a link.
      ("/usr/bin/python3", ["python3", "./l/./../a.py"], "file:/srv/l/../a.py"),
      ("/usr/bin/python3", ["python3", "../.././../x/a.py"], "file:/x/a.py"),
      ("/usr/bin/python3", ["python3", "/../x//a.py"], "file:/x/a.py"),
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
      ("/usr/bin/bash", ["bash", "-s", "/usr/bin/job"]),
      ("/usr/bin/bash", ["bash", "-lc", "true"]),
      ("/usr/bin/perl", ["perl", "-0777ne", "print", "/usr/bin/job"]),
      ("/usr/bin/ruby", ["ruby", "-W0e1", "/usr/bin/job"]),
      ("/usr/bin/deno", ["deno", "eval", "1"]),
      ("/usr/bin/dotnet", ["dotnet", "run"]),
    ])
  func inline(executable: String, arguments: [String]) {
    #expect(script(executable, arguments)?.isInline == true)
  }

  // Each of these options is in the manual of its interpreter as one that loads other code, changes
  // where the script is looked for, or has a value of its own.
  @Test(
    "Where other code may run than the script, its name is not the code",
    arguments: [
      ["node", "-r", "./hook.js"], ["node", "--require", "./hook.js"], ["node", "--import=x"],
      ["node", "--experimental-loader", "x"], ["node", "--env-file", "/usr/share/a"],
      ["node", "--inspect"], ["node", "--cpu-prof-what", "/usr/share/a"],
      ["perl", "-MEvil"], ["perl", "-wI/home/e"], ["perl", "-d:Evil"], ["perl", "-S"],
      ["ruby", "-revil"], ["ruby", "-I", "/home/e"], ["ruby", "-C", "/home/e"], ["ruby", "-S"],
      ["lua", "-l", "evil"], ["php", "-d", "auto_prepend_file=/home/e/x"],
      ["php", "-d", "memory_limit=1\nauto_prepend_file=/home/e/x"],
      ["php", "--define=extension=x"], ["php", "--php-ini", "/usr/share/a"], ["php", "-S", "x:1"],
      ["bash", "--rcfile", "/home/e/x"], ["bash", "-i"], ["bash", "--login"],
      ["python3", "-i"], ["python3", "-X", "pycache_prefix=/home/e"], ["python3", "--new", "off"],
      ["java", "-javaagent:/home/e/x.jar", "-jar"], ["java", "-Xbootclasspath/a:x", "-jar"],
      ["java", "-agentpath:/home/e/x.so", "-cp", "/usr/share/a"], ["java", "@/home/e/x", "-jar"],
      ["java", "-XX:OnOutOfMemoryError=x", "-jar"], ["java", "--module-path", "x", "-jar"],
      ["java", "-cp", "/usr/share/a.jar", "@/home/e/x"], ["java", "--source", "21"],
      ["awk", "-f", "/usr/share/a", "-f"], ["php", "-f", "/usr/share/a", "-B"],
      ["dotnet", "exec", "--depsfile", "/home/e/x"], ["deno", "run", "--preload", "x"],
    ])
  func mixed(arguments: [String]) {
    let name = arguments[0] == "awk" ? "gawk" : arguments[0]
    #expect(script("/usr/bin/" + name, arguments + ["/usr/share/a.dll"])?.isInline == true)
  }

  @Test("The kernel's word for a script wins over the arguments")
  func kernelScript() {
    let found = script("/usr/bin/python3", ["harmless", "lie.py"]) { $0.script = "/tmp/real.py" }
    #expect(found == .file("/tmp/real.py"))
    // Older recordings have it from the arguments.
    let interpreter = script("/usr/bin/python3.11", ["python3", "/tmp/x.py", "/usr/bin/python3"]) {
      $0.script = "/usr/bin/python3"
    }
    #expect(interpreter == .file("/tmp/x.py"))
  }

  @Test("A plain program has no script, and neither has an interpreter without arguments known")
  func none() {
    #expect(script("/usr/bin/curl", ["curl", "x.py"]) == nil)
    #expect(script("/usr/bin/python3", []) { $0.arguments = nil } == nil)
  }
}
