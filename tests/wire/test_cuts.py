"""RS7: a reply cut anywhere, by FIN or by RST, never looks whole to the client."""

import pytest

from tests.harness.client import Client, Outcome, play, victim
from tests.harness.origin import End, Origin
from tests.harness.sidecar import Sidecar

HEAD = b"HTTP/1.1 200 OK\r\nX: y\r\n"
BODY = b"hello, sidecar"
FRAMINGS = {
    "length": HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY),
    "chunked": HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n9;a=b\r\n, sidecar\r\n0\r\nX-T: 1\r\n\r\n",
}
LARGE = bytes(range(256)) * 1200
LARGE_FRAMINGS = {
    "length": HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(LARGE), LARGE),
    "chunked": HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    b"%x\r\n%b\r\n0\r\n\r\n" % (len(LARGE), LARGE),
}
ENDS = [End.FIN, End.RST]


def request(path: bytes, version: bytes = b"1.1") -> bytes:
    return b"GET %b HTTP/%b\r\nHost: t\r\n\r\n" % (path, version)


def looks_whole(outcome: Outcome) -> bool:
    """As if this was all that the backend said."""
    return outcome.wrong is None and any(s != 502 for s in outcome.statuses)


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.name)
@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("version", [b"1.0", b"1.1"], ids=["1.0", "1.1"])
def test_cut_at_each_byte_shows(
    framing: str, end: End, version: bytes, sidecar: Sidecar, origin: Origin
) -> None:
    reply = FRAMINGS[framing]
    for at in range(len(reply)):
        origin.script(b"/cut/%d" % at, (reply[:at], end))
    plans = [(request(b"/cut/%d" % at, version),) for at in range(len(reply))]
    for at, outcome in enumerate(play(sidecar.port, plans, responses=1, at_once=16)):
        if outcome.statuses == [502]:
            assert outcome.wrong is None, (reply[:at], outcome)
            continue
        assert at > reply.index(b"\r\n\r\n"), (reply[:at], outcome)
        assert outcome.ended != "open", (reply[:at], outcome)
        assert not looks_whole(outcome), (reply[:at], outcome)
        # HTTP/1.0 has no chunks: only a reset tells a cut from an end.
        if version == b"1.0" and framing == "chunked":
            assert outcome.ended == "rst", (reply[:at], outcome)
    victim(sidecar.port)
    origin.take()


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.name)
@pytest.mark.parametrize("framing", LARGE_FRAMINGS)
def test_cut_of_a_large_reply_shows(
    framing: str, end: End, sidecar: Sidecar, origin: Origin
) -> None:
    reply = LARGE_FRAMINGS[framing]
    cuts = [100, 1000, 65_536, 131_072, 262_144, len(reply) - 6, len(reply) - 1]
    for at in cuts:
        origin.script(b"/cut", (reply[:at], end))
        with Client(sidecar.port) as client:
            outcome = client.ask(request(b"/cut"))
        assert outcome.ended != "open", (at, outcome.ended)
        assert not outcome.responses, (at, outcome.statuses)
        assert outcome.raw.startswith(b"HTTP/1.1 200 "), at
        victim(sidecar.port)
    origin.take()


@pytest.mark.parametrize("framing", LARGE_FRAMINGS)
def test_the_same_reply_uncut_is_whole(
    framing: str, sidecar: Sidecar, origin: Origin
) -> None:
    origin.script(b"/cut", LARGE_FRAMINGS[framing])
    with Client(sidecar.port) as client:
        outcome = client.ask(request(b"/cut"))
    assert outcome.status == 200
    assert outcome.responses[0].body == LARGE
    origin.take()
