import pytest

from sidecar.semantics.cache_control import LONGEST, NOTHING, CacheControl
from sidecar.semantics.targeted import Directives, directives

OURS, CDN, PLAIN = b"sidecar-cache-control", b"cdn-cache-control", b"cache-control"


@pytest.mark.parametrize(
    ("rule", "values", "control", "targeted"),
    [
        ("no field", {}, NOTHING, False),
        ("the plain one", {PLAIN: b"max-age=1"}, CacheControl(max_age=1), False),
        (
            "§2.2: a target wins",
            {PLAIN: b"no-store", CDN: b"max-age=2"},
            CacheControl(max_age=2),
            True,
        ),
        (
            "the first target wins",
            {CDN: b"max-age=2", OURS: b"max-age=3"},
            CacheControl(max_age=3),
            True,
        ),
        (
            "an empty one is passed over",
            {PLAIN: b"max-age=1", CDN: b""},
            CacheControl(max_age=1),
            False,
        ),
        (
            "an invalid one is passed over",
            {PLAIN: b"max-age=1", OURS: b"Max-Age=3", CDN: b"max-age=2"},
            CacheControl(max_age=2),
            True,
        ),
        (
            "what must be understood",
            {CDN: b"max-age=5, must-revalidate, no-store, no-cache, private"},
            CacheControl(
                max_age=5,
                must_revalidate=True,
                no_store=True,
                no_cache=True,
                private=True,
            ),
            True,
        ),
        (
            "RFC 5861",
            {CDN: b"max-age=5, stale-while-revalidate=6, stale-if-error=7"},
            CacheControl(max_age=5, stale_while_revalidate=6, stale_if_error=7),
            True,
        ),
        ("unknown ones alone are valid", {CDN: b"foo"}, NOTHING, True),
        ("a flag that is false", {CDN: b"no-store=?0"}, NOTHING, True),
        (
            "a flag of another type",
            {CDN: b"no-store=1"},
            CacheControl(no_store=True),
            True,
        ),
        ("no integer", {CDN: b"max-age=1.5"}, CacheControl(max_age=0), True),
        ("a flag for a number", {CDN: b"max-age"}, CacheControl(max_age=0), True),
        ("a negative one", {CDN: b"max-age=-5"}, CacheControl(max_age=0), True),
        (
            "a large one",
            {CDN: b"max-age=999999999999"},
            CacheControl(max_age=LONGEST),
            True,
        ),
        (
            "qualified",
            {CDN: b'no-cache="Set-Cookie, a", private=("X-B" c)'},
            CacheControl(
                no_cache_fields=frozenset({b"set-cookie", b"a"}),
                private_fields=frozenset({b"x-b", b"c"}),
            ),
            True,
        ),
    ],
)
def test_directives(rule, values, control, targeted):
    assert directives(values) == Directives(control, targeted), rule
