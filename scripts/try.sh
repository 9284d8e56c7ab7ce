#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The first look: builds halfwire, replays a recorded host, then watches this one for a minute.
#
# Usage: scripts/try.sh
#
# The live part needs root and a kernel that allows it; without, it says what it left out. It ends
# everything that it started. Exit: 0 all well; otherwise the code of what failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
if [[ ! -t 1 || -n ${NO_COLOR:-} ]]; then say() { printf '\n%s\n' "$*"; }; fi

# Its clean-up ends everything that is in `running`.
# shellcheck source=scripts/checks.sh
source scripts/checks.sh
trap 'exit 130' INT TERM

say "1. Packages and release build (a few minutes the first time)"
bash scripts/install-dependencies.sh
if ! swift build -c release --product halfwire --static-swift-stdlib >"$work/build.log" 2>&1; then
  tail -n 30 "$work/build.log" >&2
  exit 70
fi
binary="$(swift build -c release --show-bin-path)/halfwire"
"$binary" version | head -n 1

say "2. A recorded host: halfwire replay samples/first-look.trace"
"$binary" replay samples/first-look.trace

left_out() {
  say "3. Left out: the live sensor"
  echo "$1"
  echo "As root it would watch this machine for a minute, while 'halfwire simulate beacon' acts out"
  echo "a beacon on the loopback, and show the finding and the metrics."
  exit 0
}
[[ $(id -u) == 0 ]] || left_out "This needs root (or CAP_BPF and CAP_PERFMON)."

bash scripts/install-dependencies.sh curl

say "3. This machine, live: halfwire run, and halfwire simulate beacon for a minute"
# Loopback traffic raises findings only where the configuration says so.
printf '[analytics]\ninclude_loopback = true\n' >"$work/loopback.toml"
# Port 0 lets the kernel choose one that is free.
if ! start_sensor run run --listen 127.0.0.1:0 --config "$work/loopback.toml"; then
  stop_sensor INT
  status="$sensor_status"
  [[ $status =~ ^[1-9][0-9]*$ ]] || status=70
  # 69 and 77: this kernel, or this container, does not allow it.
  if ((status == 69 || status == 77)); then left_out "$(tail -n 1 "$work/run.err")"; fi
  cat "$work/run.err" >&2
  exit "$status"
fi
sed -n 's/; stop with Ctrl-C$//; /^watching/p' "$work/run.err"
metrics="http://$(sed -n 's/^watching.*metrics on \([^ ]*\);.*/\1/p' "$work/run.err")"
"$binary" simulate beacon --period 4s --visits 14 2>"$work/simulate.err" &
simulation=$!
running+=("$simulation")
told=0
while ! is_gone "$simulation"; do
  # What the sensor says of findings, as it says it.
  lines="$(grep -cE '^(create|update|close|halfwire)' "$work/run.err" || true)"
  if ((lines > told)); then
    grep -E '^(create|update|close|halfwire)' "$work/run.err" | tail -n "+$((told + 1))"
    told=$lines
  fi
  sleep 0.5
done
status=0
wait "$simulation" || status=$?
forget "$simulation"
if ((status != 0)); then
  cat "$work/simulate.err" >&2
  exit "$status"
fi

say "4. Some of its metrics: curl $metrics"
# Published once a second.
sleep 1.1
curl -sS --fail --max-time 10 -o "$work/metrics" "$metrics"
grep -E '^(halfwire_(backend_info|findings_open|events_lost_total|sockets_tracked)|halfwire_attributed_bytes_total\{.*exact|halfwire_process_transferred_bytes_total\{.*halfwire|process_cpu_seconds_total|process_resident_memory_bytes)' \
  "$work/metrics" | grep -vE 'findings_open\{[^}]*\} 0$'

say "5. The findings, as halfwire run prints them when it is stopped"
stop_sensor INT
cat "$work/run.out"
grep -E '^(ran over|halfwire: warning)' "$work/run.err" || true
[[ $sensor_status =~ ^[0-9]+$ ]] || sensor_status=70
exit "$sensor_status"
