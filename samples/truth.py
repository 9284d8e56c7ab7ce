# SPDX-License-Identifier: Apache-2.0
"""Checks the sample trace against what its programs logged: truth.py TRACE.jsonl LOG-DIRECTORY.

Standard output gets the truth as JSON, for tests; standard error what was compared. Exit 1 when a
byte or a connection differs. The truth comes from the programs' own logs; from the trace come only
its header, `start` (the sensor's key of a process), `argv`, and where the recording begins and
ends.
"""
import collections
import json
import os
import sys

SERVERS = {
    "control": "203.0.113.9:443",
    "sink": "198.51.100.7:8443",
    "api": "203.0.113.20:80",
    "events": "203.0.113.20:8080",
    "packages": "203.0.113.30:80",
}
# log | what it runs | destination
CURLS = [
    ("healthcheck", "/usr/local/bin/healthcheck.sh", "203.0.113.20:80"),
    ("notify-poll", "/usr/local/bin/notify-poll.sh", "203.0.113.20:8080"),
    ("log-ship", "/usr/local/bin/log-ship.sh", "203.0.113.20:9200"),
    ("backup", "/usr/local/bin/backup.sh", "203.0.113.20:80"),
]
CURL_REFUSED = 7
# What ended so shortly before the recording may not be final in it.
SETTLE_NS = 1_000_000_000
OUTBOUND_SSH = "198.51.100.20:22"

failures = 0


def agree(name, same):
    global failures
    failures += not same
    print(("ok    " if same else "FAIL  ") + name, file=sys.stderr)


def check(name, logged, traced):
    agree(f"{name}: logged {logged}, traced {traced}", logged == traced)


class Socket:
    def __init__(self, line):
        self.t = line["t"]
        self.outbound = line["e"] == "connect"
        self.opener = (line.get("pid"), line.get("start"))
        self.local, self.remote = line["local"], line["remote"]
        self.established, self.reason = not self.outbound, None
        self.actors = {}
        self.final = None

    def bytes(self):
        """Sent and received, over all actors."""
        return [sum(counts) for counts in zip((0, 0), *self.actors.values())]


class Trace:
    def __init__(self, path):
        self.sockets, self.images, self.lost = {}, collections.defaultdict(list), 0
        self.first, self.last = None, 0
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.header = lines[0]
        for line in lines[1:]:
            self.take(line)

    def take(self, line):
        kind = line["e"]
        if "t" in line:
            self.first = line["t"] if self.first is None else min(self.first, line["t"])
            self.last = max(self.last, line["t"])
        socket = self.sockets.get(line.get("sk"))
        if kind == "process":
            self.images[line["pid"]].append(line)
        elif kind == "lost":
            self.lost += line["records"]
        elif kind in ("connect", "accept"):
            self.sockets[line["sk"]] = Socket(line)
        elif socket is None:
            return
        elif kind == "connected":
            socket.local, socket.established = line["local"], True
        elif kind == "burst":
            actor = (line["pid"], line["start"], line["exec_id"])
            socket.actors[actor] = (line["sent"], line["received"])
        elif kind == "closed":
            socket.local, socket.reason = line["local"], line["reason"]
        elif kind == "final":
            socket.final = [line["written"], line["read"]]

    def outbound(self, remote, opener=None):
        return [
            socket
            for socket in self.sockets.values()
            if socket.outbound
            and socket.remote == remote
            and (opener is None or opener(socket.opener[0]))
        ]

    def executable(self, pid):
        return self.images[pid][-1]["exe"] if self.images[pid] else None


