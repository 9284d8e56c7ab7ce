#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the sensor says of processes and their files is what the system's own tools say of them.
#
# Usage: scripts/identity-test.sh [--binary PATH] [--backend NAME] [--require]
#
#   --binary    the sensor; default .build/release/halfwire
#   --backend   default auto
#   --require   what is skipped fails; so it is with CI=true
#
# Processes made for it: a packaged program, and a program of our own that is copied, replaced,
# deleted, in memory, set-uid, in a unit's cgroup and in a container of runc; scripts by "#!" and by
# argument. Compared with sha256sum, stat, dpkg-query, dpkg --verify and runc. Needs root, python3,
# curl, runc, setpriv and a C compiler.
# Exit: 0 nothing failed, 1 something did, 64 wrong arguments.
# shellcheck disable=SC2317  # wait_until calls the functions
set -euo pipefail

# shellcheck source=scripts/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
read_options "--binary --backend --require" "$@"

name="processes are what the tools say"
for tool in python3 curl setpriv sha256sum stat; do
  command -v "$tool" >/dev/null || { skip "$name" "$tool is missing"; finish; }
done
compiler="${CC:-$(command -v clang || command -v cc || true)}"
[[ -n "$compiler" ]] || { skip "$name" "no C compiler"; finish; }
can_attach "$backend" || { skip "$name" "$why_not"; finish; }

caller="$work/caller"
"$compiler" -std=gnu11 -O2 -Wall -Wextra -Werror -static -o "$caller" \
  "$root/Tests/IdentityTests/caller.c"
# The user that runs the set-uid program must reach it.
chmod 711 "$work"
port="$(free_port)"
python="$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')"

# Starts COMMAND with a pipe that holds it; `tell` lets it call, `release` lets it end, each by a
# line: later programs inherit the pipe, so its end would not come. Its pid, which every exec keeps,
# is in pids[NAME].
declare -A pids=() pipes=()
begin() { # name, command...
  local name="$1" pipe
  shift
  mkfifo "$work/$name.fifo"
  "$@" <"$work/$name.fifo" >"$work/$name.out" 2>&1 &
  pids[$name]=$!
  running+=("$!")
  exec {pipe}>"$work/$name.fifo"
  pipes[$name]=$pipe
}
tell() { echo >&"${pipes[$1]}"; }
release() { # name
  tell "$1"
  wait "${pids[$1]}" || true
  forget "${pids[$1]}"
}
# Whether process PID of NAME runs FILE by now: before its exec it is still the shell.
is_running() { [[ "$(readlink "/proc/$1/exe")" == "$2"* ]]; }

if ! start_sensor record record --backend "$backend" --jsonl -o "$work/trace.jsonl"; then
  bad "the sensor starts" "$(cat "$work/record.err")"
  finish
fi

made() { # name; a copy of the caller in a directory of its own
  mkdir "$work/$1"
  cp "$caller" "$work/$1/caller"
}
for case in copied replaced deleted setuid unit; do made "$case"; done
chmod u+s "$work/setuid/caller"

begin copied "$work/copied/caller" "$port"
begin replaced "$work/replaced/caller" "$port"
begin deleted "$work/deleted/caller" "$port"
begin setuid setpriv --reuid 65534 --clear-groups "$work/setuid/caller" "$port"
begin memfd python3 -c '
import os, sys
handle = os.memfd_create("caller")
with open(sys.argv[1], "rb") as program:
    os.write(handle, program.read())
os.execve(handle, ["caller", sys.argv[2]], {})' "$caller" "$port"
cat >"$work/script.py" <<PYTHON
#!$python
import socket, sys
sys.stdin.readline()
try:
    socket.create_connection(("127.0.0.1", $port), 1)
except OSError:
    pass
sys.stdin.readline()
PYTHON
chmod 755 "$work/script.py"
begin shebang "$work/script.py"
begin argument "$python" "$work/script.py"
# A file name that is no script's, given as an argument too, as if "#!" had led from it.
ln -s "$python" "$work/alias"
# shellcheck disable=SC2016  # expanded by the inner shell
begin alias bash -c 'exec -a python3 "$1" "$2" "$1"' bash "$work/alias" "$work/script.py"
# A program that is called java, with more options than the kernel side copies.
mkdir "$work/jvm"
cp "$python" "$work/jvm/java"
begin options "$work/jvm/java" "-Xpad=$(printf 'x%.0s' {1..2100})" "$work/script.py"

hierarchy="$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)"
unit_group="" unit_name="halfwire-test-$$.service"
if [[ -n $hierarchy ]] && mkdir -p "$hierarchy/system.slice/$unit_name" 2>/dev/null; then
  unit_group="$hierarchy/system.slice/$unit_name"
  # shellcheck disable=SC2016  # expanded by the inner shell
  begin unit bash -c 'echo $$ >"$1/cgroup.procs" && exec "$2" "$3"' \
    bash "$unit_group" "$work/unit/caller" "$port"
