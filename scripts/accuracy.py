#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the tables of docs/accuracy.md from what the kernel matrix gave, or compares them.

Usage: accuracy.py --write DOCUMENT RESULTS...
       accuracy.py --check DOCUMENT RESULTS...
       accuracy.py --self-test

RESULTS are files of JSON Lines, one per kernel, lockdown and backend (vm-test.sh --results). The
first line says which: {"kernel", "release", "lockdown", "backend", "expected"}. The others are the
results of check_accounting.py --results: {"case", "family", "role", "written_error", "read_error",
"attributed", "absent", "marks", "verdict", "reason"}.

--check fails when a cell is wrong, and when a verdict or a mark differs from the document's; the
byte counts of marked cells and the patch versions of kernels may differ. What the document has and
this run does not (another machine's own kernel) is named and not compared.
Exit: 0 well; 1 not; 2 a file cannot be read.
"""

import argparse
import json
import re
import sys

BEGIN = "<!-- accuracy:begin; written by scripts/vm-test.sh --all --accuracy -->"
END = "<!-- accuracy:end -->"

# How grave a verdict is; a cell shows the gravest of its families and roles.
VERDICTS = ("skipped", "exact", "unattributed_expected", "marked", "wrong")


class AccuracyError(Exception):
    """A results file or document that does not have the form above."""


class Row:
    """One kernel, lockdown and backend, with its results by case."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            try:
                lines = [json.loads(line) for line in file if line.strip()]
            except ValueError as error:
                raise AccuracyError(f"{path}: {error}") from None
        if not lines or not {"kernel", "release", "lockdown", "backend"} <= lines[0].keys():
            raise AccuracyError(f"{path}: no line about the row")
        head = lines[0]
        self.release, self.lockdown = head["release"], head["lockdown"]
        self.backend, self.expected = head["backend"], head.get("expected", "exact")
        self.native = head["kernel"] == "native"
        # 6.18.44-fc-v445: the first two numbers
        self.kernel = re.match(r"\d+\.\d+|.*", self.release).group()
        self.cases = {}  # (case, family): [result]
        for line in lines[1:]:
            if line.get("verdict") not in VERDICTS:
                raise AccuracyError(f"{path}: verdict {line.get('verdict')!r}")
            if line["case"] == "trace" and line["verdict"] != "wrong":
                continue  # the recording as a whole is no case of traffic
            case = (line["case"], str(line.get("family") or "all"))
            self.cases.setdefault(case, []).append(line)

    def column(self):
        return self.kernel + (", native" if self.native else "")

    def order(self):
        return ([int(part) for part in re.findall(r"\d+", self.kernel)], self.lockdown != "none")


def cell(results, notes):
    """The text of a table's cell, and what is compared of it."""
    verdict = max((result["verdict"] for result in results), key=VERDICTS.index)
    if verdict == "skipped":
        reason = next((r["reason"] for r in results if r.get("reason")), "no reason given")
        if reason not in notes:
            notes.append(reason)
        return f"not tried ({notes.index(reason) + 1})"
    errors = [r.get(key) or 0 for r in results for key in ("written_error", "read_error")]
    worst = max(map(abs, errors), default=0)
    size = f"{worst:,d} B"
    if verdict == "wrong":
        return f"WRONG: {size}"
    if verdict == "marked":
        marks = sorted({mark for result in results for mark in result.get("marks") or []})
        return f"{size}, marked {' '.join(marks) or 'unnamed'}"
    if verdict == "unattributed_expected":
        return f"{size}, unattributed"
    if worst or not all(r.get("attributed") for r in results if r["verdict"] == "exact"):
        raise AccuracyError(f"{results[0]['case']}: exact, but {size} or not attributed")
    if any(result.get("absent") for result in results):
        return "not recorded"
    return "0 B, right"


def compared(text):
    """A cell without what may differ from run to run: bytes of a marked socket, a note's number."""
    if "marked" in text or "unattributed" in text:
        text = re.sub(r"^[\d,]+ B, ", "", text)
    return re.sub(r" \(\d+\)$", "", text)


def table(head, rows):
    widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]
    lines = [head, ["-" * width for width in widths]] + rows
    return ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths)) + " |" for line in lines]


def cells_of(rows, notes):
    """case -> cells, families apart only where they differ."""
    names, found = [], {}
    for row in rows:
        for case, _ in row.cases:
            if case not in names:
                names.append(case)
    for name in names:
        families = []
        for row in rows:
            families += [f for case, f in row.cases if case == name and f not in families]
        by_family = {
            family: [
                cell(row.cases[(name, family)], notes) if (name, family) in row.cases else "-"
                for row in rows
            ]
            for family in families
        }
        if len(set(map(tuple, by_family.values()))) == 1:
            found[name] = by_family[families[0]]
        else:
            for family, cells in by_family.items():
                found[f"{name}, {family}"] = cells
    return found


def same_cells(one, other):
    notes = []
    both = cells_of([one, other], notes)
    return all(compared(a) == compared(b) for a, b in both.values())


