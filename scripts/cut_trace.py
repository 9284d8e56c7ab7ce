# SPDX-License-Identifier: Apache-2.0
"""Cuts a recording of a whole host to the processes and sockets of one story.

Usage: cut_trace.py RECORDING.jsonl STORY.jsonl PID|resets:NETNS:ADDRESS...

The sensor sees the whole machine. Kept are:
  - fork, exit, process and context of the processes PID and of all that descend from them
  - every line of a socket that one of them opened or used, whoever else used it
  - reset lines of the network namespace NETNS about the remote ADDRESS
  - name lines that give a kept socket's remote address its name
  - lost, gap, clock and tick, from the first kept line to 5 s after the last
Lines are kept as they stand, in their order; only the footer is counted anew. The header stays.
A PID must stand for one process only.
"""
import json
import sys

LINEAGE = {"fork", "exit", "process", "context"}
STREAM = {"lost", "gap", "clock", "tick"}
TAIL_NS = 5_000_000_000


def address_of(endpoint):
    return endpoint.rpartition(":")[0].strip("[]")


def time_of(event):
    return event["last"] if event["e"] == "burst" else event["t"]


def members(events, roots):
    """The processes (pid, start) of the story."""
    starts, kept = {}, set()
    for event in events:
        if event["e"] in ("fork", "process") and event["pid"] in roots:
            starts.setdefault(event["pid"], set()).add(event["start"])
    for pid in roots:
        if len(starts.get(pid, ())) != 1:
            sys.exit(f"cut_trace: pid {pid} stands for {len(starts.get(pid, ()))} processes")
        kept.add((pid, *starts[pid]))
    for event in events:
        if event["e"] in ("fork", "process") and (event["ppid"], event["pstart"]) in kept:
            kept.add((event["pid"], event["start"]))
    return kept


def main():
    source, target = sys.argv[1:3]
    roots = {int(word) for word in sys.argv[3:] if word.isdigit()}
    resets = {tuple(word.split(":")[1:]) for word in sys.argv[3:] if not word.isdigit()}
    with open(source, encoding="utf-8") as file:
        header, *lines = file.read().splitlines()
    pairs = [(json.loads(line), line) for line in lines]
    pairs = [(event, line) for event, line in pairs if event["e"] != "end"]
    kept = members([event for event, _ in pairs], roots)
    sockets, addresses, spaces = set(), set(), set()
    for event, _ in pairs:
        if "sk" in event and (event.get("pid"), event.get("start")) in kept:
            sockets.add(event["sk"])
    for event, _ in pairs:
        if event.get("sk") in sockets and "remote" in event:
            addresses.add(address_of(event["remote"]))
            spaces.add(event.get("netns"))

    def belongs(event):
        if event["e"] in LINEAGE:
            return (event["pid"], event["start"]) in kept
        if event["e"] == "reset":
            return (str(event["netns"]), address_of(event["remote"])) in resets
        if event["e"] == "name":
            return event["address"] in addresses and event["netns"] in spaces
        return event.get("sk") in sockets

    times = [time_of(event) for event, _ in pairs if belongs(event)]
    if not times:
        sys.exit("cut_trace: nothing is left")
    first, last = min(times), max(times) + TAIL_NS
    lost, count = 0, 0
    with open(target, "w", encoding="utf-8") as file:
        file.write(header + "\n")
        for event, line in pairs:
            inside = event["e"] in STREAM and first <= time_of(event) <= last
            if not inside and not belongs(event):
                continue
            file.write(line + "\n")
            count += 1
            if event["e"] == "lost":
                lost += event["records"]
        file.write(json.dumps({"e": "end", "events": count, "lost": lost},
                              separators=(",", ":")) + "\n")


main()
