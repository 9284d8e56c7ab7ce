# SPDX-License-Identifier: Apache-2.0
"""The servers of the sample's "internet", each one process: server.py ROLE.

Each connection is logged to standard output as one JSON object: who, and the payload bytes that
passed. Times are nanoseconds since boot.
"""
import json
import os
import random
import socket
import sys
import threading
import time
import urllib.parse

ROLES = {
    "control": ("203.0.113.9", 443),
    "sink": ("198.51.100.7", 8443),
    "api": ("203.0.113.20", 80),
    "events": ("203.0.113.20", 8080),
    "packages": ("203.0.113.30", 80),
}
PACKAGES = "/srv/packages"


class Connection:
    """A socket that counts what passes."""

    def __init__(self, sock):
        self.sock = sock
        self.sent = self.received = 0
        self.buffer = b""

    def read(self):
        data = self.sock.recv(262144)
        self.received += len(data)
        return data

    def write(self, data):
        self.sock.sendall(data)
        self.sent += len(data)

    def head(self):
        """The next HTTP request's first line and headers; None at the end."""
        while b"\r\n\r\n" not in self.buffer:
            data = self.read()
            if not data:
                return None
            self.buffer += data
        text, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = text.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            key, _, value = line.partition(":")
            headers[key.strip().lower()] = value.strip()
        return lines[0].split(" "), headers

    def skip_body(self, length):
        length -= len(self.buffer)
        self.buffer = b""
        while length > 0:
            data = self.read()
            if not data:
                return
            length -= len(data)

    def answer(self, status, body, kind="application/json", head_only=False):
        head = (
            f"HTTP/1.1 {status}\r\nServer: example\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self.write(head.encode() + (b"" if head_only else body))


def control(connection):
    """Answers one hello by 3 to 5 KB in the shape of TLS records, then closes."""
    wanted = 5
    seen = b""
    while len(seen) < wanted:
        data = connection.read()
        if not data:
            return
        seen += data
        if len(seen) >= 5:
            wanted = 5 + int.from_bytes(seen[3:5], "big")
    hello = b"\x03\x03" + os.urandom(32) + b"\x20" + seen[44:76] + b"\x13\x01\x00"
    extensions = b"\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x24\x00\x1d\x00\x20" + os.urandom(32)
    hello += len(extensions).to_bytes(2, "big") + extensions
    hello = b"\x02" + len(hello).to_bytes(3, "big") + hello
    answer = b"\x16\x03\x03" + len(hello).to_bytes(2, "big") + hello
    size = random.randint(3000, 5000) - len(answer) - 5
    answer += b"\x17\x03\x03" + size.to_bytes(2, "big") + os.urandom(size)
    connection.write(answer)


def sink(connection):
    """Reads all and never answers."""
    while connection.read():
        pass


def requests(connection):
    while True:
        request = connection.head()
        if request is None:
            return
        yield request


def api(connection):
    """Answers of any size after any time; takes uploads."""
    for line, headers in requests(connection):
        if line[0] == "PUT":
            if "expect" in headers:
                connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.skip_body(int(headers.get("content-length", "0")))
            connection.answer("201 Created", b'{"stored":true}\n')
            continue
        time.sleep(min(random.lognormvariate(-3.5, 1), 3))
        size = int(min(random.lognormvariate(7.5, 1.4), 150_000)) + 2
        body = os.urandom(size // 2).hex().encode()
        connection.answer("200 OK", body, head_only=line[0] == "HEAD")


def events(connection):
    """A long poll: log-normal waits of 15 s on average, half of them below 7.3 s."""
    for _ in requests(connection):
        time.sleep(min(random.lognormvariate(1.988, 1.2), 110))
        body = {"events": [os.urandom(random.randint(8, 200)).hex()]}
        connection.answer("200 OK", json.dumps(body).encode() + b"\n")


def packages(connection):
    for line, _ in requests(connection):
        path = os.path.realpath(PACKAGES + urllib.parse.unquote(line[1]))
        if not path.startswith(PACKAGES + "/") or not os.path.isfile(path):
            connection.answer("404 Not Found", b"no such file\n", "text/plain")
            continue
        with open(path, "rb") as file:
            connection.answer("200 OK", file.read(), "application/octet-stream")


def serve(role, sock, peer):
    began = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    connection = Connection(sock)
    problem = None
    try:
        globals()[role](connection)
    except OSError as error:
        problem = error.strerror
    sock.close()
    record = {
        "t": began,
        "ended": time.clock_gettime_ns(time.CLOCK_BOOTTIME),
        "peer": "%s:%d" % peer[:2],
        "sent": connection.sent,
        "received": connection.received,
        "problem": problem,
    }
    sys.stdout.write(json.dumps(record) + "\n")
    sys.stdout.flush()


def main():
    role = sys.argv[1]
    listener = socket.create_server(ROLES[role], backlog=64)
    while True:
        sock, peer = listener.accept()
        threading.Thread(target=serve, args=(role, sock, peer), daemon=True).start()


if __name__ == "__main__":
    main()
