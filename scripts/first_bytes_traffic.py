# SPDX-License-Identifier: Apache-2.0
"""Connections whose first bytes are known, for first-bytes-test.sh; in a network namespace of its own.

Usage: first_bytes_traffic.py DIRECTORY

Opens connections that are older than the sensor, writes DIRECTORY/old, waits for DIRECTORY/go, acts
out the cases, writes DIRECTORY/tcp, waits for DIRECTORY/udp, sends datagrams, and writes what to
expect to DIRECTORY/expected.json.
"""

import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time

work = sys.argv[1]
cases = []
skipped = []
TCP_DEFER_ACCEPT, TCP_FASTOPEN, TCP_FASTOPEN_CONNECT = 9, 23, 30


def wait_for(name):
    while not os.path.exists(os.path.join(work, name)):
        time.sleep(0.05)


def say(name):
    open(os.path.join(work, name), "w").close()


def listener(family=socket.AF_INET, options=()):
    server = socket.socket(family)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for option, value in options:
        server.setsockopt(socket.IPPROTO_TCP, option, value)
    server.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    server.listen(8)
    return server


def note(name, client_port, server_port, sent, received, **more):
    cases.append(
        {
            "name": name,
            "client": client_port,
            "server": server_port,
            "sent": sent.hex(),
            "received": received.hex(),
            **more,
        }
    )


def read(connection, count):
    data = b""
    while len(data) < count:
        step = connection.recv(65536)
        if not step:
            break
        data += step
    return data


def talk(name, request, answer, family=socket.AF_INET, send=None, options=(), connect=None, **more):
    """One connection: the client sends `request` (by `send`), the server `answer`."""
    server = listener(family, options)
    address = server.getsockname()
    got = []

    def serve():
        connection, _ = server.accept()
        got.append(read(connection, len(request)))
        connection.sendall(answer)
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    if connect:
        client = connect(address)
    else:
        client = socket.socket(family)
        client.connect(address)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        (send or (lambda c: c.sendall(request)))(client)
    port = client.getsockname()[1]
    back = read(client, len(answer))
    thread.join()
    client.close()
    server.close()
    assert got == [request] and back == answer, name
    note(name, port, address[1], request, answer, **more)


def in_pieces(pieces, pause):
    def send(client):
        for piece in pieces:
            client.sendall(piece)
            time.sleep(pause)

    return send


def by_sendfile(data):
    path = os.path.join(work, "file")
    with open(path, "wb") as file:
        file.write(data)

    def send(client):
        with open(path, "rb") as file:
            offset = 0
            while offset < len(data):
                offset += os.sendfile(client.fileno(), file.fileno(), offset, len(data) - offset)

    return send


def with_fast_open(request):
    def connect(address):
        client = socket.socket()
        client.sendto(request, socket.MSG_FASTOPEN, address)
        return client

    return connect


def reconnect(request):
    """Refused first, then connected: one socket, two lives."""

    def connect(address):
        client = socket.socket()
        probe = listener()
        nobody = probe.getsockname()
        probe.close()
        try:
            client.connect(nobody)
        except ConnectionRefusedError:
            pass
        client.connect(address)
        client.sendall(request)
        return client

    return connect


