# SPDX-License-Identifier: Apache-2.0
"""The servers of the laboratory's internet, in one process: HTTP, TLS, sinks, a proxy and DNS.

Usage: internet.py SECONDS CERTIFICATE KEY

It listens on the addresses of its own network namespace (scripts/lab.sh makes them) and ends
after SECONDS.
"""
import asyncio
import os
import random
import socket
import ssl
import struct
import sys

# Names that the resolver answers; any other does not exist.
NAMES = {
    "deb.example.net": "203.0.113.51",
    "status.example.net": "203.0.113.31",
    "connectivity.example.net": "203.0.113.32",
    "chat.example.net": "203.0.113.33",
    "media.example.net": "203.0.113.34",
    "telemetry.example.net": "203.0.113.35",
    "backup.example.net": "203.0.113.36",
    "files.example.net": "203.0.113.37",
    "logs.example.net": "203.0.113.38",
    "cdn-sync.example.com": "203.0.113.12",
    "metadata.example.internal": "169.254.169.254",
}

SCRIPT_PLAIN = b"exit 0\n"
SCRIPT_DROP = b"""f=$(mktemp /tmp/.XXXXXXXX)
cp /usr/bin/sleep "$f"
chmod 700 "$f"
"$f" 3
rm -f "$f"
"""


def answer(request):
    """The answer of the HTTP servers, by the path that was asked for."""
    path = request.split(b" ", 2)[1] if request.count(b" ") >= 2 else b"/"
    if path == b"/i":
        payload = SCRIPT_PLAIN
    elif path == b"/u":
        payload = SCRIPT_DROP
    elif path == b"/check":
        return b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    elif path.startswith(b"/latest/"):
        payload = b'{"instance-id":"i-0","region":"lab"}'
    elif path.startswith(b"/page"):
        payload = os.urandom(int(random.lognormvariate(9.5, 1)) % 120000)
    else:
        payload = os.urandom(random.randint(350, 420))
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(payload)}\r\nConnection: close\r\n\r\n"
    return head.encode() + payload


async def read_request(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line[15:])
        if line.startswith(b"expect:"):
            length = -length
    return head, length


async def skip(reader, count):
    while count > 0:
        more = await reader.read(min(count, 65536))
        if not more:
            return
        count -= len(more)


async def http(reader, writer):
    """One request, one answer."""
    head, length = await read_request(reader)
    if length < 0:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    await skip(reader, abs(length))
    if b"GET /poll" in head:
        await asyncio.sleep(random.lognormvariate(1.5, 0.8))
    if b"GET /stream" in head:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(os.urandom(4000))
            await writer.drain()
            await asyncio.sleep(1)
    writer.write(answer(head))
    await writer.drain()


async def echo(reader, writer):
    """Whatever comes is answered by about as much: a server of its own protocol."""
    while await reader.read(65536):
        writer.write(b"\xc5\x01\xff\x91" + os.urandom(random.randint(120, 180)))
        await writer.drain()


async def sink(reader, writer):
    """Reads and never answers."""
    while await reader.read(65536):
        pass


async def hung(reader, writer):
    """Accepts and does nothing, as a backend that hangs."""
    await asyncio.sleep(60)


async def pump(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def proxy(reader, writer):
    """CONNECT to a name that the resolver knows."""
    head, _ = await read_request(reader)
    host, _, port = head.split(b" ")[1].decode().rpartition(":")
    far_reader, far_writer = await asyncio.open_connection(NAMES.get(host, host), int(port))
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await asyncio.wait(
        [asyncio.ensure_future(pump(reader, far_writer)),
         asyncio.ensure_future(pump(far_reader, writer))],
        return_when=asyncio.FIRST_COMPLETED)
    far_writer.close()


def guarded(serve):
    async def run(reader, writer):
        try:
            await asyncio.wait_for(serve(reader, writer), 3600)
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError, ValueError,
                asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()
    return run


class Resolver(asyncio.DatagramProtocol):
    """A records of NAMES; an empty answer for AAAA."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        if len(data) < 17:
            return
        labels, at = [], 12
        while at < len(data) and data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode("ascii", "replace"))
            at += 1 + data[at]
        question, kind = data[12:at + 5], data[at + 1:at + 3]
        address = NAMES.get(".".join(labels).lower())
        count = 1 if address and kind == b"\0\1" else 0
        code = 0 if address else 3
        head = data[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, count, 0, 0)
        record = b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 60, 4) + socket.inet_aton(
            address or "0.0.0.0")
        self.transport.sendto(head + question + (record if count else b""), addr)


async def main():
    seconds, certificate, key = float(sys.argv[1]), sys.argv[2], sys.argv[3]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    web = [f"203.0.113.{last}" for last in (9, 20, 21, 22, *range(30, 39), *range(40, 51))]
    table = [(address, port, http, None) for address in web for port in (80, 8080)]
    table += [(f"198.51.100.{last}", 80, http, None) for last in range(16, 24)]
    table += [(f"203.0.113.{last}", 443, http, tls) for last in (9, 20, *range(30, 39))]
    table += [
        ("203.0.113.12", 443, echo, tls), ("203.0.113.13", 443, http, tls),
        ("203.0.113.14", 443, echo, None), ("203.0.113.14", 53, echo, None),
        ("203.0.113.15", 22, http, tls), ("203.0.113.16", 9001, echo, None),
        ("198.51.100.7", 80, sink, None), ("198.51.100.8", 443, sink, tls),
        ("169.254.169.254", 80, http, None),
        ("10.77.0.3", 3128, proxy, None), ("10.77.0.40", 80, http, None),
        ("10.77.0.41", 80, hung, None), ("10.77.0.14", 514, sink, None),
        ("10.77.0.21", 2003, sink, None),
        ("10.77.0.22", 12201, sink, None), ("10.77.0.23", 24224, sink, None),
    ]
    for address, port, serve, context in table:
        await asyncio.start_server(guarded(serve), address, port, ssl=context, backlog=100)
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Resolver, local_addr=("203.0.113.53", 53))
    print("serving", flush=True)
    await asyncio.sleep(seconds)


try:
    asyncio.run(main())
except asyncio.CancelledError:
    pass
