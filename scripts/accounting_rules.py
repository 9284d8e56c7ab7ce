# SPDX-License-Identifier: Apache-2.0
"""What a socket of the trace must say, given what its processes counted themselves.

Each rule returns its complaints as words. Complaints about bytes are apart from the others: a
socket that the sensor marks as not comparable is excused from the former only.
"""

from accounting_lives import matches, same_process, split

# What may be said about the end of a connection, by case and role; else "fin".
ENDS = {
    ("refused", "client"): {"refused"},
    ("linger0", "client"): {"abort", "reset"},
    ("linger0", "server"): {"reset"},
    ("lateaccept", "client"): {"abort", "reset"},
    ("lateaccept", "server"): {"reset"},
    ("unread", "client"): {"reset"},
    ("unread", "server"): {"abort", "reset"},
    ("backlog", "client"): {"reset"},
    ("unanswered", "client"): {"fin", "abort", "reset", "timeout", "unknown"},
    ("timeout", "client"): {"timeout"},
}


def allowed_ends(own):
    if own["case"] == "reconnect":
        # The dissolved life resets its peer; the refused one never was.
        return {"fin", "reset", "abort"} if own["established"] else {"refused"}
    if own["case"] in ("unanswered", "timeout") and own["established"]:
        return {"fin", "abort", "reset"}  # its peer was never accepted
    if own.get("mark") == "mptcp":
        return {"fin", "reset", "abort"}  # a subflow may end by fast close
    return ENDS.get((own["case"], own["role"]), {"fin"})


def check_opening(lines, socket):
    own = lines[0]
    wrong = list(socket.doubled)
    opening = socket.opening()
    if opening and opening["remote"] != own["remote"]:
        wrong.append(f"opened towards {opening['remote']}")
    if opening and not matches(own["local"], opening["local"]):
        wrong.append(f"opened as {opening['local']}")
    if own.get("adopted"):
        wrong += check_adoption(lines, socket.adopt)
    elif socket.adopt is not None:
        wrong.append("adopted, but it is younger than the sensor")
    elif own["role"] == "server":
        if socket.accept is None:
            wrong.append("no accept")
        elif socket.accept.get("pid"):
            opener = socket.accept
            if not any(same_process(line, opener["pid"], opener["start"]) for line in lines):
                wrong.append(f"accepted by pid {opener['pid']}")
    elif own["opener"] != socket.connect["pid"]:
        wrong.append(f"connected by pid {socket.connect['pid']}")
    for connected in socket.connected:
        if not own["established"]:
            wrong.append("connected, but it never was")
        elif connected["local"] != own["local"]:
            wrong.append(f"connected as {connected['local']}")
    return wrong


def check_adoption(lines, adopt):
    """The owner is told when exactly one process held the socket, else nobody is."""
    own = lines[0]
    wrong = []
    if adopt["outbound"] not in (None, own["role"] == "client"):
        wrong.append(f"adopted as outbound {adopt['outbound']}")
    pid = adopt.get("pid")
    if own["adopted"] == "held":
        if not pid:
            wrong.append("adopted without its owner")
        elif not same_process(own, pid, adopt["start"]):
            wrong.append(f"adopted from pid {pid}")
    elif pid:
        wrong.append(f"adopted from pid {pid}, but it was {own['adopted']}")
    return wrong


def check_end(own, socket):
    closed = socket.closed
    if closed is None:
        return ["no closed"]
    wrong = []
    if closed["established"] is not own["established"]:
        wrong.append(f"established is {closed['established']}")
    # By now an established socket's port is known.
    same_local = (
        closed["local"] == own["local"]
        if own["established"]
        else matches(own["local"], closed["local"])
    )
    if not same_local or closed["remote"] != own["remote"]:
        wrong.append(f"closed as {closed['local']} {closed['remote']}")
    allowed = allowed_ends(own)
    if closed["reason"] not in allowed:
        wrong.append(f"closed by {closed['reason']}, not {' or '.join(sorted(allowed))}")
    return wrong


HEAD_LIMITS = {"sent": 2048, "received": 256}  # docs/trace-format.md, as the sensor is shipped


