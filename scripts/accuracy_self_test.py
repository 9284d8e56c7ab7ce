# SPDX-License-Identifier: Apache-2.0
"""Handmade results of a matrix run: what accuracy.py must write, accept and refuse.

Each refusal names the words that must be said, so that a refusal for another reason does not count.
"""

import contextlib
import copy
import io
import json
import os
import tempfile

NONE, HIDDEN = "none", "confidentiality"


def result(case, family="4", role="client", **other):
    return {"case": case, "family": family, "role": role, "written_error": 0, "read_error": 0,
            "attributed": True, "marks": [], "verdict": "exact", "reason": None, **other}


MPTCP = {"verdict": "marked", "marks": ["mptcp"], "written_error": -70001}
FIFTH = {"verdict": "unattributed_expected", "attributed": False}
NO_TLS = {"verdict": "skipped", "reason": "no module tls", "attributed": False}
WRONG = {"verdict": "wrong", "written_error": -6054, "reason": "sent -6054"}


def good_run():
    """(head, results) of each row."""
    def cases(**tls):
        return [result("send", family) for family in ("4", "6", "mapped")] + [
            result("send", role="server"), result("mptcp", **MPTCP), result("fifth", **FIFTH),
            result("ktls", **tls), result("udp", absent=True),
        ]

    def row(kernel, release, lockdown, backend, results, expected="exact"):
        return [{"kernel": kernel, "release": release, "lockdown": lockdown, "backend": backend,
                 "expected": expected}, results]

    return [
        row("5.10", "5.10.0-46-cloud-amd64", NONE, "functions", cases(**NO_TLS)),
        row("5.10", "5.10.0-46-cloud-amd64", NONE, "tracepoints", [], "refused"),
        row("6.12", "6.12.117+deb13", NONE, "functions", cases()),
        row("6.12", "6.12.117+deb13", HIDDEN, "functions", cases()),
        row("6.12", "6.12.117+deb13", NONE, "tracepoints", cases()),
        row("native", "6.18.44-fc-v445", NONE, "tracepoints", cases()),
    ]


class Bench:
    """Runs accuracy.py on a run, with a document of its own."""

    def __init__(self, accuracy, directory):
        self.accuracy, self.directory = accuracy, directory
        self.document = os.path.join(directory, "accuracy.md")
        with open(self.document, "w", encoding="utf-8") as file:
            file.write(f"before\n{accuracy.BEGIN}\nold\n{accuracy.END}\nafter\n")

    def text(self):
        with open(self.document, encoding="utf-8") as file:
            return file.read()

    def __call__(self, mode, rows):
        """(exit status, what was said)"""
        paths = []
        for number, (head, results) in enumerate(rows):
            paths.append(os.path.join(self.directory, f"{number}.jsonl"))
            with open(paths[-1], "w", encoding="utf-8") as file:
                file.writelines(json.dumps(line) + "\n" for line in [head] + results)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            try:
                loaded = [self.accuracy.Row(path) for path in paths]
                return self.accuracy.run(mode, self.document, loaded), said.getvalue()
            except self.accuracy.AccuracyError as error:
                return 2, str(error)


def change(row, case, **other):
    def apply(rows):
        for line in rows[row][1]:
            if line["case"] == case:
                line.update(other)
    return apply


def drop(row):
    return lambda rows: rows.pop(row)


def every(*changes):
    def apply(rows):
        for one in changes:
            one(rows)
    return apply


WRITTEN = (
    "| case  | 5.10                   | 6.12                   |",
    "| send  | 0 B, right             | 0 B, right             |",
    "| mptcp | 70,001 B, marked mptcp | 70,001 B, marked mptcp |",
    "| udp   | not recorded           | not recorded           |",
    "| fifth | 0 B, unattributed      | 0 B, unattributed      |",
    "| ktls  | not tried (1)          | 0 B, right             |",
    "1. no module tls",
    "With `lockdown=confidentiality` every cell is the same on 6.12.",
    "| 5.10   | `tracepoints` | none     |",
    "6.18, native",
)
ACCEPTED = (
    ("the same run", lambda rows: None),
    ("other patch versions", lambda rows: rows[2][0].update(release="6.12.200+deb13")),
    ("other bytes of a marked cell", change(2, "mptcp", written_error=-3)),
    ("another reason not to try", change(0, "ktls", reason="no such module")),
    ("a run without this machine's kernel", drop(5)),
    ("another machine's kernel", lambda rows: rows[5][0].update(release="6.14.0-1")),
)
REFUSED = (
    ("a wrong cell", change(2, "send", **WRONG), "sent -6054"),
    ("a mark that is gone", change(2, "mptcp", marks=[], verdict="exact", written_error=0),
     "the document says"),
    ("another mark", change(4, "mptcp", marks=["sockmap"]), "marked sockmap"),
    ("a case that is not tried any more", change(4, "ktls", **NO_TLS), "this run not tried"),
    ("a case that is gone", lambda rows: rows[2][1].pop(), "udp"),
    ("a new case", lambda rows: rows[4][1].append(result("new")), "new"),
    ("one family that differs", lambda rows: rows[2][1][1].update(**FIFTH), "send, 6"),
    ("a kernel that is gone", drop(0), "5.10"),
    ("a refusal that is gone", drop(1), "refused"),
    ("a lockdown that differs", change(3, "fifth", **MPTCP), "lockdown=confidentiality"),
    ("exact, but with an error", change(2, "send", read_error=1), "exact, but"),
    ("exact, but of nobody", change(2, "send", attributed=False), "not attributed"),
    ("an unknown verdict", change(2, "send", verdict="fine"), "verdict 'fine'"),
    ("no results at all", lambda rows: [row[1].clear() for row in rows], "no row has results"),
)


def run(accuracy):
    passed = failed = 0

    def verdict(name, good, said):
        nonlocal passed, failed
        passed, failed = passed + good, failed + (not good)
        print(f"{'ok    ' if good else 'FAILED'} {name}" + ("" if good else f": {said}"))

    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(accuracy, directory)
        status, said = bench("write", good_run())
        text = bench.text()
        verdict("a good run is written", status == 0, said)
        verdict("the text around stays", text.startswith("before\n") and text.endswith("after\n"),
                text)
        for line in WRITTEN:
            verdict(f"written: {line.strip('|').strip()}", line in text, text)
        again = bench("write", good_run()) and bench.text()
        verdict("written twice is the same", again == text, again)
        for name, damage in ACCEPTED:
            rows = copy.deepcopy(good_run())
            damage(rows)
            status, said = bench("check", rows)
            verdict(f"accepted: {name}", status == 0, said)
        for name, damage, words in REFUSED:
            rows = copy.deepcopy(good_run())
            damage(rows)
            status, said = bench("check", rows)
            verdict(f"refused: {name}", status != 0 and words in said, said)
        with open(bench.document, "w", encoding="utf-8") as file:
            file.write("no markers\n")
        status, said = bench("check", good_run())
        verdict("refused: a document without markers", status == 2 and "markers" in said, said)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
