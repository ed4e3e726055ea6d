"""The client's side of a tunnel, told by the upstream's."""

import pytest

from sidecar.server.client_end import ClientEnd
from tests.server.wire import Wire, transport


def told(*events, wire):
    end = ClientEnd(transport(wire), wire.close)
    for name, *arguments in events:
        getattr(end, name)(*arguments)
    return wire.diary


ALL = [("received", b"x"), ("pause",), ("resume",), ("eof",), ("lost",)]


def test_it_does_as_it_is_told():
    expected = ["write", "pause", "resume", "eof", "close"]
    assert told(*ALL, wire=Wire()) == expected


def test_a_closing_transport_is_told_nothing_but_the_end():
    wire = Wire()
    wire.closing = True
    assert told(*ALL, wire=wire) == ["close"]


@pytest.mark.parametrize("half_closes", [True, False])
def test_an_end_is_told_where_that_can_be_said(half_closes):
    wire = Wire()
    wire.half_closes = half_closes
    assert told(("eof",), wire=wire) == (["eof"] if half_closes else [])
