"""Replies whole and dripped: a bad one is a 502 or a broken message, never more."""

import asyncio

import pytest

from tests.harness.client import Client, Outcome, victim
from tests.harness.origin import Connection, End, Origin, Script
from tests.harness.sidecar import Sidecar
from tests.harness.strict import Request
from tests.wire.replies import BadReply, GoodReply, bad_replies, good_replies

PATH = b"/reply"
MOST_DRIPPED = 400
ADDED = {
    b"via",
    b"date",
    b"connection",
    b"content-length",
    b"transfer-encoding",
    b"proxy-status",
    b"server-timing",
    b"x-request-id",
    b"keep-alive",
}
"""Names that are the sidecar's to write or to remove."""


def dripped(data: bytes) -> Script:
    """A script that sends `data` byte by byte, each when the last was read."""

    async def drip(connection: Connection, _: Request) -> None:
        ours = connection.transport.get_extra_info("socket")
        for at in range(len(data)):
            await connection.write(data[at : at + 1])
            while not connection.lost.is_set() and (
                connection.origin.diagnosis.unread(ours)
            ):
                await asyncio.sleep(0)

    return (drip,)


def scripts(data: bytes, *, ends: bool) -> list[Script]:
    ways: list[Script] = [(data,)]
    if len(data) <= MOST_DRIPPED:
        ways.append(dripped(data))
    return [(*way, End.FIN) for way in ways] if ends else ways


def ask(sidecar: Sidecar, method: bytes) -> Outcome:
    with Client(sidecar.port, methods=(method,)) as client:
        return client.ask(method + b" " + PATH + b" HTTP/1.1\r\nHost: t\r\n\r\n")


def used(origin: Origin) -> int:
    """The number of the one connection that was asked for the reply."""
    received = origin.take()
    assert len(received) == 1, received
    return received[0].connection


def is_gone(origin: Origin, number: int) -> bool:
    return origin.wait_for(
        lambda: all(one.number != number for one in origin.connections)
    )


@pytest.mark.parametrize("case", bad_replies(), ids=lambda case: case.id)
def test_bad_reply_goes_no_further(
    case: BadReply, sidecar: Sidecar, origin: Origin
) -> None:
    for script in scripts(case.data, ends=False):
        origin.script(PATH, script)
        outcome = ask(sidecar, case.method)
        is_502 = outcome.status == 502 and outcome.wrong is None
        is_cut = outcome.ended != "open" and outcome.wrong == "incomplete"
        assert is_502 or (case.body_is_bad and is_cut), outcome
        assert is_gone(origin, used(origin))
        victim(sidecar.port)


@pytest.mark.parametrize("case", good_replies(), ids=lambda case: case.id)
def test_good_reply_arrives_as_sent(
    case: GoodReply, sidecar: Sidecar, origin: Origin
) -> None:
    for script in scripts(case.data, ends=case.ends):
        origin.script(PATH, script)
        outcome = ask(sidecar, case.method)
        assert (outcome.status, outcome.wrong) == (case.status, None), outcome
        response = outcome.responses[0]
        assert response.body == case.body, outcome
        assert response.version == b"1.1", outcome
        seen = [field for field in response.fields if field[0].lower() not in ADDED]
        kept = [field for field in seen if field in case.fields]
        assert kept == list(case.fields), outcome
        number = used(origin)
        assert case.reusable or is_gone(origin, number)
        victim(sidecar.port)
