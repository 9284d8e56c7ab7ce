#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the recording inside the booted guest, sends the results to the second serial port, powers
# off. How long to record is the kernel argument lab_seconds.
set -u
seconds="$(sed -n 's/.*lab_seconds=\([0-9]*\).*/\1/p' /proc/cmdline)"
log=/var/log/lab
mkdir -p "$log"
say() { echo "lab: $(date -u +%T) $*"; }

stty -F /dev/ttyS1 raw -echo

network() {
  for module in /opt/lab/modules/*.ko; do
    insmod "$module"
  done
  ip netns add internet
  ip link add eth0 type veth peer name veth-out netns internet
  ip address add 192.0.2.10/24 dev eth0
  ip link set eth0 up
  ip route add default via 192.0.2.1
  outside="ip -n internet"
  $outside link set lo up
  $outside address add 192.0.2.1/24 dev veth-out
  $outside link set veth-out up
  for address in 203.0.113.9 203.0.113.20 203.0.113.30 198.51.100.7 198.51.100.20 \
    198.51.100.40 203.0.113.101 203.0.113.102 203.0.113.110 198.51.100.103 198.51.100.104; do
    $outside address add "$address/32" dev lo
  done
  # A rate keeps packets in order while the delay varies: 30 ms there and back.
  shape="netem delay 15ms 3ms distribution normal rate 100mbit limit 10000"
  # shellcheck disable=SC2086  # words on purpose
  tc qdisc add dev eth0 root $shape
  # shellcheck disable=SC2086
  ip netns exec internet tc qdisc add dev veth-out root $shape
}

finish() {
  set +e
  cp /tmp/.kupd/log "$log/kupdater.log"
  cp /var/tmp/.sync/log "$log/syncd.log"
  cp /var/lib/halfwire/first-look.trace "$log/"
  dmesg >"$log/dmesg"
  journalctl -b --no-pager >"$log/journal"
  ss -tnap >"$log/sockets"
  {
    echo "BEGIN lab"
    tar -C "$log" -cz . | base64
    echo "END lab"
  } >/dev/ttyS1
  say "done"
  sync
  systemctl poweroff --force --force
}
trap finish EXIT

set -e
network
for role in control sink api events packages; do
  systemctl start "internet@$role"
done
systemctl start internet-sshd
# The servers are slow to start under emulation.
until [ "$(ip netns exec internet ss -Htln | wc -l)" -ge 6 ]; do
  sleep 1
done
say "network up"

systemctl set-environment "LAB_SECONDS=$seconds"
systemctl start halfwire
until grep -q '^recording' "$log/record.log"; do
  sleep 1
done
say "recording"

began="$(date +%s)"
at() { # seconds since the recording began, of 960
  left=$((began + $1 * seconds / 960 - $(date +%s)))
  [ "$left" -le 0 ] || sleep "$left"
}
start() { systemctl start "$@" || say "failed: $*"; }
start --no-block healthcheck notify-poll log-ship internet-visitors
start internet-dropper
say "senders started"
at 70
start --no-block internet-admin
at 140
start package-refresh
at 205
start --no-block admin-session
at 310
start backup
at 610
start package-refresh
at 962
while systemctl is-active --quiet halfwire; do
  sleep 2
done
say "recorded"
