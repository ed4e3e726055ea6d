"""Popular bodies are made smaller, and nothing else changes but their tags."""

import asyncio
import gzip
from functools import partial

import pytest

from benchmarks.contents import shop_json
from sidecar.coding.finest import FINEST
from sidecar.policy.edits import NO_EDITS, Edits
from sidecar.policy.lifetimes import Lifetimes
from sidecar.policy.refining import LATER, OFTEN, REST
from sidecar.proxy.ready import Writer
from sidecar.proxy.refining import Refining
from sidecar.semantics.field_block import joined, unpack
from sidecar.storage.entry import Stored
from sidecar.storage.entry_bytes import decoded, encoded
from sidecar.telemetry.lightness import Lightness
from sidecar.units import Instant, Timestamp
from tests.coding.contract import UNDO
from tests.proxy.cache_script import Shelf
from tests.proxy.lightened import Light

TEXT = shop_json()[:5000]
LINES = b'Content-Type: text/plain\r\nETag: "abc"\r\n'
KEY, NOW = b"k", Instant(0.0)
CODINGS = (b"zstd", b"br", b"gzip")
IN_TIME = 60


def stored(body=TEXT, fresh=60.0):
    entry = Stored(
        b"http://a/",
        200,
        LINES,
        body,
        Timestamp(0),
        Timestamp(0),
        Lifetimes(fresh, keep=600),
        b'"abc"',
    )
    entry.settle(Timestamp(0), NOW)
    return entry


class Script(Shelf):
    """What is found first, before what is there."""

    def __init__(self) -> None:
        super().__init__()
        self.script: list[Stored] = []

    def get(self, key):
        return self.script.pop(0) if self.script else super().get(key)


class Scene:
    """A stored response, and requests for it."""

    def __init__(self, edits=NO_EDITS, levels=FINEST, padding=0, **given) -> None:
        self.light = Light()
        self.lightness = Lightness()
        self.shelf = Script()
        self.rests: list[float] = []
        self.refining = Refining(
            self.shelf, self.light.pressure, self.lightness, levels, rest=self.rest
        )
        self.writer = Writer(
            edits, self.shelf, popular=partial(self.refining.note, padding)
        )
        self.entry = stored(**given)
        self.shelf.put(KEY, self.entry)

    async def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.light.pressure.feel(0.0)
        await asyncio.sleep(0)

    def ask(self, **said: bytes):
        entry = self.shelf.entries[KEY]
        assert isinstance(entry, Stored)
        one = self.light.asked(**said)
        ready = self.writer.hit(one, entry, KEY, NOW)
        return ready.status, joined(unpack(ready.head.partition(b"\r\n")[2])), ready

    def often(self, **said: bytes):
        return [self.ask(**said) for _ in range(OFTEN)][-1]

    async def done(self) -> None:
        task = self.refining._task
        if task is not None:
            await asyncio.wait_for(task, IN_TIME)


@pytest.fixture(params=CODINGS)
def coding(request) -> bytes:
    return request.param


async def test_a_popular_body_becomes_smaller_under_another_tag(coding):
    scene = Scene()
    _, before, faster = scene.often(accept_encoding=coding)
    await scene.done()
    _, after, better = scene.ask(accept_encoding=coding)
    assert before[b"etag"] == b'"abc-%b"' % coding
    assert after[b"etag"] == b'"abc-%b+"' % coding
    assert after[b"content-encoding"] == coding
    assert after[b"content-length"] == b"%d" % len(better.content)
    assert len(better.content) < len(faster.content)
    assert UNDO[coding](better.content) == UNDO[coding](faster.content) == TEXT
    assert {name for name in before if before[name] != after[name]} == {
        b"etag",
        b"content-length",
    }
    sizes = len(faster.content), len(better.content)
    assert scene.lightness.refined_bytes == {coding: (1, *sizes)}


async def test_it_takes_the_place_of_the_faster_one(coding):
    scene = Scene()
    scene.often(accept_encoding=coding)
    before = scene.entry.size
    await scene.done()
    assert list(scene.entry.codings) == [coding + b"+"]
    assert scene.entry.size < before
    # All ways in which it went out, also with other words.
    scene.ask(accept_encoding=coding + b", x")
    contents = {id(made.content) for made in scene.entry.renditions.values()}
    assert contents == {id(scene.entry.codings[coding + b"+"])}


