# SPDX-License-Identifier: Apache-2.0
"""Checks a recording whose reader was stopped under load.

Usage: check_loss.py REPORT TRACE COUNTERS

REPORT is loss_load.py's output, TRACE the recording as JSON Lines, COUNTERS what bpftool dumped of
the kernel side's counters after the sensor was gone. Shares no code with the sensor. Each line of
the output is one check. Exit 0: all passed; 1: some failed.
"""

import json
import sys
from collections import Counter

from accounting_lives import Lives
from accounting_rules import check_strangers, check_totals, counted, expected
from accounting_trace import TICK_NS, Trace
from loss_load import REPLY, REQUEST

# halfwire_wire.h numbers the kinds; each gives one line of the trace.
KINDS = {2: "fork", 3: "exit", 4: "connect", 5: "connected", 6: "accept", 7: "adopt", 8: "burst",
         9: "closed", 10: "final"}
# The self-test's own conversation, which no trace shows: one connection, two ends.
SELF_TEST = {"connect": 1, "connected": 1, "accept": 1, "closed": 2, "final": 2}
# The kernel stamps an operation with the time of the last timer tick: at most 10 ms before.
TICK_SLACK_NS = 10_000_000

passed = failed = 0


def verdict(name, errors):
    global passed, failed
    errors = [error for error in errors if error]
    passed, failed = passed + (not errors), failed + bool(errors)
    print(f"{'FAILED ' if errors else 'ok     '} {name}")
    for error in errors[:10]:
        print(f"        {error}")


def summed(path):
    """attempted and lost by kind, over all processors."""
    with open(path, encoding="utf-8") as file:
        dump = json.load(file)
    attempted, lost = Counter(), Counter()
    for entry in dump:
        for processor in entry["formatted"]["values"]:
            value = processor["value"]
            for kind, count in enumerate(value["attempted"]):
                attempted[kind] += count
            for kind, count in enumerate(value["lost"]):
                lost[kind] += count
    return attempted, lost


def port(endpoint):
    return int(endpoint.rpartition(":")[2])


def is_process(report, pid, start):
    return report["pid"] == pid and report["start_ticks"] == start // TICK_NS


def books(trace, attempted, lost):
    """Attempted, delivered and lost records, kind by kind."""
    verdict(f"records were lost: {sum(lost.values())} of {sum(attempted.values())} attempted",
            ["none" if sum(lost.values()) == 0 else ""])
    verdict("the trace tells as many as the kernel side counted",
            [f"trace {trace.lost}, kernel {sum(lost.values())}"
             if trace.lost != sum(lost.values()) else "",
             "no footer" if trace.footer is None else "",
             f"footer {trace.footer}" if trace.footer and trace.footer["lost"] != trace.lost
             else ""])
    errors = []
    for number, kind in KINDS.items():
        # Bursts of the self-test: two ends, each with one record or more, all delivered.
        own = attempted[number] - lost[number] - trace.kinds[kind]
        if kind == "burst":
            wrong = not 2 <= own <= 8
        else:
            wrong = own != SELF_TEST.get(kind, 0)
        if wrong:
            errors.append(f"{kind}: attempted {attempted[number]}, lost {lost[number]}, in the "
                          f"trace {trace.kinds[kind]}: {own} left for the self-test")
    verdict("attempted is delivered and lost, exactly, for every kind of record", errors)


def steady(trace, lines, client, server):
    """The connection that lived through it."""
    ends = [("client", client, lambda s: s.connect and s.connect["local"] != "" and
             port(s.connect["remote"]) == client["port"]),
            ("server", server, lambda s: s.accept and port(s.accept["local"]) == client["port"])]
    for name, own, is_end in ends:
        found = [s for s in trace.sockets.values() if is_end(s)]
        if len(found) != 1:
            verdict(f"the steady {name}'s socket", [f"{len(found)} in the trace"])
            continue
        sock = found[0]
        actors = {key: tuple(count) for key, count in sock.actors.items() if any(count)}
        errors = [f"{count} by pid {pid}" for (pid, start, _), count in actors.items()
                  if not is_process(own, pid, start)]
        total = (sum(c[0] for c in actors.values()), sum(c[1] for c in actors.values()))
        if total != (own["sent"], own["received"]):
            errors.append(f"last burst {total}, own count {own['sent']}, {own['received']}")
        final = sock.final
        if not final or (final["written"], final["read"]) != (own["sent"], own["received"]):
            errors.append(f"final {final}, own count {own['sent']}, {own['received']}")
        verdict(f"the steady {name}'s last burst and final are its own count: "
                f"{own['sent']} sent, {own['received']} received", errors)
        if name == "client":
            snapshots(lines, sock.sk, own)


