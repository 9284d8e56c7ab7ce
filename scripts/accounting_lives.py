# SPDX-License-Identifier: Apache-2.0
"""Finds the trace's socket for each socket life of the workload's report."""

from collections import defaultdict

from accounting_trace import TICK_NS

# The sensor reads the clock inside the call, the workload around it: containment needs no slack
# but what separates two clock sources.
SLACK_NS = 2_000_000


def split(endpoint):
    host, _, port = endpoint.rpartition(":")
    return host, int(port)


def matches(reported, traced):
    """Whether two endpoints can be the same; port 0 is not yet known, and so is its address."""
    host, port = split(reported)
    other, other_port = split(traced)
    return port == 0 or other_port == 0 or (host, port) == (other, other_port)


def same_process(line, pid, start):
    return line["pid"] == pid and line["start_ticks"] == start // TICK_NS


class Lives:
    """Each socket of the trace is taken by at most one life."""

    def __init__(self, report, trace):
        groups = defaultdict(list)
        for line in report:
            if "skipped" not in line and not line.get("absent"):
                groups[line["life"], bool(line.get("adopted"))].append(line)
        self.groups = groups
        self.found = {}
        by_remote = defaultdict(list)
        for socket in trace.sockets.values():
            for remote in {remote for _, remote in socket.endpoints()}:
                by_remote[remote].append(socket)
        taken = set()
        # In time order, so that a port used again goes to the next life.
        for key, lines in sorted(groups.items(), key=lambda item: item[1][0]["began"]):
            fits = [
                socket for socket in by_remote[lines[0]["remote"]]
                if socket.sk not in taken and self.fits(lines, socket)
            ]
            if fits:
                # A server may have waited long before its peer came: the end of the call counts.
                best = min(fits, key=lambda s: abs(s.begun - lines[0]["opened"]))
                self.found[key] = best
                taken.add(best.sk)

    @staticmethod
    def key(line):
        return line["life"], bool(line.get("adopted"))

    def lines_of(self, line):
        return self.groups[self.key(line)]

    def socket_of(self, line):
        return self.found.get(self.key(line))

    @staticmethod
    def fits(lines, socket):
        own = lines[0]
        opening = socket.opening()
        pairs = {pair for pair in socket.endpoints() if pair[1] == own["remote"]}
        # Where the trace learned the local port, it decides; else any fits, and time decides.
        known = {local for local, _ in pairs if split(local)[1] != 0}
        if not pairs or not any(matches(own["local"], local) for local in known or {":0"}):
            return False
        # One address is another socket in another network namespace.
        if opening and opening["netns"] != own["netns"]:
            return False
        if own.get("adopted"):
            return socket.adopt is not None
        if own["role"] == "client":
            if socket.connect is None or socket.accept is not None:
                return False
            when = socket.connect["t"]
            if not own["began"] - SLACK_NS <= when <= own["opened"] + SLACK_NS:
                return False
            return any(
                same_process(line, socket.connect["pid"], socket.connect["start"])
                for line in lines
            )
        if socket.connect is not None:
            return False
        # A passive socket exists before accept returns; how long before, nobody knows.
        return opening is None or opening["t"] <= own["opened"] + SLACK_NS
