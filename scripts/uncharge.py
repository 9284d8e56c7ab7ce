#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes bytes out of the sensor's books, as if a hook had been skipped, and waits to be found out.

Usage: uncharge.py MAP_ID VALUE_BYTES METRICS_URL

Sends over a connection of its own, then lowers what its process was charged with: the state of a
socket can be read and written through the map by whoever holds the socket. The connection stays
open until the metrics tell of it, 15 s at most. Prints one JSON object: what was sent, what was
taken out, and the two metrics before and after.
"""

import ctypes
import json
import os
import platform
import re
import socket
import struct
import sys
import time
import urllib.request

LOOKUP, UPDATE, FD_BY_ID = 1, 2, 14  # enum bpf_cmd, linux/bpf.h
SENT = 123_457  # a number that nothing else in the state has
TAKEN_OUT = 1_000
WAIT_SECONDS = 15
BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, 128)
    result = libc.syscall(BPF, command, buffer, 128)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def element(map_fd, key, value):
    return struct.pack(
        "=IIQQQ", map_fd, 0, ctypes.addressof(key), ctypes.addressof(value), 0)


def metrics(url):
    text = urllib.request.urlopen(url, timeout=5).read().decode()

    def number(series):
        return int(float(re.search("^" + re.escape(series) + " (.*)$", text, re.M)[1]))

    return {
        "sockets": number('halfwire_accounting_mismatch_sockets_total{reason="unexplained"}'),
        "sent": number('halfwire_unattributed_bytes_total{direction="sent"}'),
        "received": number('halfwire_unattributed_bytes_total{direction="received"}'),
    }


def main(map_id, value_bytes, url):
    before = metrics(url)
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server = listener.accept()[0]
    client.sendall(b"x" * SENT)
    rest = SENT
    while rest:
        rest -= len(server.recv(rest))
    map_fd = bpf(FD_BY_ID, struct.pack("=I", map_id))
    key = ctypes.c_uint32(client.fileno())
    value = ctypes.create_string_buffer(value_bytes)
    bpf(LOOKUP, element(map_fd, key, value))
    charged = struct.pack("=Q", SENT)
    assert value.raw.count(charged) == 1, "the charge is not to be found in the state"
    value.raw = value.raw.replace(charged, struct.pack("=Q", SENT - TAKEN_OUT))
    bpf(UPDATE, element(map_fd, key, value))
    # A sweep looks only after something was done; this says so.
    client.sendall(b"y")
    server.recv(1)
    end = time.monotonic() + WAIT_SECONDS
    while metrics(url) == before and time.monotonic() < end:
        time.sleep(0.1)
    found = metrics(url)
    local = "%s:%d" % client.getsockname()
    client.close()
    server.close()
    time.sleep(2.5)  # the finals, and a second for the metrics
    print(json.dumps({
        "local": local, "sent": SENT + 1, "taken_out": TAKEN_OUT, "before": before,
        "found": found, "after": metrics(url)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