def snapshots(lines, sk, own):
    """Every record that did arrive, against the client's own notes."""
    errors, exact, first_after = [], 0, None
    for line in lines:
        if line.get("e") != "burst" or line["sk"] != sk:
            continue
        # The call that the record's last operation belongs to: its send or its receive.
        call = next((c for c in own["calls"]
                     if c[0] - TICK_SLACK_NS <= line["last"] <= c[2] + TICK_SLACK_NS), None)
        if call is None:
            if line["sent"] != own["sent"]:
                errors.append(f"a record at {line['last']}, when nothing was sent")
        elif line["sent"] != call[3]:
            errors.append(f"{line['sent']} sent at {line['last']}, own count {call[3]}")
        else:
            exact += 1
            if first_after is None and line["first"] > own["continued"]:
                first_after = line["sent"]
    verdict(f"every record of it that arrived is exact ({exact} of {len(own['calls'])} calls)",
            errors)
    verdict(f"the next record after the stop is exact again: {first_after} sent",
            ["none came" if first_after is None else ""])


def flood(trace, client, server):
    """No byte of one process charged to another."""
    sums = {"client": [0, 0], "server": [0, 0]}
    errors, sockets, nameless = [], 0, 0
    own_of = {"client": client, "server": server}
    for sock in trace.sockets.values():
        pairs = sock.endpoints()
        sides = {"client" for _, remote in pairs if port(remote) == client["port"]}
        sides |= {"server" for local, _ in pairs if port(local) == client["port"]}
        if not pairs:
            # Its connect, accept and closed are all lost: known only by who acted.
            sides = {side for side, own in own_of.items()
                     for (pid, start, _) in sock.actors if is_process(own, pid, start)}
            nameless += bool(sides)
        if not sides:
            continue
        side = sides.pop()
        own, sent, received = own_of[side], 0, 0
        sockets += 1
        for (pid, start, _), count in sock.actors.items():
            if any(count) and not is_process(own, pid, start):
                errors.append(f"{sock.sk}, the {side}'s: {count} by pid {pid}")
            sent, received = sent + count[0], received + count[1]
        sums[side][0] += sent
        sums[side][1] += received
        whole = (REQUEST, REPLY) if side == "client" else (REPLY, REQUEST)
        if sent not in (0, whole[0]) or received not in (0, whole[1]):
            errors.append(f"{sock.sk}: {sent}, {received} charged of {whole}")
        final = sock.final
        # The connection that ends the flood carries nothing.
        if final and (final["written"], final["read"]) not in (whole, (0, 0)):
            errors.append(f"{sock.sk}: final {final['written']}, {final['read']}, not {whole}")
    for side, own in own_of.items():
        if sums[side][0] > own["sent"] or sums[side][1] > own["received"]:
            errors.append(f"{side}: {sums[side]} charged, {own['sent']}, {own['received']} moved")
    verdict(f"no byte of the flood is charged to another process ({sockets} of "
            f"{client['connections'] + server['connections']} sockets seen, {nameless} only by "
            "their bursts)", errors)


def busy(trace, lines):
    """The connections that two processes each wrote to while the reader stood still."""
    lives = Lives(lines, trace)
    errors = []
    for line in lines:
        socket, group = lives.socket_of(line), lives.lines_of(line)
        if socket is None or socket.final is None:
            errors.append(f"{line['role']} {line['pid']}: no such socket, or no final")
            continue
        told, wanted = counted(line, group, socket), expected(line, group)
        if told != wanted:
            errors.append(f"{line['role']} {line['pid']}: {told}, own count {wanted}")
        errors += check_strangers(group, socket) + check_totals(group[0], socket)
    moved = sum(line["sends"] + line["receives"] for line in lines)
    verdict(f"{moved} operations of {len(lines)} processes are exact, each process its own", errors)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        report = [json.loads(line) for line in file]
    reports = {line["role"]: line for line in report if "case" not in line}
    many = [line for line in report if "case" in line]
    with open(sys.argv[2], encoding="utf-8") as file:
        texts = [line for line in file if line.strip()]
    trace = Trace(texts)
    books(trace, *summed(sys.argv[3]))
    steady(trace, map(json.loads, texts), reports["steady-client"], reports["steady-server"])
    flood(trace, reports["flood-client"], reports["flood-server"])
    if many:
        busy(trace, many)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
