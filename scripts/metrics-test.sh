#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the metrics of a running sensor: promtool on one scrape, then a real Prometheus server
# that scrapes it.
#
# usage: metrics-test.sh [URL]        default http://127.0.0.1:10079
# exit:  0 all checks passed, 1 a check failed, 64 usage, 69 a tool is missing
set -euo pipefail

[ $# -le 1 ] || { echo "usage: metrics-test.sh [URL]" >&2; exit 64; }
url=${1:-http://127.0.0.1:10079}
url=${url%/}
case $url in
  http://?*) target=${url#http://} ;;
  *) echo "not an http:// URL: $url" >&2; exit 64 ;;
esac
for tool in curl promtool prometheus python3; do
  command -v "$tool" >/dev/null || {
    echo "$tool is missing; as root: apt-get install --no-install-recommends prometheus curl python3" >&2
    exit 69
  }
done

work=$(mktemp -d)
server=
cleanup() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    for _ in $(seq 50); do
      kill -0 "$server" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

passed() { echo "ok: $*"; }
failed() { echo "FAILED: $*" >&2; exit 1; }

# One scrape, twice: the form promtool reads, and OpenMetrics.
curl -sS --fail --max-time 10 -D "$work/head" -o "$work/metrics" "$url/metrics" ||
  failed "no scrape from $url/metrics"
grep -qi '^content-type: text/plain; version=0.0.4; charset=utf-8' "$work/head" ||
  failed "content type of a plain scrape: $(grep -i '^content-type' "$work/head")"
passed "scraped $(grep -vc '^#' "$work/metrics") series from $url/metrics"

promtool check metrics <"$work/metrics" >"$work/lint" 2>&1 || {
  cat "$work/lint" >&2
  failed "promtool check metrics"
}
[ ! -s "$work/lint" ] || { cat "$work/lint" >&2; failed "promtool check metrics has remarks"; }
passed "promtool check metrics is silent"

curl -sS --fail --max-time 10 -H 'Accept: application/openmetrics-text; version=1.0.0' \
  -D "$work/head" -o "$work/openmetrics" "$url/metrics" || failed "no OpenMetrics scrape"
grep -qi '^content-type: application/openmetrics-text; version=1.0.0' "$work/head" ||
  failed "content type of an OpenMetrics scrape: $(grep -i '^content-type' "$work/head")"
[ "$(tail -n 1 "$work/openmetrics")" = "# EOF" ] || failed "OpenMetrics text does not end in # EOF"
passed "OpenMetrics is served when asked for"

# A real server. Port 0 is not supported by it, so a free port is taken and may be lost to another
# process before it listens; then it ends, and the wait below says so.
port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/prometheus.yml" <<YAML
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: halfwire
    static_configs: [{targets: ['$target']}]
YAML
promtool check config "$work/prometheus.yml" >"$work/config" 2>&1 || {
  cat "$work/config" >&2
  failed "promtool check config"
}
prometheus --config.file="$work/prometheus.yml" --web.listen-address="127.0.0.1:$port" \
  --storage.tsdb.path="$work/data" >"$work/log" 2>&1 &
server=$!

# Prints the value of the first sample that a query returns, or nothing.
value() {
  curl -s --max-time 2 --get --data-urlencode "query=$1" "http://127.0.0.1:$port/api/v1/query" |
    python3 -c 'import json, sys
try:
    result = json.load(sys.stdin)["data"]["result"]
except (ValueError, KeyError):
    result = []
print(result[0]["value"][1] if result else "")'
}

# Waits up to 30 seconds until a query has a value that matches.
await() {
  local query=$1 pattern=$2 seen=
  for _ in $(seq 60); do
    kill -0 "$server" 2>/dev/null || {
      tail -n 5 "$work/log" >&2
      failed "prometheus ended by itself"
    }
    seen=$(value "$query" || true)
    if [[ $seen =~ $pattern ]]; then
      passed "prometheus: $query = $seen"
      return
    fi
    sleep 0.5
  done
  tail -n 5 "$work/log" >&2
  failed "prometheus: $query is '$seen' after 30 s, expected $pattern"
}

await 'up{job="halfwire"}' '^1$'
await 'halfwire_build_info' '^1$'
await 'halfwire_heartbeat_timestamp_seconds' '^[0-9.e+]+$'
await 'scrape_samples_scraped{job="halfwire"}' '^([1-9][0-9]?|[12][0-9][0-9]|300)$'
echo "all checks passed"