async def test_other_codings_stay():
    scene = Scene()
    _, _, other = scene.ask(accept_encoding=b"gzip")
    scene.often(accept_encoding=b"br")
    scene.often(accept_encoding=b"br")
    await scene.done()
    _, fields, ready = scene.ask(accept_encoding=b"gzip")
    assert fields[b"etag"] == b'"abc-gzip"'
    assert ready.content is other.content


@pytest.mark.parametrize(
    ("rule", "said", "status", "tag"),
    [
        ("the older tag", {"if_none_match": b'"abc-br"'}, 304, b'"abc-br"'),
        ("the newer tag", {"if_none_match": b'"abc-br+"'}, 304, b'"abc-br+"'),
        ("uncompressed", {"if_none_match": b'"abc"'}, 304, b'"abc"'),
        ("nothing of it", {"if_none_match": b'"x"'}, 200, b'"abc-br+"'),
        ("weakly", {"if_none_match": b'W/"abc-br"'}, 304, b'"abc-br"'),
        ("a list", {"if_none_match": b'"x", "abc-br", "y"'}, 304, b'"abc-br"'),
        ("both", {"if_none_match": b'"abc-br", "abc-br+"'}, 304, b'"abc-br+"'),
        ("any", {"if_none_match": b"*"}, 304, b'"abc-br+"'),
        ("another's", {"if_none_match": b'"x-br", "abc-x+"'}, 200, b'"abc-br+"'),
        (
            "a part of the older form",
            {"range": b"bytes=0-9", "if_range": b'"abc-br"'},
            200,
            b'"abc-br+"',
        ),
        (
            "a part of the newer form",
            {"range": b"bytes=0-9", "if_range": b'"abc-br+"'},
            200,
            b'"abc-br+"',
        ),
        (
            "a part of what was not compressed",
            {"range": b"bytes=0-9", "if_range": b'"abc"'},
            206,
            b'"abc"',
        ),
    ],
)
async def test_conditions(rule, said, status, tag):
    scene = Scene()
    scene.often(accept_encoding=b"br")
    await scene.done()
    found, fields, ready = scene.ask(accept_encoding=b"br", **said)
    assert (found, fields[b"etag"]) == (status, tag), rule
    if status == 200:
        assert UNDO[b"br"](ready.content) == TEXT
    if status == 206:
        assert ready.content == TEXT[:10]


async def test_who_cannot_undo_it_any_more_does_not_have_it():
    scene = Scene()
    scene.often(accept_encoding=b"br")
    await scene.done()
    status, fields, _ = scene.ask(accept_encoding=b"gzip", if_none_match=b'"abc-br+"')
    assert (status, fields[b"etag"]) == (200, b'"abc-gzip"')


async def test_what_the_route_says_of_fields_stays():
    scene = Scene(Edits.of({"ETag": '"own"', "X-A": "1"}, []))
    _, before, _ = scene.often(accept_encoding=b"br")
    await scene.done()
    _, after, ready = scene.ask(accept_encoding=b"br")
    assert before[b"etag"] == after[b"etag"] == b'"own"'
    assert after[b"content-length"] == b"%d" % len(ready.content)
    assert UNDO[b"br"](ready.content) == TEXT


async def test_what_was_stored_with_another_coding_is_made_of_what_that_holds():
    scene = Scene(body=gzip.compress(TEXT))
    scene.entry.lines += b"Content-Encoding: gzip\r\n"
    one = scene.light.asked(accept_encoding=b"br")
    later = scene.writer.hit(one, scene.entry, KEY, NOW).later
    assert later is not None
    await scene.writer.made(one, later)
    assert scene.entry.codings[b"identity"] == TEXT
    scene.often(accept_encoding=b"br")
    await scene.done()
    assert UNDO[b"br"](scene.entry.codings[b"br+"]) == TEXT
    scene.often(accept_encoding=b"identity")
    await scene.done()
    assert {*scene.entry.codings} == {b"identity", b"br+"}


