#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Records the traffic program with the sensor; for bash and for busybox in a booted kernel.
#
# Usage: record-workload.sh HALFWIRE WORKLOAD BACKEND DIRECTORY [WORKLOAD ARGUMENT ...]
#
# The connections that are to be older than the sensor are made first; the traffic program's
# arguments choose among both parts. Leaves in DIRECTORY: report.jsonl (the workload's own counts),
# trace.jsonl (what the sensor saw), record.log, workload.log, convert.log. Exit 0 when every step
# went well; what did not is said on standard error. Whether the counts agree is for
# check_accounting.py to say.
# shellcheck disable=SC3040  # both shells have pipefail
set -euo pipefail

halfwire="$1" workload="$2" backend="$3" directory="$4"
shift 4
# Bounds for what hangs, not judgements: an emulated machine on a busy host takes minutes.
attach_seconds=240
before_seconds=120
stop_seconds=120
mkdir -p "$directory"

failures=0
failed() {
  echo "record-workload: $*" >&2
  failures=$((failures + 1))
}

# Runs in tenths of a second until COMMAND succeeds; fails after SECONDS.
wait_until() { # seconds, command...
  tenths=$(($1 * 10))
  shift
  while ! "$@" 2>/dev/null; do
    tenths=$((tenths - 1))
    [ "$tenths" -gt 0 ] || return 1
    sleep 0.1
  done
}

# A process that has ended stays as a zombie until the shell waits for it, which busybox does late.
has_ended() { ! kill -0 "$1" || grep -q '^State:[[:space:]]*Z' "/proc/$1/status"; }

before="$directory/before"
mkdir -p "$before"
rm -f "$before/ready" "$before/go"
"$workload" --before "$before" "$@" >"$directory/before.jsonl" 2>"$directory/before.log" &
older=$!
sensor=
# Never leave one of them behind; the parts of the traffic program die with it.
stop_all() {
  for process in $sensor $older; do
    kill -KILL "$process" 2>/dev/null || true
  done
}
trap stop_all EXIT
is_prepared() { [ -e "$before/ready" ] || has_ended "$older"; }
wait_until "$before_seconds" is_prepared || failed "the older connections do not stand"

: >"$directory/record.log"
"$halfwire" record --backend "$backend" --output "$directory/trace.native" \
  >"$directory/record.out" 2>"$directory/record.log" &
sensor=$!
is_gone() { has_ended "$sensor"; }
has_begun() { grep -q '^recording' "$directory/record.log" || is_gone; }

if ! wait_until "$attach_seconds" has_begun; then
  failed "no recording line within $attach_seconds s"
elif is_gone 2>/dev/null; then
  failed "the sensor ended before it recorded"
fi

if [ "$failures" -eq 0 ]; then
  : >"$before/go"
  wait "$older" || failed "the older connections failed: $(tail -n 1 "$directory/before.log")"
  older=
  "$workload" "$@" >"$directory/after.jsonl" 2>"$directory/workload.log" ||
    failed "the workload failed: $(tail -n 1 "$directory/workload.log")"
  cat "$directory/before.jsonl" "$directory/after.jsonl" >"$directory/report.jsonl"
  # Sockets that wait for their last acknowledgement are gone by then, idle bursts swept.
  sleep 2
fi

# A shell starts a background process with SIGINT ignored; a handler of its own undoes that.
kill -INT "$sensor" 2>/dev/null || true
if ! wait_until "$stop_seconds" is_gone; then
  failed "still running $stop_seconds s after SIGINT"
  kill -KILL "$sensor" 2>/dev/null || true
fi
status=0
wait "$sensor" || status=$?
sensor=
[ "$status" -eq 0 ] || failed "record ended with status $status"

if [ -s "$directory/trace.native" ]; then
  "$halfwire" trace convert "$directory/trace.native" - \
    >"$directory/trace.jsonl" 2>"$directory/convert.log" ||
    failed "trace convert failed: $(tail -n 1 "$directory/convert.log")"
else
  failed "nothing was recorded"
fi
[ "$failures" -eq 0 ]
