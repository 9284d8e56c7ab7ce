# SPDX-License-Identifier: Apache-2.0
"""Sends TCP packets that belong to no connection: acknowledgements, to one port after the other.

Usage: stray.py FROM TO PORTS

From the address FROM to the address TO, 5 a second, to PORTS ports from 20000 on; the other side
answers each with a reset. Both addresses are of the laboratory. Needs root for its raw socket.
"""
import socket
import struct
import sys
import time


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def acknowledgement(source, target, port):
    def segment(check):
        return struct.pack(">HHIIBBHHH", 443, port, 1000 + port, 2000 + port, 5 << 4, 0x10, 1024,
                           check, 0)

    pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack(">BBH", 0, 6, 20)
    return segment(checksum(pseudo + segment(0)))


def main():
    source, target, ports = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
        raw.bind((source, 0))
        for port in range(20000, 20000 + min(ports, 1000)):
            raw.sendto(acknowledgement(source, target, port), (target, 0))
            time.sleep(0.2)


main()
