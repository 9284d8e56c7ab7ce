// SPDX-License-Identifier: Apache-2.0

import Identity
import Testing
import Wire

/// Paths that people's machines printed; each names where it was published.
@Suite("What a cgroup path says")
struct ControlGroupTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let source: String
    let path: String
    var unit: String?
    var container: String?
    var pod: String?

    var testDescription: String { source }
  }

  static let podPaths = [
    Case(
      source: "github.com/iovisor/kubectl-trace/issues/174, CRI-O",
      path: "/kubepods.slice/kubepods-burstable.slice/"
        + "kubepods-burstable-pod30cea2cf_1b80_4807_abad_d81453e199c5.slice/"
        + "crio-a8077b08a56c0c6e33d6716557d882ac940cb09475c50372e22e84c40d0733f2.scope",
      unit: "crio-a8077b08a56c0c6e33d6716557d882ac940cb09475c50372e22e84c40d0733f2.scope",
      container: "cri-o://a8077b08a56c0c6e33d6716557d882ac940cb09475c50372e22e84c40d0733f2",
      pod: "30cea2cf-1b80-4807-abad-d81453e199c5"),
    Case(
      source: "github.com/cryptnono/cryptnono/issues/47, k3s",
      path: "/kubepods.slice/kubepods-besteffort.slice/"
        + "kubepods-besteffort-pod7fda01c4_0ece_403d_88b4_c371d66d132a.slice/"
        + "cri-containerd-e58a24d4a722c99712cff74ef69d93311089584eb32617b3890e0dcb996133f1.scope",
      unit: "cri-containerd-e58a24d4a722c99712cff74ef69d93311089584eb32617b3890e0dcb996133f1.scope",
      container: "containerd://e58a24d4a722c99712cff74ef69d93311089584eb32617b3890e0dcb996133f1",
      pod: "7fda01c4-0ece-403d-88b4-c371d66d132a"),
    Case(
      source: "github.com/containerd/nri/pull/227, kind: the kubelet in a slice of its own",
      path: "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
        + "kubelet-kubepods-besteffort-pod1e597579_417e_482f_bf65_5fe170c3aebd.slice/"
        + "cri-containerd-a09bc17f5aa29b0dbdec9ede5f46cf1396d2405917ab02e6f1eb1019f388396e.scope",
      unit: "cri-containerd-a09bc17f5aa29b0dbdec9ede5f46cf1396d2405917ab02e6f1eb1019f388396e.scope",
      container: "containerd://a09bc17f5aa29b0dbdec9ede5f46cf1396d2405917ab02e6f1eb1019f388396e",
      pod: "1e597579-417e-482f-bf65-5fe170c3aebd"),
    Case(
      source: "github.com/elastic/apm-agent-nodejs/issues/3550, two cgroup drivers at once",
      path: "/system.slice/containerd.service/"
        + "kubepods-burstable-podff49d0be_16b7_4a49_bb9e_8ec1f1f4e27f.slice:cri-containerd:"
        + "0f99ad5f45163ed14ab8eaf92ed34bb4a631d007f8755a7d79be614bcb0df0ef",
      unit: "containerd.service",
      container: "containerd://0f99ad5f45163ed14ab8eaf92ed34bb4a631d007f8755a7d79be614bcb0df0ef",
      pod: "ff49d0be-16b7-4a49-bb9e-8ec1f1f4e27f"),
    Case(
      source: "github.com/kinvolk/traceloop/pull/34, cgroupfs driver",
      path: "/kubepods/besteffort/pod91a8fc3a-0ecf-48b4-81bf-78a7275d348c/"
        + "f75aff467357c5d0ddd47cb7ad87ed38746e018992586ff66198a5c11218f634",
      container: "f75aff467357c5d0ddd47cb7ad87ed38746e018992586ff66198a5c11218f634",
      pod: "91a8fc3a-0ecf-48b4-81bf-78a7275d348c"),
    Case(
      source: "github.com/kinvolk/traceloop/pull/34, dockershim",
      path: "/kubepods.slice/kubepods-besteffort.slice/"
        + "kubepods-besteffort-pod5759a1ae_36ca_48a8_b20a_b0b5c8a90fb8.slice/"
        + "docker-c8b38413c88eefe063b8cd3f01c16be5e3bda9693a19a68a88807baca9feb937.scope",
      unit: "docker-c8b38413c88eefe063b8cd3f01c16be5e3bda9693a19a68a88807baca9feb937.scope",
      container: "docker://c8b38413c88eefe063b8cd3f01c16be5e3bda9693a19a68a88807baca9feb937",
      pod: "5759a1ae-36ca-48a8-b20a-b0b5c8a90fb8"),
    Case(
      source: "github.com/tkestack/vcuda-controller/issues/19, guaranteed quality of service",
      path: "/kubepods.slice/kubepods-pod019c1fe8_0d92_4aa0_b61c_4df58bdde71c.slice/"
        + "cri-containerd-9e073649debeec6d511391c9ec7627ee67ce3a3fb508b0fa0437a97f8e58ba98.scope",
      unit: "cri-containerd-9e073649debeec6d511391c9ec7627ee67ce3a3fb508b0fa0437a97f8e58ba98.scope",
      container: "containerd://9e073649debeec6d511391c9ec7627ee67ce3a3fb508b0fa0437a97f8e58ba98",
      pod: "019c1fe8-0d92-4aa0-b61c-4df58bdde71c"),
    Case(
      source: "github.com/netdata/netdata/issues/4868, a static pod",
      path: "/kubepods.slice/kubepods-burstable.slice/"
        + "kubepods-burstable-pod23b5c5a138ffb34cba6fda53690335d5.slice/"
        + "cri-containerd-83e7904b80c05ab905441e7b7a5f9c52bcc0ac23de48b4caa6cfdb15caaa7b77.scope",
      unit: "cri-containerd-83e7904b80c05ab905441e7b7a5f9c52bcc0ac23de48b4caa6cfdb15caaa7b77.scope",
      container: "containerd://83e7904b80c05ab905441e7b7a5f9c52bcc0ac23de48b4caa6cfdb15caaa7b77",
      pod: "23b5c5a138ffb34cba6fda53690335d5"),
    Case(
      source: "github.com/kubernetes/minikube/issues/11280, CRI-O in a Docker container",
      path: "/docker/d6701ec289c56e4391acb11d07474b3139466857a305490575508a8b7a9fcf22/"
        + "kubepods.slice/kubepods-besteffort.slice/"
        + "kubepods-besteffort-pod2ca4a155_3599_498d_bb9d_4446693fa3ea.slice/"
        + "crio-358607a37e7ada357032e7f5729c9ae6a3efdb7962acbcbe47ff6a3c5506cb1c.scope",
      container: "cri-o://358607a37e7ada357032e7f5729c9ae6a3efdb7962acbcbe47ff6a3c5506cb1c",
      pod: "2ca4a155-3599-498d-bb9d-4446693fa3ea"),
  ]

  static let hostPaths = [
    Case(
      source: "github.com/openshift/microshift/pull/697: the monitor is outside of its container",
      path: "/system.slice/"
        + "crio-conmon-e0c85fe7644a858988d9687c2e0736a7d31922740d0f3e001c6b2e0aa7e5f528.scope",
      unit: "crio-conmon-e0c85fe7644a858988d9687c2e0736a7d31922740d0f3e001c6b2e0aa7e5f528.scope"),
    Case(
      source: "github.com/kubernetes/minikube/issues/11280, Docker with cgroupfs",
      path: "/docker/d6701ec289c56e4391acb11d07474b3139466857a305490575508a8b7a9fcf22",
      container: "docker://d6701ec289c56e4391acb11d07474b3139466857a305490575508a8b7a9fcf22"),
    Case(
      source: "github.com/cryptnono/cryptnono/issues/47, BuildKit: its ids are not digests",
      path: "/docker/buildkit/t4967jvf8rbufklrhkicskyes"),
    Case(
      source: "github.com/podman-container-tools/podman/pull/507",
      path: "/machine.slice/"
        + "libpod-0411a2a82311fbc65b137ca550d5f7e6b6863bc734759be2f515b0b67062d49a.scope",
      unit: "libpod-0411a2a82311fbc65b137ca550d5f7e6b6863bc734759be2f515b0b67062d49a.scope",
      container: "podman://0411a2a82311fbc65b137ca550d5f7e6b6863bc734759be2f515b0b67062d49a"),
    Case(
      source: "github.com/podman-container-tools/podman/issues/7004, cgroupfs",
      path: "/libpod_parent/"
        + "libpod-c3be953da46e015e93a9de37c547a7587a32d609fad3ca721135937833d94a1e",
      container: "podman://c3be953da46e015e93a9de37c547a7587a32d609fad3ca721135937833d94a1e"),
    Case(
      source: "github.com/coroot/coroot-node-agent/pull/251, --cgroups=split",
      path: "/system.slice/app_name.service/"
        + "libpod-payload-cc316b3065798e96c30dcfc708f7a7dda1b2d78e552364002d2e49a3100ef3ef",
      unit: "app_name.service",
      container: "podman://cc316b3065798e96c30dcfc708f7a7dda1b2d78e552364002d2e49a3100ef3ef"),
    Case(
      source: "github.com/containers/crun/issues/376, a user's own scope",
      path: "/user.slice/user-1000.slice/user@1000.service/user.slice/podman-6696.scope",
      unit: "user@1000.service/podman-6696.scope"),
    Case(
      source: "github.com/systemd/systemd/issues/13629",
      path: "/machine/lxc-1268-sl.libvirt-lxc", container: "lxc://sl"),
    Case(
      source: "github.com/lxc/lxc/pull/2606, the payload's group of LXC 3.1",
      path: "/lxc.payload/c1", container: "lxc://c1"),
    Case(
      source: "github.com/lxc/lxc/pull/2606, the monitor's",
      path: "/lxc.monitor/c1"),
    Case(
      source: "github.com/opensvc/opensvc/pull/408, the form of LXC 4",
      path: "/lxc.payload.c1/system.slice/cron.service", container: "lxc://c1"),
    Case(
      source: "github.com/systemd/systemd/issues/18104; the name escaped by systemd.unit(5)",
      path: #"/machine.slice/machine-web\x2d1.scope/payload"#,
      unit: #"machine-web\x2d1.scope"#, container: "systemd-nspawn://web-1"),
    Case(
      source: "systemd-nspawn(1): the template service's instance is the machine",
      path: "/machine.slice/systemd-nspawn@web.service/payload",
      unit: "systemd-nspawn@web.service", container: "systemd-nspawn://web"),
    Case(
      source: "systemd.unit(5): a device's name, escaped",
      path: #"/system.slice/dev-disk-by\x2dlabel-swap.swap"#,
      unit: #"dev-disk-by\x2dlabel-swap.swap"#),
    Case(
      source: "systemd cgroup-util: an underscore before what clashes with a file of the group",
      path: "/system.slice/_cgroup.service", unit: "cgroup.service"),
    Case(
      source: "pam_systemd(8)", path: "/user.slice/user-0.slice/session-4.scope",
      unit: "session-4.scope"),
    Case(source: "the root of a machine without systemd", path: "/"),
    Case(source: "a unit that follows no slice", path: "/init.scope", unit: "init.scope"),
  ]

  @Test("Kubernetes: container, runtime and pod", arguments: podPaths)
  func inPod(_ example: Case) { check(example) }

  @Test("Hosts: units, containers, neither", arguments: hostPaths)
  func onHost(_ example: Case) { check(example) }

  private func check(_ example: Case) {
    let group = ControlGroup(path: ByteString(example.path))
    #expect(group.unit?.text == example.unit)
    #expect(group.container?.text == example.container)
    #expect(group.pod?.text == example.pod)
  }

  @Test("What is not UTF-8, or no name at all, says nothing")
  func rubbish() {
    for path in [ByteString([0x2f, 0xff, 0xfe]), "", "////", "/.scope/..", #"/a\x2.service/b"#] {
      let group = ControlGroup(path: path)
      #expect(group.container == nil && group.pod == nil)
    }
  }
}
