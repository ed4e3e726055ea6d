"""Kernel: what the other end of a loopback connection has not read yet.

A split request only tests the split if its first part was read before the
second is sent. Linux tells so through sock_diag(7), in a few microseconds.
"""

import socket
import struct
import time
from pathlib import Path

_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_NLMSG_ERROR = 2
_NETLINK_SOCK_DIAG = 4
_HEAD = struct.Struct("=IHHII")
_ASK = struct.Struct("=BBBxI")
_NO_COOKIE = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
_PAD = bytes(12)
_RQUEUE = struct.Struct("=I")
_RQUEUE_AT = _HEAD.size + 56  # 4 bytes of state, 48 of addresses, 4 of expiry


BUFFERS = sum(
    int(Path(f"/proc/sys/net/ipv4/{name}").read_text().split()[-1])
    for name in ("tcp_rmem", "tcp_wmem")
)
"""What it may hold of one connection, in each direction."""


class Diagnosis:
    """One netlink socket; asks about the far ends of our connections."""

    def __init__(self) -> None:
        self._netlink = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG
        )

    def close(self) -> None:
        self._netlink.close()

    def unread(self, ours: socket.socket) -> int | None:
        """Bytes that wait in the far end's queue; None if that end is gone."""
        try:
            (host, port), (peer_host, peer_port) = (
                ours.getsockname(),
                ours.getpeername(),
            )
        except OSError:
            return None
        ends = struct.pack("!HH", peer_port, port)
        hosts = socket.inet_aton(peer_host) + _PAD + socket.inet_aton(host) + _PAD
        ask = _ASK.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0xFFFFFFFF)
        ask += ends + hosts + _NO_COOKIE
        head = _HEAD.pack(
            _HEAD.size + len(ask), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0
        )
        self._netlink.send(head + ask)
        told = self._netlink.recv(8192)
        if _HEAD.unpack_from(told)[1] == _NLMSG_ERROR:
            return None
        return int(_RQUEUE.unpack_from(told, _RQUEUE_AT)[0])

    def await_read(self, ours: socket.socket, *, within: float = 0.05) -> bool:
        """Wait until the far end has read everything; False where it did not."""
        last = time.monotonic() + within
        while self.unread(ours):
            if time.monotonic() > last:
                return False
            time.sleep(0.00002)
        return True
