#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what a sensor recorded with what the traffic programs counted themselves.

Usage: check_accounting.py REPORT TRACE [--backend NAME] [--no-argv] [--quiet]
       check_accounting.py --self-test

REPORT is the workload's output (one JSON object per process and socket), TRACE the sensor's
recording as JSON Lines (docs/trace-format.md). This reader shares no code with the sensor.

Each report line is a row and passes when the trace has its socket exactly once, with the same
bytes sent and received by that process, nothing unattributed, totals that agree with the kernel's
(`final`), and the beginning and the end told right. The trace as a whole is one more row.
Exit 0: all rows passed; 1: some failed, or there was no row; 2: a file cannot be read.

--no-argv: arguments may be null (lockdown=confidentiality forbids reading them).
"""

import argparse
import json
import sys
from collections import defaultdict

import accounting_self_test
from accounting_trace import REQUIRED, TICK_NS, Trace, TraceError

# The sensor reads the clock inside the call, the workload around it: containment needs no slack
# but what separates two clock sources.
SLACK_NS = 2_000_000

# What may be said about the end of a connection, by case and role; else "fin".
ENDS = {
    ("refused", "client"): {"refused"},
    ("linger0", "client"): {"abort", "reset"},
    ("linger0", "server"): {"reset"},
    ("lateaccept", "client"): {"abort", "reset"},
    ("lateaccept", "server"): {"reset"},
    ("unread", "client"): {"reset"},
    ("unread", "server"): {"abort", "reset"},
    ("unanswered", "client"): {"fin", "abort", "reset", "timeout", "unknown"},
}


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
    """Finds the trace's socket for each socket life of the report, each at most once."""

    def __init__(self, report, trace):
        groups = defaultdict(list)
        for line in report:
            groups[line["life"]].append(line)
        self.lines = groups
        self.found = {}  # life: Socket
        taken = set()
        # In time order, so that a port used again goes to the next life.
        for life, lines in sorted(groups.items(), key=lambda item: item[1][0]["began"]):
            fits = [s for s in trace.sockets.values() if s.sk not in taken and self.fits(lines, s)]
            if fits:
                # A server may have waited long before its peer came: the end of the call counts.
                own = lines[0]
                best = min(fits, key=lambda s: abs(s.begun - own["opened"]))
                self.found[life] = best
                taken.add(best.sk)

    @staticmethod
    def fits(lines, socket):
        own = lines[0]
        opening = socket.opening()
        pairs = {pair for pair in socket.endpoints() if pair[1] == own["remote"]}
        # Where the trace learned the local port, it decides; else any fits, and time decides.
        known = {local for local, _ in pairs if split(local)[1] != 0}
        if not pairs or not any(matches(own["local"], local) for local in known or {":0"}):
            return False
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


def check_socket(lines, socket):
    """What is wrong with a socket as a whole, whoever used it."""
    own = lines[0]
    wrong = list(socket.doubled)
    opening = socket.opening()
    if opening and opening["remote"] != own["remote"]:
        wrong.append(f"opened towards {opening['remote']}")
    if opening and not matches(own["local"], opening["local"]):
        wrong.append(f"opened as {opening['local']}")
    if own["role"] == "server":
        if socket.accept is None:
            wrong.append("no accept")
        elif socket.accept.get("pid"):
            opener = socket.accept
            if not any(same_process(line, opener["pid"], opener["start"]) for line in lines):
                wrong.append(f"accepted by pid {opener['pid']}")
    elif own["opener"] != socket.connect["pid"]:
        wrong.append(f"connected by pid {socket.connect['pid']}")

    for connected in socket.connected:
        if not own["established"]:
            wrong.append("connected, but it never was")
        elif connected["local"] != own["local"]:
            wrong.append(f"connected as {connected['local']}")

    closed = socket.closed
    if closed is None:
        wrong.append("no closed")
    else:
        if closed["established"] is not own["established"]:
            wrong.append(f"established is {closed['established']}")
        # By now an established socket's port is known.
        same_local = (
            closed["local"] == own["local"]
            if own["established"]
            else matches(own["local"], closed["local"])
        )
        if not same_local or closed["remote"] != own["remote"]:
            wrong.append(f"closed as {closed['local']} {closed['remote']}")
        allowed = ENDS.get((own["case"], own["role"]), {"fin"})
        if own["case"] == "reconnect":
            # The dissolved life resets its peer; the refused one never was.
            allowed = {"fin", "reset", "abort"} if own["established"] else {"refused"}
        if own["case"] == "unanswered" and own["established"]:
            allowed = {"fin", "abort", "reset"}  # its peer was never accepted
        if closed["reason"] not in allowed:
            wrong.append(f"closed by {closed['reason']}, not {' or '.join(sorted(allowed))}")

    for (pid, start, _), (sent, received) in socket.actors.items():
        if not (sent or received):
            continue
        if pid == 0:
            wrong.append(f"unattributed {sent}/{received}")
        elif not any(same_process(line, pid, start) for line in lines):
            wrong.append(f"{sent}/{received} by pid {pid} start {start}")

    final = socket.final
    if final is None:
        wrong.append("no final")
        return wrong
    sent = sum(actor[0] for actor in socket.actors.values())
    received = sum(actor[1] for actor in socket.actors.values())
    if final["marks"]:
        wrong.append(f"marked {','.join(final['marks'])}")
    if (final["written"], final["read"]) != (sent, received):
        wrong.append(f"final {final['written']}/{final['read']}, actors {sent}/{received}")
    if own["case"] != "linger0":
        unread = own.get("unread", 0)
        if final["unread"] != unread:
            wrong.append(f"unread {final['unread']}, not {unread}")
        if final["unsent"] != 0:
            wrong.append(f"unsent {final['unsent']}, not 0")
    elif own["role"] == "client" and final["unsent"] == 0:
        wrong.append("unsent 0, but the peer did not read")
    return wrong


