#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds hook_cost and the empty programs into a directory.
#   Benchmarks/hook-cost/build.sh DIRECTORY
set -euo pipefail
source="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
out="${1:?usage: build.sh DIRECTORY}"
mkdir -p "$out"
[[ -e /usr/include/bpf/libbpf.h ]] || {
  echo "bpf/libbpf.h is missing: apt-get install libbpf-dev" >&2
  exit 69
}
clang="$(dirname "$(readlink -f "$(command -v swiftc)")")/clang"
"$clang" -O2 -g -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter \
  -I"$source/../../bpf" "$source/hook_cost.c" -o "$out/hook_cost" -lbpf
for backend in tracepoints functions; do
  define=()
  [[ $backend == functions ]] && define=(-DFUNCTIONS)
  "$clang" -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter \
    -nostdlibinc -isystem /usr/include -I"$source/../../bpf" "${define[@]}" \
    -c "$source/empty.bpf.c" -o "$out/empty_$backend.o"
done
