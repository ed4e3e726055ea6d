"""What becomes of responses on their way to one client."""

import gzip
import json

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.coding.levels import Levels
from sidecar.errors import ResponseInvalid
from sidecar.policy.compression import NO_COMPRESSION
from sidecar.policy.pressure import GivenUp
from sidecar.policy.validation import digest, etag
from sidecar.proxy.patience import PATIENCE
from sidecar.proxy.rendering import Patience
from sidecar.proxy.selecting import Selecting
from tests.proxy.lightened import DOCUMENT, JSON, TEXT, Light, origin, undone

TAG = etag(digest(TEXT))
MONDAY = b"Mon, 16 Nov 2026 10:00:00 GMT"
CODED = {c: TAG[:-1] + b"-" + c + b'"' for c in (b"zstd", b"br", b"gzip")}


@pytest.mark.parametrize(
    ("rule", "accept", "coding"),
    [
        ("preferred", b"gzip, br, zstd", b"zstd"),
        ("asked for", b"gzip, br;q=0.9", b"gzip"),
        ("the only one", b"br", b"br"),
        ("refused", b"gzip;q=0", None),
        ("none of ours", b"deflate", None),
    ],
)
def test_a_content_is_compressed(rule, accept, coding):
    light = Light()
    head, content = light.whole(light.asked(accept_encoding=accept))
    assert head.values.get(b"content-encoding") == coding
    assert undone(head, content) == TEXT
    assert head.values[b"vary"] == b"Accept-Encoding"
    assert head.values[b"etag"] == (CODED[coding] if coding else TAG)
    assert bool(light.counts.coded_bytes) is (coding is not None)
    assert light.counts.skips == ([] if coding else ["not_accepted"])


@pytest.mark.parametrize(
    ("rule", "fields", "reason", "varies"),
    [
        ("a picture", {"kind": b"image/png"}, "type", False),
        ("small", {"content": b"x" * 99}, "small", False),
        ("an error", {"status": 500}, "status", False),
        ("encoded", {"content_encoding": b"x"}, "encoded", False),
        (
            "not to be changed",
            {"cache_control": b"no-transform"},
            "no_transform",
            False,
        ),
        (
            "does not become smaller",
            {"content": bytes(range(256))},
            "incompressible",
            True,
        ),
    ],
)
def test_what_stays_as_it_is(rule, fields, reason, varies):
    light = Light()
    head, content = light.whole(light.asked(accept_encoding=b"br"), **fields)
    assert content == fields.get("content", TEXT)
    assert (b"vary" in head.values) is varies
    assert light.counts.skips == [reason]


def test_no_time():
    light = Light()
    light.pressure.feel(1.0)
    head, content = light.whole(light.asked(accept_encoding=b"br"))
    assert content == TEXT
    assert head.values[b"vary"] == b"Accept-Encoding"
    assert light.counts.skips == ["busy"]


def test_variants_are_asked_and_told():
    class Kept(dict):
        def put(self, coding, content):
            self[coding] = coding, content

    light, kept = Light(), Kept()
    one = light.asked(accept_encoding=b"br")
    first_head, first = light.rendering.whole(one, origin(etag=b'"a"'), TEXT, kept)
    assert kept == {b"br": (b"br", first)}
    assert first_head.values[b"etag"] == b'"a-br"'
    kept[b"br"] = b"form", b"kept"
    second_head, second = light.rendering.whole(one, origin(etag=b'"a"'), TEXT, kept)
    assert second == b"kept"
    assert second_head.values[b"etag"] == b'"a-form"'


def test_requests_with_credentials_are_padded():
    light = Light()
    one = light.asked(accept_encoding=b"gzip", cookie=b"a=b")
    assert len({len(light.whole(one)[1]) for _ in range(60)}) > 5
    plain = light.asked(accept_encoding=b"gzip")
    assert len({len(light.whole(plain)[1]) for _ in range(20)}) == 1