def check_process(line, trace, no_argv):
    """What is wrong with the identity of the process that wrote this report line."""
    key, images = trace.image(line["pid"], line["start_ticks"])
    if key is None:
        return ["process unknown"]
    if not any(image["exe"] == line["exe"] for image in images):
        return [f"exe {[image['exe'] for image in images]}"]
    if "argv" not in line:
        return []
    # An exec'ed process has an image of its own.
    own = [image for image in trace.images.get(key, []) if image["exe"] == line["exe"]]
    if not own:
        return ["no process line"]
    said = [image["argv"] for image in own]
    if line["argv"] not in said and not (no_argv and None in said):
        return [f"argv {said}"]
    return []


def check_line(line, lives, trace, no_argv):
    """The bytes of this process in the trace (None without a socket), and what is wrong."""
    socket = lives.found.get(line["life"])
    wrong = check_process(line, trace, no_argv)
    if socket is None:
        return None, ["socket not in the trace"] + wrong
    sent = received = 0
    for (pid, start, _), actor in socket.actors.items():
        if same_process(line, pid, start):
            sent += actor[0]
            received += actor[1]
    if sent != line["sent"]:
        wrong.append(f"sent {sent - line['sent']:+d}")
    if received != line["received"]:
        wrong.append(f"received {received - line['received']:+d}")
    return (sent, received), wrong + check_socket(lives.lines[line["life"]], socket)


def check_trace(trace, backend):
    """What is wrong with the trace as a whole."""
    wrong = []
    for key in ("host", "boot_id", "kernel", "backend", "wall_epoch_ns", "sensor", "config_hash"):
        if key not in trace.header:
            wrong.append(f"header without {key}")
    if backend and trace.header.get("backend") != backend:
        wrong.append(f"backend {trace.header.get('backend')}, not {backend}")
    if trace.footer is None:
        wrong.append("no footer")
    else:
        if trace.footer["events"] != trace.length - 2:
            wrong.append(f"footer says {trace.footer['events']} lines, not {trace.length - 2}")
        if trace.footer["lost"] != trace.lost:
            wrong.append(f"footer says {trace.footer['lost']} lost, the lines {trace.lost}")
    unknown = sorted(str(kind) for kind in trace.kinds if kind not in REQUIRED)
    if unknown:
        wrong.append(f"unknown lines {unknown}")
    return wrong


def check(report, trace_lines, backend=None, no_argv=False):
    """All rows: (case, family, who, expected, traced, errors)."""
    try:
        trace = Trace(trace_lines)
    except TraceError as error:
        return [("trace", "", "", "", "", [str(error)])]
    lives = Lives(report, trace)
    rows = []
    for line in report:
        traced, wrong = check_line(line, lives, trace, no_argv)
        rows.append((
            line["case"],
            line["family"],
            f"{line['role']} {line['pid']}",
            f"{line['sent']}/{line['received']}",
            "-" if traced is None else f"{traced[0]}/{traced[1]}",
            wrong,
        ))
    wrong = check_trace(trace, backend)
    summary = f"{trace.length} lines, {len(trace.sockets)} sockets, {trace.lost} lost"
    rows.append(("trace", "", trace.header.get("backend", "?"), "", summary, wrong))
    return rows


def print_table(rows, quiet):
    shown = [row for row in rows if row[5] or not quiet]
    table = [("case", "family", "who", "bytes expected", "trace", "error")]
    table += [row[:5] + ("; ".join(row[5]) or "-",) for row in shown]
    widths = [max(len(row[column]) for row in table) for column in range(5)]
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        print(" | ".join(cells + [row[5]]))


def main():
    parser = argparse.ArgumentParser(description="Compare a trace with the workload's own counts.")
    parser.add_argument("report", nargs="?")
    parser.add_argument("trace", nargs="?")
    parser.add_argument("--backend", help="what the trace's header must say")
    parser.add_argument("--no-argv", action="store_true", help="arguments may be null")
    parser.add_argument("--quiet", action="store_true", help="print only the rows that fail")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        return accounting_self_test.run(check)
    if not options.trace:
        parser.error("REPORT and TRACE are needed")
    try:
        with open(options.report, encoding="utf-8") as file:
            report = [json.loads(line) for line in file if line.strip()]
        with open(options.trace, encoding="utf-8") as file:
            trace_lines = [line for line in file if line.strip()]
    except (OSError, ValueError) as error:
        print(f"check_accounting: {error}", file=sys.stderr)
        return 2
    rows = check(report, trace_lines, options.backend, options.no_argv)
    print_table(rows, options.quiet)
    failed = sum(1 for row in rows if row[5])
    if not report:
        print("the report has no line: nothing was checked")
        failed += 1
    print(f"{len(rows) - min(failed, len(rows))} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