def said(voice, length):
    """The first bytes of the traffic program's `heads` case (speak() in Tests/Workload)."""
    return bytes((voice + 31 * i + 7 * (i >> 8)) & 0xff for i in range(length))


def check_heads(own, socket):
    """The first bytes are those that were said first, as many as configured and none besides."""
    wrong = []
    # A segment that comes too early ends a head on a bad link: it may be short, never wrong.
    may_be_short = own["place"] not in ("loopback", "netns")
    for direction, voice in (("sent", own["speaks"]), ("received", own["hears"])):
        head = socket.heads[direction]
        whole = said(voice, min(own[direction], HEAD_LIMITS[direction]))
        if not whole.startswith(head) or (head != whole and not may_be_short):
            wrong.append(f"first bytes {direction}: {len(head)} of {len(whole)}, or other ones")
    return wrong


def check_strangers(lines, socket):
    """Bytes of nobody who counted any; those beyond the fourth actor are told without a name."""
    wrong = []
    nameless = [line for line in lines if line.get("unattributed")]
    expected = tuple(sum(line[key] for line in nameless) for key in ("sent", "received"))
    told = (0, 0)
    for (pid, start, exec_id), (sent, received) in socket.actors.items():
        if not (sent or received):
            continue
        if pid == 0:
            told = (sent, received)
        elif (pid, start, exec_id) in socket.kernel:
            if not any(line.get("kernel") for line in lines):
                wrong.append(f"{sent}/{received} by the kernel's pid {pid}")
        elif not any(same_process(line, pid, start) for line in lines):
            wrong.append(f"{sent}/{received} by pid {pid} start {start}")
    if told != expected:
        wrong.append(f"unattributed {told[0]}/{told[1]}" +
                     (f", not {expected[0]}/{expected[1]}" if nameless else ""))
    return wrong


def check_totals(own, socket):
    """The kernel's totals against the sum of all actors."""
    final = socket.final
    wrong = []
    sent = sum(actor[0] for actor in socket.actors.values())
    received = sum(actor[1] for actor in socket.actors.values())
    if (final["written"], final["read"]) != (sent, received):
        wrong.append(f"final {final['written']}/{final['read']}, actors {sent}/{received}")
    if own["case"] != "linger0":
        unread = own.get("unread", 0)
        if final["unread"] != unread:
            wrong.append(f"unread {final['unread']}, not {unread}")
        if final["unsent"] != 0:
            wrong.append(f"unsent {final['unsent']}, not 0")
    elif own["role"] == "client" and final["unsent"] == 0:
        wrong.append("unsent 0, but the peer did not read")
    return wrong


def counted(line, lines, socket):
    """(sent, received) that the trace gives to the process of this line."""
    if line.get("unattributed"):
        keys = [key for key in socket.actors if key[0] == 0]
    elif line.get("kernel"):
        keys = socket.kernel
    else:
        keys = sorted(key for key in socket.actors if same_process(line, *key[:2]))
        if line.get("image"):
            # The images of one process, in the order of their execs.
            numbers = sorted({key[2] for key in keys})
            index = line["image"] - 1
            chosen = numbers[index] if index < len(numbers) else None
            keys = [key for key in keys if key[2] == chosen]
    return tuple(sum(socket.actors[key][side] for key in keys) for side in (0, 1))


def expected(line, lines):
    """What `counted` must be: beyond the fourth actor only the sum can agree."""
    group = [line]
    for flag in ("unattributed", "kernel"):
        if line.get(flag):
            group = [other for other in lines if other.get(flag)]
    return tuple(sum(other[key] for other in group) for key in ("sent", "received"))


def check_absent(line, trace):
    """A socket that is no TCP connection: no record has its ports, none names its process."""
    wrong = []
    hosts = {split(line[end]) for end in ("local", "remote") if split(line[end])[1] != 0}
    for socket in trace.sockets.values():
        # Later the port may be another's.
        if socket.begun > line["ended"] or (socket.final and socket.final["t"] < line["began"]):
            continue
        ends = {split(end) for pair in socket.endpoints() for end in pair}
        if ends & hosts:
            wrong.append(f"{socket.sk} has its endpoint")
        if any(same_process(line, *process) for process in socket.processes()):
            wrong.append(f"{socket.sk} names its process")
    return wrong
