# SPDX-License-Identifier: Apache-2.0
"""Types into an interactive ssh session as a person would: typist.py SCRIPT SSH-ARGUMENT...

Each line of SCRIPT is typed key by key, with log-normal pauses between keys and exponential ones
between lines. The session ends after the last line.
"""
import json
import os
import pty
import random
import select
import sys
import time


def drain(terminal, seconds):
    """Reads what comes back for so long; False at the end of the session."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if not select.select([terminal], [], [], left)[0]:
            continue
        try:
            if not os.read(terminal, 65536):
                return False
        except OSError:
            return False
    return True


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        lines = [line.rstrip("\n") for line in file if not line.startswith("#")]
    child, terminal = pty.fork()
    if child == 0:
        os.execvp("ssh", ["ssh", "-tt", *sys.argv[2:]])
    began = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    keys = 0
    alive = drain(terminal, 8)
    for line in [*lines, "exit"]:
        alive = alive and drain(terminal, 4 + random.expovariate(1 / 32))
        for key in line + "\r":
            if not alive:
                break
            os.write(terminal, key.encode())
            keys += 1
            alive = drain(terminal, min(random.lognormvariate(-1.6, 0.6), 3))
    drain(terminal, 10)
    _, status = os.waitpid(child, 0)
    ended = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    record = {"pid": child, "t": began, "ended": ended, "keys": keys, "status": status}
    print(json.dumps(record), flush=True)


main()
