#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Boots Debian kernels in QEMU and checks, on each, the sensor's byte counts against real traffic.
#
# Usage: scripts/vm-test.sh [--all] [--kernel VERSION]... [--backend NAME]...
#                           [--lockdown | --no-lockdown] [--binary PATH] [--module NAME]...
#                           [--accuracy FILE] [--results DIR] [--keep] [--require] [--no-sensor]
#
#   --all         every row of the matrix below, none of them skipped, and docs/accuracy.md must say
#                 what they gave; without it, and without --kernel, the short choice
#   --kernel      all rows of this kernel; "native" is the running one
#   --binary      the sensor; default .build/release/halfwire
#   --module      a further kernel module to load first, with those it needs
#   --accuracy    write the tables of FILE (docs/accuracy.md) from this run
#   --results     leave each row's results in DIR, for accuracy.py
#   --keep        keep each boot's files and say where
#   --require     what is skipped fails; so it is with --all and with CI=true
#   --no-sensor   the lab alone: boot, workload, BTF, lockdown and kernel log, without the sensor
#
# Rows of one kernel and one command line share a boot; at most $HALFWIRE_VM_JOBS (2) boots run at
# once, each for at most $HALFWIRE_VM_SECONDS (600). Each row and each kernel log is one check.
# Exit: 0 nothing failed (skips are named and counted); 1 something failed; 64 wrong arguments.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
binary="$root/.build/release/halfwire"
jobs_limit="${HALFWIRE_VM_JOBS:-2}"
seconds_limit="${HALFWIRE_VM_SECONDS:-600}"

# kernel | lockdown | backend | expected | run
#   exact    the workload's bytes come back to the byte
#   refused  the sensor itself says in one line why this backend cannot work here; exit 69
#   no-btf   the same without the kernel's type information, for no backend works then. It is hidden
#            in the guest: no Debian kernel lacks it.
matrix="
5.10   none            functions   exact   all
5.10   none            tracepoints refused all
5.10   confidentiality functions   exact   all
5.10   confidentiality tracepoints refused all
6.1    none            functions   exact   all
6.1    none            tracepoints refused all
6.1    confidentiality functions   exact   all
6.1    confidentiality tracepoints refused all
6.12   none            functions   exact   short
6.12   none            tracepoints exact   short
6.12   none            auto        no-btf  short
6.12   confidentiality functions   exact   all
6.12   confidentiality tracepoints exact   short
7.2    none            functions   exact   all
7.2    none            tracepoints exact   all
7.2    confidentiality functions   exact   all
7.2    confidentiality tracepoints exact   all
native own             tracepoints exact   all
"
# What cases of the workload need and a cloud kernel has as modules: two network namespaces with a
# lossy link between them, kernel TLS with AES-GCM, and the kernel's own socket list. One with a
# question mark is part of another or of the kernel in some versions.
modules=(veth sch_netem tls gcm ctr ghash_generic? tcp_diag)

kernels=() backends=()
lockdown=any all=false keep=false require=false sensor=true accuracy='' results=''
[[ "${CI:-}" == true ]] && require=true
usage() {
  sed -n 's/^# \{0,1\}//; 3,24p' "${BASH_SOURCE[0]}" >&2
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
    --all) all=true require=true ;;
    --accuracy) accuracy="${2:?}"; shift ;;
    --results) results="${2:?}"; shift ;;
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