fi
audited=false
if [[ -w /proc/self/loginuid ]] &&
  (echo 4321 >/proc/self/loginuid && [[ $(cat /proc/self/loginuid) == 4321 ]]) 2>/dev/null; then
  audited=true
  # shellcheck disable=SC2016
  begin login bash -c 'echo 4321 >/proc/self/loginuid && exec "$1" "$2"' bash "$caller" "$port"
fi

container="$(printf 'halfwire-test-%s' "$$" | sha256sum | cut -d ' ' -f 1)"
has_container=false why_no_container="runc is missing"
if command -v runc >/dev/null; then
  layer="$work/bundle/layer"
  mkdir -p "$layer/opt" "$layer/proc" "$layer/var/lib/dpkg/info" "$work/bundle/rootfs" \
    "$work/bundle/upper" "$work/bundle/scratch"
  cp "$caller" "$layer/opt/caller"
  # A database of the container's own says whatever its owner wants.
  echo /opt/caller >"$layer/var/lib/dpkg/info/trusted.list"
  echo "$(md5sum <"$caller" | cut -d ' ' -f 1)  opt/caller" \
    >"$layer/var/lib/dpkg/info/trusted.md5sums"
  (cd "$work/bundle" && runc spec)
  python3 - "$work/bundle/config.json" "$port" <<'PYTHON'
import json, sys
path, port = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    spec = json.load(file)
spec["process"]["terminal"] = False
spec["process"]["args"] = ["/opt/caller", port]
# The host's network, and none of the mounts that a nested environment may refuse.
spec["linux"]["namespaces"] = [
    space for space in spec["linux"]["namespaces"] if space["type"] in ("pid", "mount")]
spec.pop("hostname", None)
spec["mounts"] = [mount for mount in spec["mounts"] if mount["destination"] == "/proc"]
with open(path, "w", encoding="utf-8") as file:
    json.dump(spec, file)
PYTHON
  # Layers as every runtime has them; where the file system here cannot be one, a plain directory.
  # shellcheck disable=SC2016  # expanded by the inner shell
  begin runc unshare --mount --propagation private bash -c '
    cd "$1" || exit
    mount -t overlay overlay -o lowerdir=layer,upperdir=upper,workdir=scratch rootfs ||
      cp -a layer/. rootfs/
    exec runc --root "$2" run --bundle "$1" "$3"' bash "$work/bundle" "$work/runc" "$container"
  in_container() { runc --root "$work/runc" state "$container" | grep -q '"status": "running"' ||
    is_gone "${pids[runc]}"; }
  if wait_until 20 in_container && ! is_gone "${pids[runc]}"; then
    has_container=true
    pids[container]="$(runc --root "$work/runc" state "$container" |
      python3 -c 'import json, sys; print(json.load(sys.stdin)["pid"])')"
  else
    why_no_container="runc cannot here: $(tail -n 1 "$work/runc.out")"
    wait "${pids[runc]}" || true
    forget "${pids[runc]}"
  fi
fi

settled=true
for case in copied replaced deleted setuid; do
  wait_until 20 is_running "${pids[$case]}" "$work/$case/caller" || settled=false
done
wait_until 20 is_running "${pids[memfd]}" /memfd: || settled=false
[[ -z $unit_group ]] || wait_until 20 is_running "${pids[unit]}" "$work/unit/caller" || settled=false
$settled || bad "the programs run"

# An upgrade while the program runs, as package managers do it: a new file, renamed into place.
cp /bin/true "$work/replaced/new"
mv "$work/replaced/new" "$work/replaced/caller"
rm "$work/deleted/caller"

calling=(copied replaced deleted setuid memfd shebang argument alias options)
[[ -z $unit_group ]] || calling+=(unit)
! $audited || calling+=(login)
for case in "${calling[@]}"; do tell "$case"; done
! $has_container || tell runc
# Packaged programs; curl ends before anybody can look at it.
curl -s --max-time 2 "http://127.0.0.1:$port/" >/dev/null 2>&1 &
pids[curl]=$!
wait "$!" || true
bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; true" 2>/dev/null &
pids[bash]=$!
wait "$!" || true

told() { # every call has its answer
  python3 - "$work/trace.jsonl" "$@" <<'PYTHON'
import json, sys
known = set()
with open(sys.argv[1], encoding="utf-8") as file:
    for line in file:
        if line.endswith("\n") and '"exe_sha256"' in line:
            known.add(json.loads(line)["pid"])
sys.exit(not known >= {int(pid) for pid in sys.argv[2:]})
PYTHON
}
waiting=("${pids[curl]}")
for case in "${calling[@]}"; do waiting+=("${pids[$case]}"); done
! $has_container || waiting+=("${pids[container]}")
if wait_until 30 told "${waiting[@]}"; then ok "every program that called was looked up"; else
  bad "every program that called was looked up" "${waiting[*]}" "$(tail -n 3 "$work/record.err")"
fi

# What the tools say while the processes still run.
container_group=""
if $has_container; then
  container_group="$(sed -n 's/^0:://p' "/proc/${pids[container]}/cgroup")"
  echo "note    the container's root is on $(awk '$5 == "/" { sub(/.* - /, ""); print $1; exit }' \
    "/proc/${pids[container]}/mountinfo")"