@pytest.mark.parametrize(
    ("rule", "fields", "expected"),
    [
        ("ours", {}, TAG),
        ("the origin's", {"etag": b'"o"'}, b'"o"'),
        ("the origin's weak one", {"etag": b'W/"o"'}, b'W/"o"'),
        ("a cookie", {"set_cookie": b"a=b"}, None),
        ("not stored", {"cache_control": b"no-store"}, None),
        ("an error", {"status": 404}, None),
    ],
)
def test_tags(rule, fields, expected):
    light = Light()
    head, _ = light.whole(light.asked(), **fields)
    assert head.values.get(b"etag") == expected


def test_a_tag_is_for_what_is_read_only():
    light = Light()
    assert b"etag" not in light.whole(light.asked(method=b"POST"))[0].values
    off = Light(validation=None)
    assert b"etag" not in off.whole(off.asked(if_none_match=TAG))[0].values


@pytest.mark.parametrize(
    ("rule", "said", "expected"),
    [
        ("it has it", {"if_none_match": TAG}, TAG),
        (
            "it has it compressed",
            {"if_none_match": CODED[b"br"], "accept_encoding": b"br"},
            CODED[b"br"],
        ),
        (
            "it has another coding that it accepts",
            {"if_none_match": CODED[b"br"], "accept_encoding": b"zstd, br"},
            CODED[b"br"],
        ),
        (
            "it has one that it no longer accepts",
            {"if_none_match": CODED[b"br"], "accept_encoding": b"gzip"},
            None,
        ),
        ("it has another", {"if_none_match": b'"x"'}, None),
        ("any", {"if_none_match": b"*"}, TAG),
        ("by date", {"if_modified_since": b"Mon, 16 Nov 2026 10:00:00 GMT"}, TAG),
        (
            "tags go first",
            {
                "if_none_match": b'"x"',
                "if_modified_since": b"Mon, 16 Nov 2026 10:00:00 GMT",
            },
            None,
        ),
    ],
)
def test_not_modified(rule, said, expected):
    light = Light()
    one = light.asked(**said)
    head, content = light.whole(
        one, last_modified=b"Mon, 16 Nov 2026 10:00:00 GMT", server=b"s"
    )
    assert head.status == (304 if expected else 200)
    assert light.counts.confirmed == bool(expected)
    if expected:
        assert content == b""
        assert head.values[b"etag"] == expected
        assert {name.lower() for name, _ in head.fields} == {b"etag", b"vary"}


def test_the_origin_is_asked_in_its_own_tags():
    light = Light()
    one = light.asked(if_none_match=b'"o-br", "p"', accept_encoding=b"br")
    assert one.request.values[b"if-none-match"] == b'"o", "p"'
    head, _ = light.whole(one, b"", status=304, etag=b'"o"', bodiless=True)
    assert head.values[b"etag"] == b'"o-br"'
    assert light.counts.confirmed == 1


@pytest.mark.parametrize(
    ("rule", "said", "fields", "status", "expected"),
    [
        ("a part", {"range": b"bytes=0-3"}, {}, 206, TEXT[:4]),
        (
            "never compressed",
            {"range": b"bytes=0-999", "accept_encoding": b"br"},
            {},
            206,
            TEXT[:1000],
        ),
        ("of what it has", {"range": b"bytes=0-3", "if_range": TAG}, {}, 206, TEXT[:4]),
        ("of another", {"range": b"bytes=0-3", "if_range": b'"x"'}, {}, 200, TEXT),
        (
            "of another coding",
            {"range": b"bytes=0-3", "if_range": CODED[b"br"]},
            {},
            200,
            TEXT,
        ),
        ("not there", {"range": b"bytes=99999-"}, {}, 416, b""),
        ("a bomb", {"range": b"bytes=" + b"0-," * 1300}, {}, 200, TEXT),
        (
            "the origin wants none",
            {"range": b"bytes=0-3"},
            {"accept_ranges": b"none"},
            200,
            TEXT,
        ),
        ("of an error", {"range": b"bytes=0-3"}, {"status": 404}, 404, TEXT),
        ("of a part", {"range": b"bytes=0-3"}, {"status": 206}, 206, TEXT),
    ],
)
def test_ranges(rule, said, fields, status, expected):
    light = Light()
    head, content = light.whole(light.asked(**said), **fields)
    assert (head.status, content) == (status, expected)


