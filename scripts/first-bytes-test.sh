#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Lets connections with known first bytes, DNS answers and datagrams pass, in a network namespace of
# its own, and compares what the sensor recorded and counted with what was sent.
#
# Usage: scripts/first-bytes-test.sh [--binary PATH] [--backend NAME] [--require] [--keep]
#
#   --binary    the sensor; default .build/release/halfwire
#   --backend   default auto
#   --require   what is skipped fails; so it is with CI=true
#   --keep      keep the traces and say where
#
# Needs root. Exit: 0 nothing failed, 1 something did, 64 wrong arguments.
set -euo pipefail

# shellcheck source=scripts/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
read_options "--binary --backend --require --keep" "$@"

name="first bytes are those that were sent"
can_attach "$backend" || { skip "$name" "$why_not"; finish; }
for tool in python3 curl openssl ssh unshare ip tc setpriv; do
  command -v "$tool" >/dev/null || { skip "$name" "$tool is missing"; finish; }
done
"$binary" doctor --listen "127.0.0.1:$(free_port)" >"$work/doctor" || true
if ! grep -q '^OK *first bytes ' "$work/doctor"; then
  skip "$name" "$(grep 'first bytes ' "$work/doctor" || echo 'no backend')"
  finish
fi

# One metric's value; empty where it is not served.
metric() { # name with labels
  curl -s --max-time 5 "http://127.0.0.1:$port/metrics" |
    awk -v name="$1" 'index($0, name " ") == 1 { print $NF }'
}

# Runs the traffic under a sensor with ARGUMENTS, and checks the trace against the limits.
pass() { # name, limit sent, limit received, names wanted (1, 0), resets (all, or a limit), arguments...
  local run="$1" sent="$2" received="$3" wants="$4" resets="$5"
  shift 5
  local files="$work/$run"
  mkdir "$files"
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$files/key.pem" -out "$files/cert.pem" \
    -days 2 -subj /CN=example.test 2>/dev/null
  unshare -n python3 "$root/scripts/first_bytes_traffic.py" "$files" 2>"$files/traffic.err" &
  local traffic=$!
  running+=("$traffic")
  if ! wait_until 20 test -e "$files/old"; then
    bad "$run: the traffic begins" "$(cat "$files/traffic.err")"
    return
  fi
  port="$(free_port)"
  if ! start_sensor "$run" run --backend "$backend" --listen "127.0.0.1:$port" \
    --record "$files/t.trace" "$@"; then
    bad "$run: the sensor starts" "$(cat "$work/$run.err")"
    return
  fi
  touch "$files/go"
  if ! wait_until 120 test -e "$files/tcp"; then
    bad "$run: the connections end" "$(cat "$files/traffic.err")"
    return
  fi
  # A snapshot a second: two are sure to have what went before.
  sleep 2.2
  local before=()
  local transport
  for transport in udp quic; do
    before+=("$(metric "halfwire_egress_unanalysed_bytes_total{transport=\"$transport\"}")")
  done
  touch "$files/udp"
  wait_until 30 test -e "$files/done" || bad "$run: the datagrams are sent" "$(cat "$files/traffic.err")"
  wait "$traffic" || true
  forget "$traffic"
  sleep 2.2
  local index=0 after expected
  for transport in udp quic; do
    after="$(metric "halfwire_egress_unanalysed_bytes_total{transport=\"$transport\"}")"
    expected="$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$files/expected.json" "$transport")"
    if ((after - before[index] == expected)); then
      exact=$((exact + 1))
      ok "$run: $transport bytes counted are those sent: $expected"
    elif ((after - before[index] > expected)); then
      # The hook sees the whole host, and others may send meanwhile; not in every pass.
      echo "$run: others sent $((after - before[index] - expected)) $transport bytes meanwhile"
    else
      bad "$run: $transport bytes counted are those sent" \
        "counted $((after - before[index])), sent $expected"
    fi
    index=$((index + 1))
  done
  capped="$(metric halfwire_dns_answers_capped_total)"
  withheld="$(metric halfwire_resets_capped_total)"
  features="$(curl -s --max-time 5 "http://127.0.0.1:$port/metrics" |
    grep '^halfwire_feature_enabled' || true)"
  stop_sensor INT
  if [[ $sensor_status == 0 ]] && ! grep -q 'unaccounted\|neither' "$work/$run.err"; then
    ok "$run: the sensor ended with 0 and its books close"
  else
    bad "$run: the sensor ended with 0 and its books close" "$(cat "$work/$run.err")"
  fi
  "$binary" trace convert "$files/t.trace" "$files/t.jsonl" 2>"$files/convert.err" ||
    bad "$run: the trace converts" "$(cat "$files/convert.err")"
  local line
  while IFS= read -r line; do
    case "$line" in
      ok\ *) ok "$run: ${line#ok }" ;;
      bad\ *) bad "$run: ${line#bad }" ;;
      skipped\ *) skipped=$((skipped + 1)); echo "skipped $run: ${line#skipped }" ;;
    esac
  done < <(python3 "$root/scripts/check_first_bytes.py" "$files/expected.json" "$files/t.jsonl" \
    "$sent" "$received" "$wants" "$resets" 2>&1 || echo "bad the check itself")
  sed "s/^/$run: /" "$files/traffic.err"
  if $keep; then
    cp "$files/t.jsonl" "$work/$run.jsonl"
    cp "$files/expected.json" "$work/$run.expected.json"
  fi
}

exact=0 capped='' withheld='' features=''
pass defaults 2048 256 1 all
if grep -q 'feature="first_bytes",reason="enabled"} 1' <<<"$features"; then
  ok "the metric says that first bytes are on"
else
  bad "the metric says that first bytes are on" "$features"
fi
pass small 100 0 1 5 --first-bytes-sent 100 --first-bytes-received 0 --names-per-second 5 \
  --resets-per-second 5
if ((${capped:-0} >= 1)); then ok "answers beyond the limit are counted: $capped"; else
  bad "answers beyond the limit are counted" "capped: $capped"
fi
# Forty over IPv4 go out in less than two seconds, and five a second may be told.
if ((${withheld:-0} >= 25)); then ok "resets beyond the limit are counted: $withheld"; else
  bad "resets beyond the limit are counted" "capped: $withheld"
fi
pass off 2048 256 0 0 --names-per-second 0 --resets-per-second 0
if grep -q 'feature="names",reason="switched off"} 0' <<<"$features"; then
  ok "the metric says that names are switched off"
else
  bad "the metric says that names are switched off" "$features"
fi

if ((exact >= 3)); then ok "bytes without TCP are counted exactly: $exact of 6 times"; else
  bad "bytes without TCP are counted exactly" "$exact of 6 times"
fi

# Without the capability for packets the sensor runs, and says so.
setpriv --bounding-set=-net_admin,-sys_admin --inh-caps=-net_admin,-sys_admin \
  "$binary" doctor --listen "127.0.0.1:$(free_port)" >"$work/doctor" 2>&1 || true
if grep -q '^OK *backend' "$work/doctor" && grep -q '^WARN *first bytes' "$work/doctor"; then
  ok "without CAP_NET_ADMIN a backend works and first bytes do not: doctor says so"
else
  bad "without CAP_NET_ADMIN a backend works and first bytes do not: doctor says so" \
    "$(cat "$work/doctor")"
fi
finish
