# SPDX-License-Identifier: Apache-2.0
"""An HTTP server and a client, both Python's own, that count the bytes of each connection.

Usage: traffic_peer.py server DIRECTORY PORT_FILE     ends by SIGTERM
       traffic_peer.py client PORT

Each connection that ends is one JSON line on standard output: who, the endpoints and the bytes
that its socket calls moved.
"""

import http.client
import http.server
import json
import os
import signal
import socket
import socketserver
import sys
import time


def now():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def start_ticks():
    with open("/proc/self/stat", encoding="ascii") as file:
        return int(file.read().rpartition(")")[2].split()[19])


class CountingSocket(socket.socket):
    """Counts what its calls return; http.server and http.client use these and no others."""

    def prepare(self, role, began):
        self.role, self.began, self.opened = role, began, now()
        self.sent = self.received = 0
        self.ends = [f"{host}:{port}" for host, port in (self.getsockname(), self.getpeername())]

    def send(self, data, *arguments):
        count = super().send(data, *arguments)
        self.sent += count
        return count

    def sendall(self, data, *arguments):
        # sendall says nothing of what it sent before it failed.
        rest = memoryview(data).cast("B")
        while rest:
            rest = rest[self.send(rest, *arguments):]

    def recv_into(self, *arguments):
        count = super().recv_into(*arguments)
        self.received += count
        return count

    def recv(self, *arguments):
        data = super().recv(*arguments)
        self.received += len(data)
        return data

    def report(self):
        print(json.dumps({
            "role": self.role, "pid": os.getpid(), "start_ticks": start_ticks(),
            "exe": os.readlink("/proc/self/exe"), "local": self.ends[0], "remote": self.ends[1],
            "sent": self.sent, "received": self.received, "began": self.began,
            "opened": self.opened, "ended": now(),
        }), flush=True)


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        rest = int(self.headers["Content-Length"])
        while rest:
            rest -= len(self.rfile.read(min(rest, 1 << 16)))
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    def get_request(self):
        began = now()
        link, address = super().get_request()
        counting = CountingSocket(fileno=link.detach())
        counting.prepare("server", began)
        return counting, address

    def shutdown_request(self, request):
        super().shutdown_request(request)
        request.report()


def serve(directory, port_file):
    server = Server(("127.0.0.1", 0),
                    lambda *arguments: Handler(*arguments, directory=directory))
    server.daemon_threads = False
    with open(port_file + ".new", "w", encoding="ascii") as file:
        file.write(f"{server.server_address[1]}\n")
    os.rename(port_file + ".new", port_file)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.serve_forever()
    finally:
        server.server_close()


def visit(port):
    """One connection kept for several requests, then one for each."""
    for requests in ([("GET", "/large"), ("POST", "/"), ("GET", "/small"), ("GET", "/none")],
                     [("GET", "/small")], [("POST", "/")]):
        began = now()
        link = CountingSocket(socket.AF_INET, socket.SOCK_STREAM)
        link.connect(("127.0.0.1", port))
        link.prepare("client", began)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.sock = link
        for method, path in requests:
            connection.request(method, path, body=b"p" * 1_234_567 if method == "POST" else None)
            connection.getresponse().read()
        connection.close()
        link.report()


if __name__ == "__main__":
    if sys.argv[1] == "server":
        serve(sys.argv[2], sys.argv[3])
    else:
        visit(int(sys.argv[2]))
