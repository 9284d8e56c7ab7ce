#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the Swift versions of the peers' rules with Python references on random inputs.

Usage: check_peers.py PEER_SCORES REFERENCE_DIRECTORY [ROWS]

The directory holds peers_ref.py and rita_ref.py; where it does not, the check is skipped by name.
Exit: 0 all agree or skipped, 1 some differ.
"""

import math
import os
import random
import subprocess
import sys


def row(g):
    """Times, sizes out and in of one made-up pair, of a kind drawn at random."""
    kind, period = g.randrange(6), g.choice([5, 20, 60, 61.7, 300, 600])
    count = g.randrange(2, 400)
    t, out = g.uniform(0, 5000), []
    for _ in range(count):
        pause = {0: period, 1: period * g.uniform(0.8, 1.2), 2: g.expovariate(1 / period),
                 3: period * g.uniform(0.4, 1), 4: g.choice([1, 2, period]),
                 5: g.lognormvariate(math.log(period), 1)}[kind]
        t += pause
        sent = g.choice([500, 500, 501, 700]) if kind % 2 else g.randrange(100, 2000)
        out.append((t, sent, g.randrange(0, 3) * 400))
    return out


def main():
    binary, directory = sys.argv[1], sys.argv[2]
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
    if not os.path.exists(os.path.join(directory, "peers_ref.py")):
        print("skipped: agreement with the peers' references (no peers_ref.py)")
        return 0
    sys.path.insert(0, directory)
    import peers_ref as P
    import rita_ref as R
    g = random.Random(20260101)
    data, lines = [], []
    for _ in range(rows):
        r = row(g)
        end = r[-1][0] + g.uniform(0, 900)
        low, high = 0.0, max(86400.0, end)
        low = max(low, high - 86400)
        r = [x for x in r if x[0] >= low] or r
        data.append((r, end, low, high))
        lines.append(" ".join([repr(end), repr(low), repr(high)] + [f"{t!r}:{s}:{b}" for t, s, b in r]))
    answer = subprocess.run([binary], input="\n".join(lines) + "\n", text=True,
                            capture_output=True, check=True).stdout.splitlines()
    names = ["RITA", "Elastic", "flare", "Sentinel", "variation"]
    agree, worst = dict.fromkeys(names, 0), 0.0
    for (r, end, low, high), line in zip(data, answer, strict=True):
        t, s, b = [list(x) for x in zip(*r)]
        rita, elastic, flare, sentinel, steady = line.split()
        reference = R.score(t, s, low, high)["score"]
        worst = max(worst, abs(float(rita) - reference))
        agree["RITA"] += abs(float(rita) - reference) < 1e-9
        agree["Elastic"] += int(elastic) == P.elastic(t, s, b, end=end)["score"]
        agree["flare"] += (flare == "true") == P.flare(t)[0]
        agree["Sentinel"] += (sentinel == "true") == P.sentinel(t)
        agree["variation"] += (steady == "true") == P.cv(t)[0]
    for name in names:
        print(f"{name}: {agree[name]} of {rows} rows agree")
    print(f"RITA: largest difference {worst:.3g}")
    # A score that lies on half a thousandth may round either way.
    return 0 if all(agree[n] >= rows * 0.999 for n in names) else 1


sys.exit(main())
