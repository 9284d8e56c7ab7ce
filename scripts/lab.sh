# SPDX-License-Identifier: Apache-2.0
# A laboratory of two network namespaces, and stories that run in it; sourced by record-*.sh and
# detection-test.sh after checks.sh.
#
# One namespace is the host (192.0.2.10, 10.77.0.2), the other its internet: the addresses that
# traces/lab/internet.py serves. Everything runs below lab, a directory that is readable for all
# and named the same everywhere, so a trace tells nothing of the machine it was made on.
#
# Sets: host, internet (names of the namespaces); lab, once it is open. Needs root.
# shellcheck shell=bash disable=SC2154  # checks.sh assigns work, root, running
set -euo pipefail

lab=/nonexistent
host="hwlab$$h"
internet="hwlab$$i"

# shellcheck disable=SC2317  # called by the trap
close_lab() {
  cd /
  cleanup
  local space pid
  # Whatever a story left behind runs in these two namespaces and nowhere else.
  for space in "$host" "$internet"; do
    for pid in $(ip netns pids "$space" 2>/dev/null); do kill -KILL "$pid" 2>/dev/null || true; done
    ip netns delete "$space" 2>/dev/null || true
    rm -rf "/etc/netns/$space"
  done
  sleep 0.5
  for space in ${units[@]+"${units[@]}"}; do rmdir "$space" "${space%/*}" 2>/dev/null || true; done
  if [[ -e "$lab/of.$$" ]]; then rm -rf "$lab"; fi
}

# Makes the namespaces and the directory; fails where another laboratory of the name is open.
open_lab() { # name
  lab="/opt/hwlab-$1"
  certificate="$lab/server.crt" key="$lab/server.key"
  if ! mkdir -m 755 "$lab" 2>/dev/null; then
    echo "$lab exists: another laboratory is open, or was left" >&2
    return 1
  fi
  touch "$lab/of.$$"
  trap close_lab EXIT
  mkdir "$lab/stories" "$lab/log"
  ip netns add "$host"
  ip netns add "$internet"
  mkdir -p "/etc/netns/$host"
  echo "nameserver 203.0.113.53" >"/etc/netns/$host/resolv.conf"
  ip -n "$host" link add eth0 type veth peer name eth0 netns "$internet"
  local space address last
  for space in "$host" "$internet"; do
    ip -n "$space" link set lo up
    ip -n "$space" link set eth0 up
  done
  for address in 192.0.2.10/24 10.77.0.2/24; do ip -n "$host" address add "$address" dev eth0; done
  ip -n "$host" route add default via 192.0.2.1
  ip -n "$internet" address add 192.0.2.1/24 dev eth0
  for last in 3 11 12 13 14 15 16 17 18 19 20 21 22 23 40 41 42; do
    ip -n "$internet" address add "10.77.0.$last/24" dev eth0
  done
  for last in 7 8 {16..23}; do ip -n "$internet" address add "198.51.100.$last/32" dev eth0; done
  for last in {9..22} {30..51} 53; do
    ip -n "$internet" address add "203.0.113.$last/32" dev eth0
  done
  ip -n "$internet" address add 169.254.169.254/32 dev eth0
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
    -subj "/CN=lab.example.net" -keyout "$key" -out "$certificate" 2>/dev/null
  chmod 644 "$key"
  cp "$root/traces/lab/"* "$root/Tests/Implants/"* "$lab/"
  # Relative paths of this script do not hold from here on: nothing in a trace may name where it
  # stands.
  cd /
}

clean=(env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
  LANG=C.UTF-8)

# Runs a server in the internet until the laboratory closes.
serve() { # name, command...
  local name="$1"
  shift
  ip netns exec "$internet" "${clean[@]}" "$@" >"$lab/log/$name" 2>&1 </dev/null &
  running+=("$!")
}
open_internet() { # seconds
  serve internet /usr/bin/python3 "$lab/internet.py" "$1" "$certificate" "$key"
  if ! wait_until 20 grep -q serving "$lab/log/internet"; then
    cat "$lab/log/internet" >&2
    return 1
  fi
}
# A laboratory with the static implant as $implant, under a random name in /tmp; it and the
# laboratory go with the script. Where this cannot run, the check of that name is skipped, the last.
open_implant_lab() { # the check's name, the laboratory's, [seconds that its internet lives]
  local tool compiler
  for tool in python3 openssl ip; do
    command -v "$tool" >/dev/null || { skip "$1" "$tool is missing"; finish; }
  done
  compiler="${CC:-$(command -v clang || command -v cc || true)}"
  [[ -n "$compiler" ]] || { skip "$1" "no C compiler"; finish; }
  can_attach "$backend" || { skip "$1" "$why_not"; finish; }
  if ! open_lab "$2"; then bad "the laboratory opens"; finish; fi
  open_internet "${3:-120}"
  "$compiler" -std=gnu11 -O2 -Wall -Wextra -Werror -static -o "$lab/implant" "$lab/implant.c"
  implant="$(mktemp /tmp/.XXXXXXXX)"
  cp "$lab/implant" "$implant"
  chmod 755 "$implant"
  trap 'rm -f "$implant"; close_lab' EXIT
}

# Starts COMMAND on the host as the story NAME. Its processes are what cut_trace.py keeps. A story
# may have several commands. Names that do not match `only` are left out.
declare -A stories=()
only=.
begin() { # name, command...
  local name="$1"
  shift
  [[ $name =~ $only ]] || return 0
  (
    # Inside the namespace the hierarchy of control groups is not mounted.
    if [[ -n $group ]]; then echo "$BASHPID" >"$group/cgroup.procs"; fi
    exec ip netns exec "$host" "${clean[@]}" "$@"
  ) >>"$lab/log/$name" 2>&1 </dev/null &
  running+=("$!")
  echo "$!" >>"$lab/stories/$name"
  stories[$name]+=" $!"
}
# The same for a server in the internet whose side belongs to the story.
begin_there() { # name, command...
  local host="$internet"
  begin "$@"
}
# The same below a unit's control group, as systemd would start it.
begin_unit() { # story, unit, command...
  local name="$1" group
  group="$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/system.slice/$2"
  shift 2
  if mkdir -p "$group" 2>/dev/null; then units+=("$group"); else group=""; fi
  begin "$name" "$@"
}
group="" units=()

# Starts COMMAND in the internet; the story is what the host answers ADDRESS without a connection.
begin_stray() { # name, address, command...
  local name="$1" space
  [[ $name =~ $only ]] || return 0
  space="$(ip netns exec "$host" stat -Lc %i /proc/self/ns/net)"
  stories[$name]+=" resets:$space:$2"
  shift 2
  serve "$name" "$@"
}

# Whether every process of the story has ended.
has_ended() { # name
  local pid
  for pid in ${stories[$1]:-}; do [[ $pid == resets:* ]] || is_gone "$pid" || return 1; done
}
