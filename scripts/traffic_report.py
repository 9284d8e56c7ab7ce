# SPDX-License-Identifier: Apache-2.0
"""Joins what python3, curl and socat noted into the report that check_accounting.py reads.

Usage: traffic_report.py DIRECTORY      (as live-traffic-test.sh fills it)
"""

import json
import os
import re
import sys

work = sys.argv[1]
lives = 0


def path(name):
    return os.path.join(work, name)


def read(name):
    with open(path(name), encoding="utf-8", errors="replace") as file:
        return file.read()


def lines(name):
    return [json.loads(line) for line in read(name).splitlines()]


def noted(name):
    """Who a program was, and from when to when it ran; /proc/uptime counts hundredths."""
    pid, ticks, began, exe = read(f"{name}.who").split()
    return {
        "pid": int(pid), "start_ticks": int(ticks), "exe": os.path.realpath(exe),
        "began": int(float(began) * 1e9) - 10_000_000,
        "opened": int(float(read(f"{name}.end")) * 1e9) + 10_000_000,
    }


# The programs ran beside this one.
NETNS = os.stat("/proc/self/ns/net").st_ino


def put(case, line):
    """One process and one end of a connection."""
    global lives
    lives += 1
    print(json.dumps({
        "case": case, "family": "4", "life": lives, "opener": line["pid"], "established": True,
        "ended": line["opened"], "netns": NETNS, **line,
    }))


server = lines("server.jsonl")
own = lines("client.jsonl")
taken = {line["local"] for line in own}
for line in server:
    put("http-server", line)
for line in own:
    put("python3", line)
# The rest of the server's connections are curl's, which says the port of each request.
curls = {name[:-4]: set(read(f"{name[:-4]}.ports").split()) for name in sorted(os.listdir(work))
         if re.fullmatch(r"curl\d+\.who", name)}
for line in server:
    if line["remote"] in taken:
        continue
    port = line["remote"].rpartition(":")[2]
    whose = [curl for curl, ports in curls.items() if port in ports]
    if len(whose) != 1:
        sys.exit(f"{len(whose)} curls for the connection from {line['remote']}")
    put("curl", {**noted(whose[0]), "role": "client", "local": line["remote"], "remote": line["local"],
                 "sent": line["received"], "received": line["sent"]})
    curls[whose[0]].remove(port)
if any(curls.values()):
    sys.exit(f"ports that the server did not see: {curls}")


def size(name):
    return os.path.getsize(path(name))


def child(listener, pid):
    """A forked child: its start is what the recording says, which names its parent too."""
    with open(path("traffic.jsonl"), encoding="utf-8") as trace:
        found = [line for line in map(json.loads, trace)
                 if line.get("e") == "fork" and line["pid"] == pid
                 and line["ppid"] == listener["pid"]]
    if len(found) != 1:
        sys.exit(f"{len(found)} forks of pid {pid} by {listener['pid']} in the recording")
    return {**listener, "pid": pid, "start_ticks": found[0]["start"] // 10_000_000}


endpoint = r"AF=2 (127\.0\.0\.1:\d+)"
for name in sorted(name[:-len("-server.who")] for name in os.listdir(work)
                   if re.fullmatch(r"socat\d+-server\.who", name)):
    log = read(f"{name}.log")
    remote, local = re.search(rf"accepting connection from {endpoint} on {endpoint}", log).groups()
    process = noted(f"{name}-server")
    # Each line of the log names the process that wrote it.
    mover = int(re.search(r"socat\[(\d+)\] N starting data transfer loop", log).group(1))
    if mover != process["pid"]:
        process = child(process, mover)
    put(f"{name}", {**process, "role": "server", "local": local, "remote": remote,
                    "sent": size(f"{name}.out"), "received": size(f"{name}.in")})
    put(f"{name}", {**noted(f"{name}-client"), "role": "client", "local": remote,
                    "remote": local, "sent": size(f"{name}.sent"),
                    "received": size(f"{name}.received")})
