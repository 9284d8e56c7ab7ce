#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the BPF objects with the Swift toolchain's clang. They are committed: `swift build`
# alone needs no BPF step.
#   scripts/build-bpf.sh          writes Sources/CProbeObjects/objects/*.o
#   scripts/build-bpf.sh --check  rebuilds and compares byte for byte with what is committed
set -euo pipefail
cd "$(dirname "$0")/.."
out=Sources/CProbeObjects/objects
toolchain=$(dirname "$(readlink -f "$(command -v swiftc)")")
clang=$toolchain/clang
strip=$toolchain/llvm-strip
[ -x "$strip" ] || strip=$toolchain/llvm-objcopy
check=false
case "${1:-}" in
  "") ;;
  --check) check=true ;;
  *) echo "usage: scripts/build-bpf.sh [--check]" >&2; exit 64 ;;
esac
[ -e /usr/include/bpf/bpf_helpers.h ] || {
  echo "bpf/bpf_helpers.h is missing: apt-get install libbpf-dev" >&2
  exit 69
}
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
status=0
for source in bpf/*.bpf.c; do
  name=$(basename "$source" .bpf.c)
  # 5.10 knows no atomic operation that gives a result, and with v3 clang uses no other.
  cpu=v3
  [[ $name != *_5_10 ]] || cpu=v2
  "$clang" -target bpf -mcpu=$cpu -O2 -g -std=gnu11 -Wall -Wextra -Werror \
    -Wno-unused-parameter -Wno-address-of-packed-member -Wno-missing-declarations -Wno-default-const-init-var-unsafe \
    -nostdlibinc -isystem /usr/include -Ibpf -D__TARGET_ARCH_x86 \
    -ffile-prefix-map="$PWD"=. -c "$source" -o "$build/$name.o"
  "$toolchain/llvm-objcopy" --strip-debug "$build/$name.o" 2>/dev/null ||
    "$strip" -g "$build/$name.o"
  if $check; then
    if ! cmp "$build/$name.o" "$out/$name.o"; then
      echo "$name.o differs from the committed object: run scripts/build-bpf.sh" >&2
      status=1
    fi
  else
    mkdir -p "$out"
    cp "$build/$name.o" "$out/$name.o"
  fi
  printf '%s %s bytes %s\n' "$name" "$(stat -c %s "$build/$name.o")" \
    "$(sha256sum "$build/$name.o" | cut -c1-16)"
done
exit $status
