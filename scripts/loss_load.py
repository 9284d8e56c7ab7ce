# SPDX-License-Identifier: Apache-2.0
"""Stops a sensor's reader and floods it; the traffic programs count for themselves.

Usage: loss_load.py SENSOR_PID SECONDS [WORKLOAD DIRECTORY OPERATIONS] >REPORT

Two pairs of processes talk on the loopback. The flood opens short connections one after another,
each with the same payload. The steady pair has one connection over which the client sends before
the sensor is stopped, while it is, and after it was continued, and notes every call. Each process
reports one JSON object; the counts are return values of the calls. With WORKLOAD (Tests/Workload)
four processes of that program move OPERATIONS pieces on two connections while the sensor is
stopped, and report as it does; the steps are files in DIRECTORY.
"""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

REQUEST, REPLY = 137, 59  # payload of each flood connection
FEWEST_CONNECTIONS = 4000  # of the flood, however slow the machine
LONGEST_FLOOD_SECONDS = 90
PAUSE_SECONDS = 0.12  # above the 50 ms gap that ends a burst
BEFORE, AFTER = 3, 8  # sends of the steady client around the stop


def now():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def report(role, **fields):
    with open("/proc/self/stat", encoding="ascii") as file:
        start_ticks = int(file.read().rpartition(")")[2].split()[19])
    print(json.dumps({"role": role, "pid": os.getpid(), "start_ticks": start_ticks, **fields}),
          flush=True)


def listener():
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(16)
    return sock


def exactly(sock, count):
    data = 0
    while data < count:
        step = len(sock.recv(count - data))
        if step == 0:
            raise SystemExit("the peer ended early")
        data += step
    return data


def flood_server(listening):
    sent = received = connections = 0
    while True:
        sock, _ = listening.accept()
        with sock:
            # The end of the flood is a connection without a request.
            first = sock.recv(REQUEST)
            if not first:
                break
            connections += 1
            received += len(first) + exactly(sock, REQUEST - len(first))
            sent += sock.send(b"r" * REPLY)
            try:
                sock.recv(1)
            except ConnectionResetError:
                pass
    report("flood-server", port=listening.getsockname()[1], sent=sent, received=received,
           connections=connections)


def flood_client(address, until):
    sent = received = connections = 0
    limit = time.monotonic() + LONGEST_FLOOD_SECONDS
    while not until() or connections < FEWEST_CONNECTIONS:
        if time.monotonic() > limit:
            raise SystemExit("the flood is too slow")
        with socket.socket() as sock:
            # Ended by a reset, so that no port is kept waiting.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.connect(address)
            sent += sock.send(b"q" * REQUEST)
            received += exactly(sock, REPLY)
            connections += 1
    socket.create_connection(address).close()
    report("flood-client", port=address[1], sent=sent, received=received, connections=connections)


def steady_server(listening):
    sock, _ = listening.accept()
    sent = received = 0
    with sock:
        while data := sock.recv(1 << 16):
            received += len(data)
            sent += sock.send(b"a" * (1 + len(data) % 997))
    report("steady-server", port=listening.getsockname()[1], sent=sent, received=received)


class SteadyClient:
    def __init__(self, address):
        self.sock = socket.create_connection(address)
        self.sent = self.received = 0
        self.calls = []  # begin, end, sent and received until then

    def send(self, times):
        for _ in range(times):
            size = 1000 + 37 * len(self.calls)
            begin = now()
            self.sent += self.sock.send(b"s" * size)
            sent_at = now()
            self.received += len(self.sock.recv(1 << 16))
            self.calls.append([begin, sent_at, now(), self.sent, self.received])
            time.sleep(PAUSE_SECONDS)

    def finish(self, port, **times):
        self.sock.shutdown(socket.SHUT_WR)
        while data := self.sock.recv(1 << 16):
            self.received += len(data)
        local = self.sock.getsockname()
        self.sock.close()
        report("steady-client", port=port, local=f"{local[0]}:{local[1]}", sent=self.sent,
               received=self.received, calls=self.calls, **times)


def start(part, *arguments):
    child = os.fork()
    if child == 0:
        signal.alarm(180)
        try:
            part(*arguments)
            sys.stdout.flush()
            os._exit(0)
        except BaseException as error:  # a child must not run its parent's code
            print(f"loss_load: {part.__name__}: {error!r}", file=sys.stderr)
            os._exit(1)
    return child


def await_stopped(pid):
    for _ in range(500):
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            if file.read().rpartition(")")[2].split()[0] == "T":
                return
        time.sleep(0.01)
    raise SystemExit("the sensor did not stop")


class Busy:
    """The program that moves many small pieces, or nothing without arguments."""

    def __init__(self, seconds, arguments):
        self.process = None
        if arguments:
            workload, self.directory, operations = arguments
            self.process = subprocess.Popen(
                [workload, "load", "busy", self.directory, operations, str(int(seconds))])
            self.wait("ready")

    def begin(self, step):
        if self.process:
            with open(os.path.join(self.directory, step), "w", encoding="ascii"):
                pass

    def wait(self, step):
        if not self.process:
            return
        limit = time.monotonic() + LONGEST_FLOOD_SECONDS
        while not os.path.exists(os.path.join(self.directory, step)):
            if self.process.poll() is not None or time.monotonic() > limit:
                raise SystemExit(f"the busy processes are not {step}")
            time.sleep(0.01)

    def end(self):
        self.begin("end")
        return self.process.wait(60) if self.process else 0


def main():
    sensor, seconds = int(sys.argv[1]), float(sys.argv[2])
    busy = Busy(seconds, sys.argv[3:])
    flood, steady = listener(), listener()
    children = [start(flood_server, flood), start(steady_server, steady)]
    client = SteadyClient(steady.getsockname())
    client.send(BEFORE)
    os.kill(sensor, signal.SIGSTOP)
    try:
        await_stopped(sensor)
        stopped = now()
        over = stopped + int(seconds * 1e9)
        busy.begin("go")
        flooding = start(flood_client, flood.getsockname(), lambda: now() >= over)
        while now() < over:
            client.send(1)
        # The flood may need longer on a slow machine; the reader stays stopped until it is over.
        _, status = os.waitpid(flooding, 0)
        busy.wait("done")
        client.send(1)
    finally:
        continued = now()
        os.kill(sensor, signal.SIGCONT)
    client.send(AFTER)
    client.finish(steady.getsockname()[1], stopped=stopped, continued=continued)
    status |= busy.end()
    for child in children:
        status |= os.waitpid(child, 0)[1]
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
