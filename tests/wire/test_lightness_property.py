"""Whatever the origin sends, and however it comes: decoded, it is what it was.

And a 304 comes only when the tags say so, which is then, too, when it must.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Start
from tests.harness.client import get
from tests.harness.origin import End, Origin, Script
from tests.harness.strict import Response
from tests.wire.bodies import dripped
from tests.wire.undoing import undone

EXAMPLES = int(os.environ.get("LIGHTNESS_EXAMPLES", "30"))
_CODINGS = ["gzip", "br", "zstd", "x-gzip", "deflate", "identity", "*"]
_WEIGHTS = ["", ";q=0", ";q=0.5", ";q=1", ";q=0.001", ";q=x"]
_TAG = re.compile(rb'(?:W/)?"[^"]*"')
_ENDING = re.compile(rb'-(?:gzip|br|zstd)"$')


@dataclass(frozen=True, slots=True)
class Sent:
    """A response of the origin; `cuts` are where its content is cut, in thousandths."""

    content: bytes
    tag: bytes | None
    framing: str
    cuts: Sequence[int]

    def script(self) -> Script:
        fields = [b"HTTP/1.1 200 OK", b"Content-Type: text/plain"]
        if self.tag is not None:
            fields.append(b"ETag: " + self.tag)
        fields += {
            "length": [b"Content-Length: %d" % len(self.content)],
            "chunks": [b"Transfer-Encoding: chunked"],
            "close": [b"Connection: close"],
        }[self.framing]
        edges = [0, *sorted(cut * len(self.content) // 1000 for cut in self.cuts)]
        pieces = [
            self.content[start:end]
            for start, end in zip(edges, [*edges[1:], None], strict=True)
        ]
        pieces = [piece for piece in pieces if piece]
        if self.framing == "chunks":
            pieces = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces]
            pieces.append(b"0\r\n\r\n")
        steps = dripped(b"\r\n".join([*fields, b"", b""]), *pieces)
        return (*steps, End.FIN) if self.framing == "close" else steps


CONTENTS = st.one_of(
    st.binary(max_size=3000),
    st.builds(
        lambda some, times: some * times,
        st.binary(min_size=1, max_size=40),
        st.integers(1, 500),
    ),
)
SENT = st.builds(
    Sent,
    content=CONTENTS,
    tag=st.sampled_from([None, b'"o"', b'W/"o"', b'"o-gzip"']),
    framing=st.sampled_from(["length", "chunks", "close"]),
    cuts=st.lists(st.integers(0, 1000), max_size=4),
)
ACCEPTS = st.none() | st.lists(
    st.tuples(st.sampled_from(_CODINGS), st.sampled_from(_WEIGHTS)).map("".join),
    max_size=4,
).map(lambda found: ", ".join(found).encode())


@dataclass(frozen=True, slots=True)
class Asking:
    """`names`: of the tags in If-None-Match; see `_listed`."""

    accept: bytes | None
    names: Sequence[str]
    cookie: bool

    def fields(self) -> list[bytes]:
        found = [] if self.accept is None else [b"Accept-Encoding: " + self.accept]
        return [*found, b"Cookie: a=b"] if self.cookie else found


NAMES = st.lists(
    st.sampled_from(["it", "weak", "plain", "gzip", "br", "other", "rubbish"]),
    max_size=4,
)
ASKING = st.builds(
    Asking, accept=ACCEPTS, names=st.just(["*"]) | NAMES, cookie=st.booleans()
)


def _listed(names: Sequence[str], tag: bytes) -> list[bytes]:
    """Tags of a list, by what they have to do with the one that there is."""
    plain = _ENDING.sub(b'"', tag)
    known = {
        "it": tag,
        "weak": b"W/" + tag.removeprefix(b"W/"),
        "plain": plain,
        "gzip": plain[:-1] + b'-gzip"',
        "br": plain[:-1] + b'-br"',
        "other": b'"other"',
        "rubbish": b'"not closed',
        "*": b"*",
    }
    return [known[name] for name in names]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=SENT, asking=ASKING)
def test_any_content_in_any_pieces_for_anybody(
    shared_sidecar: Start, origin: Origin, sent: Sent, asking: Asking
) -> None:
    on = {"compression": {"min_size": 1}, "conditional": {}}
    light = shared_sidecar({"defaults": on})
    origin.script(b"/any", sent.script())
    fields = asking.fields()
    first = _asked(light.port, fields)
    assert (first.status, undone(first)) == (200, sent.content)
    tag = first.one(b"etag")
    listed = _listed(asking.names, tag or b'"none"')
    if not listed:
        return
    condition = b"If-None-Match: " + b", ".join(listed)
    second = _asked(light.port, [*fields, condition])
    if second.status == 304:
        told = second.one(b"etag")
        assert told is not None
        assert second.body == b""
        assert _same(told) in {_same(one) for one in listed} or listed == [b"*"]
        # What took its time had no tag of ours, the first time.
        assert tag is None or _base(told) == _base(tag)
    else:
        assert (second.status, undone(second)) == (200, sent.content)
        # Or it has none now.
        current = second.one(b"etag")
        assert current is None or not _says(listed, current)


def _asked(port: int, fields: Sequence[bytes]) -> Response:
    outcome = get(port, b"/any", *fields)
    assert outcome.wrong is None, outcome
    (response,) = outcome.responses
    return response


def _same(tag: bytes) -> bytes:
    return tag.removeprefix(b"W/")


def _base(tag: bytes) -> bytes:
    """Of the representation, whatever its coding; the origin may have such a name."""
    return _ENDING.sub(b'"', _ENDING.sub(b'"', _same(tag)))


def _says(listed: Sequence[bytes], tag: bytes) -> bool:
    """Whether the list, as far as it can be read, names the tag (weakly)."""
    if listed == [b"*"]:
        return True
    for one in listed:
        if not _TAG.fullmatch(one):
            return False
        if _same(one) == _same(tag):
            return True
    return False
