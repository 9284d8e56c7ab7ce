#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Puts promtool and prometheus where the tests find them, unless they are on PATH: unpacked into
# .build/tools/prometheus, because installing the Debian package would start a server.
#
# Works without root where apt's lists are there. Exit: 0 they are there, 69 they cannot be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target="$PWD/.build/tools/prometheus"
PATH="$target/usr/bin:$PATH"
if command -v promtool >/dev/null && command -v prometheus >/dev/null; then exit 0; fi
if ! command -v apt-get >/dev/null; then
  echo "skipped promtool and prometheus: not on PATH, and there is no apt-get" >&2
  exit 0
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
# apt's own user must reach it.
chmod 755 "$work"
cd "$work"
if ! apt-get -o Acquire::Retries=5 download -qq prometheus 2>"$work/log"; then
  [[ $(id -u) != 0 ]] || apt-get -o Acquire::Retries=5 update -qq
  apt-get -o Acquire::Retries=5 download -qq prometheus 2>"$work/log" || {
    tail -n 2 "$work/log" >&2
    echo "prometheus cannot be fetched: apt-get download prometheus" >&2
    exit 69
  }
fi
mkdir -p "$target"
dpkg-deb --extract prometheus_*.deb "$target"
promtool --version | head -n 1
