#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Boots Debian kernels in QEMU and checks, on each, the sensor's byte counts against real traffic.
#
# Usage: scripts/vm-test.sh [--kernel VERSION]... [--backend NAME]... [--lockdown | --no-lockdown]
#                           [--all] [--binary PATH] [--module NAME]... [--keep] [--require]
#                           [--no-sensor]
#
#   --all         also the rows that are not yet required (see the matrix below)
#   --binary      the sensor; default .build/release/halfwire
#   --module      a kernel module to load first (veth, sch_netem, tls, inet_diag), in this order
#   --keep        keep each boot's files and say where
#   --require     what is skipped fails; so it is with CI=true
#   --no-sensor   the lab alone: boot, workload, BTF, lockdown and kernel log, without the sensor
#
# Rows of one kernel and one command line share a boot; at most $HALFWIRE_VM_JOBS (2) boots run at
# once, each for at most $HALFWIRE_VM_SECONDS (180). Each row and each kernel log is one check.
# Exit: 0 nothing failed (skips are named and counted); 1 something failed; 64 wrong arguments.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
binary="$root/.build/release/halfwire"
jobs_limit="${HALFWIRE_VM_JOBS:-2}"
seconds_limit="${HALFWIRE_VM_SECONDS:-180}"

# kernel | lockdown | backend | required
matrix="
6.1  none            functions   required
6.12 none            functions   required
6.12 none            tracepoints required
6.12 confidentiality functions   required
6.12 confidentiality tracepoints required
5.10 none            functions   later
7.2  none            functions   later
7.2  none            tracepoints later
7.2  confidentiality functions   later
"

kernels=() backends=() modules=()
lockdown=any all=false keep=false require=false sensor=true
[[ "${CI:-}" == true ]] && require=true
usage() {
  sed -n 's/^# \{0,1\}//; 3,18p' "${BASH_SOURCE[0]}" >&2
  exit 64
}
while (($#)); do
  case "$1" in
    --kernel) kernels+=("${2:?}"); shift ;;
    --backend) backends+=("${2:?}"); shift ;;
    --lockdown) lockdown=confidentiality ;;
    --no-lockdown) lockdown=none ;;
    --binary) binary="${2:?}"; shift ;;
    --module) modules+=("${2:?}"); shift ;;
    --all) all=true ;;
    --keep) keep=true ;;
    --require) require=true ;;
    --no-sensor) sensor=false ;;
    *) usage ;;
  esac
  shift
done

