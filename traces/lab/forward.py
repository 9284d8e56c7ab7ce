# SPDX-License-Identifier: Apache-2.0
"""Fluent's forward protocol, as its small clients speak it: one connection, one message every 5 s.

Usage: forward.py ADDRESS PORT MESSAGES
"""
import random
import socket
import struct
import sys
import time


def message():
    """[tag, time, {"log": text}] in MessagePack."""
    text = b"worker %d done" % random.randint(1, 10 ** 6)
    return (b"\x93\xa3app\xce" + struct.pack(">I", int(time.time())) + b"\x81\xa3log\xd9"
            + bytes([len(text)]) + text)


with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as stream:
    for _ in range(int(sys.argv[3])):
        stream.sendall(message())
        time.sleep(5)
