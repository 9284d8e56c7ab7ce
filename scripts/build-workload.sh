#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the traffic program of the kernel tests as one static binary.
#
# Usage: scripts/build-workload.sh [OUTPUT]      default: .build/workload/workload
# The compiler is $CC, else the clang on PATH (the Swift toolchain's), else cc. Prints OUTPUT.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
output="${1:-$root/.build/workload/workload}"
compiler="${CC:-$(command -v clang || command -v cc || true)}"
if [[ -z "$compiler" ]]; then
  echo "build-workload: no C compiler: neither clang nor cc is on PATH" >&2
  exit 1
fi

mkdir -p "$(dirname "$output")"
# Renamed into place: a half-written or running binary is never seen at OUTPUT.
"$compiler" -std=c11 -O2 -g0 -Wall -Wextra -Werror -Wconversion -static -pthread \
  -ffile-prefix-map="$root=." -o "$output.new" "$root"/Tests/Workload/*.c
mv "$output.new" "$output"
echo "$output"
