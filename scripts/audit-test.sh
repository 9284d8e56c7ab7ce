#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Takes bytes out of the sensor's books and expects it to say so while the connection lives.
#
# Usage: scripts/audit-test.sh [--binary PATH] [--require] [--keep]
#
#   --binary    the sensor; default .build/release/halfwire
#   --require   what is skipped fails; so it is with CI=true
#   --keep      keep the recording and say where
#
# Needs root, bpftool and a kernel with socket storage (5.12). Exit: 0 nothing failed, 1 something
# did, 64 wrong arguments.
set -euo pipefail

# shellcheck source=scripts/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
read_options "--binary --require --keep" "$@"

name="an error in the books is found"
can_attach || { skip "$name" "$why_not"; finish; }
command -v bpftool >/dev/null || { skip "$name" "bpftool is missing"; finish; }

port="$(free_port)"
if ! start_sensor run run --listen "127.0.0.1:$port" --record "$work/audit.trace"; then
  bad "the sensor starts" "$(cat "$work/run.err")"
  finish
fi
map=
while read -r id; do
  # "NUMBER: sk_storage  name sockets  flags ...", and below "key 4B  value 904B  ..."
  if bpftool map show id "$id" | grep -c 'sk_storage  name sockets ' >/dev/null; then
    map="$id"
    bytes="$(bpftool map show id "$id" | sed -n 's/.*value \([0-9]*\)B.*/\1/p')"
  fi
done < <(sed -n 's/^map_id:[[:space:]]*//p' "/proc/$sensor/fdinfo/"* 2>/dev/null | sort -un)
if [[ -z $map ]]; then
  bad "the sensor's socket states are found among its maps"
  finish
fi
if ! python3 "$root/scripts/uncharge.py" "$map" "$bytes" "http://127.0.0.1:$port/metrics" \
  >"$work/report.json" 2>"$work/uncharge.err"; then
  bad "bytes are taken out of the books" "$(cat "$work/uncharge.err")"
  finish
fi
sensor_ends_well run
"$binary" trace convert "$work/audit.trace" "$work/audit.jsonl" 2>"$work/convert.err" ||
  bad "the recording converts" "$(cat "$work/convert.err")"

check() { # name, expression over report r, audits of the trace a and the socket's final f
  if python3 - "$work/report.json" "$work/audit.jsonl" "$2" <<'PYTHON'; then
import json, sys
r = json.load(open(sys.argv[1]))
lines = [json.loads(line) for line in open(sys.argv[2])]
a = [line for line in lines if line.get("e") == "audit"]
sk = [line["sk"] for line in lines if line.get("local") == r["local"]][0]
f = [line for line in lines if line.get("e") == "final" and line["sk"] == sk][0]
sys.exit(not eval(' '.join(sys.argv[3].split())))
PYTHON
    ok "$1"
  else
    bad "$1" "$(cat "$work/report.json")" "$(grep '"audit"' "$work/audit.jsonl" || true)"
  fi
}
check "one audit in the trace, of that socket, with the kernel's own total" \
  'len(a) == 1 and a[0]["sk"] == sk and a[0]["written"] == r["sent"] == f["written"]'
check "told while the connection lived, before its final" 'a[0]["t"] < f["t"]'
check "the metrics tell one socket and exactly the missing bytes" \
  'r["found"]["sockets"] == r["before"]["sockets"] + 1
   and r["found"]["sent"] == r["before"]["sent"] + r["taken_out"]
   and r["found"]["received"] == r["before"]["received"]'
check "the end of the connection does not count them again" 'r["after"] == r["found"]'
finish
