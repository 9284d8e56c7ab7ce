# SPDX-License-Identifier: Apache-2.0
"""A harmless implant: calls a server by the clock and throws away what it says.

Ways to call (--way):
  http       a POST, reads the answer
  tls        the same inside TLS
  long-tls   one TLS connection for all visits
  proxy      CONNECT through the proxy --proxy ADDRESS:PORT, then TLS
  refused    connects to a port that refuses
  browse     http, and between the visits pages of --sites as somebody who reads would fetch them
  upload     one upload inside TLS, --bytes long, in pieces
  post       uploads of --bytes over plain HTTP, answered
  silent     a POST, and no answer is waited for; with --tls inside TLS
  tasks      http, and after every answer it runs a command that does nothing
It connects to the addresses it is given and to nothing else, and sends random bytes only.
"""
import argparse
import os
import random
import socket
import ssl
import subprocess
import threading
import time


def place(text):
    address, _, port = text.rpartition(":")
    return address, int(port)


def context():
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def post(host, body):
    head = f"POST /v2/sync HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


def drain(stream):
    while stream.recv(65536):
        pass


def body(options):
    return os.urandom(int(options.bytes * (1 + options.padding * random.random())))


def dial(target):
    return socket.create_connection(target, timeout=5)


def through_proxy(options):
    stream = dial(place(options.proxy))
    host, port = options.name, place(options.target[0])[1]
    stream.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = stream.recv(4096)
        if not more:
            raise OSError("the proxy closed")
        answer += more
    return context().wrap_socket(stream, server_hostname=host)


def visit(options, index):
    target = place(options.target[index % len(options.target)])
    host = options.name or target[0]
    try:
        if options.way == "proxy":
            stream = through_proxy(options)
        else:
            stream = dial(target)
            if options.way == "tls" or options.tls:
                stream = context().wrap_socket(stream, server_hostname=options.name)
        with stream:
            stream.sendall(post(host, body(options)))
            if options.way == "silent":
                stream.shutdown(socket.SHUT_WR)
                return
            drain(stream)
    except OSError:
        return
    if options.way == "tasks":
        subprocess.run(["/usr/bin/id", "-u"], stdout=subprocess.DEVNULL, check=False)


def fetch(site):
    try:
        with dial(place(site)) as stream:
            request = f"GET /page HTTP/1.1\r\nHost: {site}\r\nConnection: close\r\n\r\n"
            stream.sendall(request.encode())
            drain(stream)
    except OSError:
        pass


def read_pages(options, ended):
    """Bursts of fetches with log-normal pauses, like somebody who reads."""
    while not ended.is_set():
        for site in random.sample(options.sites, min(len(options.sites), random.randint(1, 4))):
            fetch(site)
        ended.wait(random.lognormvariate(1.2, 0.9))


def upload(options):
    with context().wrap_socket(dial(place(options.target[0])),
                               server_hostname=options.name) as stream:
        head = f"PUT /store HTTP/1.1\r\nHost: {options.name}\r\nContent-Length: {options.bytes}"
        stream.sendall(head.encode() + b"\r\nConnection: close\r\n\r\n")
        left = options.bytes
        while left > 0:
            piece = os.urandom(min(left, 65536))
            stream.sendall(piece)
            left -= len(piece)
            time.sleep(0.2)
        drain(stream)


def long_connection(options):
    with context().wrap_socket(dial(place(options.target[0])),
                               server_hostname=options.name) as stream:
        for _ in range(options.visits):
            stream.sendall(body(options))
            stream.recv(65536)
            pause(options)


def pause(options):
    time.sleep(options.period * (1 + options.jitter * random.uniform(-1, 1)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--way", default="http")
    parser.add_argument("--visits", type=int, default=40)
    parser.add_argument("--period", type=float, default=5)
    parser.add_argument("--jitter", type=float, default=0.2)
    parser.add_argument("--bytes", type=int, default=300)
    parser.add_argument("--padding", type=float, default=0)
    parser.add_argument("--missing", type=float, default=0)
    parser.add_argument("--proxy")
    parser.add_argument("--name")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--sites", nargs="*", default=[])
    parser.add_argument("target", nargs="+")
    options = parser.parse_args()
    if options.way == "upload":
        return upload(options)
    if options.way == "long-tls":
        return long_connection(options)
    ended = threading.Event()
    if options.way == "browse":
        threading.Thread(target=read_pages, args=(options, ended), daemon=True).start()
    for index in range(options.visits):
        if random.random() >= options.missing:
            visit(options, index)
        pause(options)
    ended.set()
    return None


if __name__ == "__main__":
    main()
