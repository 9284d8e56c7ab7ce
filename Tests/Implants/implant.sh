# SPDX-License-Identifier: Apache-2.0
# A harmless implant for bash -c: asks ADDRESS PORT about every five seconds, VISITS times.
# Usage: bash -c "$(cat implant.sh)" NAME ADDRESS PORT VISITS
# shellcheck shell=bash
for ((visit = 0; visit < $3; visit++)); do
  if exec 3<>"/dev/tcp/$1/$2"; then
    printf 'GET /task?id=%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$RANDOM" "$1" >&3
    while read -r -t 3 -u 3 _; do :; done
    exec 3>&-
  fi
  sleep "$((4 + RANDOM % 2)).$((RANDOM % 10))"
done 2>/dev/null
