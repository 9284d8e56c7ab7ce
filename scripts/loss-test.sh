#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Stops the sensor's reader for five seconds under load: what is lost must be counted exactly, and
# the totals must be exact again with the next record.
#
# Usage: scripts/loss-test.sh [--binary PATH] [--backend NAME] [--require] [--keep]
#
#   --binary    the sensor; default .build/release/halfwire
#   --backend   default auto
#   --require   what is skipped fails; so it is with CI=true
#   --keep      keep the recording and say where
#
# Needs root and bpftool. Exit: 0 nothing failed, 1 something did, 64 wrong arguments.
set -euo pipefail

# shellcheck source=scripts/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
read_options "--binary --backend --require --keep" "$@"

name="lost records are counted exactly"
can_attach "$backend" || { skip "$name" "$why_not"; finish; }
command -v bpftool >/dev/null || { skip "$name" "bpftool is missing"; finish; }

if ! start_sensor record record --backend "$backend" -o "$work/loss.trace"; then
  bad "the sensor starts" "$(cat "$work/record.err")"
  finish
fi
# The kernel side's counters outlive the sensor under a name in a BPF file system of our own, so
# that they can be read when nothing adds to them any more.
mkdir "$work/bpf"
mount -t bpf bpf "$work/bpf"
map=
while read -r id; do
  # "NUMBER: percpu_array  name counters  flags ..."
  if bpftool map show id "$id" | grep -c 'name counters ' >/dev/null; then map="$id"; fi
done < <(sed -n 's/^map_id:[[:space:]]*//p' "/proc/$sensor/fdinfo/"* 2>/dev/null | sort -un)
if [[ -z $map ]]; then
  bad "the sensor's counters are found among its maps"
  finish
fi
bpftool map pin id "$map" "$work/bpf/counters"

# The load test says how long, and how much more is to be moved meanwhile, by which program.
more=()
if [[ -n ${HALFWIRE_LOSS_OPERATIONS:-} ]]; then
  mkdir "$work/busy"
  more=("${HALFWIRE_LOSS_WORKLOAD:?}" "$work/busy" "$HALFWIRE_LOSS_OPERATIONS")
fi
if python3 "$root/scripts/loss_load.py" "$sensor" "${HALFWIRE_LOSS_SECONDS:-5}" \
  ${more[@]+"${more[@]}"} >"$work/report.jsonl" 2>"$work/load.err"; then
  ok "the load ran${more:+: $(tail -n 1 "$work/load.err")}"
else
  bad "the load ran" "$(cat "$work/load.err")"
fi
sensor_ends_well record
books_close record
bpftool -j map dump pinned "$work/bpf/counters" >"$work/counters.json"
"$binary" trace convert "$work/loss.trace" "$work/loss.jsonl" 2>"$work/convert.err" ||
  bad "the recording converts" "$(cat "$work/convert.err")"
status=0
python3 "$root/scripts/check_loss.py" "$work/report.jsonl" "$work/loss.jsonl" \
  "$work/counters.json" >"$work/checks" 2>&1 || status=$?
add_verdicts check_loss.py "$work/checks" "$status"
finish