@pytest.mark.parametrize("accept", [b"gzip", b"br", b"zstd", b"identity", b""])
@pytest.mark.parametrize(
    "code",
    [("gzip", gzip.compress), ("br", brotli.compress), ("zstd", zstandard.compress)],
)
def test_a_coding_that_the_client_cannot_undo(accept, code):
    name, compress = code
    light = Light()
    head, content = light.whole(
        light.asked(accept_encoding=accept),
        compress(TEXT),
        content_encoding=name.encode(),
        etag=b'"o"',
    )
    assert undone(head, content) == TEXT
    assert head.values.get(b"content-encoding", b"identity") == (accept or b"identity")
    assert head.values[b"etag"] == (b'"o"' if accept == name.encode() else b'W/"o"')


def test_a_coding_stays_where_nothing_was_said_about_codings():
    light = Light()
    packed = gzip.compress(TEXT)
    assert light.whole(light.asked(), packed, content_encoding=b"gzip")[1] == packed


@pytest.mark.parametrize(
    "content",
    [b"rubbish", gzip.compress(bytes(20 << 20)), gzip.compress(TEXT)[:-9]],
    ids=["rubbish", "bomb", "cut"],
)
def test_a_coding_that_cannot_be_undone_stays(content):
    light = Light()
    head, found = light.whole(
        light.asked(accept_encoding=b"br"), content, content_encoding=b"gzip"
    )
    assert found == content
    assert head.values[b"content-encoding"] == b"gzip"


@pytest.mark.parametrize(
    ("rule", "method", "fields", "coding", "length"),
    [
        ("what GET would say", b"HEAD", {"content_length": 5000}, b"br", None),
        ("small", b"HEAD", {"content_length": 50}, None, 50),
        ("of unknown length", b"HEAD", {"content_length": None}, b"br", None),
        (
            "a picture",
            b"HEAD",
            {"content_length": 5000, "kind": b"image/png"},
            None,
            5000,
        ),
    ],
)
def test_head(rule, method, fields, coding, length):
    light = Light()
    one = light.asked(method=method, accept_encoding=b"br")
    head, content = light.whole(one, b"", etag=b'"o"', bodiless=True, **fields)
    assert content == b""
    assert head.values.get(b"content-encoding") == coding
    assert head.content_length == length
    assert head.values[b"etag"] == (b'"o-br"' if coding else b'"o"')


@pytest.mark.parametrize(
    ("rule", "accept", "coding", "tag"),
    [
        ("as it comes", b"gzip", b"gzip", b'"o"'),
        ("undone", b"identity", None, b'W/"o"'),
        ("in another coding", b"br", b"br", b'W/"o"'),
    ],
)
def test_head_of_what_comes_coded(rule, accept, coding, tag):
    light = Light()
    one = light.asked(method=b"HEAD", accept_encoding=accept)
    comes = origin(etag=b'"o"', content_encoding=b"gzip", bodiless=True)
    assert not light.rendering.takes_time(one, comes, 0), rule
    head, _ = light.rendering.whole(one, comes, b"")
    assert head.values.get(b"content-encoding") == coding, rule
    assert head.values[b"etag"] == tag, rule


