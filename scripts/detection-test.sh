#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The recorded traces come out as they should, whole and with records lost; and an implant that
# runs now, between two network namespaces, is found and named rightly by the sensor.
#
# Usage: scripts/detection-test.sh [--binary PATH] [--backend NAME] [--require]
#
#   --binary    the sensor; default .build/release/halfwire
#   --backend   default auto
#   --require   what is skipped fails; so it is with CI=true
#
# The live part needs root, python3, openssl and a C compiler, and takes a minute.
# Exit: 0 nothing failed, 1 something did, 64 wrong arguments.
set -euo pipefail

# shellcheck source=scripts/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
# shellcheck source=scripts/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
read_options "--binary --backend --require" "$@"

echo "== recorded"
status=0
"$binary" test "$root/traces" >"$work/test.out" 2>"$work/test.err" || status=$?
if [[ $status == 0 ]]; then
  ok "every trace is as expected: $(tail -n 1 "$work/test.out")"
else
  bad "every trace is as expected" "status $status" "$(grep WRONG "$work/test.out" || true)" \
    "$(cat "$work/test.err")"
fi
tail -n 4 "$work/test.out"
exits() { # name, status, arguments...
  local name="$1" wanted="$2" status=0
  shift 2
  "$binary" test "$@" >/dev/null 2>"$work/exits.err" || status=$?
  if [[ $status == "$wanted" ]]; then ok "$name"; else
    bad "$name" "status $status, not $wanted" "$(cat "$work/exits.err")"
  fi
}
# One malicious trace in the wrong place: precision falls to a half, recall stays.
mkdir -p "$work/wrong/malicious" "$work/wrong/benign"
for folder in malicious benign; do
  cp "$root/traces/malicious/static.trace" "$work/wrong/$folder/"
done
exits "a trace that comes out wrong fails" 1 "$work/wrong"
exits "--fail-under precision=0.5 is reached" 0 --fail-under precision=0.5 "$work/wrong"
exits "--fail-under precision=0.6 is not" 1 --fail-under precision=0.6 "$work/wrong"
exits "--fail-under recall=1 is reached" 0 --fail-under recall=1 "$work/wrong"
exits "--fail-under 0.6 asks for both" 1 --fail-under 0.6 "$work/wrong"
exits "--fail-under wants a share" 64 --fail-under half "$work/wrong"
exits "a directory that is not there" 66 "$work/nowhere"
if command -v python3 >/dev/null; then
  status=0
  python3 "$root/scripts/check_verdict_loss.py" "$binary" "$root/traces" \
    >"$work/loss.out" 2>&1 || status=$?
  add_verdicts "with records lost" "$work/loss.out" "$status"
else
  skip "with records lost" "python3 is missing"
fi

echo "== live"
name="an implant that runs now is found"
open_implant_lab "$name" "live$$"
if ! start_sensor run run --backend "$backend" --listen none --findings "$work/live.jsonl"; then
  bad "the sensor starts" "$(cat "$work/run.err")"
  finish
fi
begin live "$implant" -n 12 -p 5 -j 0.1 203.0.113.9:8080
until has_ended live; do sleep 0.5; done
sleep 2
sensor_ends_well run
status=0
python3 - "$work/live.jsonl" "$implant" >"$work/why" 2>&1 <<'PYTHON' || status=$?
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    lines = [json.loads(line) for line in file]
own = [line for line in lines if line["process"]["exe"] == sys.argv[2]]
assert own, f"none of {len(lines)} lines is about the implant"
found = own[0]
assert found["slug"] == "beacon" and found["status"] == "create", found["message"]
assert {line["id"] for line in own} == {found["id"]}, [line["message"] for line in own]
assert found["severity"] in ("medium", "high"), found["severity_reasons"]
assert (found["destination"]["address"], found["destination"]["port"]) == ("203.0.113.9", 8080)
assert found["process"]["provenance"].startswith("P3"), found["process"]["provenance"]
visits, period = found["evidence"]["visits_at_finding"], found["evidence"]["period_seconds"]
assert visits <= 12, f"{visits} visits"
# Twelve visits tell a period of 5 s with jitter no better than this.
assert 4 <= period <= 6, f"{period} s"
print(f"{found['severity']} after {visits} visits, every {period} s")
PYTHON
if [[ $status == 0 ]]; then ok "$name: $(cat "$work/why")"; else
  bad "$name" "$(tail -n 2 "$work/why")" "$(cat "$work/run.err")"
fi
finish
