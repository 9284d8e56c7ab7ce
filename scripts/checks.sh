# SPDX-License-Identifier: Apache-2.0
# Score keeping, waiting and a sensor's start and stop, for the tests that are shell; sourced.
#
# Sets: work (a directory of the test's own, removed at the end), passed, failed, skipped, sensor,
# sensor_status, why_not. Reads: require (skips fail), binary (the sensor), keep (true: keep the
# files of work). read_options sets these from the command line, root, and rest: what follows "--".
# shellcheck shell=bash disable=SC2154,SC2034  # the sourcing script assigns and reads them
set -euo pipefail

# Reads the options that a test of the sensor may take, of which TAKEN are those it does; anything
# else prints the head comment of the script. The sensor must be there.
read_options() { # taken, arguments...
  local taken=" $1 " self
  self="$(basename "$0")"
  shift
  root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
  binary="$root/.build/release/halfwire"
  backend=auto require=false keep=false rest=()
  [[ "${CI:-}" == true ]] && require=true
  while (($#)); do
    [[ $taken == *" $1 "* ]] || usage
    case "$1" in
      --binary) binary="${2:?}"; shift ;;
      --backend) backend="${2:?}"; shift ;;
      --require) require=true ;;
      --keep) keep=true ;;
      --) shift; rest=("$@"); break ;;
      *) usage ;;
    esac
    shift
  done
  if [[ ! -x "$binary" ]]; then
    echo "${self%.sh}: no sensor at $binary; build it or say --binary PATH" >&2
    exit 64
  fi
}
# Prints what stands at the head of the script, below the licence.
usage() {
  awk 'NR > 2 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0" >&2
  exit 64
}

passed=0 failed=0 skipped=0
ok() {
  passed=$((passed + 1))
  echo "ok      $*"
}
bad() { # name, what was seen
  failed=$((failed + 1))
  echo "FAILED  $1"
  shift
  (($# == 0)) || printf '%s\n' "$@" | head -n 20 | sed 's/^/        /'
}
skip() { # name, reason
  if ${require:-false}; then
    bad "$1" "skipped, which is a failure here: $2"
    return
  fi
  skipped=$((skipped + 1))
  echo "skipped $1: $2"
}
finish() {
  local kept
  if [[ ${keep:-} == true ]]; then
    kept="$(mktemp -d "${TMPDIR:-/tmp}/halfwire-kept.XXXXXX")"
    cp "$work"/*.* "$kept" || true
    echo "kept: $kept"
  fi
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0)) || exit 1
  exit 0
}

# Processes that this test started and has not seen end; only these are ever killed.
running=()
forget() { # pid
  local pid rest=()
  for pid in ${running[@]+"${running[@]}"}; do
    [[ $pid == "$1" ]] || rest+=("$pid")
  done
  running=(${rest[@]+"${rest[@]}"})
}
work="$(mktemp -d "${TMPDIR:-/tmp}/halfwire-test.XXXXXX")"
# shellcheck disable=SC2317  # called by the trap
cleanup() {
  local pid
  # Those that clean up after themselves may do so: hooks are detached, a simulation's copy removed.
  for pid in ${running[@]+"${running[@]}"}; do
    kill -CONT "$pid" 2>/dev/null || true
    kill -TERM "$pid" 2>/dev/null || true
  done
  for pid in ${running[@]+"${running[@]}"}; do
    wait_until 5 is_gone "$pid" || kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  if [[ -d "$work/bpf" ]] && mountpoint -q "$work/bpf"; then umount "$work/bpf" || true; fi
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# Tries COMMAND every tenth of a second until it succeeds; fails after SECONDS.
wait_until() { # seconds, command...
  local tenths=$(($1 * 10))
  shift
  until "$@" >/dev/null 2>&1; do
    tenths=$((tenths - 1))
    ((tenths > 0)) || return 1
    sleep 0.1
  done
}
is_gone() { # pid; a zombie counts: it ended and waits for us
  ! kill -0 "$1" 2>/dev/null || grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null
}

# Whether the sensor attaches here with BACKEND (auto), found by trying; else why_not says why.
# A kernel or a user that cannot is a reason to skip; any other failure is the sensor's.
can_attach() { # [backend]
  local status=0
  why_not=""
  if [[ $(id -u) != 0 ]]; then
    why_not="needs root"
    return 1
  fi
  timeout -k 5 60 "$binary" record --backend "${1:-auto}" --duration 100ms -o "$work/probe.trace" \
    >"$work/probe.out" 2>&1 || status=$?
  rm -f "$work/probe.trace"
  if ((status == 69 || status == 77)); then
    why_not="$(tail -n 1 "$work/probe.out")"
    return 1
  fi
}

# A port that nobody listens on; another process may take it before it is used.
free_port() {
  python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Starts the sensor with ARGUMENTS; its streams go to NAME.out and NAME.err under the work
# directory. Fails when it does not say within a minute that it works.
start_sensor() { # name, arguments...
  local name="$1"
  shift
  : >"$work/$name.err"
  "$binary" "$@" >"$work/$name.out" 2>"$work/$name.err" &
  sensor=$!
  running+=("$sensor")
  # shellcheck disable=SC2317  # called by wait_until
  begun() { grep -qE '^(recording|watching)' "$work/$name.err" || is_gone "$sensor"; }
  wait_until 60 begun && ! is_gone "$sensor"
}
# Stops it by SIGNAL and leaves its exit status in sensor_status.
stop_sensor() { # signal
  sensor_status=0
  kill "-$1" "$sensor" 2>/dev/null || true
  if ! wait_until 30 is_gone "$sensor"; then
    kill -KILL "$sensor" 2>/dev/null || true
    wait "$sensor" 2>/dev/null || true
    sensor_status=still-running
  else
    wait "$sensor" || sensor_status=$?
  fi
  forget "$sensor"
}
# Stops it as Ctrl-C does; the name is start_sensor's.
sensor_ends_well() { # name
  stop_sensor INT
  if [[ $sensor_status == 0 ]]; then ok "the sensor ended with 0"; else
    bad "the sensor ended with 0" "status $sensor_status" "$(cat "$work/$1.err")"
  fi
}
books_close() { # name; of a recording that has ended
  if grep -q warning "$work/$1.err"; then
    bad "the sensor's own books close" "$(cat "$work/$1.err")"
  else
    ok "the sensor's own books close: $(grep '^recorded' "$work/$1.err")"
  fi
}

# Takes over the verdicts of a checker whose output, in FILE, ends in "N passed, N failed", and
# perhaps ", N skipped": cases that cannot be tried here, which the checker names.
add_verdicts() { # name, file, exit status
  local also_passed also_failed also_skipped
  sed '$d' "$2"
  if read -r also_passed _ also_failed _ also_skipped _ < <(tail -n 1 "$2") &&
    [[ $also_passed =~ ^[0-9]+$ && $also_failed =~ ^[0-9]+$ && $also_skipped =~ ^[0-9]*$ ]]; then
    passed=$((passed + also_passed)) failed=$((failed + also_failed))
    skipped=$((skipped + also_skipped))
    if (($3 != 0 && also_failed == 0)); then bad "$1" "status $3"; fi
  else
    bad "$1" "status $3" "$(cat "$2")"
  fi
}
