#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the live sensor and metrics-test.sh on it: promtool on its scrape, and a real Prometheus that
# scrapes it.
#
# Usage: scripts/live-metrics-test.sh [--binary PATH] [--require]
#
#   --binary    the sensor; default .build/release/halfwire
#   --require   what is skipped fails; so it is with CI=true
#
# Needs root, promtool and prometheus. Exit: 0 nothing failed, 1 something did, 64 wrong arguments.
set -euo pipefail

# shellcheck source=scripts/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
read_options "--binary --require" "$@"

name="a live scrape is clean and a real Prometheus takes it"
for tool in promtool prometheus curl; do
  command -v "$tool" >/dev/null || { skip "$name" "$tool is missing"; finish; }
done
can_attach auto || { skip "$name" "$why_not"; finish; }

port="$(free_port)"
if ! start_sensor run run --listen "127.0.0.1:$port"; then
  bad "the sensor starts" "$(cat "$work/run.err")"
  finish
fi
if bash "$root/scripts/metrics-test.sh" "http://127.0.0.1:$port" 2>&1; then ok "$name"; else
  bad "$name"
fi
# What the sensor did while it was scraped: it never counts its own traffic.
if curl -s --max-time 5 "http://127.0.0.1:$port/metrics" |
  grep '^halfwire_process_transferred_bytes_total.*process="halfwire"' >"$work/own"; then
  bad "the sensor leaves its own traffic out" "$(cat "$work/own")"
else
  ok "the sensor leaves its own traffic out"
fi
sensor_ends_well run
finish
