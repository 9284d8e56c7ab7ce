// SPDX-License-Identifier: Apache-2.0

internal import Export
internal import Glibc
internal import Probe

/// Tries every requirement for real and says what to do about the ones that fail.
public enum Doctor {
  public static func examine(listen: String) -> [DoctorCheck] {
    var checks = [kernel(), typeInformation(), lockdown()]
    checks += backends()
    checks += [cgroup(), listener(listen)]
    return checks
  }

  private static func kernel() -> DoctorCheck {
    let facts = HostFacts.read()
    return DoctorCheck("kernel", .ok, facts.kernel)
  }

  private static func typeInformation() -> DoctorCheck {
    guard unsafe access("/sys/kernel/btf/vmlinux", R_OK) == 0 else {
      return DoctorCheck(
        "BTF", .fail, "/sys/kernel/btf/vmlinux is missing",
        fix: "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y")
    }
    return DoctorCheck("BTF", .ok, "/sys/kernel/btf/vmlinux")
  }

  private static func lockdown() -> DoctorCheck {
    let line = HostFacts.firstLine("/sys/kernel/security/lockdown")
    guard let start = line.firstIndex(of: "["), let end = line.firstIndex(of: "]") else {
      return DoctorCheck("lockdown", .ok, "not reported by this kernel")
    }
    let mode = line[line.index(after: start)..<end]
    guard mode == "confidentiality" else { return DoctorCheck("lockdown", .ok, String(mode)) }
    return DoctorCheck(
      "lockdown", .warn,
      "confidentiality: arguments, long paths, cgroups and standard streams are null; bytes are exact"
    )
  }

  /// Each backend by itself: the sensor needs one, and takes the first that works.
  private static func backends() -> [DoctorCheck] {
    var checks: [DoctorCheck] = []
    var chosen: Backend?
    for backend in Backend.allCases {
      var configuration = ProbeConfiguration()
      configuration.backend = backend
      do throws(ProbeError) {
        let probe = try Probe(configuration: configuration)
        let use = chosen == nil ? "will be used" : "also works"
        let outcome = probe.attempts.last?.outcome ?? "works"
        checks.append(
          DoctorCheck("backend \(backend.rawValue)", .ok, "\(outcome) (\(use))"))
        if !probe.readsKernelMemory, let refused = probe.attempts.first {
          checks.append(
            DoctorCheck(
              "kernel memory", .warn,
              "not read, so arguments, cgroups and long paths are null: \(refused.outcome)",
              verifierLog: refused.verifierLog))
        }
        if chosen == nil { checks += features(probe) }
        chosen = chosen ?? backend
      } catch {
        switch error {
        case .missingCapabilities(let names):
          return [
            DoctorCheck(
              "capabilities", .fail, "missing \(names.joined(separator: " and "))",
              fix: "run as root, or setcap cap_bpf,cap_perfmon+ep on the halfwire binary")
          ]
        case .noBackend(let attempts):
          checks.append(
            DoctorCheck(
              "backend \(backend.rawValue)", .warn, attempts.last?.outcome ?? error.description,
              verifierLog: attempts.last?.verifierLog ?? ""))
        case .noTypeInformation, .system:
          checks.append(DoctorCheck("backend \(backend.rawValue)", .warn, error.description))
        }
      }
    }
    guard chosen == nil else { return checks }
    return checks + [
      DoctorCheck(
        "backend", .fail, "none works on this kernel",
        fix: "5.10 or later with fentry, or 6.3 or later with BTF tracepoints, is needed")
    ]
  }

  private static func features(_ probe: borrowing Probe) -> [DoctorCheck] {
    probe.features.map { state in
      DoctorCheck(
        state.feature.words, state.isEnabled ? .ok : .warn, state.detail, fix: state.reason.fix,
        verifierLog: state.verifierLog)
    }
  }

  private static func cgroup() -> DoctorCheck {
    let mounts = HostFacts.lines("/proc/mounts")
    guard
      let mount = mounts.first(where: { $0.split(separator: " ").dropFirst(2).first == "cgroup2" })
    else {
      return DoctorCheck(
        "cgroup v2", .warn, "not mounted: processes carry no cgroup",
        fix: "mount -t cgroup2 none /sys/fs/cgroup")
    }
    return DoctorCheck("cgroup v2", .ok, String(mount.split(separator: " ")[1]))
  }

  private static func listener(_ listen: String) -> DoctorCheck {
    do throws(MetricsServerError) {
      let server = try MetricsServer(
        listeningOn: try ListenAddress(text: listen), allowNonLoopback: true,
        serving: MetricsBoard())
      server.stop()
      return DoctorCheck("metrics address", .ok, "\(listen) is free")
    } catch {
      // A sensor that already runs holds the port: no reason to fail.
      if case .addressInUse = error {
        return DoctorCheck(
          "metrics address", .warn, "\(listen) is in use: by a running sensor?", fix: error.fix)
      }
      return DoctorCheck("metrics address", .fail, error.description)
    }
  }
}

extension FeatureState.Reason {
  fileprivate var fix: String? {
    switch self {
    case .enabled, .switchedOff: nil
    case .noControlGroup: "mount -t cgroup2 none /sys/fs/cgroup"
    case .noCapability: "run as root, or add cap_net_admin to the binary's capabilities"
    case .refused: "bpftool cgroup tree shows who else is attached; the sensor runs without"
    }
  }
}