def read(directory, name):
    with open(os.path.join(directory, name + ".log"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def within(trace, visits, traced):
    """The visits that the recording saw to their end."""
    open_at_end = {socket.local for socket in traced if not socket.final}
    return [v for v in visits if v["t"] < trace.last and v["local"] not in open_at_end]


def agent(trace, directory, name):
    """One of the two senders, compared visit by visit."""
    who, *visits = read(directory, name)
    traced = trace.outbound(who["remote"], lambda pid: pid == who["pid"])
    visits = within(trace, visits, traced)
    traced = [socket for socket in traced if socket.final]
    check(f"{name}: visits", len(visits), len(traced))
    by_local = {socket.local: socket for socket in traced}
    found = [by_local[visit["local"]] for visit in visits if visit["local"] in by_local]
    check(f"{name}: visits by port", len(visits), len(found))
    logged = [[visit["sent"], visit["received"]] for visit in visits]
    agree(f"{name}: bytes of each visit", logged == [s.bytes() for s in found])
    agree(f"{name}: kernel's bytes of each visit", logged == [s.final for s in found])
    total = [sum(column) for column in zip(*logged)]
    check(f"{name}: sent and received", total, [sum(c) for c in zip(*(s.bytes() for s in found))])
    image = next(line for line in trace.images[who["pid"]] if line["exe"] == who["exe"])
    check(f"{name}: parent, user", [who["ppid"], who["uid"]], [image["ppid"], image["uid"]])
    times = [visit["t"] for visit in visits]
    gaps = [(after - before) / 1e9 for before, after in zip(times, times[1:])]
    return {
        "pid": who["pid"],
        "start": image["start"],
        "exe": who["exe"],
        "argv": image["argv"],
        "uid": who["uid"],
        "ppid": who["ppid"],
        "destination": who["remote"],
        "visits": len(visits),
        "failed_visits": sum(visit["errno"] != 0 for visit in visits),
        "sent_bytes": total[0],
        "received_bytes": total[1],
        "period_seconds": who["period_seconds"],
        "jitter_ratio": who["jitter_ratio"],
        "shortest_interval_seconds": round(min(gaps, default=0), 3),
        "mean_interval_seconds": round(sum(gaps) / max(len(gaps), 1), 3),
        "longest_interval_seconds": round(max(gaps, default=0), 3),
        "span_seconds": round((times[-1] - times[0]) / 1e9, 3),
        "visit_times": times,
    }


def server(trace, directory, name):
    """A server's own counts against its accepted sockets."""
    logged = sorted(
        (line["peer"], line["sent"], line["received"])
        for line in read(directory, name)
        if trace.first < line["t"] and line["ended"] < trace.last - SETTLE_NS
    )
    peers = {line[0] for line in logged}
    traced = sorted(
        (socket.remote, *socket.bytes())
        for socket in trace.sockets.values()
        if not socket.outbound and socket.local == SERVERS[name] and socket.remote in peers
    )
    agree(f"server {name}: {len(logged)} connections, bytes of each", logged == traced)


def totals(rows):
    return [sum(column) for column in zip((0, 0), *rows)]


def curl(trace, directory, name, script, remote):
    """A script's calls of curl, by what each curl said of itself."""
    calls = read(directory, name)
    refused = sum(call["errno"] == CURL_REFUSED for call in calls)
    by_local = {socket.local: socket for socket in trace.outbound(remote)}
    # curl says no time: a call that outlived the recording is known by its open socket.
    outlived = {local for local, socket in by_local.items() if not socket.final}
    answered = [
        call for call in calls if call["errno"] != CURL_REFUSED and call["local"] not in outlived
    ]
    found = [by_local[call["local"]] for call in answered if call["local"] in by_local]
    logged = [[call["sent"], call["headers"] + call["received"]] for call in answered]
    check(f"{name}: connections", len(answered), len(found))
    agree(f"{name}: bytes of each", logged == [socket.bytes() for socket in found])
    if refused:
        seen = [s for s in trace.outbound(remote) if s.reason == "refused" and not s.established]
        check(f"{name}: refused", refused, len(seen))
    sent, received = totals(logged)
    return {
        "exe": "/usr/bin/curl",
        "script": script,
        "destination": remote,
        "connections": len(answered),
        "refused": refused,
        "sent_bytes": sent,
        "received_bytes": received,
    }


def visitors(trace, directory):
    traced = trace.outbound("192.0.2.10:80")
    visits = [visit for visit in read(directory, "visitors") if "local" in visit]
    visits = within(trace, visits, traced)
    by_local = {socket.local: socket for socket in traced}
    found = [by_local[visit["local"]] for visit in visits if visit["local"] in by_local]
    logged = [[visit["sent"], visit["received"]] for visit in visits]
    check("visitors: connections", len(visits), len(found))
    agree("visitors: bytes of each", logged == [socket.bytes() for socket in found])
    inbound = {
        socket.remote: socket.bytes()[::-1]
        for socket in trace.sockets.values()
        if not socket.outbound and socket.local == "192.0.2.10:80"
    }
    same = logged == [inbound.get(visit["local"]) for visit in visits]
    agree("visitors: nginx's bytes of each", same)
    sent, received = totals(logged)
    return {
        "exe": "/usr/bin/python3.13",
        "script": "/opt/lab/visitors.py",
        "destination": "192.0.2.10:80",
        "connections": len(visits),
        "refused": 0,
        "sent_bytes": sent,
        "received_bytes": received,
    }


def unlogged(trace, exe, script, remote, connections):
    """A program that keeps no count: only its connections are known."""
    traced = trace.outbound(remote, lambda pid: trace.executable(pid) == exe)
    check(f"{exe} to {remote}: connections", connections, len(traced))
    return {
        "exe": exe,
        "script": script,
        "destination": remote,
        "connections": len(traced),
        "refused": 0,
        "sent_bytes": None,
        "received_bytes": None,
    }


def main():
    trace = Trace(sys.argv[1])
    directory = sys.argv[2]
    agree("no lost records", trace.lost == 0)
    senders = {
        "beacon": agent(trace, directory, "kupdater"),
        "one_way": agent(trace, directory, "syncd"),
    }
    ordinary = [curl(trace, directory, *row) for row in CURLS]
    ordinary.append(visitors(trace, directory))
    # One interactive session and one scp of the backup go out; two drops and one session come in.
    ordinary.append(unlogged(trace, "/usr/bin/ssh", None, OUTBOUND_SSH, 2))
    ordinary.append(unlogged(trace, "/usr/bin/ssh", None, "192.0.2.10:22", 3))
    downloads = len(read(directory, "packages"))
    apt = unlogged(trace, "/usr/lib/apt/methods/http", None, SERVERS["packages"], downloads)
    apt["script"] = "/usr/local/bin/package-refresh.sh"
    ordinary.append(apt)
    for name in SERVERS:
        server(trace, directory, name)
    way = senders["one_way"]
    agree("one-way: at least 8 sockets over 12 minutes",
          way["visits"] >= 8 and way["span_seconds"] > 720)
    truth = {
        "trace": "first-look.trace",
        "host": trace.header["host"],
        "kernel": trace.header["kernel"],
        "backend": trace.header["backend"],
        "from": trace.first,
        "to": trace.last,
        **senders,
        "ordinary": ordinary,
    }
    print(json.dumps(truth, indent=1))
    print(f"truth: {failures} differ", file=sys.stderr)
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