def generate(rows):
    """The text between the markers."""
    rows = sorted(rows, key=Row.order)
    lines, notes = [], []
    lines.append("Kernels of this run: " + ", ".join(
        f"`{release}`" for release in dict.fromkeys(row.release for row in rows)) + ".")
    for backend in dict.fromkeys(sorted(row.backend for row in rows if row.expected == "exact")):
        plain, hidden, differing = [], [], []
        for row in (r for r in rows if r.backend == backend and r.expected == "exact"):
            twin = next((r for r in plain if r.kernel == row.kernel and not r.native), None)
            if row.lockdown == "none" or twin is None:
                plain.append(row)
            elif same_cells(row, twin):
                hidden.append(row.kernel)
            else:
                differing.append(row)
        shown = sorted(plain + differing, key=Row.order)
        # The verdict's own kernel: its lockdown is what it is.
        head = ["case"] + [
            row.column() + ("" if row.lockdown == "none" else ", confidentiality") for row in shown
        ]
        body = [[name] + cells for name, cells in cells_of(shown, notes).items()]
        lines += ["", f"### Backend `{backend}`", ""] + table(head, body)
        if hidden:
            lines += ["", "With `lockdown=confidentiality` every cell is the same on "
                      + ", ".join(hidden) + "."]
    refused = [row for row in rows if row.expected != "exact"]
    if refused:
        lines += ["", "### Refused", "",
                  "The sensor itself says why in one line and ends with code 69; `doctor` shows it.",
                  ""]
        said = {}
        for row in refused:
            what = "any, without BTF" if row.expected == "no-btf" else f"`{row.backend}`"
            said.setdefault((row.kernel, what), []).append(row.lockdown)
        lines += table(["kernel", "backend", "lockdown"],
                       [[kernel, what, ", ".join(locks)] for (kernel, what), locks in said.items()])
    if notes:
        lines += ["", "### Not tried", ""]
        lines += [f"{number}. {reason}" for number, reason in enumerate(notes, 1)]
    return "\n".join(lines) + "\n"


def parsed(text):
    """(backend, case, column) -> what is compared."""
    found, backend, head = {}, "", None
    for line in text.splitlines():
        if line.startswith("### "):
            backend, head = line[4:], None
        elif line.startswith("|"):
            parts = [part.strip() for part in line.strip("|").split("|")]
            if head is None:
                head = parts
            elif not set(line) <= set("|- "):
                # A refusal is one entry; of the other tables every cell is one.
                if head[0] != "case":
                    found[(backend, " ".join(parts), "")] = "refused"
                    continue
                for column, value in zip(head[1:], parts[1:]):
                    found[(backend, parts[0], column)] = compared(value)
        elif line.startswith("With `lockdown"):
            for kernel in re.findall(r"\d+\.\d+", line):
                found[(backend, "lockdown=confidentiality", kernel)] = "the same"
    return found


def split_document(text):
    try:
        before, rest = text.split(BEGIN + "\n")
        inside, after = rest.split(END)
    except ValueError:
        raise AccuracyError("the document lacks the two accuracy markers") from None
    return before, inside, after


def wrong_cells(rows):
    return [
        f"{row.column()}, {row.lockdown}, {row.backend}: {result['case']} {result.get('family')} "
        f"{result.get('role') or ''}: {result.get('reason') or 'wrong'}"
        for row in rows
        for results in row.cases.values()
        for result in results
        if result["verdict"] == "wrong"
    ]


def differences(committed, run):
    """(what differs, what this run does not have)."""
    wrong, absent = [], set()
    old, new = parsed(committed), parsed(run)
    columns = {(backend, column) for backend, _, column in new}
    for key in list(old) + [key for key in new if key not in old]:
        backend, case, column = key
        if old.get(key) == new.get(key):
            continue
        # The running kernel differs from machine to machine.
        if "native" in column and ((backend, column) not in columns or key not in old and not any(
                o[0] == backend and o[2] == column for o in old)):
            absent.add(f"{backend}, {column}")
            continue
        where = ", ".join(part for part in key if part)
        wrong.append(f"{where}: the document says {old.get(key, 'nothing')}, "
                     f"this run {new.get(key, 'nothing')}")
    return wrong, sorted(absent)


def run(mode, document, rows):
    """The exit status; says what is wrong."""
    with open(document, encoding="utf-8") as file:
        before, inside, after = split_document(file.read())
    text = generate(rows)
    wrong = wrong_cells(rows)
    for line in wrong:
        print(f"accuracy: wrong: {line}")
    if not any(row.cases for row in rows):
        wrong.append("no results")
        print("accuracy: no row has results")
    if mode == "write":
        with open(document, "w", encoding="utf-8") as file:
            file.write(before + BEGIN + "\n\n" + text + "\n" + END + after)
        print(f"accuracy: wrote {document}")
        return 1 if wrong else 0
    other, absent = differences(inside, text)
    for line in other:
        print(f"accuracy: differs: {line}")
    for column in absent:
        print(f"accuracy: not compared: {column}")
    cells = len(parsed(text))
    print(f"accuracy: {cells} cells, {len(wrong)} wrong, {len(other)} differ")
    return 1 if wrong or other else 0


def main():
    parser = argparse.ArgumentParser(description="Write or compare the tables of accuracy.md.")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", metavar="DOCUMENT")
    mode.add_argument("--check", metavar="DOCUMENT")
    mode.add_argument("--self-test", action="store_true")
    parser.add_argument("results", nargs="*")
    options = parser.parse_args()
    if options.self_test:
        import accuracy_self_test  # pylint: disable=import-outside-toplevel
        return accuracy_self_test.run(sys.modules[__name__])
    try:
        rows = [Row(path) for path in options.results]
        if not rows:
            raise AccuracyError("no results were given")
        return run("write" if options.write else "check", options.write or options.check, rows)
    except (OSError, AccuracyError) as error:
        print(f"accuracy: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
