"""Redirects TCP connections like a task of App Mesh, in the network namespace of this process.

usage: redirect.py in|out PORT TO [ADDRESS]
  in   redirects inbound connections to PORT to the local port TO
  out  redirects outbound connections to PORT to the local port TO
PORT 0 means every port. With an IPv4 ADDRESS, redirects only connections to that address; without it, IPv4 and IPv6.

The script communicates directly with the kernel's nf_tables, so it needs neither iptables nor nft.
"""

import socket
import struct
import sys

NFNETLINK, BATCH_BEGIN, BATCH_END, NFTABLES = 12, 0x10, 0x11, 10
NEW_TABLE, NEW_CHAIN, NEW_RULE = 0, 3, 6
REQUEST, ACK, CREATE, APPEND = 1, 4, 0x400, 0x800
IPV4, IPV6 = 2, 10
PREROUTING, OUTPUT = 0, 3


def attribute(kind, data):
    length = 4 + len(data)
    return struct.pack("HH", length, kind) + data + b"\0" * (-length % 4)


def nested(kind, *parts):
    return attribute(kind | 0x8000, b"".join(parts))


def number(kind, value):
    return attribute(kind, struct.pack("!i", value))


def text(kind, value):
    return attribute(kind, value.encode() + b"\0")


def message(kind, flags, sequence, family, data, subsystem=NFTABLES):
    kind = kind if kind in (BATCH_BEGIN, BATCH_END) else subsystem << 8 | kind
    resource = NFTABLES if kind in (BATCH_BEGIN, BATCH_END) else 0
    body = struct.pack("BBH", family, 0, socket.htons(resource)) + data
    return struct.pack("IHHII", 16 + len(body), kind, flags, sequence, 0) + body


def expression(name, *data):
    return nested(1, text(1, name), nested(2, *data))


def equals(value):
    """Returns an expression that matches if register 1 has this value."""
    return expression("cmp", number(1, 1), number(2, 0), nested(3, attribute(1, value)))


def header(base, offset, length):
    """Returns an expression that loads a part of the network (1) or transport (2) header into register 1."""
    return expression("payload", number(1, 1), number(2, base), number(3, offset), number(4, length))


def rules(direction, port, to, address):
    to = struct.pack("!H", to)
    is_tcp = expression("meta", number(1, 1), number(2, 16)) + equals(b"\6")
    is_port = header(2, 2, 2) + equals(struct.pack("!H", port)) if port else b""
    is_address = header(1, 16, 4) + equals(socket.inet_aton(address)) if address else b""
    redirect = expression("immediate", number(1, 1), nested(2, attribute(1, to))) + expression("redir", number(1, 1))
    hook = PREROUTING if direction == "in" else OUTPUT
    hook = nested(4, number(1, hook), number(2, -100))
    for family in (IPV4,) if address else (IPV4, IPV6):
        yield NEW_TABLE, CREATE, family, text(1, "live")
        yield NEW_CHAIN, CREATE, family, text(1, "live") + text(3, direction) + hook + text(7, "nat")
        expressions = nested(4, is_tcp + is_address + is_port + redirect)
        yield NEW_RULE, CREATE | APPEND, family, text(1, "live") + text(2, direction) + expressions


def main(direction, port, to, address=None):
    kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NFNETLINK)
    kernel.bind((0, 0))
    kernel.settimeout(5)
    batch = message(BATCH_BEGIN, REQUEST, 1, 0, b"")
    wanted = set()
    for sequence, (kind, flags, family, data) in enumerate(rules(direction, int(port), int(to), address), 2):
        batch += message(kind, REQUEST | ACK | flags, sequence, family, data)
        wanted.add(sequence)
    kernel.send(batch + message(BATCH_END, REQUEST, 99, 0, b""))
    while wanted:
        answer = kernel.recv(65536)
        while answer:
            length, kind, _, sequence, _ = struct.unpack("IHHII", answer[:16])
            error = struct.unpack("i", answer[16:20])[0]
            if kind != 2 or error:
                sys.exit(f"the kernel refuses rule {sequence}: {error}")
            wanted.discard(sequence)
            answer = answer[(length + 3) & ~3 :]


main(*sys.argv[1:])
