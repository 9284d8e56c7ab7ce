#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures how well beacons are found and writes docs/detection-quality.md; Evaluation/README.md.
#
# Usage: scripts/evaluate.sh [--quick | --check | --preview] [--data DIR]
#
#   --quick     few seeds, nothing written; exit 1 where a target that the document calls met is
#               missed by more than chance allows. Also does --check.
#   --preview   the document with few seeds; --check does not accept it
#   --check     only: is docs/detection-quality.md as this program wrote it?
#   --data DIR  labelled captures (or HALFWIRE_DATA); without them that part is skipped by name
#
# The whole takes about 20 minutes on two cores. Exit: 0 done, 1 a check failed, 64 usage.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=document data=()
while (($#)); do
  case "$1" in
    --quick) mode=quick ;;
    --check) mode=check ;;
    --preview) mode=preview ;;
    --data)
      [[ $# -ge 2 ]] || { echo "evaluate.sh: --data needs a directory" >&2; exit 64; }
      data=(--data "$2")
      shift
      ;;
    *) sed -n '3,14s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
  shift
done
document=docs/detection-quality.md
swift build -c release --package-path Evaluation --product evaluate
evaluate="$(swift build -c release --package-path Evaluation --show-bin-path)/evaluate"
case "$mode" in
  document) "$evaluate" --output "$document" "${data[@]}" ;;
  preview) "$evaluate" --output "$document" --preview "${data[@]}" ;;
  check) "$evaluate" --check "$document" ;;
  quick)
    "$evaluate" --check "$document"
    "$evaluate" --quick --document "$document" "${data[@]}"
    ;;
esac