fi
for case in "${calling[@]}"; do release "$case"; done
! $has_container || release runc
stop_sensor INT
[[ -z $unit_group ]] || rmdir "$unit_group" 2>/dev/null || true
rmdir "$hierarchy/system.slice" 2>/dev/null || true

# One line a process: all that was said of its last image.
python3 - "$work/trace.jsonl" >"$work/facts.json" <<'PYTHON'
import json, sys
facts = {}
with open(sys.argv[1], encoding="utf-8") as file:
    for line in file:
        event = json.loads(line)
        if event.get("e") == "process":
            facts[event["pid"]] = event
        elif event.get("e") == "context" and event["pid"] in facts:
            if event["exec_id"] == facts[event["pid"]]["exec_id"]:
                facts[event["pid"]].update(event)
json.dump(facts, sys.stdout)
PYTHON
said() { # case, key
  python3 - "$work/facts.json" "${pids[$1]}" "$2" <<'PYTHON'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    value = json.load(file).get(sys.argv[2], {}).get(sys.argv[3])
print("null" if value is None else str(value).lower() if isinstance(value, bool) else value)
PYTHON
}
same() { # case, key, what the tool said
  local seen
  seen="$(said "$1" "$2")"
  if [[ $seen == "$3" ]]; then ok "$1: $2 is ${3:-empty}"; else
    bad "$1: $2" "expected $3" "seen     $seen"
  fi
}
sum() { sha256sum "$1" | cut -d ' ' -f 1; }
own="$(sum "$caller")"

for case in copied replaced deleted setuid memfd; do same "$case" exe_sha256 "$own"; done
same copied exe_state present
same replaced exe_state replaced
same deleted exe_state deleted
same memfd exe_state memfd
same copied package ""
for case in replaced deleted memfd; do same "$case" package null; done
same copied exe_owner "$(stat -c %u "$work/copied/caller")"
same copied exe_mode "$((16#$(stat -c %f "$work/copied/caller")))"
same copied exe_ino "$(stat -c %i "$work/copied/caller")"
same copied exe_dev "$(stat -c %d "$work/copied/caller")"
same setuid exe_mode "$((16#$(stat -c %f "$work/setuid/caller")))"
same shebang script "$work/script.py"
same shebang exe_sha256 "$(sum "$python")"
same argument exe_sha256 "$(sum "$python")"
same alias script null
for case in shebang argument alias; do
  same "$case" script_sha256 "$(sum "$work/script.py")"
  same "$case" script_owner "$(stat -c %u "$work/script.py")"
  same "$case" script_mode "$((16#$(stat -c %f "$work/script.py")))"
  same "$case" script_ino "$(stat -c %i "$work/script.py")"
  same "$case" script_state present
  # In the directory for temporary files.
  same "$case" script_dir_writable true
  same "$case" script_package ""
done
same copied script_owner null
if [[ "$(said argument argv)" == *"$work/script.py"* ]]; then ok "argument: argv has the script"
else bad "argument: argv has the script" "$(said argument argv)"; fi
if [[ "$(said options argv)" == *"$work/script.py"* ]]; then ok "options: argv goes on behind them"
else bad "options: argv goes on behind them" "$(said options argv)"; fi

if [[ -n $unit_group ]]; then
  same unit unit "$unit_name"
  same unit container null
else
  skip "a unit's cgroup" "no cgroup2 hierarchy that can be written to"
fi
if $audited; then same login loginuid 4321; else
  echo "note    a login uid cannot be set here: CONFIG_AUDIT, or it was set before"
fi

if $has_container; then
  same container container "$container"
  same container cgroup "$container_group"
  same container exe_sha256 "$own"
  same container exe_state present
  # The container's own database must not vouch for it, nor the host's.
  same container package null
  same container package_verified null
  same container mount null
else
  skip "a process in a container" "$why_no_container"
fi

# The package managers' own words. dpkg knows a merged path by one of its two names only.
dpkg_owner() { # path
  dpkg-query -S "$1" 2>/dev/null || dpkg-query -S "${1#/usr}" 2>/dev/null || true
}
if command -v dpkg-query >/dev/null; then
  for case in curl bash; do
    program="$(readlink -f "$(command -v "$case")")"
    package="$(dpkg_owner "$program" | cut -d : -f 1)"
    same "$case" exe_sha256 "$(sum "$program")"
    same "$case" package "$package"
    [[ -n $package ]] || continue
    # Column 3 of a line about the file is 5 where its digest differs.
    altered="$(dpkg --verify "$package" | awk -v path="$program" '
      { line = $0; sub(/^[^\/]*/, "", line); if ("/usr" line == path || line == path) print }
    ' | cut -c 3)"
    [[ $altered == 5 ]] && verified=false || verified=true
    same "$case" package_verified "$verified"
  done
else
  skip "packages" "dpkg-query is missing"
fi
finish
