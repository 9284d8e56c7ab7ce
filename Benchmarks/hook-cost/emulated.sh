#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The cost of both backends' hooks in instructions: QEMU counts one guest instruction as 1 ns, so
# the figures repeat from run to run and machine to machine. They say nothing of cache misses.
#
# Usage: Benchmarks/hook-cost/emulated.sh [--quick] [KERNEL]        default: 6.12
#
# Needs qemu-system-x86_64, a static busybox and a kernel of scripts/kernels.sh; says what is
# missing and skips. Exit: 0; 1 the machine ended without a result; 64 wrong arguments.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
pairs=5000 rounds=3 kernel=6.12
while (($#)); do
  case "$1" in
    --quick) pairs=500 rounds=1 ;;
    [0-9]*) kernel="$1" ;;
    *) echo "usage: emulated.sh [--quick] [KERNEL]" >&2; exit 64 ;;
  esac
  shift
done
skip() {
  echo "skipped: both backends on an emulated $kernel ($1)"
  exit 0
}
command -v qemu-system-x86_64 >/dev/null || skip "no qemu-system-x86_64"
command -v busybox >/dev/null || skip "no busybox"
! ldd "$(command -v busybox)" >/dev/null 2>&1 || skip "busybox is not static"
line="$(CI='' "$root/scripts/kernels.sh" "$kernel" 2>/dev/null)" || skip "no kernel"
read -r _ release directory <<<"$line"

work="$(mktemp -d "${TMPDIR:-/tmp}/halfwire-hook-cost-vm.XXXXXX")"
trap 'rm -rf "$work"' EXIT
"$root/Benchmarks/hook-cost/build.sh" "$work/tree/lab"
cp "$root"/Sources/CProbeObjects/objects/*.o "$work/tree/lab/"
mkdir -p "$work/tree"/{bin,dev,proc,sys}
cp "$(command -v busybox)" "$work/tree/bin/busybox"
ldd "$work/tree/lab/hook_cost" | grep -oE '/[^ ]+ \(0x' | sed 's/ (0x$//' |
  while read -r library; do install -D "$library" "$work/tree$library"; done
cat >"$work/tree/init" <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
ip link set lo up
cd /lab
for backend in functions tracepoints; do
  echo "\$backend"
  ./hook_cost hooks \$backend.o empty_\$backend.o $pairs $rounds instructions
  ./hook_cost share \$backend.o $pairs $rounds
done >/dev/ttyS1 2>&1
echo done >/dev/ttyS1
poweroff -f
INIT
chmod 755 "$work/tree/init"
(cd "$work/tree" && find . | busybox cpio -o -H newc 2>/dev/null) | gzip -1 >"$work/initramfs"

echo "== both backends, $release, emulated: $rounds rounds of $pairs sends and receives"
# One processor: icount needs it, and a load of one thread no more.
timeout -k 5 "${HALFWIRE_VM_SECONDS:-300}" qemu-system-x86_64 -accel tcg -cpu max -smp 1 -m 512 \
  -icount shift=0,sleep=off -nodefaults -no-user-config -display none -no-reboot \
  -serial "file:$work/console" -serial "file:$work/result" \
  -kernel "$directory/vmlinuz" -initrd "$work/initramfs" \
  -append "console=ttyS0 quiet panic=-1 tsc=reliable" </dev/null >"$work/qemu.log" 2>&1 || true
tr -d '\r' <"$work/result" | grep -v '^done$' || true
if ! grep -q '^done' "$work/result"; then
  echo "the emulated machine gave no result; its console:" >&2
  tail -n 20 "$work/console" >&2
  exit 1
fi
