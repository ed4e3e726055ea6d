"""Examples: exchanges that once differed between the doors, each by what it shows.

Chance found them, rarely enough to miss them in another run.
"""

from collections.abc import Mapping

from tests.differential.case import Answer, Case

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"

_CODED = b"Transfer-Encoding: gzip\r\n" + CHUNKED + b"\r\n0\r\n\r\n"
_LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"v" * 300_000

EXAMPLES: Mapping[str, Case] = {
    "a repeated field before a coding that is not implemented": Case(
        (GET[:-2] + b"Authorization: Basic eDp5\r\n" * 2 + _CODED,)
    ),
    "an upstream that has closed, and what cannot be sent twice": Case(
        (GET, POST + b"\r\n"), answers=(Answer((_LONG,), "closes"),), reads=False
    ),
    "a flaw that arrives with what makes the body a large one": Case(
        (POST + CHUNKED + b"\r\n11170\r\n" + b"v" * 70_000 + b"\r\n0\n\n",),
        cuts=(4531,),
    ),
    "a client that leaves by half instead of sending its body": Case(
        (POST + CHUNKED + b"Expect: 100-continue\r\n\r\n",), leaves="half-closes"
    ),
}