def test_head_of_another_answer_that_is_compressed():
    light = Light()
    for method, bodiless in ((b"HEAD", True), (b"GET", False)):
        one = light.asked(method=method, accept_encoding=b"br")
        content = b"" if bodiless else TEXT
        head, _ = light.whole(
            one, content, status=203, bodiless=bodiless, content_length=len(TEXT)
        )
        assert head.values[b"content-encoding"] == b"br"
        assert head.values[b"vary"] == b"Accept-Encoding"


def test_head_of_what_it_has():
    light = Light()
    one = light.asked(method=b"HEAD", if_none_match=b'"o"')
    head, _ = light.whole(one, b"", etag=b'"o"', bodiless=True)
    assert head.status == 304
    assert light.counts.confirmed == 1


def test_no_content():
    light = Light()
    head = origin(b"", status=204, bodiless=True)
    assert light.rendering.whole(light.asked(), head, b"") == (head, b"")


def test_selection():
    light = Light()
    one = light.asked(b"/?q=1&fields=id", accept_encoding=b"gzip", range=b"bytes=0-")
    assert one.request.target == b"/?q=1"
    assert one.request.values[b"accept-encoding"] == b"identity"
    assert b"range" not in one.request.values
    head, content = light.whole(one, DOCUMENT, JSON, etag=b'"o"', content_md5=b"x")
    assert head.status == 206
    one = light.asked(b"/?q=1&fields=id", accept_encoding=b"gzip")
    head, content = light.whole(one, DOCUMENT, JSON, etag=b'"o"', content_md5=b"x")
    found = undone(head, content)
    assert json.loads(found) == [{"id": n} for n in range(300)]
    assert head.values[b"etag"] == etag(digest(found))[:-1] + b'-gzip"'
    assert b"content-md5" not in head.values


def test_selection_of_what_it_has():
    light = Light()
    first = light.whole(light.asked(b"/?fields=id"), DOCUMENT, JSON)[0].values[b"etag"]
    one = light.asked(b"/?fields=id", if_none_match=first)
    assert light.whole(one, DOCUMENT, JSON)[0].status == 304
    other = light.asked(b"/?fields=name", if_none_match=first)
    assert light.whole(other, DOCUMENT, JSON)[0].status == 200


@pytest.mark.parametrize(
    ("rule", "head", "expected"),
    [
        ("small enough", origin(), Patience(1 << 20, PATIENCE)),
        ("too large", origin(content_length=(1 << 20) + 1), None),
        ("of unknown length", origin(content_length=None), None),
        ("an error", origin(status=404), None),
        ("a part", origin(status=206), None),
        ("events", origin(kind=b"text/event-stream"), None),
    ],
)
def test_collects(rule, head, expected):
    light = Light()
    assert light.rendering.collects(light.asked(), head) == expected


def test_collects_for_whom():
    light = Light()
    assert light.rendering.collects(light.asked(method=b"POST"), origin()) is None
    off = Light(validation=None)
    assert off.rendering.collects(off.asked(), origin()) is None
    one = light.asked(b"/?fields=id")
    found = light.rendering.collects(one, origin(kind=JSON, content_length=None))
    assert found is not None
    assert found.time == float("inf")
    assert light.rendering.collects(one, origin(kind=b"text/html")) is None


def flows(light, one, pieces, **fields):
    head, flow = light.rendering.stream(one, origin(content_length=None, **fields))
    if flow is None:
        return head, list(pieces)
    found = [b"".join(flow.pieces(piece)) for piece in pieces]
    found.append(flow.finish())
    flow.close()
    return head, found


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd"])
def test_a_stream(coding):
    light = Light()
    head, found = flows(
        light, light.asked(accept_encoding=coding), [b"one", b"", b"two"], etag=b'"o"'
    )
    assert undone(head, b"".join(found)) == b"onetwo"
    assert found[0]
    assert found[1] == b""
    assert head.content_length is None
    assert head.values[b"etag"] == b'"o-%b"' % coding
    assert [(c, before) for c, before, _ in light.counts.coded_bytes] == [(coding, 6)]
    assert light.streams.open == 0


