// SPDX-License-Identifier: Apache-2.0

// The options of each interpreter, from its manual.

extension Interpreter {
  /// Each letter of a text with its meaning.
  private static func letters(
    flag: String = "", value: String = "", code: String = "", input: String = "",
    module: String = "", file: String = "", loads: String = "", loadsName: String = "",
    setting: String = ""
  ) -> [Character: Meaning] {
    let groups: [(String, Meaning)] = [
      (flag, .flag), (value, .value), (code, .code), (input, .input), (module, .module),
      (file, .file), (loads, .loads), (loadsName, .loadsName), (setting, .setting),
    ]
    return Dictionary(
      uniqueKeysWithValues: groups.flatMap { group in group.0.map { ($0, group.1) } })
  }

  private static func options(
    flag: [String] = [], value: [String] = [], code: [String] = [], module: [String] = [],
    file: [String] = [], loads: [String] = [], setting: [String] = []
  ) -> [String: Meaning] {
    let groups: [([String], Meaning)] = [
      (flag, .flag), (value, .value), (code, .code), (module, .module), (file, .file),
      (loads, .loads), (setting, .setting),
    ]
    return Dictionary(
      uniqueKeysWithValues: groups.flatMap { group in group.0.map { ($0, group.1) } })
  }

  private static func prefixes(_ meaning: Meaning, _ texts: String...) -> [(String, Meaning)] {
    texts.map { ($0, meaning) }
  }

  /// `-i` reads standard input after the script, `-X pycache_prefix` compiled code from elsewhere.
  static let python = Interpreter(
    kind: .python,
    letters: letters(
      flag: "3bBdEhIOPqRsStuvVx?", value: "W", code: "c", module: "m", setting: "X"),
    options: options(value: ["--check-hash-based-pycs", "--jit"]),
    settings: [
      "cpu_count", "dev", "faulthandler", "frozen_modules", "gil", "importtime",
      "int_max_str_digits", "no_debug_ranges", "perf", "perf_jit", "showrefcount", "tracemalloc",
      "utf8", "warn_default_encoding",
    ])

  /// `-F` is a pattern in words, code in truth; `-S` looks for the script elsewhere.
  static let perl = Interpreter(
    kind: .perl,
    letters: letters(flag: "01234567acfghlnpstTuUvwWX", code: "eEF", loads: "I", loadsName: "mM"),
    attached: "CDiV")

  /// `-C` and `-X` change the directory that the script is in.
  static let ruby = Interpreter(
    kind: .ruby,
    letters: letters(flag: "01234567achKlnpsTUvwWy", value: "E", code: "e", loads: "rICX"),
    attached: "Fi",
    options: options(
      flag: ["--verbose", "--debug", "--version", "--copyright", "--dev", "--server", "--client"],
      value: [
        "--encoding", "--external-encoding", "--internal-encoding", "--enable", "--disable",
        "--backtrace-limit",
      ]),
    prefixes: prefixes(
      .flag, "-W:", "--enable-", "--disable-", "--yjit", "--jit", "--rjit", "--mjit"))

  /// Directives can prepend files; so can another php.ini.
  static let php = Interpreter(
    kind: .php,
    letters: letters(
      flag: "ehHilmnqsvw", code: "rBRE", file: "f", loads: "aczFtS", setting: "d"),
    options: options(
      flag: [
        "--no-php-ini", "--no-header", "--hide-args", "--info", "--syntax-check", "--modules",
        "--strip", "--version", "--ini",
      ], code: ["--run", "--process-begin", "--process-code", "--process-end"], file: ["--file"],
      loads: ["--php-ini", "--zend-extension", "--process-file", "--server", "--docroot"],
      setting: ["--define"]),
    settings: [
      "allow_url_fopen", "apc.enable_cli", "date.timezone", "default_charset",
      "default_socket_timeout", "disable_functions", "display_errors", "display_startup_errors",
      "error_log", "error_reporting", "html_errors",
      "implicit_flush", "log_errors", "max_execution_time", "max_input_time", "max_input_vars",
      "memory_limit", "opcache.enable", "opcache.enable_cli", "opcache.jit",
      "opcache.jit_buffer_size", "open_basedir", "output_buffering", "post_max_size", "precision",
      "realpath_cache_size", "register_argc_argv", "session.gc_maxlifetime", "short_open_tag",
      "upload_max_filesize",
      "variables_order", "xdebug.mode", "zend.assertions",
    ])