# The chosen rows, and the boots that carry them: "KERNEL LOCKDOWN" -> "BACKEND:EXPECTED,...".
declare -A boot_rows=()
boots=()
while read -r kernel lock backend expected run; do
  [[ -n "$kernel" ]] || continue
  # A kernel asked for by name needs no --all.
  $all || ((${#kernels[@]} > 0)) || [[ $run == short ]] || continue
  one_of "$kernel" "${kernels[@]}" || continue
  one_of "$backend" "${backends[@]}" || continue
  [[ $lockdown == any || $lockdown == "$lock" ]] || continue
  key="$kernel $lock"
  if ! $sensor; then
    backend=none expected=none
    [[ -z "${boot_rows[$key]:-}" ]] || continue
  fi
  if [[ -z "${boot_rows[$key]:-}" ]]; then
    boots+=("$key")
    boot_rows[$key]="$backend:$expected"
  else
    boot_rows[$key]+=",$backend:$expected"
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
# shellcheck source=scripts/vm-image.sh
source "$root/scripts/vm-image.sh"
[[ -n "$results" ]] || results="$work/results"
mkdir -p "$results"

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
needs_qemu=false
for key in "${boots[@]}"; do
  [[ $key == native* ]] || needs_qemu=true
done
if $needs_qemu && ! install_missing; then
  [[ ! -f "$work/apt.log" ]] || tail -n 3 "$work/apt.log" >&2
  for key in "${boots[@]}"; do
    skip_boot "$key" "no qemu-system-x86 or busybox-static"
  done
  finish
fi

# The kernels.
declare -A kernel_directory=() kernel_release=()
mapfile -t versions < <(printf '%s\n' "${boots[@]}" | cut -d ' ' -f 1 | grep -vx native | sort -uV)
if ((${#versions[@]} > 0)); then
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
fi

build_base
directory_of() { echo "$work/boot-${1// /-}"; }

boot() { # key
  local kernel lock directory arguments began
  read -r kernel lock <<<"$1"
  directory="$(directory_of "$1")"
  mkdir -p "$directory"
  initramfs "$kernel" "$directory/initramfs"
  arguments="console=ttyS0 quiet panic=-1 lab_rows=${boot_rows[$1]}"
  [[ $lock == none ]] || arguments+=" lockdown=$lock"
  began=$SECONDS
  # One thread for both processors: with one each, QEMU shows one the other's half-patched code,
  # and 7.2 dies of it while it boots (Oops: int3). And the guest's clock counts instructions: by
  # the wall clock emulated hooks are many times slower, while the timer that preempts them is not.
  # 5.10 and 6.1 do not boot that way.
  local clock=(-icount "shift=0,sleep=off")
  [[ $kernel != 5.10 && $kernel != 6.1 ]] || clock=()
  timeout -k 5 "$seconds_limit" qemu-system-x86_64 -accel tcg,thread=single -cpu max -smp 2 \
    ${clock[@]+"${clock[@]}"} -m 768 \
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

# The running kernel, with nothing between it and the sensor.
run_native() { # rows
  local pair out status
  for pair in ${1//,/ }; do
    out="$work/boot-native/${pair%:*}"
    mkdir -p "$out"
    status=0
    bash "$root/scripts/record-workload.sh" "$binary" "$work/tree/lab/workload" "${pair%:*}" \
      "$out" 2>"$out/lab.log" || status=$?
    echo "$status" >"$out/status"
  done
  "$binary" doctor >"$work/boot-native/doctor.log" 2>&1 || true
}

native=''
for key in "${boots[@]}"; do
  kernel="${key%% *}"
  if [[ $kernel == native ]]; then native="$key"; fi
  if [[ -z "${kernel_directory[$kernel]:-}" ]]; then
    continue
  fi
  while (($(jobs -rp | wc -l) >= jobs_limit)); do
    wait -n || true
  done
  echo "vm-test: booting ${kernel_release[$kernel]}, lockdown ${key#* }: ${boot_rows[$key]}"
  boot "$key" &
  running+=($!)
done
wait
running=()
# After the boots, which would take its processors.
if [[ -n "$native" ]] && $sensor && [[ $(id -u) == 0 ]]; then
  echo "vm-test: the running kernel, $(uname -r): ${boot_rows[$native]}"
  run_native "${boot_rows[$native]}"
fi

for key in "${boots[@]}"; do
  read -r kernel lock <<<"$key"
  directory="$(directory_of "$key")"
  if [[ $kernel == native ]]; then
    check_native "$key" "$work/boot-native"
    continue
  fi
  if [[ -z "${kernel_directory[$kernel]:-}" ]]; then
    skip_boot "$key" "no kernel $kernel"
    continue
  fi
  release="${kernel_release[$kernel]}"
  echo
  echo "== $release, lockdown $lock: $(<"$directory/seconds") s"
  check_guest "$key" "$directory" "$release" "$(<"$directory/seconds")"
  for pair in ${boot_rows[$key]//,/ }; do
    check_row "$kernel" "$lock" "${pair%:*}" "${pair#*:}" "$directory" "$release"
  done
done
if $sensor && $all; then check_accuracy; fi
finish
