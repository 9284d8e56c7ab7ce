#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Lets python3, curl and socat talk on the loopback while the sensor records: every byte must be
# charged to the right process, (pid, start), and agree with the kernel's totals.
#
# Usage: scripts/live-traffic-test.sh [--binary PATH] [--backend NAME] [--require] [--keep]
#
#   --binary    the sensor; default .build/release/halfwire
#   --backend   default auto
#   --require   what is skipped fails; so it is with CI=true
#   --keep      keep the recording and say where
#
# The expected counts are the programs' own: Python's are the return values of its socket calls,
# socat's the sizes of its raw dumps (-r, -R), curl's those of the Python server it talked to.
# Needs root. Exit: 0 nothing failed, 1 something did, 64 wrong arguments.
set -euo pipefail

# shellcheck source=scripts/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
read_options "--binary --backend --require --keep" "$@"

name="python3, curl and socat are charged exactly"
can_attach "$backend" || { skip "$name" "$why_not"; finish; }
for tool in python3 curl socat; do
  command -v "$tool" >/dev/null || { skip "$name" "$tool is missing"; finish; }
done

python="$(python3 -c 'import sys; print(sys.executable)')"
mkdir "$work/www"
head -c 3210987 /dev/urandom >"$work/www/large"
echo small >"$work/www/small"
head -c 1500001 /dev/urandom >"$work/upload"

if ! start_sensor record record --backend "$backend" -o "$work/traffic.trace"; then
  bad "the sensor starts" "$(cat "$work/record.err")"
  finish
fi

# Runs COMMAND as a process that first notes itself as NAME: exec keeps pid and start time.
noted() { # name, command...
  # shellcheck disable=SC2016  # expanded by the inner shell
  exec sh -c 'read -r stat </proc/self/stat
    set -- "$stat" "$@"; rest="${1##*) }"; shift
    name="$1"; shift
    # Field 22, counted from the third, is the start in ticks.
    ticks="$(echo "$rest" | cut -d " " -f 20)"
    read -r uptime _ </proc/uptime
    echo "$$ $ticks $uptime $1" >"$name"
    exec "$@"' sh "$work/$1.who" "${@:2}"
}
ended() { # name
  cut -d ' ' -f 1 /proc/uptime >"$work/$1.end"
}

echo "== python3 and curl"
noted server "$python" "$root/scripts/traffic_peer.py" server "$work/www" "$work/port" \
  >"$work/server.jsonl" 2>"$work/server.err" &
server=$!
running+=("$server")
if ! wait_until 20 test -s "$work/port"; then
  bad "the HTTP server starts" "$(cat "$work/server.err")"
  finish
fi
port="$(cat "$work/port")"
url="http://127.0.0.1:$port"
"$python" "$root/scripts/traffic_peer.py" client "$port" >"$work/client.jsonl"
curls=0
fetch() { # curl's arguments
  curls=$((curls + 1))
  # In the background, so that its own pid is noted and not this shell's.
  noted "curl$curls" "$(command -v curl)" -sS --max-time 30 -w '%{stderr}%{local_port}\n' "$@" \
    >/dev/null 2>"$work/curl$curls.ports" &
  local pid=$!
  running+=("$pid")
  wait "$pid" || bad "curl $*" "status $?" "$(cat "$work/curl$curls.ports")"
  forget "$pid"
  ended "curl$curls"
}
fetch "$url/large"
fetch --data-binary "@$work/upload" "$url/"
fetch -H 'Expect:' -T "$work/upload" -X POST "$url/"
fetch "$url/small" "$url/small" "$url/nothing"
fetch --limit-rate 2M "$url/large"
kill "$server"
wait "$server" || true
forget "$server"

echo "== socat"
# A server that echoes, another that only takes and forks; each dumps what it moved.
socats=0
talk() { # the server's direction, options of its listening end, its other end
  local listening
  socats=$((socats + 1))
  listening="$(free_port)"
  local prefix="socat$socats"
  # Left is the connection: -r dumps what came from it, -R what went to it.
  noted "$prefix-server" "$(command -v socat)" -d -d ${1:+"$1"} -r "$work/$prefix.in" \
    -R "$work/$prefix.out" "TCP4-LISTEN:$listening,bind=127.0.0.1,reuseaddr$2" "$3" 2>"$work/$prefix.log" &
  local listener=$!
  running+=("$listener")
  wait_until 10 grep -q 'listening on' "$work/$prefix.log" || true
  noted "$prefix-client" "$(command -v socat)" -d -d -t 5 -r "$work/$prefix.sent" \
    -R "$work/$prefix.received" "OPEN:$work/upload,rdonly!!CREATE:$work/$prefix.echo" \
    "TCP4:127.0.0.1:$listening" 2>"$work/$prefix.client.log" &
  local client=$!
  running+=("$client")
  wait "$client" || bad "socat $socats" "status $?" "$(tail -n 3 "$work/$prefix.client.log")"
  forget "$client"
  if [[ $2 == *fork* ]]; then
    # The child that served is another process than the one that listens.
    wait_until 10 grep -q 'childdied' "$work/$prefix.log" || true
    kill "$listener"
  fi
  wait "$listener" || true
  forget "$listener"
  ended "$prefix-client"
  ended "$prefix-server"
}
talk "" "" PIPE
talk "" "" EXEC:cat
talk "" ,fork PIPE
talk -u ,fork "OPEN:/dev/null"

# The last acknowledgements and the sweep of idle bursts: a second of quiet after the last close.
sleep 1.5
sensor_ends_well record
books_close record
"$binary" trace convert "$work/traffic.trace" "$work/traffic.jsonl" ||
  bad "the recording converts"
python3 "$root/scripts/traffic_report.py" "$work" >"$work/report.jsonl" 2>"$work/join.err" ||
  bad "what the programs noted fits together" "$(cat "$work/join.err")"
status=0
python3 "$root/scripts/check_accounting.py" "$work/report.jsonl" "$work/traffic.jsonl" \
  >"$work/table" || status=$?
add_verdicts check_accounting.py "$work/table" "$status"
finish