  /// An environment file can have NODE_OPTIONS in it.
  ///
  /// What is not a flag of V8's takes its value from the next argument too.
  static let node = Interpreter(
    kind: .node, letters: letters(flag: "chv", value: "C", code: "ep", loads: "r"),
    options: options(
      flag: [
        "--abort-on-uncaught-exception", "--allow-addons", "--allow-child-process", "--allow-wasi",
        "--allow-worker", "--check", "--cpu-prof", "--enable-fips", "--enable-source-maps",
        "--experimental-fetch", "--experimental-global-webcrypto", "--experimental-json-modules",
        "--experimental-modules", "--experimental-sqlite", "--experimental-strip-types",
        "--experimental-vm-modules", "--experimental-wasm-modules", "--experimental-websocket",
        "--experimental-worker", "--expose-gc", "--force-fips", "--frozen-intrinsics",
        "--gc-interval", "--heap-prof", "--initial-old-space-size", "--insecure-http-parser",
        "--jitless", "--max-heap-size", "--max-old-space-size", "--max-semi-space-size",
        "--min-semi-space-size", "--node-snapshot", "--openssl-legacy-provider",
        "--openssl-shared-config", "--optimize-for-size",
        "--pending-deprecation", "--permission", "--preserve-symlinks",
        "--preserve-symlinks-main", "--prof", "--semi-space-growth-factor", "--stack-size",
        "--stack-trace-limit", "--throw-deprecation", "--track-heap-objects", "--use-bundled-ca",
        "--use-openssl-ca", "--use-system-ca", "--verify-base-objects", "--watch",
        "--watch-preserve-output", "--zero-fill-buffers",
      ],
      value: [
        "--allow-fs-read", "--allow-fs-write", "--conditions", "--cpu-prof-dir",
        "--cpu-prof-interval", "--cpu-prof-name", "--diagnostic-dir", "--disable-proto",
        "--disable-warning", "--dns-result-order", "--heap-prof-dir", "--heap-prof-interval",
        "--heap-prof-name", "--heapsnapshot-near-heap-limit", "--heapsnapshot-signal",
        "--icu-data-dir", "--input-type", "--max-http-header-size",
        "--network-family-autoselection-attempt-timeout", "--redirect-warnings",
        "--report-dir", "--report-directory", "--report-filename", "--report-signal",
        "--secure-heap", "--secure-heap-min", "--title", "--tls-cipher-list", "--tls-keylog",
        "--trace-event-categories", "--trace-event-file-pattern", "--unhandled-rejections",
        "--v8-pool-size", "--watch-path",
      ], code: ["--eval", "--print", "--run"],
      loads: [
        "--require", "--import", "--loader", "--experimental-loader", "--env-file",
        "--env-file-if-exists", "--openssl-config", "--snapshot-blob", "--build-snapshot",
        "--experimental-config-file",
      ]),
    prefixes: prefixes(
      .flag, "--harmony", "--no-", "--perf-", "--tls-min-", "--tls-max-", "--trace-",
      "--experimental-specifier-resolution="))

  static let runner = Interpreter(
    kind: .runner, letters: letters(flag: "AENqRSW", code: "ep", loads: "rc"),
    options: options(
      flag: [
        "--bun", "--cached-only", "--check", "--hot", "--prod", "--production", "--quiet",
        "--silent", "--smol", "--watch",
      ], code: ["--eval", "--print"], loads: ["--preload", "--require", "--import-map", "--config"]
    ),
    prefixes: prefixes(.flag, "--allow-", "--deny-", "--no-", "--unstable"))

  static let lua = Interpreter(
    kind: .lua, letters: letters(flag: "vEW", code: "e", loads: "l"), attached: "O")

