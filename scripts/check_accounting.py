#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what a sensor recorded with what the traffic programs counted themselves.

Usage: check_accounting.py REPORT TRACE [--backend NAME] [--no-argv] [--quiet] [--results FILE]
       check_accounting.py --self-test

REPORT is the workload's output (one JSON object per process and socket), TRACE the sensor's
recording as JSON Lines (docs/trace-format.md). This reader shares no code with the sensor.

Each report line is a row and passes when the trace has its socket exactly once, with the same
bytes sent and received by that process, nothing unattributed, totals that agree with the kernel's
(`final`), and the beginning and the end told right. What cannot be compared must be marked by the
sensor itself. What this kernel cannot run is a row too, with the reason. The trace as a whole is
one more row.
Exit 0: all rows passed; 1: some failed, or there was no row; 2: a file cannot be read.

--no-argv: arguments may be null (lockdown=confidentiality forbids reading them).
--results: one JSON object a row: case, family, place, role, written_error and read_error (bytes),
attributed (pid and start are right), absent (no TCP: nothing may be recorded), marks, verdict and reason. The verdict is one of
"exact", "marked" (not exact, and the sensor says why), "unattributed_expected" (an actor beyond
the fourth, and the sum is exact), "wrong" or "skipped".
"""

import argparse
import json
import sys
from dataclasses import dataclass, field

import accounting_self_test
from accounting_lives import Lives, same_process
from accounting_rules import (
    check_absent, check_end, check_heads, check_opening, check_strangers, check_totals, counted,
    expected)
from accounting_trace import REQUIRED, Trace, TraceError


@dataclass
class Row:
    case: str
    family: str = ""
    place: str = ""
    role: str = ""
    pid: int = 0
    counted: str = ""
    traced: str = ""
    written_error: int = 0
    read_error: int = 0
    attributed: bool = True
    marks: list = field(default_factory=list)
    absent: bool = False
    verdict: str = "exact"
    reasons: list = field(default_factory=list)

    def errors(self):
        return self.reasons if self.verdict == "wrong" else []

    def result(self):
        return {
            "case": self.case, "family": self.family, "place": self.place, "role": self.role,
            "written_error": self.written_error, "read_error": self.read_error,
            "attributed": self.attributed, "absent": self.absent, "marks": self.marks,
            "verdict": self.verdict,
            "reason": "; ".join(self.reasons),
        }


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


def check_bytes(line, row, lines, socket):
    """What is wrong with the bytes of this process and of its socket."""
    wrong = []
    wanted, told = expected(line, lines), counted(line, lines, socket)
    row.counted, row.traced = f"{line['sent']}/{line['received']}", f"{told[0]}/{told[1]}"
    row.written_error, row.read_error = (abs(told[side] - wanted[side]) for side in (0, 1))
    if told[0] != wanted[0]:
        wrong.append(f"sent {told[0] - wanted[0]:+d}")
    if told[1] != wanted[1]:
        wrong.append(f"received {told[1] - wanted[1]:+d}")
    strangers = check_strangers(lines, socket)
    named = line.get("kernel") or any(same_process(line, *key[:2]) for key in socket.actors)
    row.attributed = not strangers and not line.get("unattributed") and (
        bool(named) or not any(wanted))
    return wrong + strangers + (check_totals(lines[0], socket) if socket.final else [])


def check_line(line, lives, trace, no_argv):
    row = Row(line["case"], line["family"], line.get("place", ""))
    if "skipped" in line:
        row.verdict, row.reasons, row.attributed = "skipped", [line["skipped"]], False
        return row
    row.role, row.pid = line["role"], line["pid"]
    row.counted = f"{line['sent']}/{line['received']}"
    if line.get("absent"):
        row.traced, row.absent = "-", True
        row.reasons = check_absent(line, trace)
        row.verdict = "wrong" if row.reasons else "exact"
        return row
    wrong = check_process(line, trace, no_argv)
    socket, lines = lives.socket_of(line), lives.lines_of(line)
    if socket is None:
        row.written_error, row.read_error = line["sent"], line["received"]
        row.traced, row.verdict, row.attributed = "-", "wrong", False
        row.reasons = ["socket not in the trace"] + wrong
        return row
    wrong += check_opening(lines, socket) + check_end(lines[0], socket)
    if line.get("speaks"):
        wrong += check_heads(line, socket)
    if socket.final is None:
        wrong.append("no final")
    else:
        row.marks = socket.final["marks"]
        unexpected = [mark for mark in row.marks if mark != line.get("mark")]
        if unexpected:
            wrong.append(f"marked {','.join(unexpected)}")
    bytes_wrong = check_bytes(line, row, lines, socket)
    if not wrong and bytes_wrong and line.get("mark") in row.marks:
        row.verdict, row.reasons = "marked", bytes_wrong
    elif wrong or bytes_wrong:
        row.verdict, row.reasons = "wrong", bytes_wrong + wrong
        if bytes_wrong and line.get("mark"):
            row.reasons.append(f"not marked {line['mark']}")
    elif line.get("unattributed"):
        row.verdict = "unattributed_expected"
    return row


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
    try:
        trace = Trace(trace_lines)
    except TraceError as error:
        return [Row("trace", verdict="wrong", reasons=[str(error)])]
    lives = Lives(report, trace)
    rows = [check_line(line, lives, trace, no_argv) for line in report]
    wrong = check_trace(trace, backend)
    rows.append(Row(
        "trace", role=trace.header.get("backend", "?"),
        traced=f"{trace.length} lines, {len(trace.sockets)} sockets, {trace.lost} lost",
        verdict="wrong" if wrong else "exact", reasons=wrong))
    return rows


def print_table(rows, quiet):
    table = [("case", "family", "place", "who", "bytes expected", "trace", "verdict")]
    for row in rows:
        if quiet and row.verdict != "wrong":
            continue
        said = row.verdict + (f": {'; '.join(row.reasons)}" if row.reasons else "")
        table.append((row.case, row.family, row.place, f"{row.role} {row.pid or ''}".strip(),
                      row.counted, row.traced, said))
    widths = [max(len(cells[column]) for cells in table) for column in range(6)]
    for cells in table:
        padded = [cell.ljust(width) for cell, width in zip(cells, widths)]
        print(" | ".join(padded + [cells[6]]))


def main():
    parser = argparse.ArgumentParser(description="Compare a trace with the workload's own counts.")
    parser.add_argument("report", nargs="?")
    parser.add_argument("trace", nargs="?")
    parser.add_argument("--backend", help="what the trace's header must say")
    parser.add_argument("--no-argv", action="store_true", help="arguments may be null")
    parser.add_argument("--quiet", action="store_true", help="print only the rows that fail")
    parser.add_argument("--results", metavar="FILE", help="write a JSON object for each row")
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
    if options.results:
        with open(options.results, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row.result()) + "\n" for row in rows)
    print_table(rows, options.quiet)
    failed = sum(row.verdict == "wrong" for row in rows)
    skipped = sum(row.verdict == "skipped" for row in rows)
    passed = len(rows) - failed - skipped
    if not report:
        print("the report has no line: nothing was checked")
        failed += 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