one_of() { # value, list: true for an empty list
  local value="$1" item
  shift
  (($# == 0)) && return 0
  for item in "$@"; do
    [[ "$item" == "$value" ]] && return 0
  done
  return 1
}

# The chosen rows, and the boots that carry them: "KERNEL LOCKDOWN" -> "backend,backend".
declare -A boot_backends=()
boots=()
while read -r kernel lock backend need; do
  [[ -n "$kernel" ]] || continue
  # A kernel asked for by name needs no --all.
  if [[ $need != required ]] && ! $all && ((${#kernels[@]} == 0)); then
    continue
  fi
  one_of "$kernel" "${kernels[@]}" || continue
  one_of "$backend" "${backends[@]}" || continue
  [[ $lockdown == any || $lockdown == "$lock" ]] || continue
  key="$kernel $lock"
  $sensor || backend=none
  if [[ -z "${boot_backends[$key]:-}" ]]; then
    boots+=("$key")
    boot_backends[$key]="$backend"
  elif $sensor; then
    boot_backends[$key]+=",$backend"
  fi
done <<<"$matrix"
if ((${#boots[@]} == 0)); then
  echo "vm-test: no row of the matrix fits these arguments" >&2
  exit 64
fi
if $sensor && [[ ! -x "$binary" ]]; then
  echo "vm-test: no sensor at $binary; build it, or say --binary PATH or --no-sensor" >&2
  exit 64
fi

work="$(mktemp -d "${TMPDIR:-/tmp}/halfwire-vm.XXXXXX")"
running=()
# shellcheck disable=SC2317  # called by the trap
cleanup() {
  # Only the boots started here; each is the watchdog of its own QEMU.
  for pid in "${running[@]}"; do
    kill "$pid" 2>/dev/null || true
  done
  wait
  if $keep; then
    echo "kept: $work"
  else
    rm -rf "$work"
  fi
}
trap cleanup EXIT

# shellcheck source=scripts/vm-results.sh
source "$root/scripts/vm-results.sh"

# Tools: installed where this may be done, else every row is skipped.
install_missing() {
  local packages=()
  command -v qemu-system-x86_64 >/dev/null || packages+=(qemu-system-x86)
  # A busybox that is not static could not run without its libraries.
  command -v busybox >/dev/null && ! ldd "$(command -v busybox)" >/dev/null 2>&1 ||
    packages+=(busybox-static)
  ((${#packages[@]} == 0)) && return 0
  echo "vm-test: installing ${packages[*]}" >&2
  { [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; } || return 1
  # The lists may be missing or old on a fresh machine.
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    "${packages[@]}" >"$work/apt.log" 2>&1 && return 0
  apt-get update -qq >>"$work/apt.log" 2>&1 || true
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    "${packages[@]}" >>"$work/apt.log" 2>&1
}
if ! install_missing; then
  [[ ! -f "$work/apt.log" ]] || tail -n 3 "$work/apt.log" >&2
  for key in "${boots[@]}"; do
    skip_boot "$key" "no qemu-system-x86 or busybox-static"
  done
  finish
fi

# The kernels.
declare -A kernel_directory=() kernel_release=()
mapfile -t versions < <(printf '%s\n' "${boots[@]}" | cut -d ' ' -f 1 | sort -uV)
status=0
CI='' "$root/scripts/kernels.sh" "${versions[@]}" >"$work/kernels" || status=$?
if ((status != 0 && status != 3)); then
  echo "vm-test: kernels.sh failed with status $status" >&2
  exit 1
fi
while read -r version release directory; do
  kernel_release[$version]="$release"
  kernel_directory[$version]="$directory"
done <"$work/kernels"

# The file system that all boots share.
tree="$work/tree"
mkdir -p "$tree"/{bin,lab/modules,dev,proc,sys,tmp,run,etc,usr}
cp "$(command -v busybox)" "$tree/bin/busybox"
cp "$root/scripts/vm-init.sh" "$tree/init"
cp "$root/scripts/record-workload.sh" "$tree/lab/"
chmod 755 "$tree/init"
echo 'root:x:0:0:root:/tmp:/bin/sh' >"$tree/etc/passwd"
"$root/scripts/build-workload.sh" "$tree/lab/workload" >/dev/null
if $sensor; then
  cp "$binary" "$tree/lab/halfwire"
  # "libx.so.1 => /path (0x...)" and the loader's own "/path (0x...)"; none for a static binary.
  { ldd "$binary" 2>/dev/null || true; } | grep -oE '/[^ ]+ \(0x' | sed 's/ (0x$//' |
    while read -r library; do
      install -D "$library" "$tree$library"
    done
fi
pack() { # directory, file
  (cd "$1" && find . | busybox cpio -o -H newc 2>/dev/null) | gzip -1 >"$2"
}
pack "$tree" "$work/base.cpio.gz"

# A kernel's modules come as a second archive; the kernel lays it over the first.
initramfs() { # kernel, file
  local kernel="$1" file="$2" name path index=10
  cp "$work/base.cpio.gz" "$file"
  ((${#modules[@]} == 0)) && return 0
  local overlay="$file.tree"
  mkdir -p "$overlay/lab/modules"
  for name in "${modules[@]}"; do
    path="$(find "${kernel_directory[$kernel]}/modules" -name "$name.ko*" -print -quit)"
    case "$path" in
      *.ko) cp "$path" "$overlay/lab/modules/$index-$name.ko" ;;
      *.ko.xz) xz -dc "$path" >"$overlay/lab/modules/$index-$name.ko" ;;
      *) echo "vm-test: kernel $kernel has no module $name" >&2 ;;
    esac
    index=$((index + 1))
  done
  pack "$overlay" "$file.modules"
  cat "$file.modules" >>"$file"
}

directory_of() { echo "$work/boot-${1// /-}"; }

boot() { # key
  local kernel lock directory arguments began
  read -r kernel lock <<<"$1"
  directory="$(directory_of "$1")"
  mkdir -p "$directory"
  initramfs "$kernel" "$directory/initramfs"
  arguments="console=ttyS0 quiet panic=-1 lab_backends=${boot_backends[$1]}"
  [[ $lock == none ]] || arguments+=" lockdown=$lock"
  began=$SECONDS
  timeout -k 5 "$seconds_limit" qemu-system-x86_64 -accel tcg -cpu max -smp 2 -m 768 \
    -nodefaults -no-user-config -display none -no-reboot \
    -serial "file:$directory/console" -serial "file:$directory/data" \
    -kernel "${kernel_directory[$kernel]}/vmlinuz" -initrd "$directory/initramfs" \
    -append "$arguments" </dev/null >"$directory/qemu.log" 2>&1 &
  local qemu=$! result=0
  # shellcheck disable=SC2064  # this very process
  trap "kill $qemu 2>/dev/null; exit 1" TERM
  wait "$qemu" || result=$?
  echo "$result" >"$directory/status"
  echo "$((SECONDS - began))" >"$directory/seconds"
  rm -rf "$directory"/initramfs*
}

for key in "${boots[@]}"; do
  kernel="${key%% *}"
  if [[ -z "${kernel_directory[$kernel]:-}" ]]; then
    continue
  fi
  while (($(jobs -rp | wc -l) >= jobs_limit)); do
    wait -n || true
  done
  echo "vm-test: booting ${kernel_release[$kernel]}, lockdown ${key#* }: ${boot_backends[$key]}"
  boot "$key" &
  running+=($!)
done
wait
running=()

for key in "${boots[@]}"; do
  read -r kernel lock <<<"$key"
  if [[ -z "${kernel_directory[$kernel]:-}" ]]; then
    skip_boot "$key" "no kernel $kernel"
    continue
  fi
  directory="$(directory_of "$key")"
  release="${kernel_release[$kernel]}"
  echo
  echo "== $release, lockdown $lock: $(<"$directory/seconds") s"
  check_guest "$key" "$directory" "$release" "$(<"$directory/seconds")"
  for backend in ${boot_backends[$key]//,/ }; do
    check_row "$lock" "$backend" "$directory" "$release"
  done
done
finish
