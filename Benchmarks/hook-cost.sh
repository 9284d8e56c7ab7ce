#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the sensor's hooks cost a process that sends and receives: ns a hook, and share of its time.
#
# Usage: Benchmarks/hook-cost.sh [--quick] [--binary PATH] [--no-vm]
#
#   --quick    few pairs and rounds: shows that it runs, not what it costs
#   --binary   the sensor for the last comparison; default .build/release/halfwire
#   --no-vm    without the `functions` backend, which is measured in an emulated machine
#
# Targets are printed beside the figures; only what cannot run at all fails. What is skipped is
# named. Exit: 0; 1 something failed; 64 wrong arguments.
set -euo pipefail
cd "$(dirname "$0")/.."

pairs=500000 rounds=5 share_pairs=50000 share_rounds=21 sensor_rounds=5 virtual=true
binary=.build/release/halfwire vm_arguments=()
while (($#)); do
  case "$1" in
    --quick)
      pairs=5000 rounds=1 share_pairs=5000 share_rounds=3 sensor_rounds=1
      vm_arguments=(--quick)
      ;;
    --binary) binary="${2:?}"; shift ;;
    --no-vm) virtual=false ;;
    *) sed -n 's/^# \{0,1\}//; 4,10p' "$0" >&2; exit 64 ;;
  esac
  shift
done

objects=Sources/CProbeObjects/objects
build=Benchmarks/.build/hook-cost
skip() { echo "skipped: $1"; }

echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores," \
  "Linux $(uname -r), load average $(cut -d ' ' -f 1-3 /proc/loadavg)"
Benchmarks/hook-cost/build.sh "$build"

echo "== tracepoints, this kernel: $rounds rounds of $pairs sends and receives"
status=0
if [[ $(id -u) != 0 ]]; then
  skip "the hooks of this kernel (not root)"
else
  "$build/hook_cost" hooks "$objects/tracepoints.o" "$build/empty_tracepoints.o" \
    "$pairs" "$rounds" || status=$?
  case $status in
    0)
      echo "== the same with both copies of each hook, as on a kernel that preempts itself"
      "$build/hook_cost" hooks "$objects/tracepoints.o" "$build/empty_tracepoints.o" \
        "$pairs" "$rounds" twins
      echo "== the load's time with the hooks: $share_rounds rounds of $share_pairs"
      "$build/hook_cost" share "$objects/tracepoints.o" "$share_pairs" "$share_rounds"
      ;;
    77) skip "tracepoints (this kernel refuses the programs)" ;;
    *) exit 1 ;;
  esac
fi

# The whole sensor: the same hooks, and a reader that drains the ring beside the load.
sensor=0
trace="$(mktemp -d "${TMPDIR:-/tmp}/halfwire-hook-cost.XXXXXX")"
# shellcheck disable=SC2317  # called by the trap
cleanup() {
  ((sensor == 0)) || kill -INT "$sensor" 2>/dev/null || true
  rm -rf "$trace"
}
trap cleanup EXIT
start_sensor() {
  "$binary" record -o "$trace/trace" --backend tracepoints >"$trace/out" 2>"$trace/log" &
  sensor=$!
  for _ in $(seq 100); do
    # The processes that run already are told first; then it is quiet.
    grep -qs "tracepoints" "$trace/out" "$trace/log" && sleep 1 && return 0
    kill -0 "$sensor" 2>/dev/null || break
    sleep 0.1
  done
  echo "the sensor did not start:" >&2
  cat "$trace/log" >&2
  return 1
}
stop_sensor() {
  kill -INT "$sensor"
  wait "$sensor" || true
  sensor=0
}
middle() { sort -g | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }
if [[ $(id -u) != 0 ]]; then
  skip "the whole sensor (not root)"
elif ((status == 77)); then
  skip "the whole sensor (tracepoints refused)"
elif [[ ! -x $binary ]]; then
  skip "the whole sensor (no $binary; swift build -c release --product halfwire)"
else
  echo "== the load's time beside the running sensor: $sensor_rounds rounds of $share_pairs"
  for ((round = 1; round <= sensor_rounds; round++)); do
    if ((round % 2)); then without="$("$build/hook_cost" load "$share_pairs")"; fi
    start_sensor
    with="$("$build/hook_cost" load "$share_pairs")"
    stop_sensor
    if ((round % 2 == 0)); then without="$("$build/hook_cost" load "$share_pairs")"; fi
    echo "$with $without"
  done >"$trace/rounds"
  printf 'sensor   time with over without: median %.3f by the wall, %.3f by processor time\n' \
    "$(awk '{ print $1 / $4 }' "$trace/rounds" | middle)" \
    "$(awk '{ print $3 / $6 }' "$trace/rounds" | middle)"
fi

if $virtual; then
  Benchmarks/hook-cost/emulated.sh "${vm_arguments[@]}"
fi
echo "load average at the end: $(cut -d ' ' -f 1-3 /proc/loadavg)"
