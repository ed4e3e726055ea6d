"""Ports: where nobody listens, and nobody else will.

A port that was merely free a moment ago may since be the one of another test's origin,
or a client's own: then nobody can listen there again. This one stays bound, without
listening, as long as the tests run: a connection is refused, the kernel gives it to
nobody, and who sets SO_REUSEADDR, as servers do, may listen there.
"""

import atexit
import socket


def reserved_port() -> int:
    """One that is nobody else's until the tests are over."""
    ours = socket.socket()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ours.bind(("127.0.0.1", 0))
    atexit.register(ours.close)
    return int(ours.getsockname()[1])
