#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and runs every test but the kernel matrix (vm-test.sh --all).
#
# Usage: scripts/test.sh
#
# As root it installs Debian packages and runs the kernel tests too; without root, or on a kernel
# that does not allow them, they are named as skipped. With CI=true such a skip is a failure.
# The last line counts the steps, and what was skipped in them: N passed, N failed, N skipped.
# Logs are kept in .build/test-logs. Exit: 0 nothing failed, 1 something did.
# shellcheck disable=SC2317  # step calls the functions
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

ci=false
[[ "${CI:-}" == true ]] && ci=true
logs=.build/test-logs
mkdir -p "$logs"
rm -f "$logs"/*.log "$logs"/*.txt
binary=.build/release/halfwire
passed=0 failed=0
results=() skips=() failures=()
began=$SECONDS

# Runs COMMAND as the step NAME, with its output shown and kept. What a test says it skipped, in
# lines that begin with "skipped", is gathered.
step() { # name, command...
  local name="$1" log start=$SECONDS status=0 line verdict=passed
  shift
  log="$logs/$(tr -c 'a-z0-9\n' - <<<"$name").log"
  printf '\n=== %s\n' "$name"
  : >"$log"
  "$@" >"$log" 2>&1 </dev/null &
  local job=$!
  # A step's output as it comes; it ends with the step.
  tail --pid="$job" -s 0.2 -n +1 -f "$log" || true
  wait "$job" || status=$?
  local seconds=$((SECONDS - start))
  while IFS= read -r line; do
    line="${line#skipped}"
    skips+=("$name: ${line#[: ]}")
  done < <(grep -E '^skipped[: ]' "$log" | grep -v ' | ' || true)
  if ((status != 0)); then
    verdict=FAILED
    failed=$((failed + 1))
    failures+=("$log")
  elif grep -qE '^0 passed, 0 failed, [1-9][0-9]* skipped$' "$log"; then
    verdict=skipped
  else
    passed=$((passed + 1))
  fi
  results+=("$(printf '%-8s %5d s  %s' "$verdict" "$seconds" "$name")")
  return 0
}
skip() { # name, reason
  if $ci; then
    failed=$((failed + 1))
    results+=("$(printf '%-8s %5d s  %s: %s' FAILED 0 "$1" "$2")")
  else
    skips+=("$1: $2")
    results+=("$(printf '%-8s %5d s  %s' skipped 0 "$1")")
  fi
}
finish() {
  printf '\n=== Summary, %d min %02d s\n' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60))
  {
    # What failed, once more: of a long run the end is read first, or all that is kept.
    local log
    for log in "${failures[@]}"; do
      printf '=== FAILED: %s: what tells of it, and its last lines\n' "$log"
      grep -nE '^FAILED|^failed|✘|error:|Fatal' "$log" | cut -c1-400 | head -n 25 || true
      echo "..."
      tail -n 12 "$log" | cut -c1-400
    done
    printf '%s\n' "${results[@]}"
    if ((${#skips[@]} > 0)); then
      echo "Skipped:"
      printf '  %s\n' "${skips[@]}"
    fi
    echo "$passed passed, $failed failed, ${#skips[@]} skipped"
  } | tee "$logs/summary.txt"
  ((failed == 0)) || exit 1
  exit 0
}

# Packages of the tests alone; what is still missing then is told by the tests that need it.
# Prometheus is unpacked, not installed: its package would start a server.
install_test_tools() {
  local status=0
  bash scripts/install-dependencies.sh python3 curl socat openssl openssh-client bpftool qemu-system-x86 busybox-static runc \
    shellcheck clang-format util-linux iproute2 xz-utils || status=$?
  bash scripts/fetch-prometheus.sh || status=$?
  return "$status"
}
format() {
  swift format lint --strict --recursive Package.swift Sources Tests Fuzz \
    Evaluation/Package.swift Evaluation/Sources Evaluation/Tests
  if command -v clang-format >/dev/null; then
    clang-format --dry-run -Werror bpf/*.c bpf/*.h bpf/wire/*.h Tests/Workload/*.[ch] \
      Tests/Load/*.c Tests/Implants/*.c
  else
    echo "skipped clang-format: it is missing"
  fi
  if command -v shellcheck >/dev/null; then
    shellcheck -x scripts/*.sh .ci/run
  else
    echo "skipped shellcheck: it is missing"
  fi
}
build_tests() { swift build --build-tests; }
build_release() { swift build -c release --product halfwire --static-swift-stdlib; }
swift_tests() { swift test --skip-build; }

if [[ $(id -u) == 0 ]]; then
  step "install packages" install_test_tools
else
  # The libraries must be there; tools that are not make their tests say so.
  step "check for packages" bash scripts/install-dependencies.sh
  step "fetch Prometheus" bash scripts/fetch-prometheus.sh
fi
if [[ -d .build/tools/prometheus/usr/bin ]]; then
  PATH="$PWD/.build/tools/prometheus/usr/bin:$PATH"
  export PATH
fi
step "format and shellcheck" format
step "BPF objects are those of their source" bash scripts/build-bpf.sh --check
step "release build" build_release
step "debug build" build_tests
step "swift test" swift_tests
step "the accounting check checks itself" python3 scripts/check_accounting.py --self-test
step "the accuracy tables check themselves" python3 scripts/accuracy.py --self-test
if [[ -x $binary ]]; then
  step "command line" bash scripts/cli-test.sh
  step "traffic program, tracepoints" bash scripts/live-test.sh --backend tracepoints
  step "python3, curl and socat" bash scripts/live-traffic-test.sh
  step "first bytes and names" bash scripts/first-bytes-test.sh
  step "errors in the books are found" bash scripts/audit-test.sh
  # Includes loss-test.sh, longer and with more to do.
  step "under load" bash scripts/load-test.sh
  step "processes and their files" bash scripts/identity-test.sh
  step "recorded and live detection" bash scripts/detection-test.sh
  step "live and replay agree" bash scripts/replay-test.sh
  step "a killed sensor's state" bash scripts/state-kill-test.sh
  step "live metrics" bash scripts/live-metrics-test.sh
  # The short choice of kernels; vm-test.sh --all is a step of continuous integration's own.
  step "booted kernels" bash scripts/vm-test.sh
  step "the first look, try.sh" bash scripts/try.sh
  step "every command of the docs" bash scripts/docs-test.sh --minutes
else
  skip "command line, live sensor, booted kernels" "no release build"
fi
if command -v promtool >/dev/null && command -v prometheus >/dev/null; then
  step "metrics fixture" bash scripts/export-test.sh
else
  skip "metrics fixture" "promtool or prometheus is missing"
fi
step "the evaluation's own tests" swift test -c release --package-path Evaluation
step "detection quality, a little" bash scripts/evaluate.sh --quick
# From where it always begins: what it finds here came with the change. Longer runs begin elsewhere.
step "fuzz, 10 s each" env HALFWIRE_FUZZ_SEED=1 bash scripts/fuzz.sh 10
finish
