# SPDX-License-Identifier: Apache-2.0
"""A second handmade story for the accounting check: marks, images, adoption, actors without a name.

Its damages are of the same form as those of the first story.
"""

from collections import Counter

from accounting_self_test import (
    CLIENT, SERVER, Story, actor, dropped, edit, extra_burst, pick, start_of)

CHILDREN = range(301, 307)
FOREIGN, POLLER = 310, 77
A, B = "127.0.0.1:41001", "127.0.0.1:5101"


def client(story, case, sk, port, counts, **more):
    """A client's socket; its report lines get `more`."""
    story.socket(case, "client", sk, f"127.0.0.1:{port}", B, counts)
    for line in story.report[-len(counts):]:
        line.update(more)
    return story.report[-len(counts):]


def rewrite_bursts(story, sk, changes_of):
    for line in story.trace:
        if line.get("sk") == sk and line["e"] == "burst":
            line.update(changes_of(line))


def adopted(story, case, sk, port, holders, **owner):
    lines = client(story, case, sk, port, [(CLIENT, 5003, 701)], adopted=holders)
    drop_connected(story, sk)
    opening = pick(story, "connect", sk=sk)
    for key in ("pid", "start", "exec_id"):
        opening.pop(key)
    opening.update(e="adopt", local=lines[0]["local"], outbound=None, **owner)


def drop_connected(story, sk):
    story.trace.remove(pick(story, "connected", sk=sk))


def nameless_actors(story):
    """Six children send on one socket; the fifth and the sixth have no slot."""
    lines = client(story, "six", "11.0", 41002, [(CLIENT, 0, 0)] +
                   [(pid, 1000 + pid, 0) for pid in CHILDREN])
    beyond = lines[5:]
    for line in beyond:
        line["unattributed"] = True
    pids = {line["pid"] for line in beyond}
    total = sum(line["sent"] for line in beyond)
    nobody = {"pid": 0, "start": 0, "exec_id": 0}
    rewrite_bursts(story, "11.0", lambda line: {**nobody, "sent": total}
                   if line["pid"] in pids else {})


def images(story):
    """One process, an exec in the middle."""
    lines = client(story, "execopen", "12.0", 41003, [(CLIENT, 15013, 0), (CLIENT, 25013, 5003)])
    lines[0]["image"], lines[1]["image"] = 1, 2
    rewrite_bursts(story, "12.0", lambda line: {"exec_id": 2} if line["sent"] in (25013, 12506)
                   else {})


def foreign(story):
    """A UDP socket: what it counted may not be in the trace."""
    story.event("fork", pid=FOREIGN, start=start_of(FOREIGN), ppid=100, pstart=start_of(100))
    began = story.now
    story.now += 1_000_000
    story.report.append({
        "case": "udp", "role": "client", "family": "4", "place": "loopback", "life": 99,
        "netns": 1, "pid": FOREIGN, "opener": FOREIGN, "absent": True,
        "start_ticks": start_of(FOREIGN) // 10_000_000, "local": "127.0.0.1:0",
        "remote": "127.0.0.1:7777", "sent": 9, "received": 9, "began": began, "opened": began,
        "ended": story.now + 1_000_000_000, "established": False, "exe": "/opt/test/workload",
    })


def heads(story):
    """Three bytes said, 67 98 129, and two heard, 83 114: the patterns' first ones."""
    client(story, "heads", "20.0", 41009, [(CLIENT, 3, 2)], speaks=67, hears=83)
    time = pick(story, "final", sk="20.0")["t"]
    for direction, data in (("sent", "Q2KB"), ("received", "U3I=")):
        line = {"t": time, "e": "head", "sk": "20.0", "direction": direction, "offset": 0,
                "data": data}
        story.trace.insert(story.trace.index(pick(story, "final", sk="20.0")), line)


def rules_story():
    story = Story()
    for pid in CHILDREN:
        story.event("fork", pid=pid, start=start_of(pid), ppid=CLIENT, pstart=start_of(CLIENT))
    nameless_actors(story)
    images(story)
    adopted(story, "adopt", "13.0", 41004, "held", **actor(CLIENT))
    adopted(story, "adoptshared", "14.0", 41005, "shared")
    adopted(story, "adoptflying", "15.0", 41006, "unseen")
    client(story, "mptcp", "16.0", 41007, [(CLIENT, 100003, 30011)], mark="mptcp")
    rewrite_bursts(story, "16.0", lambda line: {"sent": 0, "received": 0})
    pick(story, "final", sk="16.0")["marks"] = ["mptcp"]
    client(story, "uringpoll", "17.0", 41008, [(CLIENT, 150011, 60013)], kernel=True)
    rewrite_bursts(story, "17.0", lambda line: {
        "pid": POLLER, "start": start_of(POLLER), "exec_id": 0, "kernel": True})
    # The same addresses at the same time in another network namespace.
    story.socket("send", "server", "18.0", B, A, [(SERVER, 10007, 70001)])
    story.socket("send", "server", "19.0", B, A, [(SERVER, 20011, 80021)])
    story.report[-1]["netns"] = 2
    pick(story, "accept", sk="19.0")["netns"] = 2
    story.report[-1]["began"] = story.report[-2]["began"]
    story.report[-2]["opened"] = story.report[-1]["opened"]
    heads(story)
    foreign(story)
    story.report.append({"case": "ktls", "family": "4", "place": "loopback",
                         "skipped": "no kernel TLS in this kernel"})
    return story.finish()


