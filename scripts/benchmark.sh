#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and runs every benchmark; Benchmarks/README.md says what the figures mean.
#
# Usage: scripts/benchmark.sh [--quick] [--no-vm]
#
#   --quick   1,000,000 events and few rounds: shows that the benchmarks still build and run
#   --no-vm   without the emulated machine
#
# A missed target is printed, never an error.
set -euo pipefail
cd "$(dirname "$0")/.."
quick=() hooks=()
while (($#)); do
  case "$1" in
    --quick) quick=(--quick) ;;
    --no-vm) hooks+=(--no-vm) ;;
    *) echo "usage: scripts/benchmark.sh [--quick] [--no-vm]" >&2; exit 64 ;;
  esac
  shift
done
bash scripts/install-dependencies.sh
swift build -c release --package-path Benchmarks
products="$(swift build -c release --package-path Benchmarks --show-bin-path)"
sample=()
if [[ -e samples/first-look.trace ]]; then
  sample=(--sample samples/first-look.trace)
else
  echo "skipped: the sample's mix (no samples/first-look.trace)"
fi
echo "=== throughput"
"$products/throughput" "${quick[@]}" "${sample[@]}"
echo "=== timing"
"$products/timing" "${quick[@]}"
echo "=== hook-cost"
Benchmarks/hook-cost.sh "${quick[@]}" "${hooks[@]}"
