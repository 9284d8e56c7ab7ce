#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A recording made live and replayed gives the findings that the live run printed: same table, same
# identifiers, same JSON.
#
# Usage: scripts/replay-test.sh [--binary PATH] [--backend NAME] [--require] [--keep]
#
#   --binary    the sensor; default .build/release/halfwire
#   --backend   default auto
#   --require   what is skipped fails; so it is with CI=true
#   --keep      keep the recording and say where
#
# Needs root; takes about 70 seconds, which is what a one-way sender needs to be one.
# Exit: 0 nothing failed, 1 something did, 64 wrong arguments.
set -euo pipefail

# shellcheck source=scripts/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
read_options "--binary --backend --require --keep" "$@"

name="the replay gives the live findings"
can_attach "$backend" || { skip "$name" "$why_not"; finish; }

cat >"$work/loopback.toml" <<'TOML'
[analytics]
include_loopback = true
[analytics.AN1599]
TimeWindow = 60
TOML
config=(--config "$work/loopback.toml")
if ! start_sensor run run --backend "$backend" --listen none "${config[@]}" --all \
  --record "$work/live.trace" --findings "$work/live.json" --state "$work/state"; then
  bad "the sensor starts" "$(cat "$work/run.err")"
  finish
fi
simulations=()
"$binary" simulate beacon --period 2500ms --visits 26 2>"$work/beacon.err" &
simulations+=($!)
"$binary" simulate one-way --period 21s --jitter 0 --visits 4 2>"$work/one-way.err" &
simulations+=($!)
running+=("${simulations[@]}")
for simulation in "${simulations[@]}"; do
  wait "$simulation" || bad "simulate" "status $?" "$(cat "$work/beacon.err" "$work/one-way.err")"
  forget "$simulation"
done
sensor_ends_well run
cat "$work/run.out"
for slug in beacon one-way; do
  if grep -qE "^[a-z]+ +$slug .*127\.0\.0\.1:" "$work/run.out"; then
    ok "the live run found the simulated $slug"
  else
    bad "the live run found the simulated $slug" "$(cat "$work/run.err")"
  fi
done

"$binary" replay --all "${config[@]}" "$work/live.trace" >"$work/table" 2>"$work/table.err" ||
  bad "the recording replays" "$(cat "$work/table.err")"
if grep -q warning "$work/table.err" "$work/run.err"; then
  bad "neither run warns" "$(cat "$work/table.err" "$work/run.err")"
else
  ok "neither run warns"
fi
if cmp -s "$work/run.out" "$work/table"; then ok "the tables are the same bytes"; else
  bad "the tables are the same bytes" "$(diff "$work/run.out" "$work/table")"
fi
"$binary" trace convert "$work/live.trace" "$work/live.jsonl"
for form in trace jsonl; do
  "$binary" replay --all "${config[@]}" --format json "$work/live.$form" >"$work/$form.json" \
    2>"$work/json.err" || bad "the $form replays" "$(cat "$work/json.err")"
done
if cmp -s "$work/trace.json" "$work/jsonl.json"; then ok "the JSON Lines twin gives the same"; else
  bad "the JSON Lines twin gives the same" "$(diff "$work/trace.json" "$work/jsonl.json")"
fi
# The live file has a line when a finding is made and every few minutes; the replay has it as it
# stood at the end. What does not grow with time must be the same.
if python3 - "$work/live.json" "$work/trace.json" >"$work/why" 2>&1 <<'PYTHON'
import json, sys
def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]
live, replayed = read(sys.argv[1]), {finding["id"]: finding for finding in read(sys.argv[2])}
names = sorted({finding["id"] for finding in live})
print(f"{len(names)} findings: {' '.join(names)}")
assert names and names == sorted(replayed), f"live {names}, replayed {sorted(replayed)}"
same = """schema id dedup_key analytic slug sibling strategy technique attack_version severity severity_reasons
first_seen host boot_id role sensor backend config_hash destination opener attribution""".split()
last = {finding["id"]: finding for finding in live}
for finding in live:
    again = replayed[finding["id"]]
    assert list(finding) == list(again), "other keys"
    for key in same:
        # A finding may get worse while its evidence grows; its last line says what it came to.
        if key.startswith("severity") and finding is not last[finding["id"]]:
            continue
        assert finding[key] == again[key], f"{key}: {finding[key]} live, {again[key]} replayed"
    for key in finding["process"]:
        # The process grows older.
        assert key == "age" or finding["process"][key] == again["process"][key], f"process.{key}"
PYTHON
then
  ok "the same identifiers and the same JSON: $(cat "$work/why")"
else
  bad "the same identifiers and the same JSON" "$(cat "$work/why")"
fi
finish
