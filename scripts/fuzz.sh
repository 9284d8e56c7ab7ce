#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes the decoder, the trace and Zeek readers, the protocol readers and the whole pipeline, each for
# SECONDS (30 unless given) in one process. What crashes is left in the output directory, and printed
# in base64, so that a log alone is enough to repeat it. Each run begins elsewhere; with
# HALFWIRE_FUZZ_SEED=N it makes the same inputs as any other with that number, as many as a slow
# machine makes in SECONDS. usage: fuzz.sh [SECONDS [TARGET ...]]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-30}"
targets=("${@:2}")
((${#targets[@]})) || targets=(Record Lines Native Zeek Protocols Pipeline)
out="${HALFWIRE_FUZZ_DIR:-.build/fuzz}"
mkdir -p "$out"

# Optimised, but with every check of a release build: a trap is a finding.
flags=(-O -whole-module-optimization -parse-as-library "-sanitize=fuzzer,address" -use-ld=lld -swift-version 6
  -enable-testing -I "$out" -Xcc "-fmodule-map-file=bpf/wire/module.modulemap"
  -Xcc "-fmodule-map-file=Sources/CZstd/module.modulemap"
  -Xcc "-fmodule-map-file=Sources/CCrypto/module.modulemap"
  -Xcc "-fmodule-map-file=Sources/CSQLite/module.modulemap")
for feature in ExistentialAny InternalImportsByDefault MemberImportVisibility; do
  flags+=(-enable-upcoming-feature "$feature")
done

objects=()
build_module() { # name, folder
  local name="$1"
  objects+=("$out/$name.o")
  find "$2" -name '*.swift' -print0 |
    xargs -0 swiftc "${flags[@]}" -module-name "$name" -emit-module \
      -emit-module-path "$out/$name.swiftmodule" -emit-object -o "$out/$name.o"
}
for module in Wire Trace Digest Protocols Flows Analytics Baseline Findings; do
  build_module "$module" "Sources/$module"
done
build_module EventScript Tests/EventScript

# A crash must end the process, not start an interactive backtrace.
export SWIFT_BACKTRACE=enable=no
failed=0
for target in "${targets[@]}"; do
  swiftc "${flags[@]}" -module-name "${target}Fuzzer" "Fuzz/${target}Fuzzer"*.swift \
    "${objects[@]}" -lzstd -lcrypto -lsqlite3 -o "$out/$target"
  corpus="$out/corpus-$target"
  seeds="Fuzz/seeds/$(tr '[:upper:]' '[:lower:]' <<<"$target")"
  arguments=("$corpus")
  [ -d "$seeds" ] && arguments+=("$seeds")
  seed="${HALFWIRE_FUZZ_SEED:-$((SRANDOM % 1000000 + 1))}"
  limits=(-max_total_time="$seconds")
  if [[ -n ${HALFWIRE_FUZZ_SEED:-} ]]; then
    # Half of what 2 cores made in a second beside other work.
    declare -A rates=([Record]=20000 [Lines]=170 [Native]=600 [Zeek]=350 [Protocols]=15000 [Pipeline]=10)
    limits=(-runs="$((seconds * ${rates[$target]}))" -max_total_time="$((seconds * 20))")
    # What an earlier run kept would make other inputs.
    rm -rf "$corpus"
  fi
  mkdir -p "$corpus"
  echo "== $target, $seconds s, seed $seed"
  status=0
  "$out/$target" -seed="$seed" "${limits[@]}" -timeout=60 -rss_limit_mb=2048 -max_len=8192 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="$out/crash-$target-" \
    "${arguments[@]}" </dev/null 2>"$out/$target.log" || status=$?
  grep -E '^stat::number_of_executed|ERROR|Fatal' "$out/$target.log" || true
  if ((status != 0)); then
    failed=1
    grep -vE '^stat::' "$out/$target.log" | tail -n 40 | cut -c1-12000
  fi
done
find "$out" -maxdepth 1 -name 'crash-*' -print
exit "$failed"
