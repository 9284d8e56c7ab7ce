#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the sensor's byte counts against real traffic on the running kernel.
#
# Usage: scripts/live-test.sh [--backend NAME] [--binary PATH] [--require] [--keep]
#                             [-- WORKLOAD ARGUMENT ...]
#
#   --backend   default auto
#   --binary    the sensor; default .build/release/halfwire
#   --require   what is skipped fails; so it is with CI=true
#   --keep      keep the recording and say where
#
# Needs root. Each row of the comparison is one check. Exit: 0 nothing failed, 1 something did,
# 64 wrong arguments.
set -euo pipefail

# shellcheck source=scripts/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
read_options "--backend --binary --require --keep --" "$@"

name="the traffic program's counts"
can_attach "$backend" || { skip "$name" "$why_not"; finish; }
"$root/scripts/build-workload.sh" "$work/workload" >/dev/null
echo "live-test: $(uname -r), $backend"
status=0
bash "$root/scripts/record-workload.sh" "$binary" "$work/workload" "$backend" "$work" \
  ${rest[@]+"${rest[@]}"} || status=$?
for log in record before workload convert; do
  [[ ! -s "$work/$log.log" ]] || sed "s/^/  $log: /" "$work/$log.log"
done
if ((status != 0)); then
  bad "$name are recorded" "record-workload.sh ended with $status"
  finish
fi
options=()
[[ $backend == auto ]] || options+=(--backend "$backend")
# The arguments are hidden under confidentiality, here as in a booted kernel.
if grep -qF '[confidentiality]' /sys/kernel/security/lockdown 2>/dev/null; then
  options+=(--no-argv)
fi
python3 "$root/scripts/check_accounting.py" "${options[@]}" "$work/report.jsonl" \
  "$work/trace.jsonl" >"$work/table" || status=$?
add_verdicts check_accounting.py "$work/table" "$status"
finish
