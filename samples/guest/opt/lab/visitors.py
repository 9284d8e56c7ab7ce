# SPDX-License-Identifier: Apache-2.0
"""Visitors of the sample's web server: memoryless arrivals, a few pages on each connection.

Logs each connection to standard output as one JSON object; times are nanoseconds since boot.
"""
import json
import random
import socket
import time

SERVER = ("192.0.2.10", 80)
SOURCES = ["203.0.113.101", "203.0.113.102", "198.51.100.103", "198.51.100.104"]
PAGES = ["/", "/style.css", "/news.html", "/logo.png", "/missing"]
AGENTS = ["Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"]


def read_answer(sock):
    """One HTTP answer; the bytes it took."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            return len(data)
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    count = len(data)
    missing = length - len(body)
    while missing > 0:
        piece = sock.recv(65536)
        if not piece:
            break
        missing -= len(piece)
        count += len(piece)
    return count


def visit():
    began = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    sent = received = 0
    with socket.create_connection(SERVER, 30, (random.choice(SOURCES), 0)) as sock:
        local = "%s:%d" % sock.getsockname()[:2]
        agent = random.choice(AGENTS)
        for page in random.sample(PAGES, random.randint(1, 3)):
            request = f"GET {page} HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: {agent}\r\n\r\n"
            sock.sendall(request.encode())
            sent += len(request)
            received += read_answer(sock)
            time.sleep(min(random.expovariate(1 / 1.5), 8))
    record = {
        "t": began,
        "ended": time.clock_gettime_ns(time.CLOCK_BOOTTIME),
        "local": local,
        "sent": sent,
        "received": received,
    }
    print(json.dumps(record), flush=True)


while True:
    time.sleep(random.expovariate(1 / 22))
    try:
        visit()
    except OSError as error:
        print(json.dumps({"problem": str(error)}), flush=True)
