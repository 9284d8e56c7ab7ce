#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Records the traffic program with the sensor; for bash and for busybox in a booted kernel.
#
# Usage: record-workload.sh HALFWIRE WORKLOAD BACKEND DIRECTORY [WORKLOAD ARGUMENT ...]
#
# Leaves in DIRECTORY: report.jsonl (the workload's own counts), trace.jsonl (what the sensor saw),
# record.log, workload.log, convert.log. Exit 0 when every step went well; what did not is said on
# standard error. Whether the counts agree is for check_accounting.py to say.
# shellcheck disable=SC3040  # both shells have pipefail
set -euo pipefail

halfwire="$1" workload="$2" backend="$3" directory="$4"
shift 4
attach_seconds=60
stop_seconds=20
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

: >"$directory/record.log"
"$halfwire" record --backend "$backend" --output "$directory/trace.native" \
  >"$directory/record.out" 2>"$directory/record.log" &
sensor=$!
# A process that has ended stays as a zombie until the shell waits for it, which busybox does late.
is_gone() { ! kill -0 "$sensor" || grep -q '^State:[[:space:]]*Z' "/proc/$sensor/status"; }
has_begun() { grep -q '^recording' "$directory/record.log" || is_gone; }
# Never leave a sensor behind.
trap 'kill -KILL "$sensor" 2>/dev/null || true' EXIT

if ! wait_until "$attach_seconds" has_begun; then
  failed "no recording line within $attach_seconds s"
elif is_gone 2>/dev/null; then
  failed "the sensor ended before it recorded"
fi

if [ "$failures" -eq 0 ]; then
  "$workload" "$@" >"$directory/report.jsonl" 2>"$directory/workload.log" ||
    failed "the workload failed: $(tail -n 1 "$directory/workload.log")"
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
trap - EXIT
[ "$status" -eq 0 ] || failed "record ended with status $status"

if [ -s "$directory/trace.native" ]; then
  "$halfwire" trace convert "$directory/trace.native" - \
    >"$directory/trace.jsonl" 2>"$directory/convert.log" ||
    failed "trace convert failed: $(tail -n 1 "$directory/convert.log")"
else
  failed "nothing was recorded"
fi
[ "$failures" -eq 0 ]
