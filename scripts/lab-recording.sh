# SPDX-License-Identifier: Apache-2.0
# Recording the laboratory and cutting the recording into stories; sourced by record-*.sh.
# shellcheck shell=bash disable=SC2154,SC2034,SC2016  # lab.sh and checks.sh assign
set -euo pipefail

read_recording_options() {
  binary="$root/.build/release/halfwire" backend=auto minutes="${minutes:-15}" only=. output=""
  while (($#)); do
    case "$1" in
      --binary) binary="$(realpath "${2:?}")"; shift ;;
      --backend) backend="${2:?}"; shift ;;
      --minutes) minutes="${2:?}"; shift ;;
      --only) only="${2:?}"; shift ;;
      -*) usage ;;
      *) output="$1" ;;
    esac
    shift
  done
  [[ -n $output && $minutes =~ ^[0-9]+$ ]] || usage
  mkdir -p "$output"
  output="$(realpath "$output")"
  if ! can_attach "$backend"; then
    echo "the sensor does not attach here: $why_not" >&2
    exit 69
  fi
}

# The sensor, under a neutral host name.
start_recording() {
  cp "$binary" "$lab/halfwire"
  : >"$work/run.err"
  unshare --uts /bin/sh -c 'hostname lab-1; exec "$@"' sh "$lab/halfwire" run \
    --backend "$backend" --listen none --all --record "$lab/whole.trace" \
    --findings "$lab/live.jsonl" >"$work/run.out" 2>"$work/run.err" &
  sensor=$!
  running+=("$sensor")
  wait_until 60 grep -q '^watching' "$work/run.err" || { cat "$work/run.err" >&2; exit 70; }
}
end_recording() {
  sleep 2
  stop_sensor INT
  cp "$lab/whole.trace" "$lab/live.jsonl" "$output/"
  cp "$work/run.err" "$output/live.err"
  cp -r "$lab/log" "$output/"
  if [[ $sensor_status != 0 ]]; then
    cat "$work/run.err" >&2
    exit 70
  fi
}

# Debian's cron with a table of its own, in a mount namespace where it finds no other.
cron_story() { # name, line
  mkdir -p "$lab/$1.cron" "$lab/empty"
  printf 'PATH=/usr/bin:/bin\n%s\n' "$2" >"$lab/$1.cron/lab"
  chmod 644 "$lab/$1.cron/lab"
  : >"$lab/crontab"
  begin_unit "$1" cron.service /bin/sh -c '
    mount --bind "$0" /etc/cron.d && mount --bind "$1" /etc/crontab &&
    mount --bind "$2" /var/spool/cron/crontabs && mount -t tmpfs tmpfs /run && exec cron -f' \
    "$lab/$1.cron" "$lab/crontab" "$lab/empty"
}

bc_ratio() { awk -v percent="$1" 'BEGIN { print percent / 100 }'; }

# Waits until the stories have ended; each of their programs ends by itself.
wait_for() { # names...
  local name
  for name in "$@"; do
    until has_ended "$name"; do sleep 1; done
  done
}

# One trace a story, in the native form.
cut_stories() {
  local name
  "$binary" trace convert "$output/whole.trace" "$work/whole.jsonl"
  for name in "${!stories[@]}"; do
    # shellcheck disable=SC2086  # pids, in words
    if python3 "$root/scripts/cut_trace.py" "$work/whole.jsonl" "$work/$name.jsonl" \
      ${stories[$name]}; then
      rm -f "$output/$name.trace"
      "$binary" trace convert "$work/$name.jsonl" "$output/$name.trace"
    fi
  done
  ls -l "$output"/*.trace
}