def test_a_stream_that_stays():
    light = Light()
    head, found = flows(light, light.asked(), [b"one"])
    assert found == [b"one"]
    assert head.values[b"vary"] == b"Accept-Encoding"
    assert light.counts.skips == ["not_accepted"]


@pytest.mark.parametrize(
    ("rule", "said", "fields", "confirmed"),
    [
        ("it has it", {"if_none_match": b'"o"'}, {}, b'"o"'),
        ("weakly", {"if_none_match": b'W/"o"'}, {}, b'"o"'),
        ("coded", {"if_none_match": b'"o-br"', "accept_encoding": b"br"}, {}, b'"o-br"'),
        ("not so coded", {"if_none_match": b'"o-br"'}, {}, None),
        ("another", {"if_none_match": b'"x"'}, {}, None),
        ("a cookie would be lost", {"if_none_match": b'"o"'}, {"set_cookie": b"a"}, None),
        ("not stored", {"if_none_match": b'"o"'}, {"cache_control": b"no-store"}, None),
        ("a part", {"if_none_match": b'"o"'}, {"status": 206}, None),
        ("what was done", {"if_none_match": b'"o"', "method": b"POST"}, {}, None),
        ("by date", {"if_modified_since": MONDAY}, {"last_modified": MONDAY}, b'"o"'),
    ],
)  # fmt: skip
def test_a_stream_that_the_client_has(rule, said, fields, confirmed):
    light = Light()
    one = light.asked(**said)
    head = origin(content_length=None, etag=b'"o"', **fields)
    head, flow = light.rendering.stream(one, head)
    assert (head.status == 304) is (confirmed is not None)
    assert light.counts.confirmed == (confirmed is not None)
    if confirmed:
        assert flow is None
        assert head.bodiless
        assert head.values[b"etag"] == confirmed
    elif flow is not None:
        flow.close()
    assert light.streams.open == 0


def test_too_many_streams():
    light = Light()
    one = light.asked(accept_encoding=b"br")
    held = [light.rendering.stream(one, origin(content_length=None)) for _ in range(3)]
    assert [flow is not None for _, flow in held] == [True, True, False]
    assert b"content-encoding" not in held[2][0].values
    assert light.counts.skips == ["busy"]
    for _, flow in held[:2]:
        assert flow is not None
        flow.close()
    assert light.streams.open == 0


@pytest.mark.parametrize("accept", [b"identity", b"br"])
def test_a_stream_in_a_coding_that_the_client_cannot_undo(accept):
    light = Light()
    packed = gzip.compress(TEXT)
    cuts = [packed[at : at + 7] for at in range(0, len(packed), 7)]
    head, found = flows(
        light, light.asked(accept_encoding=accept), cuts, content_encoding=b"gzip"
    )
    assert undone(head, b"".join(found)) == TEXT


@pytest.mark.parametrize(
    "content",
    [b"rubbish" * 9, gzip.compress(bytes(200 << 20)), gzip.compress(TEXT)[:-9]],
    ids=["rubbish", "bomb", "cut"],
)
def test_a_stream_that_cannot_be_undone_breaks_off(content):
    light = Light()
    one = light.asked(accept_encoding=b"identity")
    with pytest.raises(ResponseInvalid):
        flows(light, one, [content], content_encoding=b"gzip")


def test_what_takes_time():
    slow = Light(levels=Levels(gzip=9, br=11, zstd=22))
    one = slow.asked(accept_encoding=b"br")
    assert slow.rendering.takes_time(one, origin(), len(TEXT))
    assert not slow.rendering.takes_time(one, origin(kind=b"image/png"), len(TEXT))
    assert not slow.rendering.takes_time(slow.asked(), origin(), len(TEXT))
    fast = Light()
    assert not fast.rendering.takes_time(
        fast.asked(accept_encoding=b"br"), origin(), len(TEXT)
    )
    assert fast.rendering.takes_time(fast.asked(b"/?fields=a"), origin(), 65 << 10)
    gzipped = origin(content_encoding=b"gzip")
    assert fast.rendering.takes_time(fast.asked(b"/?fields=a"), gzipped, 1000)
    identity = fast.asked(accept_encoding=b"identity")
    assert fast.rendering.takes_time(identity, gzipped, 100)
    assert not fast.rendering.takes_time(fast.asked(), gzipped, 65 << 10)
    assert not fast.rendering.takes_time(fast.asked(b"/?fields=a"), origin(), 1000)


