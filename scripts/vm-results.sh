# SPDX-License-Identifier: Apache-2.0
# Judges what a booted kernel sent back and keeps the score; sourced by vm-test.sh.
#
# Uses of vm-test.sh: root, require, sensor, boot_rows, results, accuracy.
# shellcheck shell=bash disable=SC2154  # vm-test.sh assigns them
set -euo pipefail

passed=0 failed=0 skipped=0
table=()
# The lines that say why rows failed, told again at the end: thousands of others stand between.
reasons=()
because() { # row, lines
  local line
  while IFS= read -r line; do reasons+=("  $1: $line"); done <<<"$2"
}
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
  if ((${#reasons[@]} > 0)); then
    printf '%s\n' "what failed:" "${reasons[@]}" ""
  fi
  if $require && ((skipped > 0)); then
    echo "vm-test: $skipped skipped, which is a failure here" >&2
    failed=$((failed + skipped)) skipped=0
  fi
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0)) || exit 1
  exit 0
}
skip_boot() { # key, reason
  local kernel lock pair
  read -r kernel lock <<<"$1"
  for pair in ${boot_rows[$1]//,/ }; do
    echo "skipped: $2: $kernel $lock ${pair%:*}" >&2
    row skipped "$kernel" "$lock" "${pair%:*}" "$2"
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
    because "$3 $lock console" "$(tail -n 20 "$2/console")"
    row failed "$3" "$lock" boot "$why"
    return
  fi
  [[ $(<"$2/guest/release") == "$3" ]] || why+="; runs $(<"$2/guest/release")"
  grep -qE '^[0-9]{6,}' "$2/guest/btf" || why+="; no BTF"
  found="$(grep -o '\[[a-z]*\]' "$2/guest/lockdown" || true)"
  [[ $found == "[$lock]" ]] || why+="; lockdown is ${found:-unknown}"
  # The cases that want it would be skipped, with nobody to notice.
  found="$(tr '\n' ' ' <"$2/guest/refused-modules")"
  [[ -z "$found" ]] || why+="; refused modules: $found"
  trouble="$(grep -E "$kernel_trouble" "$2/guest/dmesg" || true)"
  if [[ -n "$trouble" ]]; then
    why+="; kernel log: $(head -n 1 <<<"$trouble")"
    because "$3 $lock dmesg" "$trouble"
  fi
  if [[ -n "$why" ]]; then
    row failed "$3" "$lock" boot "${why#; }"
  else
    found="$(paste -sd ' ' "$2/guest/modules")"
    row passed "$3" "$lock" boot "$4 s, log clean, BTF $(<"$2/guest/btf") bytes, ${found:-no modules}"
  fi
}

# Whether doctor says OUTCOME (a pattern) of a backend; else `why` says what it says.
doctor_says() { # doctor.log, backend, outcome
  local line
  line="$(grep -E "^[A-Z]+ +backend $2 " "$1" || true)"
  [[ $line =~ ^($3)" " ]] && return 0
  why+="; doctor says: ${line:-nothing of $2}"
  return 1
}

# A row whose backend cannot work: one line says so and why, exit 69, and doctor shows the same.
check_refusal() { # backend, expected, directory with the row's files, doctor.log
  local said reason
  why=""
  [[ $(<"$3/refusal.status") == 69 ]] || why+="; exit status $(<"$3/refusal.status"), not 69"
  [[ $(wc -l <"$3/refusal.err") == 1 ]] || why+="; $(wc -l <"$3/refusal.err") lines, not one"
  [[ ! -s "$3/refusal.out" ]] || why+="; something on standard output"
  said="$(tail -n 1 "$3/refusal.err")"
  if [[ $2 == no-btf ]]; then
    [[ $said == "halfwire: "*"no BTF"* ]] || why+="; does not say that there is no BTF"
    grep -qE '^FAIL BTF ' "$4" || why+="; doctor does not fail for BTF"
    reason="$said"
  else
    # "...: BACKEND: what was refused, and by whom", or "BACKEND without kernel reads: ..."
    [[ $said =~ ^halfwire:\ .*$1[a-z\ ]*:\ (.+) ]] || why+="; does not give the reason"
    reason="${BASH_REMATCH[1]:-$said}"
    doctor_says "$4" "$1" 'WARN|FAIL' || true
    # Doctor gives the reason, not only the verdict.
    grep -qF -- "${reason%%;*}" "$4" || why+="; doctor does not give the reason"
  fi
  why="${why#; }"
  detail="exit 69: ${said#halfwire: }"
}

# What accuracy.py reads: a line about the row, then the results of its cases.
keep_results() { # kernel, release, lockdown, backend, expected, directory with the row's files
  local file="$results/$1-$3-$4.jsonl"
  python3 - "$@" >"$file" <<'PYTHON'
import json, os, sys
kernel, release, lockdown, backend, expected, directory = sys.argv[1:]
print(json.dumps({"kernel": kernel, "release": release, "lockdown": lockdown,
                  "backend": backend, "expected": expected}))
path = os.path.join(directory, "results.jsonl")
if os.path.exists(path):
    sys.stdout.write(open(path, encoding="utf-8").read())
PYTHON
  result_files+=("$file")
}
result_files=()

check_row() { # kernel, lockdown, backend, expected, directory, release
  local out="$5/$3" options=() summary status=0 file why="" detail="" doctor="$5/guest/doctor.log"
  if [[ ! -d "$out" ]] && ! unpack "$5" "$3"; then
    row failed "$6" "$2" "$3" "no result came"
    return
  fi
  for file in lab.log record.log workload.log convert.log refusal.err; do
    [[ ! -s "$out/$file" ]] || sed "s/^/  ${file%.*}: /" "$out/$file"
  done
  case "$4" in
    none)
      summary="$(tail -n 1 "$out/workload.log")"
      if [[ $(<"$out/status") == 0 && -s "$out/report.jsonl" ]]; then
        row passed "$6" "$2" workload "$summary"
      else
        row failed "$6" "$2" workload "$summary"
      fi
      return ;;
    refused | no-btf)
      [[ ! -s "$out/doctor.log" ]] || doctor="$out/doctor.log"
      check_refusal "$3" "$4" "$out" "$doctor"
      if [[ -z "$why" ]]; then
        row passed "$6" "$2" "$3" "$4: $detail"
        keep_results "$1" "$6" "$2" "$3" "$4" "$out"
      else
        row failed "$6" "$2" "$3" "$4: $why"
      fi
      return ;;
  esac
  if [[ $(<"$out/status") != 0 ]]; then
    row failed "$6" "$2" "$3" "$(tail -n 1 "$out/lab.log")"
    because "$6 $2 $3" "$(tail -n 20 "$out"/{lab,record,workload}.log)"
    return
  fi
  [[ $3 == auto ]] || options+=(--backend "$3")
  [[ $2 != confidentiality ]] || options+=(--no-argv)
  python3 "$root/scripts/check_accounting.py" "${options[@]}" --results "$out/results.jsonl" \
    "$out/report.jsonl" "$out/trace.jsonl" >"$out/table" || status=$?
  sed 's/^/  /' "$out/table"
  summary="$(tail -n 1 "$out/table")"
  doctor_says "$doctor" "$3" OK || status=1
  keep_results "$1" "$6" "$2" "$3" "$4" "$out"
  if ((status == 0)); then
    row passed "$6" "$2" "$3" "$summary"
  else
    row failed "$6" "$2" "$3" "$summary$why"
    because "$6 $2 $3" "$(python3 "$root/scripts/check_accounting.py" --quiet "${options[@]}" \
      "$out/report.jsonl" "$out/trace.jsonl" | head -n 40 || true)"
  fi
}

