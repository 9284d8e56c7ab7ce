#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# Process 1 of a booted test kernel (busybox): runs the rows of this boot and powers off.
#
# The kernel command line gives, as a variable, lab_rows: BACKEND:EXPECTED, comma separated ("none":
# the workload alone; the others are explained in vm-test.sh). Each row's files go to the second serial port, packed, between BEGIN and END lines; the
# first carries the console. See vm-test.sh, which reads them.
# shellcheck shell=sh disable=SC3040
set -uo pipefail

/bin/busybox --install -s /bin
export PATH=/bin:/lab HOME=/tmp

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
mount -t securityfs securityfs /sys/kernel/security
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tracefs tracefs /sys/kernel/tracing
# How the scheduler preempts is told there; as on any system that systemd started.
mount -t debugfs debugfs /sys/kernel/debug
mount -t bpf bpf /sys/fs/bpf
hostname halfwire-lab
ip link set lo up

send() { # name: packs /tmp/out/NAME
  {
    echo "BEGIN $1"
    tar -C "/tmp/out/$1" -cz . | base64
    echo "END $1"
  } >/dev/ttyS1
}

mkdir -p /tmp/out/guest
: >/tmp/out/guest/refused-modules
for module in /lab/modules/*.ko; do
  [ ! -e "$module" ] || insmod "$module" || echo "${module##*/}" >>/tmp/out/guest/refused-modules
done
uname -r >/tmp/out/guest/release
cut -d ' ' -f 1 /proc/modules >/tmp/out/guest/modules
cat /sys/kernel/security/lockdown >/tmp/out/guest/lockdown 2>&1
wc -c </sys/kernel/btf/vmlinux >/tmp/out/guest/btf 2>&1

[ ! -x /lab/halfwire ] || halfwire doctor --verifier-log >/tmp/out/guest/doctor.log 2>&1

# A backend that is expected not to work; --duration ends it should it work all the same.
refuse() { # backend, directory
  refused=0
  timeout -s KILL 240 halfwire record --backend "$1" --duration 100ms \
    --output "$2/trace.native" >"$2/refusal.out" 2>"$2/refusal.err" || refused=$?
  echo "$refused" >"$2/refusal.status"
}

for pair in $(echo "${lab_rows:-none:none}" | tr , ' '); do
  backend="${pair%:*}"
  out="/tmp/out/$backend"
  mkdir -p "$out"
  echo "lab: $pair"
  status=0
  case "${pair#*:}" in
    none)
      workload >"$out/report.jsonl" 2>"$out/workload.log" || status=$? ;;
    refused)
      refuse "$backend" "$out" ;;
    no-btf)
      mount -t tmpfs tmpfs /sys/kernel/btf
      refuse "$backend" "$out"
      halfwire doctor >"$out/doctor.log" 2>&1
      umount /sys/kernel/btf ;;
    *)
      sh /lab/record-workload.sh /lab/halfwire /lab/workload "$backend" "$out" \
        2>"$out/lab.log" || status=$? ;;
  esac
  echo "$status" >"$out/status"
  rm -f "$out/trace.native"
  send "$backend"
done

dmesg >/tmp/out/guest/dmesg
send guest
echo "lab: done"
sync
poweroff -f
