#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Serves the golden snapshot and runs metrics-test.sh on it: the exposition and the server against
# promtool and a real Prometheus, without a kernel.
#
# With --golden it first writes the golden files that the tests compare with; read the difference
# before you commit it.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build --product metrics-fixture
fixture=$(swift build --show-bin-path)/metrics-fixture
if [ "${1:-}" = --golden ]; then
  "$fixture" print prometheus >Tests/ExportTests/golden.prom
  "$fixture" print openmetrics >Tests/ExportTests/golden.openmetrics
fi
promtool check metrics <Tests/ExportTests/golden.prom
port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$fixture" serve "127.0.0.1:$port" &
served=$!
trap 'kill "$served" 2>/dev/null || true; wait "$served" 2>/dev/null || true' EXIT
for _ in $(seq 50); do
  curl -s -o /dev/null --max-time 1 "http://127.0.0.1:$port/healthz" && break
  sleep 0.1
done
bash scripts/metrics-test.sh "http://127.0.0.1:$port"
