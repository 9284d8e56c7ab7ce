# SPDX-License-Identifier: Apache-2.0
"""A reader of the JSON Lines trace format (docs/trace-format.md), sharing no code with halfwire.

It refuses what breaks the format and keeps what the accounting check compares: sockets by `sk`,
cumulative counts by actor, processes by (pid, start).
"""

import base64
import json
from collections import Counter, defaultdict

TICK_NS = 10_000_000  # /proc/PID/stat counts start times in ticks of 10 ms

# The keys every line of a kind must have (docs/trace-format.md), besides `e` and `t`.
REQUIRED = {
    "process": "pid start exec_id ppid pstart uid comm exe argv",
    "context": "pid start exec_id",
    "baseline": "subject first_seen active_days",
    "fork": "pid start ppid pstart",
    "exit": "pid start",
    "connect": "sk pid start exec_id netns local remote",
    "connected": "sk local",
    "accept": "sk netns local remote",
    "adopt": "sk netns local remote outbound",
    "burst": "sk pid start exec_id first last sent received sends receives",
    "head": "sk direction offset data",
    "closed": "sk local remote established reason",
    "final": "sk written read unsent unread marks",
    "reset": "netns local remote",
    "name": "netns name address ttl",
    "lost": "records stage",
    "gap": "from to",
    "tick": "",
    "clock": "wall_ns",
    "end": "events lost",
}
WITHOUT_T = {"burst", "gap", "end"}
COUNTS = {
    "t", "pid", "start", "exec_id", "first", "last", "sent", "received", "sends", "receives",
    "written", "read", "unsent", "unread", "from", "to", "records", "events", "offset", "netns",
}
REASONS = {"fin", "reset", "abort", "refused", "unreachable", "timeout", "unknown"}


class TraceError(Exception):
    """A trace line that breaks the format."""


class Socket:
    """All that the trace says about one `sk`."""

    def __init__(self, sk):
        self.sk = sk
        self.connect = self.accept = self.adopt = self.closed = self.final = None
        self.connected = []
        self.doubled = []
        self.actors = defaultdict(lambda: [0, 0])  # (pid, start, exec_id): sent, received
        self.kernel = set()  # the actors that are threads of the kernel
        self.begun = None
        self.heads = {"sent": b"", "received": b""}

    def add(self, kind, line, number):
        if self.begun is None:
            self.begun = line["first"] if kind == "burst" else line["t"]
        if kind == "burst":
            # Cumulative snapshots: one that does not advance is ignored, the largest holds.
            actor = self.actors[(line["pid"], line["start"], line["exec_id"])]
            actor[0] = max(actor[0], line["sent"])
            actor[1] = max(actor[1], line["received"])
            if line.get("kernel"):
                self.kernel.add((line["pid"], line["start"], line["exec_id"]))
            if self.final:
                self.doubled.append(f"burst after final (line {number})")
        elif kind == "head":
            self.add_head(line, number)
        elif kind == "connected":
            self.connected.append(line)
        elif kind in ("connect", "accept", "adopt", "closed", "final"):
            if getattr(self, kind) is not None:
                self.doubled.append(f"second {kind} (line {number})")
            setattr(self, kind, line)

    def add_head(self, line, number):
        if line["direction"] not in self.heads:
            raise TraceError(f"line {number}: direction is {line['direction']!r}")
        if line["offset"] != len(self.heads[line["direction"]]):
            self.doubled.append(f"head out of order (line {number})")
        try:
            self.heads[line["direction"]] += base64.b64decode(line["data"], validate=True)
        except ValueError as error:
            raise TraceError(f"line {number}: {error}") from None

    def opening(self):
        return self.connect or self.accept or self.adopt

    def processes(self):
        """(pid, start) of all that are named as opener or actor."""
        named = {key[:2] for key in self.actors}
        for line in (self.connect, self.accept, self.adopt):
            if line and line.get("pid"):
                named.add((line["pid"], line["start"]))
        return named

    def endpoints(self):
        """All (local, remote) pairs the trace gives; a `connected` gives only the local end."""
        lines = [line for line in (self.opening(), self.closed) if line]
        pairs = {(line["local"], line["remote"]) for line in lines}
        for line in self.connected:
            pairs |= {(line["local"], remote) for _, remote in pairs}
        return pairs


class Trace:
    def __init__(self, lines):
        self.header = self.footer = None
        self.sockets = {}
        self.images = defaultdict(list)  # (pid, start): its `process` lines
        self.parents = {}  # (pid, start): (ppid, pstart), from fork lines
        self.kinds = Counter()
        self.lost = 0
        number = 0
        for number, text in enumerate(lines, 1):
            self.add(text, number)
        if self.header is None:
            raise TraceError("the trace is empty")
        self.length = number

    def add(self, text, number):
        try:
            line = json.loads(text)
        except ValueError as error:
            raise TraceError(f"line {number}: {error}") from None
        if not isinstance(line, dict):
            raise TraceError(f"line {number}: not an object")
        if number == 1:
            if line.get("halfwire_trace") != 1:
                raise TraceError("line 1: not a trace header")
            self.header = line
            return
        kind = line.get("e")
        self.kinds[kind] += 1
        if kind not in REQUIRED:
            return
        self.validate(kind, line, number)
        if self.footer is not None:
            raise TraceError(f"line {number}: a line after the footer")
        if kind == "end":
            self.footer = line
        elif kind == "lost":
            self.lost += line["records"]
        elif kind == "process":
            self.images[(line["pid"], line["start"])].append(line)
        elif kind == "fork":
            self.parents[(line["pid"], line["start"])] = (line["ppid"], line["pstart"])
        elif "sk" in line:
            sk = line["sk"]
            self.sockets.setdefault(sk, Socket(sk)).add(kind, line, number)

    @staticmethod
    def validate(kind, line, number):
        keys = REQUIRED[kind].split() + ([] if kind in WITHOUT_T else ["t"])
        for key in keys:
            if key not in line:
                raise TraceError(f"line {number}: {kind} without {key}")
        for key in COUNTS & set(keys):
            value = line[key]
            if value is not None and (type(value) is not int or value < 0):
                raise TraceError(f"line {number}: {key} is {value!r}, not a count")
        if "sk" in keys and type(line["sk"]) is not str:
            raise TraceError(f"line {number}: sk is not a string")
        if kind == "closed" and line["reason"] not in REASONS:
            raise TraceError(f"line {number}: closed for {line['reason']!r}")

    def image(self, pid, ticks):
        """The (pid, start) of a process by its start tick, with the images it had or inherited."""
        for key in list(self.images) + list(self.parents):
            if key[0] == pid and key[1] // TICK_NS == ticks:
                break
        else:
            return None, []
        ancestor, seen = key, set()
        while ancestor not in self.images and ancestor in self.parents and ancestor not in seen:
            seen.add(ancestor)
            ancestor = self.parents[ancestor]
        return key, self.images.get(ancestor, [])