# The running kernel may be one that allows no backend, or the user not root: a reason to skip.
check_native() { # key, directory
  local pair lock=none refused
  if [[ $(id -u) != 0 ]]; then
    skip_boot "$1" "the running kernel needs root"
    return
  fi
  if grep -qF '[confidentiality]' /sys/kernel/security/lockdown 2>/dev/null; then
    lock=confidentiality
  fi
  mkdir -p "$2/guest"
  cp "$2/doctor.log" "$2/guest/doctor.log"
  echo
  echo "== $(uname -r), the running kernel"
  for pair in ${boot_rows[$1]//,/ }; do
    refused="$(grep -E '^halfwire: (no backend|missing|this kernel)' "$2/${pair%:*}/record.log" ||
      true)"
    if [[ -n "$refused" ]]; then
      echo "skipped: $refused: native ${pair%:*}" >&2
      row skipped "$(uname -r)" "$lock" "${pair%:*}" "$refused"
      continue
    fi
    check_row native "$lock" "${pair%:*}" "${pair#*:}" "$2" "$(uname -r)"
  done
}

# The tables of docs/accuracy.md, written or compared.
check_accuracy() {
  local document="${accuracy:-$root/docs/accuracy.md}" mode=--check status=0
  [[ -z "$accuracy" ]] || mode=--write
  echo
  python3 "$root/scripts/accuracy.py" "$mode" "$document" "${result_files[@]}" \
    >"$work/accuracy" || status=$?
  cat "$work/accuracy"
  if ((status == 0)); then
    row passed all all accuracy "${mode#--}: $(basename "$document")"
  else
    row failed all all accuracy "${mode#--}: $(basename "$document")"
    because accuracy "$(cat "$work/accuracy")"
  fi
}
