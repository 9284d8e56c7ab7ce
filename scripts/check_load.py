# SPDX-License-Identifier: Apache-2.0
"""Checks what the sensor recorded of thousands of connections that were older than itself.

Usage: check_load.py REPORT TRACE

REPORT is the output of "workload load pairs", TRACE the recording as JSON Lines. Shares no code
with the sensor. Each line of the output is one check. Exit 0: all passed; 1: some failed.
"""

import json
import sys

from accounting_lives import same_process, split
from accounting_trace import Trace

passed = failed = 0


def verdict(name, errors):
    global passed, failed
    passed, failed = passed + (not errors), failed + bool(errors)
    print(f"{'FAILED ' if errors else 'ok     '} {name}")
    for error in errors[:5]:
        print(f"        {error}")
    if len(errors) > 5:
        print(f"        and {len(errors) - 5} more")


def end_of(socket, port):
    """Which end of a pair this socket is, by the server's port."""
    for local, remote in socket.endpoints():
        if split(local)[1] == port:
            return "pairs-server"
        if split(remote)[1] == port:
            return "pairs-client"
    return None


def check_end(own, sockets):
    name = f"{own['sockets']} sockets of the {own['role'].split('-')[1]}"
    unowned = [f"{s.sk}: {s.adopt}" for s in sockets
               if not s.adopt or not s.adopt.get("pid")
               or not same_process(own, s.adopt["pid"], s.adopt["start"])]
    verdict(f"{name} are adopted, each once, from their owner", unowned + (
        [f"{len(sockets)} sockets"] if len(sockets) != own["sockets"] else []) + [
        f"{s.sk}: {s.doubled}" for s in sockets if s.doubled])
    # Every pair moved the same: what it moved before the sensor began must not be in it.
    each = own["sent"] // own["sockets"], own["received"] // own["sockets"]
    errors = []
    for socket in sockets:
        told = {key: tuple(count) for key, count in socket.actors.items() if any(count)}
        strangers = [key for key in told if not same_process(own, *key[:2])]
        final = socket.final and (socket.final["written"], socket.final["read"])
        if strangers or list(told.values()) != [each] or final != each:
            errors.append(f"{socket.sk}: actors {told}, final {final}, own count {each}")
    verdict(f"{name} have their own {own['sent']}/{own['received']} bytes, and no other", errors)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        report = [json.loads(line) for line in file]
    with open(sys.argv[2], encoding="utf-8") as file:
        trace = Trace(line for line in file if line.strip())
    for own in report:
        check_end(own, [socket for socket in trace.sockets.values()
                        if end_of(socket, own["port"]) == own["role"]])
    verdict("no record was lost", [f"{trace.lost} were"] if trace.lost else [])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not report else 0


if __name__ == "__main__":
    sys.exit(main())