async def test_what_takes_time_is_done_aside():
    slow = Light(levels=Levels(gzip=9, br=11, zstd=22))
    one = slow.asked(accept_encoding=b"br")
    head, content = await slow.rendering.whole_later(one, origin(), TEXT)
    assert undone(head, content) == TEXT
    assert [c for c, _, _ in slow.counts.coded_bytes] == [b"br"]


async def test_no_room_aside():
    light = Light()
    light.rendering.workshop._here = 1
    one = light.asked(accept_encoding=b"br")
    _, content = await light.rendering.whole_later(one, origin(), TEXT)
    assert content == TEXT
    assert light.counts.skips == ["busy"]


async def test_no_room_aside_for_a_document():
    light = Light()
    light.rendering.workshop._here = 1
    one = light.asked(b"/?fields=id")
    head, content = await light.rendering.whole_later(
        one, origin(DOCUMENT, JSON), DOCUMENT
    )
    assert content == DOCUMENT
    assert light.pressure.given_up[GivenUp.SELECTION] == 1
    whole = light.asked(b"/")
    same, _ = light.rendering.whole(whole, origin(DOCUMENT, JSON), DOCUMENT)
    assert head.values[b"etag"] == same.values[b"etag"]


def test_nothing_but_selection():
    light = Light(compression=NO_COMPRESSION, validation=None)
    one = light.asked(b"/?fields=id", accept_encoding=b"br")
    head, content = light.whole(one, DOCUMENT, JSON)
    assert json.loads(content)[0] == {"id": 0}
    assert b"vary" not in head.values
    assert b"etag" not in head.values


def test_a_selection_that_cannot_be_read():
    strict = Light(selecting=Selecting(b"fields", strict=True))
    strict.asked(b"/?fields=a(")
    assert strict.refused is not None
    assert strict.refused.status == 400


TAGS = st.sampled_from(
    [TAG, *CODED.values(), b'W/"x"', b'"x"', b"*", b'"', b"W/" + TAG]
)
ACCEPTS = st.lists(
    st.tuples(
        st.sampled_from(["gzip", "br", "zstd", "*", "identity", "x"]),
        st.sampled_from(["", ";q=0", ";q=0.5"]),
    ).map("".join)
).map(lambda found: ", ".join(found).encode())


@settings(max_examples=200)
@given(st.lists(TAGS), ACCEPTS, st.booleans(), st.booleans())
def test_decoding_gives_the_content_and_304_comes_only_when_the_tags_say_so(
    listed, accept, own, streamed
):
    light = Light()
    said = {"accept_encoding": accept}
    if listed:
        said["if_none_match"] = b", ".join(listed)
    one = light.asked(**said)
    fields = {} if own else {"etag": b'"x"'}
    if streamed:
        head, found = flows(light, one, [TEXT[:50], TEXT[50:]], **fields)
        content = b"".join(found)
    else:
        head, content = light.whole(one, **fields)
    if head.status == 304:
        tag = head.values[b"etag"]
        assert listed == [b"*"] or tag in listed or b"W/" + tag in listed
        assert tag.startswith(TAG[:-1] if own else b'"x')
    else:
        assert undone(head, content) == TEXT
        if (
            not streamed
            and (TAG if own else b'"x"') in listed
            and b'"' not in listed
            and b"*" not in listed
        ):
            raise AssertionError("it has it already")
