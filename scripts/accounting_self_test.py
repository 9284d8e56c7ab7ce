# SPDX-License-Identifier: Apache-2.0
"""Handmade traces that the accounting check must accept, and damaged ones that it must refuse.

Each damage names the words that the check has to say, so that a refusal for another reason does
not count.
"""

import copy
import json
from collections import Counter

EXE = "/opt/test/workload"
SECOND = 1_000_000_000
SERVER, CLIENT, CHILD, SHORT = 200, 201, 202, 203


def start_of(pid):
    """Start times that are no multiple of a tick."""
    return pid * SECOND + 3_141_592


def actor(pid):
    return {"pid": pid, "start": start_of(pid), "exec_id": 1}


class Story:
    """Builds a report and the trace of the same events side by side."""

    def __init__(self):
        self.report = []
        self.trace = [{
            "halfwire_trace": 1, "host": "test", "boot_id": "b", "kernel": "6.12.0",
            "backend": "functions", "wall_epoch_ns": 1, "sensor": "test", "config_hash": "",
        }]
        self.now = 1000 * SECOND
        self.life = 0
        self.event("process", **actor(100), ppid=1, pstart=5, uid=0, comm="workload", exe=EXE,
                   argv=["workload"])
        for pid in (SERVER, CLIENT, CHILD, SHORT):
            parent = CLIENT if pid == CHILD else 100
            self.event("fork", pid=pid, start=start_of(pid), ppid=parent, pstart=start_of(parent))

    def event(self, kind, **fields):
        self.now += 1_000_000
        line = {"t": self.now, "e": kind, **fields}
        if kind == "burst":
            del line["t"]
        self.trace.append(line)

    def burst(self, sk, pid, sent, received):
        self.event("burst", sk=sk, **actor(pid), first=self.now, last=self.now + 1000, sent=sent,
                   received=received, sends=1 if sent else 0, receives=1 if received else 0)

    def socket(self, case, role, sk, local, remote, counts, reason="fin", established=True,
               unread=0, reported_local=None, argv=None):
        """One socket life; `counts` is [(pid, sent, received)], the opener first."""
        self.life += 1
        opener, began = counts[0][0], self.now
        ends = {"local": local, "remote": remote}
        if role == "client":
            unknown = {"local": local.rpartition(":")[0] + ":0", "remote": remote}
            self.event("connect", sk=sk, **actor(opener), netns=1, **unknown)
            if established:
                self.event("connected", sk=sk, local=local)
        else:
            self.event("accept", sk=sk, netns=1, **ends)
        self.now += 1_000_000
        opened = self.now
        for pid, sent, received in counts:
            if sent or received:
                self.burst(sk, pid, sent // 2, received // 3)
                self.burst(sk, pid, sent, received)
        self.event("closed", sk=sk, **ends, established=established, reason=reason)
        self.event("final", sk=sk, written=sum(c[1] for c in counts),
                   read=sum(c[2] for c in counts), unsent=0, unread=unread, marks=[])
        for pid, sent, received in counts:
            line = {
                "case": case, "role": role, "family": "4", "life": self.life, "pid": pid,
                "opener": opener, "start_ticks": start_of(pid) // 10_000_000,
                "local": reported_local or local, "remote": remote, "sent": sent,
                "received": received, "began": began, "opened": opened, "ended": self.now,
                "established": established, "exe": EXE, "netns": 1, "place": "loopback",
            }
            if unread:
                line["unread"] = unread
            if argv:
                line["argv"] = argv
            self.report.append(line)

    def finish(self):
        self.trace.append({"e": "end", "events": len(self.trace) - 1, "lost": 0})
        return self


def good_story():
    story = Story()
    a, b, closed = "127.0.0.1:40001", "127.0.0.1:5001", "127.0.0.1:9"
    story.socket("send", "client", "1.0", a, b, [(CLIENT, 1300021, 10007)])
    story.socket("send", "server", "2.0", b, a, [(SERVER, 10007, 1300021)])
    # The same ports again: only time tells these from the two above.
    story.socket("fork", "client", "3.0", a, b, [(CLIENT, 65537, 5003), (CHILD, 49157, 0)])
    story.socket("idle", "server", "4.0", b, a, [(SERVER, 0, 0)])
    story.socket("refused", "client", "5.0", "127.0.0.1:40003", closed, [(CLIENT, 0, 0)],
                 reason="refused", established=False)
    story.socket("reconnect", "client", "6.0", "127.0.0.1:40004", closed, [(CLIENT, 0, 0)],
                 reason="refused", established=False, reported_local="0.0.0.0:0")
    story.socket("reconnect", "client", "6.1", "127.0.0.1:40005", b, [(CLIENT, 40009, 2003)],
                 reason="abort")
    story.socket("reconnect", "client", "6.2", "127.0.0.1:40005", b, [(CLIENT, 7001, 3001)])
    story.socket("unread", "server", "7.0", b, "127.0.0.1:40006", [(SERVER, 0, 1009)],
                 reason="abort", unread=29002)
    argv = ["workload", "short-child", "--note", "two words"]
    story.event("process", **{**actor(SHORT), "exec_id": 2}, ppid=100, pstart=start_of(100), uid=0,
                comm="workload", exe=EXE, argv=argv)
    story.socket("short", "client", "8.0", "[::1]:40007", "[::1]:5002", [(SHORT, 2011, 0)],
                 argv=argv)
    return story.finish()


def pick(story, kind, **which):
    """The last matching trace line."""
    return [
        line for line in story.trace
        if line.get("e") == kind and all(line.get(key) == which[key] for key in which)
    ][-1]


def drop(story, kind, **which):
    story.trace.remove(pick(story, kind, **which))
    story.trace[-1]["events"] -= 1


def edit(kind, changes, **which):
    return lambda story: pick(story, kind, **which).update(changes)


def dropped(kind, **which):
    return lambda story: drop(story, kind, **which)


def extra_burst(sk, **fields):
    def damage(story):
        line = {"e": "burst", "sk": sk, "first": 1, "last": 2, "sends": 1, "receives": 0,
                "received": 0, "exec_id": 0, **fields}
        story.trace.insert(story.trace.index(pick(story, "final", sk=sk)), line)
        story.trace[-1]["events"] += 1
    return damage


def merged_lives(story):
    """All lives of one socket under one name, as a sensor that knows only the cookie would."""
    for line in story.trace:
        if line.get("sk") in ("6.1", "6.2"):
            line["sk"] = "6.0"


def shifted_bytes(story):
    """The child's bytes charged to its parent: the sums still hold."""
    child, parent = (pick(story, "burst", sk="3.0", pid=pid) for pid in (CHILD, CLIENT))
    parent["sent"] += child["sent"]
    for line in story.trace:
        if line.get("e") == "burst" and line["pid"] == CHILD:
            line["sent"] = 0


def clock_off(story):
    for line in story.trace:
        if line.get("sk") == "1.0" and line["e"] == "connect":
            line["t"] += 10 * SECOND


def deltas(story):
    """Increments where cumulative snapshots belong."""
    lines = [line for line in story.trace if line.get("e") == "burst" and line["sk"] == "1.0"]
    lines[1]["sent"] -= lines[0]["sent"]


DAMAGES = [
    ("one byte less sent", edit("burst", {"sent": 1300020}, sk="1.0"), "sent -1"),
    ("one byte more received", edit("burst", {"received": 1300022}, sk="2.0"), "received +1"),
    ("bytes of a child charged to its parent", shifted_bytes, "sent -49157"),
    ("deltas instead of snapshots", deltas, "sent -650010"),
    ("the kernel's total differs", edit("final", {"written": 1300020}, sk="1.0"), "final 1300020"),
    ("no final", dropped("final", sk="2.0"), "no final"),
    ("no closed", dropped("closed", sk="2.0"), "no closed"),
    ("no connect", dropped("connect", sk="1.0"), "socket not in the trace"),
    ("no accept", dropped("accept", sk="4.0"), "no accept"),
    ("unattributed bytes", extra_burst("1.0", pid=0, start=0, sent=5), "unattributed 5/0"),
    ("a stranger's bytes", extra_burst("1.0", pid=9, start=9, sent=5), "5/0 by pid 9"),
    ("another start time", edit("burst", {"start": start_of(CLIENT) + 10_000_000}, sk="6.1"),
     "40009/2003 by pid 201"),
    ("connected by another", edit("connect", {"pid": SERVER}, sk="1.0"), "socket not in"),
    ("accepted by another", edit("accept", {"pid": 9, "start": 9, "exec_id": 0}, sk="4.0"),
     "accepted by pid 9"),
    ("refused told as fin", edit("closed", {"reason": "fin"}, sk="5.0"), "closed by fin"),
    ("refused told as established", edit("closed", {"established": True}, sk="5.0"),
     "established is True"),
    ("established told as not", edit("closed", {"established": False}, sk="1.0"),
     "established is False"),
    ("lives merged", merged_lives, "second connect"),
    ("no life of the dissolved connection", dropped("connect", sk="6.1"), "socket not in"),
    ("unread not told", edit("final", {"unread": 0}, sk="7.0"), "unread 0, not 29002"),
    ("unsent invented", edit("final", {"unsent": 1}, sk="1.0"), "unsent 1, not 0"),
    ("no process line of the short one", dropped("process", pid=SHORT), "no process line"),
    ("arguments cut", edit("process", {"argv": ["workload"]}, pid=SHORT), "argv"),
    ("arguments missing", edit("process", {"argv": None}, pid=SHORT), "argv"),
    ("another executable", edit("process", {"exe": "/bin/sh"}, pid=100), "exe"),
    ("process unknown", dropped("fork", pid=SERVER), "process unknown"),
    ("mapped address not told as IPv4",
     edit("accept", {"local": "[::ffff:127.0.0.1]:5001"}, sk="4.0"),
     "opened as"),
    ("wrong local port", edit("closed", {"local": "127.0.0.1:1"}, sk="1.0"), "closed as"),
    ("outside its time", clock_off, "socket not in the trace"),
    ("marked", edit("final", {"marks": ["repair"]}, sk="1.0"), "marked repair"),
    ("a count that is a float", edit("burst", {"sent": 1300021.0}, sk="1.0"), "not a count"),
    ("a key missing", lambda story: pick(story, "closed", sk="1.0").pop("reason"),
     "closed without reason"),
    ("no footer", lambda story: story.trace.pop(), "no footer"),
    ("footer miscounts", edit("end", {"events": 3}), "footer says 3 lines"),
    ("another backend", lambda story: story.trace[0].update(backend="tracepoints"), "backend"),
    ("empty trace", lambda story: story.trace.clear(), "the trace is empty"),
]


def errors(check, story, **options):
    lines = [json.dumps(line) for line in story.trace]
    rows = check(story.report, lines, backend="functions", **options)
    return [error for row in rows for error in row.errors()]


def run(check):
    passed = failed = 0

    def verdict(name, good, said):
        nonlocal passed, failed
        passed, failed = passed + good, failed + (not good)
        print(f"{'ok    ' if good else 'FAILED'} {name}" + ("" if good else f": said {said}"))

    story = good_story()
    said = errors(check, story)
    verdict("a good trace passes", not said, said)

    # Snapshots out of order are harmless: the largest holds.
    reordered = copy.deepcopy(story)
    bursts = [i for i, line in enumerate(reordered.trace) if line.get("sk") == "2.0"
              and line["e"] == "burst"]
    first, second = bursts
    reordered.trace[first], reordered.trace[second] = (
        reordered.trace[second], reordered.trace[first])
    said = errors(check, reordered)
    verdict("snapshots out of order pass", not said, said)

    locked = copy.deepcopy(story)
    pick(locked, "process", pid=SHORT)["argv"] = None
    said = errors(check, locked, no_argv=True)
    verdict("null arguments pass under lockdown", not said, said)

    import accounting_self_test_rules as rules  # which builds on this module

    second = rules.rules_story()
    rows = check(second.report, [json.dumps(line) for line in second.trace])
    said = [(row.verdict, row.reasons) for row in rows]
    verdict("a good trace of all rules passes, each row with its verdict",
            Counter(row.verdict for row in rows) == rules.VERDICTS, said)

    for damages, undamaged in ((DAMAGES, story), (rules.DAMAGES, second)):
        for name, damage, words in damages:
            damaged = copy.deepcopy(undamaged)
            damage(damaged)
            said = errors(check, damaged)
            good = any(words in error for error in said)
            verdict(f"refused: {name}", good, said)

    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
