"""R4, R5: a reply that was cut, at any byte and in any way, is in no tier.

`CACHE_CUTS` says how many cuts are tried in all; `make cache-cuts` asks for 80,000.
"""

import gzip
import os
from collections.abc import Iterator

import pytest

from tests.conftest import Start
from tests.harness.client import Outcome, play
from tests.harness.origin import End, reply
from tests.harness.sidecar import ENGINES, Sidecar

CUTS = int(os.environ.get("CACHE_CUTS", "1500"))
FRESH = b"Cache-Control: max-age=600"
GET = b"GET %b HTTP/1.1\r\nHost: t\r\n\r\n"
STORED = b"GET %b HTTP/1.1\r\nHost: t\r\nCache-Control: only-if-cached\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\n" + FRESH + b"\r\n"
FRAMINGS = ("length", "chunked", "gzip", "close")
ENDS = (End.FIN, End.RST)
SHARE = -(-CUTS // (len(FRAMINGS) * len(ENDS) * len(ENGINES)))


def whole(framing: str, size: int) -> bytes:
    content = bytes(97 + n % 26 for n in range(size))
    match framing:
        case "length":
            return reply(content, FRESH)
        case "gzip":
            packed = gzip.compress(content, mtime=0)
            return reply(packed, FRESH, b"Content-Encoding: gzip")
        case "chunked":
            pieces = (content[at : at + 32] for at in range(0, size, 32))
            chunks = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces)
            return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
        case _:
            return HEAD + b"\r\n" + content


def cuts(framing: str) -> Iterator[bytes]:
    """What is left of replies of every size, cut at each byte but the first and last.

    Of nothing at all it would be asked again: nobody has answered yet.
    """
    for size in range(8, 1_000_000):
        reply = whole(framing, size)
        for at in range(1, len(reply)):
            yield reply[:at]


@pytest.fixture
def caching(shared_sidecar: Start, tmp_path_factory: pytest.TempPathFactory) -> Sidecar:
    disk = tmp_path_factory.getbasetemp() / "cuts"
    return shared_sidecar(
        {
            "store": {"disk": {"path": str(disk), "size": "64MiB"}},
            "defaults": {"retry": "off", "cache": {}},
        }
    )


@pytest.mark.timeout(7200)  # as many as are asked for, on however busy a machine
@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.name)
def test_what_is_cut_is_never_stored(caching, origin, engine, framing, end):
    done = 0
    some: list[bytes] = []
    for cut in cuts(framing):
        some.append(cut)
        if len(some) == min(256, SHARE - done):
            _try(caching, origin, (engine, framing, end.name, done), some, end)
            done += len(some)
            some = []
        if done == SHARE:
            break
    assert done == SHARE


def _try(caching, origin, name, some, end) -> None:
    word = "-".join(map(str, name)).encode()
    paths = [b"/cut-%b-%d" % (word, n) for n in range(len(some))]
    for path, cut in zip(paths, some, strict=True):
        origin.script(path, [cut, end], reply(b"whole", FRESH))
    for outcome in play(caching.port, [(GET % path,) for path in paths], responses=1):
        assert "close" in name or _shows(outcome), outcome
    for asked, body in ((STORED, None), (GET, b"whole"), (STORED, b"whole")):
        plans = [(asked % path,) for path in paths]
        for outcome in play(caching.port, plans, responses=1):
            (response,) = outcome.responses
            assert (response.status == 504) is (body is None), outcome
            assert body in {None, bytes(response.body)}, outcome
    for path in paths:
        origin.forget(path)
    origin.take()


def _shows(outcome: Outcome) -> bool:
    """Whether the client can tell that it was cut."""
    return outcome.wrong == "incomplete" or outcome.statuses == [502]
