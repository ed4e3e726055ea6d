"""An answer is whole, whatever its status."""

import pytest

from sidecar.proxy.answer import Answer
from sidecar.proxy.clock import Clock
from sidecar.proxy.deliver import Deliverer
from tests.proxy.script import Client, exchange


def test_answers_share_nothing():
    one, other = Answer(200), Answer(200)
    one.fields.append((b"X", b"y"))
    assert other.fields == []
    assert (one.content, one.close) == (b"", False)


@pytest.mark.parametrize(
    ("answer", "length"), [(Answer(204), None), (Answer(304, b"ab"), b"2")]
)
def test_an_answer_that_has_no_body(answer, length):
    client = Client()
    Deliverer(Clock()).answer(exchange(client), answer)
    said = dict(line.split(b": ", 1) for line in client.head.split(b"\r\n")[1:])
    assert client.content == b""
    assert said.get(b"Content-Length") == length
    assert (b"Connection" in said) is client.closes