def program(name, command, answer, **more):
    """A real program talks to a listener here; what it sent is what the listener read."""
    server = listener()
    port = server.getsockname()[1]
    process = subprocess.Popen(
        [word.replace("PORT", str(port)) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    connection, peer = server.accept()
    connection.settimeout(2)
    data = b""
    try:
        data = connection.recv(65536)
        connection.sendall(answer)
        time.sleep(0.2)
    except OSError:
        pass
    connection.close()
    process.kill()
    process.wait()
    server.close()
    note(name, peer[1], port, data, answer, partial=True, **more)


def between_openssl():
    """openssl s_client to openssl s_server: the name is the one asked for."""
    key, certificate = os.path.join(work, "key.pem"), os.path.join(work, "cert.pem")
    probe = listener()
    port = probe.getsockname()[1]
    probe.close()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-key", key, "-cert", certificate],
        stdin=subprocess.PIPE,
        **quiet,
    )
    name = "s-client.example.test"
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", name]
    for _ in range(50):
        time.sleep(0.1)
        done = subprocess.run(command, input=b"Q\n", timeout=10, **quiet)
        if done.returncode == 0:
            break
    server.kill()
    server.wait()
    cases.append({"name": "openssl s_client", "server": port, "tls_name": name})


def dns_answer(query):
    """www.example.test is an alias of cdn.test, 192.0.2.7."""
    question = query[12:]
    header = query[:2] + bytes.fromhex("8180 0001 0002 0000 0000")
    alias = bytes.fromhex("c00c 0005 0001 0000012c 000a 0363646e 0474657374 00")
    address = (
        struct.pack(">H", 0xC000 | 12 + len(question) + 12)
        + bytes.fromhex("0001 0001 0000003c 0004 c0000207")
    )
    return header + question + alias + address


def retransmitted():
    """Segments that this network namespace sent again."""
    with open("/proc/net/snmp", encoding="ascii") as file:
        keys, values = [line.split() for line in file if line.startswith("Tcp:")]
    return int(values[keys.index("RetransSegs")])


def with_losses(data):
    """Behind a qdisc that drops: what is sent again must not be taken again."""
    subprocess.run(["ip", "link", "set", "lo", "mtu", "1500"], check=True)
    for qdisc in ("netem loss 30%", "tbf rate 4mbit burst 3200 limit 6400"):
        command = ["tc", "qdisc", "add", "dev", "lo", "root", *qdisc.split()]
        if subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0:
            break
    else:
        skipped.append("retransmissions: neither sch_netem nor sch_tbf")
        return
    before = retransmitted()
    for index in range(5):
        talk(f"{qdisc}, {index}", data[:60_000], data[:30_000])
    subprocess.run(["tc", "qdisc", "del", "dev", "lo", "root"], check=True)
    if retransmitted() == before:
        skipped.append(f"retransmissions: {qdisc} made none")
    else:
        print(f"{retransmitted() - before} segments were sent again", file=sys.stderr)


def names(count):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(2)
    query = bytes.fromhex("abcd 0100 0001 0000 0000 0000 03777777 076578616d706c65 0474657374 00 0001 0001")
    for _ in range(count):
        client.sendto(query, ("127.0.0.1", 53))
        data, peer = server.recvfrom(512)
        answer = dns_answer(data)
        server.sendto(answer, peer)
        client.recv(512)
    return count * (len(query) + len(dns_answer(query)))


def refusals(count):
    """Connects to ports that nobody listens on, over both families; the ends of each."""
    ends = []
    for index in range(count):
        family, address = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")][index % 2]
        with socket.socket(family, socket.SOCK_STREAM) as reserved:
            reserved.bind((address, 0))  # nobody else gets the port, and it takes no connection
            port = reserved.getsockname()[1]
            with socket.socket(family, socket.SOCK_STREAM) as client:
                client.bind((address, 0))
                if client.connect_ex((address, port)) == 0:
                    raise RuntimeError("a port without a listener took a connection")
                ends.append([f"[{address}]" if family == socket.AF_INET6 else address, port,
                             client.getsockname()[1]])
    return ends


def datagrams():
    """Payload bytes as udp and as quic, by the rule of docs/metrics.md."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taker.bind(("127.0.0.1", 443))
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind(("127.0.0.1", 4433))
    udp = quic = 0
    for size in (1, 700, 1400, 60000):
        sender.sendto(b"\x01" * size, ("127.0.0.1", 443))  # no fixed bit
        sender.sendto(b"\x42" * size, ("127.0.0.1", 4433))  # short header, another port
        udp += 2 * size
        sender.sendto(b"\x42" * size, ("127.0.0.1", 443))  # short header
        quic += size
    for version in (1, 0x6B3343CF, 0xFF00001D):
        payload = b"\xc3" + struct.pack(">I", version) + bytes(1195)
        sender.sendto(payload, ("127.0.0.1", 4433))  # long header
        quic += len(payload)
    payload = b"\xc3" + struct.pack(">I", 0x12345678) + bytes(95)  # a version nobody assigned
    sender.sendto(payload, ("127.0.0.1", 4433))
    udp += len(payload)
    return udp, quic


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with open("/proc/sys/net/ipv4/tcp_fastopen", "w") as file:
        file.write("1027\n")  # client, server, and no cookie needed
    old_server = listener()
    old_client = socket.create_connection(old_server.getsockname())
    old_accepted, _ = old_server.accept()
    old_client.sendall(b"before the sensor")
    old_accepted.recv(100)
    say("old")
    wait_for("go")

    old_client.sendall(b"GET / HTTP/1.1\r\n\r\n")
    old_accepted.recv(100)
    old_accepted.sendall(b"SSH-2.0-not-the-beginning\r\n")
    old_client.recv(100)
    old_port, server_port = old_client.getsockname()[1], old_server.getsockname()[1]
    cases.append({"name": "older than the sensor", "client": old_port, "server": server_port, "none": True})

    large = bytes(os.urandom(100_000))
    talk("one write", b"hello there", b"general")
    talk("over IPv6", b"hello six", b"six it is", family=socket.AF_INET6)
    talk("100,000 bytes at once", large, bytes(reversed(large)))
    talk("sendfile", large, b"thanks", send=by_sendfile(large))
    pieces = [bytes([65 + i]) * 10 for i in range(5)]
    talk("five writes", b"".join(pieces), b"ok", send=in_pieces(pieces, 0.02))
    pieces = [bytes([65 + i]) * 3 for i in range(12)]
    talk("twelve writes", b"".join(pieces), b"ok", send=in_pieces(pieces, 0.02), partial=True)
    talk("deferred accept", b"deferred hello", b"ok", options=[(TCP_DEFER_ACCEPT, 5)])
    request = b"fast open hello"
    talk("Fast Open", request, b"ok", options=[(TCP_FASTOPEN, 5)], connect=with_fast_open(request))
    request = b"second life"
    talk("refused, then connected", request, b"ok", connect=reconnect(request))
    program("curl", ["curl", "-s", "--http1.1", "http://127.0.0.1:PORT/", "-H", "Host: www.example.test"],
            b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", starts="GET / HTTP/1.1\r\nHost: www.example.test")
    program("ssh", ["ssh", "-p", "PORT", "nobody@127.0.0.1"], b"SSH-2.0-Test\r\n", starts="SSH-2.0-")
    between_openssl()
    with_losses(large)
    dns_bytes = names(3)
    refused = refusals(80)
    say("tcp")
    wait_for("udp")
    udp, quic = datagrams()
    burst = names(40)
    inode = os.stat("/proc/self/ns/net").st_ino
    with open(os.path.join(work, "expected.json"), "w") as file:
        json.dump({"cases": cases, "skipped": skipped, "netns": inode, "udp": udp + burst, "quic": quic,
                   "dns_bytes": dns_bytes, "refused": refused}, file)
    say("done")


main()
