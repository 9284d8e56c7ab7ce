# SPDX-License-Identifier: Apache-2.0
# Judges what a booted kernel sent back and keeps the score; sourced by vm-test.sh.
#
# Uses of vm-test.sh: root, require, boot_backends.
# shellcheck shell=bash disable=SC2154  # vm-test.sh assigns them
set -euo pipefail

passed=0 failed=0 skipped=0
table=()
row() { # verdict, kernel, lockdown, what, detail
  table+=("$(printf '%-7s | %-26s | %-15s | %-11s | %s' "$1" "$2" "$3" "$4" "$5")")
  case "$1" in
    passed) passed=$((passed + 1)) ;;
    failed) failed=$((failed + 1)) ;;
    skipped) skipped=$((skipped + 1)) ;;
  esac
}
finish() {
  echo
  printf '%-7s | %-26s | %-15s | %-11s | %s\n' "" kernel lockdown check detail
  printf '%s\n' "${table[@]}"
  echo
  if $require && ((skipped > 0)); then
    echo "vm-test: $skipped skipped, which is a failure here" >&2
    failed=$((failed + skipped)) skipped=0
  fi
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0)) || exit 1
  exit 0
}
skip_boot() { # key, reason
  local kernel lock backend
  read -r kernel lock <<<"$1"
  for backend in ${boot_backends[$1]//,/ }; do
    echo "skipped: $2: $kernel $lock $backend" >&2
    row skipped "$kernel" "$lock" "$backend" "$2"
  done
}

# Unpacks what the guest sent under NAME; fails when it is not whole.
unpack() { # directory, name
  local target="$1/$2"
  # No grep -q: it would end early, and tr by SIGPIPE.
  tr -d '\r' <"$1/data" 2>/dev/null | grep -cx "END $2" >/dev/null || return 1
  mkdir -p "$target"
  tr -d '\r' <"$1/data" | sed -n "/^BEGIN $2\$/,/^END $2\$/p" | sed '1d;$d' | base64 -d |
    tar -C "$target" -xz
}

# Lines that say that the kernel itself was harmed, ours or not. Case counts: a healthy boot has
# "MP-BIOS bug" and "loops_per_jiffy".
kernel_trouble='WARNING: |BUG: |Oops|general protection fault|Call Trace:|KASAN|UBSAN|refcount_t'
kernel_trouble+='|rcu: INFO|blocked for more than|soft lockup'
kernel_trouble+='|[Bb][Pp][Ff].*([Ww]arning|failed|error)'

check_guest() { # key, directory, release, seconds
  local kernel lock trouble found why=""
  read -r kernel lock <<<"$1"
  if ! unpack "$2" guest; then
    why="the guest did not finish (QEMU status $(<"$2/status"))"
    tail -n 20 "$2/console" | sed 's/^/  console: /'
    row failed "$3" "$lock" boot "$why"
    return
  fi
  [[ $(<"$2/guest/release") == "$3" ]] || why+="; runs $(<"$2/guest/release")"
  grep -qE '^[0-9]{6,}' "$2/guest/btf" || why+="; no BTF"
  found="$(grep -o '\[[a-z]*\]' "$2/guest/lockdown" || true)"
  [[ $found == "[$lock]" ]] || why+="; lockdown is ${found:-unknown}"
  trouble="$(grep -E "$kernel_trouble" "$2/guest/dmesg" || true)"
  if [[ -n "$trouble" ]]; then
    why+="; kernel log: $(head -n 1 <<<"$trouble")"
    printf '%s\n' "$trouble" | sed 's/^/  dmesg: /'
  fi
  if [[ -n "$why" ]]; then
    row failed "$3" "$lock" boot "${why#; }"
  else
    row passed "$3" "$lock" boot "$4 s, log clean, BTF $(<"$2/guest/btf") bytes"
  fi
}

check_row() { # lockdown, backend, directory, release
  local out="$3/$2" options=() summary status=0 file
  if ! unpack "$3" "$2"; then
    row failed "$4" "$1" "$2" "no result came"
    return
  fi
  for file in doctor.log lab.log record.log workload.log convert.log; do
    [[ ! -s "$out/$file" ]] || sed "s/^/  ${file%.log}: /" "$out/$file"
  done
  if [[ $2 == none ]]; then
    summary="$(tail -n 1 "$out/workload.log")"
    if [[ $(<"$out/status") == 0 && -s "$out/report.jsonl" ]]; then
      row passed "$4" "$1" workload "$summary"
    else
      row failed "$4" "$1" workload "$summary"
    fi
    return
  fi
  if [[ $(<"$out/status") != 0 ]]; then
    row failed "$4" "$1" "$2" "$(tail -n 1 "$out/lab.log")"
    return
  fi
  [[ $2 == auto ]] || options+=(--backend "$2")
  [[ $1 == none ]] || options+=(--no-argv)
  python3 "$root/scripts/check_accounting.py" "${options[@]}" "$out/report.jsonl" \
    "$out/trace.jsonl" >"$out/table" || status=$?
  sed 's/^/  /' "$out/table"
  summary="$(tail -n 1 "$out/table")"
  if ((status == 0)); then
    row passed "$4" "$1" "$2" "$summary"
  else
    row failed "$4" "$1" "$2" "$summary"
  fi
}