VERDICTS = Counter(exact=16, unattributed_expected=2, marked=1, skipped=1)


def nameless_cut(story):
    rewrite_bursts(story, "11.0", lambda line: {"sent": 2610} if line["pid"] == 0 else {})


def nameless_named(story):
    """The fifth and sixth actor's bytes charged to the fourth: the sums still hold."""
    fourth = actor(CHILDREN[3])
    nobody = pick(story, "burst", sk="11.0", pid=0)["sent"]
    own = pick(story, "burst", sk="11.0", pid=fourth["pid"])["sent"]
    rewrite_bursts(story, "11.0", lambda line: {**fourth, "sent": nobody + own}
                   if line["pid"] == 0 else {})


def images_merged(story):
    rewrite_bursts(story, "12.0", lambda line: {"exec_id": 1})


def adopt_again(story):
    line = {"e": "adopt", "t": pick(story, "connect", sk="12.0")["t"] + 1, "sk": "12.0", "netns": 1,
            "local": "127.0.0.1:41003", "remote": B, "outbound": None}
    story.trace.insert(story.trace.index(pick(story, "final", sk="12.0")), line)
    story.trace[-1]["events"] += 1


def mark_missing(story):
    pick(story, "final", sk="16.0")["marks"] = []


def kernel_unsaid(story):
    rewrite_bursts(story, "17.0", lambda line: {"kernel": False})


def foreign_recorded(story):
    pick(story, "adopt", sk="15.0")["local"] = "127.0.0.1:7777"
    pick(story, "final", sk="15.0")["t"] += 10_000_000_000


def foreign_acted(story):
    extra_burst("15.0", **actor(FOREIGN), sent=0)(story)
    pick(story, "final", sk="15.0")["t"] += 10_000_000_000


def unowned(story):
    for key in ("pid", "start", "exec_id"):
        pick(story, "adopt", sk="13.0").pop(key)


DAMAGES = [
    ("nameless bytes are one too few", nameless_cut,
     "unattributed 2610/0, not 2611/0"),
    ("nameless bytes charged to the fourth actor", nameless_named, "unattributed 0/0, not 2611/0"),
    ("two images told as one", images_merged, "sent -"),
    ("adopted without its owner", unowned, "adopted without its owner"),
    ("adopted from another process", edit("adopt", actor(SERVER), sk="13.0"), "adopted from pid"),
    ("a shared socket given an owner", edit("adopt", actor(CLIENT), sk="14.0"),
     "but it was shared"),
    ("an unseen socket given an owner", edit("adopt", actor(CLIENT), sk="15.0"),
     "but it was unseen"),
    ("adopted the wrong way round", edit("adopt", {"outbound": False}, sk="13.0"),
     "adopted as outbound False"),
    ("adopted with bytes from before", edit("final", {"written": 5004}, sk="13.0"),
     "final 5004/701"),
    ("not adopted", dropped("adopt", sk="14.0"), "socket not in the trace"),
    ("a young socket adopted", adopt_again, "younger than the sensor"),
    ("not compared and not marked", mark_missing, "not marked mptcp"),
    ("marked as something else", edit("final", {"marks": ["ktls"]}, sk="16.0"), "marked ktls"),
    ("marked, but ended wrong", edit("closed", {"reason": "timeout"}, sk="16.0"),
     "closed by timeout"),
    ("a thread of the kernel told as a process", kernel_unsaid, f"60013 by pid {POLLER}"),
    ("a process told as a thread of the kernel",
     edit("burst", {"kernel": True}, sk="13.0"), "by the kernel's pid"),
    ("a record of a UDP socket", foreign_recorded, "15.0 has its endpoint"),
    ("a record of a UDP socket's process", foreign_acted, "15.0 names its process"),
    ("first bytes that are not the first", edit("head", {"data": "YoGg"}, direction="sent"),
     "first bytes sent"),
    ("first bytes cut", edit("head", {"data": "Uw=="}, direction="received"),
     "first bytes received: 1 of 2"),
    ("more first bytes than were said", edit("head", {"data": "Q2KBoA=="}, direction="sent"),
     "first bytes sent: 4 of 3"),
    ("no first bytes", dropped("head", direction="sent"), "first bytes sent: 0 of 3"),
    ("first bytes not in order", edit("head", {"offset": 7}, direction="received"),
     "head out of order"),
    ("another network namespace", edit("accept", {"netns": 1}, sk="19.0"),
     "socket not in the trace"),
]
