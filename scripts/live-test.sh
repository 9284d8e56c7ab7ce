#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the sensor's byte counts against real traffic on the running kernel.
#
# Usage: scripts/live-test.sh [--backend NAME] [--binary PATH] [--require] [--keep]
#                             [-- WORKLOAD ARGUMENT ...]
#
#   --backend   default tracepoints
#   --binary    the sensor; default .build/release/halfwire
#   --require   what is skipped fails; so it is with CI=true
#   --keep      keep the recording and say where
#
# Needs root. Each row of the comparison is one check. Exit: 0 nothing failed, 1 something did,
# 64 wrong arguments.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
binary="$root/.build/release/halfwire"
backend=tracepoints require=false keep=false
[[ "${CI:-}" == true ]] && require=true
while (($#)); do
  case "$1" in
    --backend) backend="${2:?}"; shift ;;
    --binary) binary="${2:?}"; shift ;;
    --require) require=true ;;
    --keep) keep=true ;;
    --) shift; break ;;
    *) sed -n 's/^# \{0,1\}//; 3,14p' "${BASH_SOURCE[0]}" >&2; exit 64 ;;
  esac
  shift
done

skip() {
  echo "skipped: live test with $backend: $1" >&2
  if $require; then
    echo "0 passed, 1 failed"
    exit 1
  fi
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
}
[[ $(id -u) == 0 ]] || skip "needs root"
[[ -r /sys/kernel/btf/vmlinux ]] || skip "this kernel has no BTF"
if [[ ! -x "$binary" ]]; then
  echo "live-test: no sensor at $binary; build it or say --binary PATH" >&2
  exit 64
fi

work="$(mktemp -d "${TMPDIR:-/tmp}/halfwire-live.XXXXXX")"
cleanup() {
  if $keep; then
    echo "kept: $work"
  else
    rm -rf "$work"
  fi
}
trap cleanup EXIT

"$root/scripts/build-workload.sh" "$work/workload" >/dev/null
echo "live-test: $(uname -r), $backend"
status=0
bash "$root/scripts/record-workload.sh" "$binary" "$work/workload" "$backend" "$work" "$@" ||
  status=$?
for log in record before workload convert; do
  [[ ! -s "$work/$log.log" ]] || sed "s/^/  $log: /" "$work/$log.log"
done
if ((status != 0)); then
  echo "0 passed, 1 failed"
  exit 1
fi
options=()
[[ $backend == auto ]] || options+=(--backend "$backend")
# The arguments are hidden under confidentiality, here as in a booted kernel.
if grep -qF '[confidentiality]' /sys/kernel/security/lockdown 2>/dev/null; then
  options+=(--no-argv)
fi
python3 "$root/scripts/check_accounting.py" "${options[@]}" "$work/report.jsonl" "$work/trace.jsonl"
