#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fetches URL with pauses of 1 to 9 s, TIMES times. Usage: visitors.sh URL TIMES
for ((visit = 0; visit < $2; visit++)); do
  curl -s -m 8 -o /dev/null "$1" || true
  sleep "$((1 + RANDOM % 8)).$((RANDOM % 10))"
done
