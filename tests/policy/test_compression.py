"""What is compressed, one row per rule."""

from dataclasses import replace

import pytest

from sidecar.policy.compression import Compression, Skipped
from sidecar.policy.media_types import MediaTypes

RULES = Compression(
    min_size=1024,
    codings=(b"zstd", b"br", b"gzip"),
    types=MediaTypes(["text/*", "application/json"]),
)
JSON = {b"content-type": b"application/json"}
LONG = 5000


@pytest.mark.parametrize(
    ("rule", "status", "more", "length", "expected"),
    [
        ("worth it", 200, {}, LONG, None),
        ("created", 201, {}, LONG, None),
        ("as small as is worth it", 200, {}, 1024, None),
        ("small", 200, {}, 1023, Skipped.SMALL),
        ("of unknown length", 200, {}, None, None),
        ("a part", 206, {}, LONG, Skipped.STATUS),
        ("no content", 204, {}, None, Skipped.STATUS),
        ("an error", 500, {}, LONG, Skipped.STATUS),
        ("a picture", 200, {b"content-type": b"image/png"}, LONG, Skipped.TYPE),
        ("of no type", 200, {b"content-type": b""}, LONG, Skipped.TYPE),
        ("events", 200, {b"content-type": b"text/event-stream"}, None, Skipped.TYPE),
        (
            "compressed already",
            200,
            {b"content-encoding": b"br"},
            LONG,
            Skipped.ENCODED,
        ),
        (
            "in a coding unknown",
            200,
            {b"content-encoding": b"x"},
            LONG,
            Skipped.ENCODED,
        ),
        ("as it is, and says so", 200, {b"content-encoding": b"Identity"}, LONG, None),
        (
            "not to be changed",
            200,
            {b"cache-control": b"public, No-Transform"},
            LONG,
            Skipped.NO_TRANSFORM,
        ),
        (
            "a word that only ends so",
            200,
            {b"cache-control": b"x-no-transform"},
            LONG,
            None,
        ),
    ],
)
def test_obstacle(rule, status, more, length, expected):
    assert RULES.obstacle(status, JSON | more, length) == expected


@pytest.mark.parametrize(
    ("rule", "request_", "expected"),
    [
        ("ours of equals", {b"accept-encoding": b"gzip, br, zstd"}, b"zstd"),
        ("the only one", {b"accept-encoding": b"gzip"}, b"gzip"),
        ("without a field", {}, Skipped.NOT_ACCEPTED),
        ("refused", {b"accept-encoding": b"*;q=0"}, Skipped.NOT_ACCEPTED),
        (
            "opted out",
            {b"accept-encoding": b"gzip", b"x-no-compression": b""},
            Skipped.OPT_OUT,
        ),
        (
            "not to be changed",
            {b"accept-encoding": b"gzip", b"cache-control": b"no-transform"},
            Skipped.NO_TRANSFORM,
        ),
        (
            "a cookie does not matter",
            {b"accept-encoding": b"br", b"cookie": b"a=b"},
            b"br",
        ),
    ],
)
def test_choice(rule, request_, expected):
    assert RULES.choice(request_) == expected


@pytest.mark.parametrize("name", [b"cookie", b"authorization"])
def test_credentials(name):
    careful = replace(RULES, credentials=False)
    assert (
        careful.choice({b"accept-encoding": b"br", name: b"x"}) == Skipped.CREDENTIALS
    )
    assert careful.choice({b"accept-encoding": b"br"}) == b"br"


def test_only_the_route_s_codings():
    only = replace(RULES, codings=(b"gzip",))
    assert only.choice({b"accept-encoding": b"br, zstd"}) == Skipped.NOT_ACCEPTED


def test_kinds_are_of_what_the_answer_depends_on():
    said = {b"accept-encoding": b"gzip"}
    out = {b"x-no-compression": b"1"}
    requests = [{}, {b"accept-encoding": b""}, said, out, said | out]
    assert len({RULES.kind(one) for one in requests}) == len(requests)
    assert {RULES.outcome(one) for one in requests} == {b"\1", b"\1gzip"}
    assert RULES.kind(said | {b"cookie": b"a"}) == RULES.kind(said)