  static let awk = Interpreter(
    kind: .awk,
    letters: letters(
      flag: "bcCghIkMnNOPrsStV", value: "Fv", code: "e", file: "f", loads: "iElD"),
    attached: "dLop",
    options: options(
      flag: [
        "--characters-as-bytes", "--traditional", "--csv", "--bignum", "--non-decimal-data",
        "--use-lc-numeric", "--optimize", "--posix", "--re-interval", "--no-optimize", "--sandbox",
        "--lint", "--profile", "--dump-variables", "--pretty-print", "--version",
      ], value: ["--assign", "--field-separator"], code: ["--source"], file: ["--file"],
      loads: ["--include", "--load", "--exec"]))

  /// `-i` and `-l` read files of the user who runs it.
  static let shell = Interpreter(
    kind: .shell,
    letters: letters(flag: "abBCdeEfFhHkmnpPrtTuvVxX", code: "c", input: "s"), next: "oO",
    options: options(
      flag: [
        "--noediting", "--noprofile", "--norc", "--posix", "--restricted", "--verbose",
        "--version", "--help", "--dump-strings",
      ], value: ["--emulate"], code: ["--command"], loads: ["--rcfile", "--init-file"]))

  static let fish = Interpreter(
    kind: .shell, letters: letters(flag: "nNPv", value: "dDopf", code: "cC"),
    options: options(
      flag: ["--no-config", "--no-execute", "--private", "--version"],
      value: ["--debug", "--debug-output", "--features", "--profile", "--profile-startup"],
      code: ["--command", "--init-command"]))

  /// `-jar` is a mode; what it runs stands behind all options.
  static let java = Interpreter(
    kind: .java,
    options: options(
      flag: [
        "-jar", "-server", "-client", "-d32", "-d64", "-version", "-showversion", "-esa", "-dsa",
        "-enablesystemassertions", "-disablesystemassertions", "--enable-preview",
        "--show-version", "--version", "-ea", "-da", "--illegal-access",
        "--enable-native-access", "--finalization",
        "--illegal-native-access", "--show-module-resolution",
        "-Djava.security.manager=allow", "-Djava.security.manager=disallow",
      ],
      value: [
        "-cp", "-classpath", "--class-path", "--add-opens", "--add-exports", "--add-reads",
        "--limit-modules", "--add-modules",
      ],
      module: ["-m", "--module"],
      loads: ["-p", "--module-path", "--upgrade-module-path", "--patch-module"]),
    prefixes: prefixes(
      .loads, "-Xbootclasspath/a:", "-Xbootclasspath/p:", "-Xbootclasspath:", "-Xrun",
      "-XX:OnError", "-XX:OnOutOfMemoryError", "-XX:Flags", "-XX:VMOptionsFile",
      "-XX:SharedArchiveFile", "-XX:AOTCache", "-Djava.class.path", "-Djava.security.properties",
      "-Djava.ext.dirs",
      "-Djava.endorsed.dirs", "-Dsun.boot", "-Djdk.module", "-javaagent:",
      "-agentpath:", "-agentlib:")
      + prefixes(.loadsName, "-Djava.system.class.loader", "-Djava.security.manager")
      + prefixes(.libraries, "-Djava.library.path=")
      + prefixes(.flag, "-X", "-D", "-ea:", "-da:", "-verbose", "-splash:"),
    hasClusters: false)

  static let dotnet = Interpreter(
    kind: .dotnet,
    options: options(
      value: ["--fx-version", "--roll-forward", "--roll-forward-on-no-candidate-fx"],
      loads: ["--depsfile", "--runtimeconfig", "--additionalprobingpath", "--additional-deps"]),
    hasClusters: false)

  static let powershell = Interpreter(
    kind: .plain,
    options: options(
      flag: ["-NoProfile", "-NonInteractive", "-NoLogo", "-nop", "-noni", "-nol"],
      value: ["-ExecutionPolicy", "-ep", "-ex", "-OutputFormat", "-InputFormat"],
      code: ["-Command", "-c", "-EncodedCommand", "-e", "-ec", "-enc"], file: ["-File", "-f"]),
    hasClusters: false, endsWithFile: true)

  static let plain = Interpreter(
    kind: .plain, letters: letters(flag: "bdnNqv", code: "c", file: "f"), attached: "D",
    options: options(
      flag: ["--vanilla", "--slave", "--no-save", "--no-restore", "--no-init-file", "--quiet"],
      value: ["-encoding"]))
}
