#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Kills a sensor with SIGKILL at five moments while it follows an implant that runs between two
# network namespaces, and starts it anew each time over the same state directory.
#
# Usage: scripts/state-kill-test.sh [--binary PATH] [--backend NAME] [--require] [-- SEED]
#
#   --binary    the sensor; default .build/release/halfwire
#   --backend   default auto
#   --require   what is skipped fails; so it is with CI=true
#   SEED        of the moments; default 1
#
# It saves once a second here, so what is three seconds old when it is killed must be there
# afterwards. Needs root, python3, openssl and a C compiler, and takes most of a minute.
# Exit: 0 nothing failed, 1 something did, 64 wrong arguments.
set -euo pipefail

# shellcheck source=scripts/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
# shellcheck source=scripts/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
read_options "--binary --backend --require --" "$@"
RANDOM="${rest[0]:-1}"

name="a sensor that is killed goes on where it was"
open_implant_lab "$name" "kill$$" 480

printf '[findings]\nupdate_interval = 1\n' >"$work/kill.toml"
options=(run --backend "$backend" --listen none --config "$work/kill.toml" --save-interval 1s
  --state "$work/state" --findings "$work/findings.jsonl")
knows() { # file; what the state has, as its own command tells
  "$binary" baseline show --json --state "$work/state" >"$1" 2>"$1.err"
}
# shellcheck disable=SC2317  # called by wait_until
found() { grep -q '"slug":"beacon"' "$work/findings.jsonl" 2>/dev/null; }

if ! start_sensor run0 "${options[@]}"; then bad "the sensor starts" "$(cat "$work/run0.err")"; finish; fi
begin kill "$implant" -n 300 -p 1.5 -j 0.1 203.0.113.9:8080
if ! wait_until 40 found; then bad "the implant is found" "$(cat "$work/run0.err")"; finish; fi
sleep 8
: >"$work/kills"
for round in 1 2 3 4 5; do
  sleep "$((RANDOM % 5)).$((RANDOM % 10))"
  date +%s.%N >>"$work/kills"
  { kill -KILL "$sensor"; wait "$sensor"; } 2>/dev/null || true
  forget "$sensor"
  if knows "$work/known$round"; then ok "kill $round: baseline show reads the state"; else
    bad "kill $round: baseline show reads the state" "$(cat "$work/known$round.err")"
  fi
  if ! start_sensor "run$round" "${options[@]}"; then
    bad "kill $round: the sensor starts again" "$(cat "$work/run$round.err")"
    finish
  fi
  # That a save took longer than a second is told too, and is the disk's matter.
  if grep -qE 'rows of the state (are damaged|were dated)|wall clock is far' "$work/run$round.err"; then
    bad "kill $round: the state is whole" "$(cat "$work/run$round.err")"
  else
    ok "kill $round: the state is whole"
  fi
done
sleep 4
sensor_ends_well run5
knows "$work/known6" || true
status=0
python3 - "$implant" "$work" >"$work/why" 2>&1 <<'PYTHON' || status=$?
import datetime, json, sys

implant, work = sys.argv[1:]
def lines(name):
    with open(f"{work}/{name}", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]

own = [line for line in lines("findings.jsonl")
       if line["process"]["exe"] == implant and line["slug"] == "beacon"]
kills = [float(word) for word in open(f"{work}/kills").read().split()]
assert len(kills) == 5
ids = {line["id"] for line in own}
assert len(ids) == 1, f"one implant, {len(ids)} findings: {ids}"
assert len({line["first_seen"] for line in own}) == 1, "its beginning moved"
created = [line for line in own if line["status"] == "create"]
assert len(created) == 1, f"created {len(created)} times"
def unix(text): return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
def visits(line): return line["evidence"]["visits"]
for kill in kills:
    # It saves every second; a busy machine may take some more to write.
    saved = [visits(line) for line in own if unix(line["last_seen"]) <= kill - 6]
    after = [visits(line) for line in own if unix(line["last_seen"]) > kill]
    assert saved and after, f"{len(saved)} lines before a kill, {len(after)} after it"
    assert after[0] >= max(saved), f"{after[0]} visits after {max(saved)} were saved"
assert visits(own[-1]) > visits(created[0]), "no visit was added"
# What is known never becomes less, and keeps its beginning.
known = [{line["subject"]: line for line in lines(f"known{round}")} for round in range(1, 7)]
assert any(implant in subject for subject in known[0]), list(known[0])
for before, after in zip(known, known[1:]):
    for subject, line in before.items():
        assert subject in after, f"{subject} was forgotten"
        assert after[subject]["first_seen"] == line["first_seen"], f"{subject} began anew"
print(f"one finding over six runs, {visits(created[0])} to {visits(own[-1])} visits, "
      f"{len(known[-1])} subjects known")
PYTHON
if [[ $status == 0 ]]; then ok "$name: $(cat "$work/why")"; else
  bad "$name" "$(tail -n 2 "$work/why")" "$(tail -n 5 "$work/run5.err")"
fi
finish
