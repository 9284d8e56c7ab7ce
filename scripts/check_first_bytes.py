# SPDX-License-Identifier: Apache-2.0
"""Compares a trace's heads and names with what first_bytes_traffic.py sent.

Usage: check_first_bytes.py EXPECTED TRACE.jsonl SENT RECEIVED NAMES RESETS

SENT and RECEIVED are the limits in force, NAMES is 1 where names are wanted; RESETS is "all", or how
many of them in a second. Prints a line per case: "ok NAME" or "bad NAME: why", and "skipped NAME".
"""

import base64
import json
import sys

expected = json.load(open(sys.argv[1]))
limits = {"sent": int(sys.argv[3]), "received": int(sys.argv[4])}
wants_names = sys.argv[5] == "1"
sockets, heads, names, resets = {}, {}, [], set()
for line in open(sys.argv[2], encoding="utf-8"):
    event = json.loads(line)
    kind = event.get("e")
    if kind in ("connect", "accept", "adopt", "connected", "closed"):
        known = sockets.setdefault(event["sk"], {"client": kind == "connect"})
        for end in ("local", "remote"):
            if end in event:
                known[end] = int(event[end].rsplit(":", 1)[1])
        if kind == "adopt":
            known["adopted"] = True
        if "netns" in event:
            known["netns"] = event["netns"]
    elif kind == "head":
        heads.setdefault((event["sk"], event["direction"]), []).append(event)
    elif kind == "name":
        names.append(event)
    elif kind == "reset" and event["netns"] in (expected["netns"], 0):
        resets.add((event["local"], event["remote"]))


def joined(socket, direction):
    """The pieces put together, or why they are no head."""
    pieces = heads.get((socket, direction), [])
    data = b""
    for piece in pieces:
        if piece["offset"] != len(data):
            return None, f"{direction} piece at {piece['offset']} after {len(data)} bytes"
        data += base64.b64decode(piece["data"])
    if len(pieces) > 8 or len(data) > limits[direction]:
        return None, f"{len(pieces)} {direction} pieces, {len(data)} bytes"
    return data, None


def find(case, is_client):
    for key, known in sockets.items():
        if known.get("netns") != expected["netns"]:
            continue
        ends = (known.get("local"), known.get("remote"))
        wanted = (case.get("client"), case["server"])
        wanted = wanted if is_client else wanted[::-1]
        if ends == wanted or (wanted[0] is None and ends[1] == wanted[1] and is_client):
            # A refused life has no bytes and another remote.
            return key
    return None


def check_side(case, is_client):
    key = find(case, is_client)
    side = "client" if is_client else "server"
    if key is None:
        return f"the {side}'s socket is not in the trace"
    for direction in ("sent", "received"):
        data, fault = joined(key, direction)
        if fault:
            return f"{side}: {fault}"
        if case.get("none"):
            if data:
                return f"{side}: {len(data)} {direction} bytes of a stream met in its middle"
            continue
        if "tls_name" in case:
            continue
        name = direction if is_client else {"sent": "received", "received": "sent"}[direction]
        whole = bytes.fromhex(case[name])[: limits[direction]]
        if case.get("partial") and "starts" not in case:
            good = whole.startswith(data) and (data or not whole)
        elif case.get("partial"):
            good = data.startswith(whole) or whole.startswith(data) and data
            good = bool(good) or not whole
        else:
            good = data == whole
        if not good:
            return f"{side} {direction}: {len(data)} bytes {data[:40]!r}, not {len(whole)} {whole[:40]!r}"
    return None


def check(case):
    if "tls_name" in case:
        key = find(case, True)
        data, fault = joined(key, "sent") if key else (None, "no socket")
        if fault:
            return fault
        if limits["sent"] >= 512 and case["tls_name"].encode() not in data:
            return f"no name in {len(data)} bytes"
        return None
    if "starts" in case and limits["sent"] >= 2_048:
        data, fault = joined(find(case, True), "sent")
        if fault or not data.startswith(case["starts"].encode()):
            return fault or f"{data[:60]!r}"
    return check_side(case, True) or check_side(case, False)


for case in expected["cases"]:
    fault = check(case)
    print(f"bad {case['name']}: {fault}" if fault else f"ok {case['name']}")
for reason in expected["skipped"]:
    print(f"skipped {reason}")
longest = {
    direction: max(
        (sum(len(base64.b64decode(p["data"])) for p in pieces)
         for (_, way), pieces in heads.items() if way == direction),
        default=0,
    )
    for direction in limits
}
fault = [d for d in limits if longest[d] > limits[d]]
print(f"{'bad' if fault else 'ok'} never more than asked for: longest {longest}, limits {limits}")
ours = [n for n in names if n["name"] == "www.example.test" and n["address"] == "192.0.2.7"]
if wants_names:
    good = len(ours) >= 3 and all(n["ttl"] == 60 and n["netns"] in (expected["netns"], 0) for n in ours)
    spaces = sorted({n["netns"] for n in ours})
    print(f"{'ok' if good else 'bad'} DNS answers: {len(ours)} names, namespaces {spaces}")
else:
    print(f"{'bad' if names else 'ok'} no names when they are switched off: {len(names)}")

# A refusal goes out where nobody listens: its local end is the port that was tried. Those of IPv6
# leave without any socket, so no packet hook sees them.
refused = {(f"{host}:{port}", f"{host}:{client}") for host, port, client in expected["refused"]
           if not host.startswith("[")}
told = len(refused & resets)
if sys.argv[6] == "all":
    verdict = "ok" if told == len(refused) else "bad"
    print(f"{verdict} resets of packets without a flow: {told} of {len(refused)} told")
else:
    # They take less than two seconds, so at most three windows of one.
    most = 3 * int(sys.argv[6])
    verdict = "ok" if told <= most < len(refused) else "bad"
    print(f"{verdict} no more resets than asked for: {told} of {len(refused)} told, at most {most}")
