#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# Process 1 of a booted test kernel (busybox): runs the rows of this boot and powers off.
#
# The kernel command line gives, as variables: lab_backends (comma separated; "none": the workload
# alone). Each row's files go to the second serial port, packed, between BEGIN and END lines; the
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

for module in /lab/modules/*.ko; do
  [ ! -e "$module" ] || insmod "$module" || echo "lab: cannot load $module"
done

mkdir -p /tmp/out/guest
uname -r >/tmp/out/guest/release
cat /sys/kernel/security/lockdown >/tmp/out/guest/lockdown 2>&1
wc -c </sys/kernel/btf/vmlinux >/tmp/out/guest/btf 2>&1

for backend in $(echo "${lab_backends:-none}" | tr , ' '); do
  out="/tmp/out/$backend"
  mkdir -p "$out"
  echo "lab: $backend"
  status=0
  if [ "$backend" = none ]; then
    workload >"$out/report.jsonl" 2>"$out/workload.log" || status=$?
  else
    halfwire doctor --verifier-log >"$out/doctor.log" 2>&1
    echo "$?" >"$out/doctor.status"
    sh /lab/record-workload.sh /lab/halfwire /lab/workload "$backend" "$out" 2>"$out/lab.log" ||
      status=$?
  fi
  echo "$status" >"$out/status"
  send "$backend"
done

dmesg >/tmp/out/guest/dmesg
send guest
echo "lab: done"
sync
poweroff -f