async def test_a_lower_tier_gets_it_and_gives_it_back():
    scene = Scene()
    scene.often(accept_encoding=b"br")
    await scene.done()
    assert scene.entry.shared == -1
    read = decoded(memoryview(b"".join(encoded(scene.entry))))
    assert isinstance(read, Stored)
    read.settle(Timestamp(0), NOW)
    scene.shelf.put(KEY, read)
    _, fields, ready = scene.ask(accept_encoding=b"br")
    assert fields[b"etag"] == b'"abc-br+"'
    assert UNDO[b"br"](ready.content) == TEXT


@pytest.mark.parametrize(
    ("rule", "given_"),
    [
        ("not asked for often", {"times": OFTEN - 1}),
        ("not compressed", {"accept": b"identity"}),
        ("too long", {"levels": {b"br": ((100, 11),)}}),
    ],
)
async def test_nothing_is_done_for(rule, given_):
    scene = Scene(levels=given_.get("levels", FINEST))
    for _ in range(given_.get("times", OFTEN)):
        scene.ask(accept_encoding=given_.get("accept", b"br"))
    assert scene.refining._task is None, rule


async def test_what_is_gone_soon_is_not_worth_it():
    scene = Scene(fresh=1.0)
    scene.entry.etag = b""
    scene.often(accept_encoding=b"br")
    assert scene.refining._task is None


async def test_it_is_done_once():
    scene = Scene()
    for _ in range(3):
        scene.often(accept_encoding=b"br")
        await scene.done()
    assert [made for made, *_ in scene.lightness.refined_bytes.values()] == [1]


async def test_what_cannot_be_better_is_not_tried_again():
    scene = Scene()
    scene.often(accept_encoding=b"br")
    await scene.done()
    best = scene.entry.codings[b"br+"]
    scene.entry.codings.clear()
    scene.entry.renditions.clear()
    scene.entry.codings[b"br"] = best
    scene.often(accept_encoding=b"br")
    await scene.done()
    assert scene.entry.codings == {b"br+": best}
    assert [made for made, *_ in scene.lightness.refined_bytes.values()] == [1]


async def test_there_is_time_for_it_only_without_pressure():
    scene = Scene()
    scene.often(accept_encoding=b"br")
    scene.light.pressure.feel(0.05)
    await scene.done()
    assert scene.rests[0] == LATER
    assert list(scene.entry.codings) == [b"br+"]


async def test_after_each_it_rests():
    scene = Scene()
    scene.often(accept_encoding=b"br")
    await scene.done()
    (rest,) = scene.rests
    assert rest > 0
    assert REST >= 9


async def test_what_became_of_it_meanwhile_comes_first():
    scene = Scene()
    scene.often(accept_encoding=b"br")
    other = stored(body=b"other" * 100)
    scene.shelf.script = [scene.entry, other]
    await scene.done()
    assert not scene.shelf.script
    assert list(scene.entry.codings) == [b"br"]
    assert not other.codings
    assert not scene.lightness.refined_bytes


async def test_what_is_gone_is_forgotten():
    scene = Scene()
    scene.often(accept_encoding=b"br")
    scene.shelf.entries.clear()
    await scene.done()
    assert not scene.shelf.entries
    assert not scene.lightness.refined_bytes


async def test_padded_it_comes_back():
    scene = Scene(padding=200)
    sizes = set()
    for _ in range(8):
        scene.shelf.put(KEY, stored())
        scene.often(accept_encoding=b"gzip")
        await scene.done()
        _, _, ready = scene.ask(accept_encoding=b"gzip")
        assert UNDO[b"gzip"](ready.content) == TEXT
        sizes.add(len(ready.content))
    assert len(sizes) > 1


async def test_it_is_given_up_at_the_end():
    scene = Scene()
    scene.refining.close()
    scene.often(accept_encoding=b"br")
    scene.refining.close()
    with pytest.raises(asyncio.CancelledError):
        await scene.done()
    assert list(scene.entry.codings) == [b"br"]
