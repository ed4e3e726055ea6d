"""What a circuit is told to be."""

import pytest

from sidecar.admin.answers import Problem
from sidecar.admin.holding import wanted
from sidecar.policy.circuit import State


@pytest.mark.parametrize(
    ("word", "state"), [("open", State.OPEN), ("closed", State.CLOSED), ("auto", None)]
)
def test_a_state(word, state):
    found = wanted(b'{"state": "%b"}' % word.encode())
    assert (found.word, found.state) == (word, state)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[", b"[]", b"{}", b'"open"', b"null", b"[" * 100_000),
        *(b'{"state": "half_open"}', b'{"state": null}', b'{"state": ["open"]}'),
        b'{"state": "open", "name": "x"}',
    ],
)
def test_what_is_none(content):
    with pytest.raises(Problem):
        wanted(content)
