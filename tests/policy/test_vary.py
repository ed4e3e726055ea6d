import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.vary import (
    MOST_VARIANTS,
    codings,
    languages,
    reflects_origin,
    remember,
    selecting,
    suffix,
)


@pytest.mark.parametrize(
    ("rule", "vary", "known", "names"),
    [
        ("no field", None, (), ()),
        ("an empty one", b" , ", (), ()),
        ("names", b"Foo, bar", (), (b"bar", b"foo")),
        ("twice", b"foo, Foo", (), (b"foo",)),
        ("without what the key has", b"foo, Cookie", (b"cookie",), (b"foo",)),
        ("§4.1: * fails to match", b"*", (), None),
        ("among others", b"foo, *", (), None),
        ("in front", b"*, foo", (), None),
        ("twice", b"*, *", (), None),
        ("behind nothing", b", *", (), None),
        ("no token", b"foo bar", (), None),
        ("who asks, as we say it", b"foo, X-Forwarded-For", (), None),
        ("what each request has another of", b"x-request-id", (), None),
        ("nor this", b"Traceparent", (), None),
        ("unless the key has it", b"X-Forwarded-For", (b"x-forwarded-for",), ()),
        (
            "sixteen",
            b",".join(b"n%x" % n for n in range(16)),
            (),
            tuple(b"n%x" % n for n in range(16)),
        ),
        ("too many", b",".join(b"n%d" % n for n in range(17)), (), None),
    ],
)
def test_selecting(rule, vary, known, names):
    assert selecting(vary, known) == names, rule


@pytest.mark.parametrize(
    ("rule", "value", "normal"),
    [
        ("known ones", b"gzip, br", b"br,gzip"),
        ("spelled otherwise", b"\tBR ;q=0.1,GZip;q=1", b"br,gzip"),
        ("an alias", b"x-gzip", b"gzip"),
        ("refused", b"gzip;q=0, br;q=0.000, zstd; q = 0.0", b""),
        ("nearly", b"gzip;q=0.001", b"gzip"),
        ("unknown ones", b"foo, gzip, bar;q=1", b"gzip"),
        ("identity goes without saying", b"identity, gzip", b"gzip"),
        ("unless it is refused", b"identity;q=0, gzip", b"gzip,identity"),
        ("anything", b"*", b"*"),
        ("nothing else", b"gzip, *;q=0", b"gzip"),
        ("nothing", b"", b""),
    ],
)
def test_codings(rule, value, normal):
    assert codings(value) == normal, rule


@pytest.mark.parametrize(
    ("rule", "value", "normal"),
    [
        ("the order is nothing", b"en, de", b"de,en"),
        ("nor the case", b"EN, De", b"de,en"),
        ("nor space", b"en  ,\tde", b"de,en"),
        ("a weight is", b"en;q=0.5, de", b"de,en;0.5"),
        ("however it is written", b"en ; q=0.50, de;q=1.0", b"de,en;0.5"),
        ("1 goes without saying", b"de;q=1", b"de"),
        ("0 does not", b"de;q=0", b"de;0"),
    ],
)
def test_languages(rule, value, normal):
    assert languages(value) == normal, rule


@pytest.mark.parametrize(
    ("rule", "one", "other", "same"),
    [
        ("equal", {b"foo": b"1"}, {b"foo": b"1"}, True),
        ("different", {b"foo": b"1"}, {b"foo": b"2"}, False),
        ("absent and empty", {}, {b"foo": b""}, False),
        ("absent twice", {}, {b"x": b"1"}, True),
        ("space around commas", {b"foo": b"1 ,2"}, {b"foo": b"1,\t2"}, True),
        ("not inside quotations", {b"foo": b'"1 ,2"'}, {b"foo": b'"1,2"'}, False),
        ("the order, of who knows what", {b"foo": b"1,2"}, {b"foo": b"2,1"}, False),
        ("the case as well", {b"foo": b"a"}, {b"foo": b"A"}, False),
        (
            "codings by meaning",
            {b"accept-encoding": b"gzip, br"},
            {b"accept-encoding": b"br;q=0.9, gzip"},
            True,
        ),
        (
            "languages by meaning",
            {b"accept-language": b"en, de"},
            {b"accept-language": b"DE,en"},
            True,
        ),
    ],
)
def test_suffix(rule, one, other, same):
    names = (b"accept-encoding", b"accept-language", b"foo")
    assert (suffix(names, one) == suffix(names, other)) is same, rule


def test_what_is_not_read_to_its_end_counts_as_it_is():
    junk = b"a," * 100
    names = (b"accept-encoding",)
    assert suffix(names, {names[0]: junk + b"gzip"}) != suffix(names, {names[0]: junk})


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_other_fields_count_byte_for_byte_but_for_space(one, other):
    same = suffix((b"x",), {b"x": one}) == suffix((b"x",), {b"x": other})
    if same:
        assert b"".join(one.split()) == b"".join(other.split())


@given(st.text(alphabet="gzipbr,;q=01. *", max_size=40))
def test_normal_forms_are_few_and_stay_what_they_are(text):
    normal = codings(text.encode())
    assert codings(normal.replace(b"identity", b"identity;q=0")) == normal


def test_the_oldest_variant_goes():
    keys: tuple[bytes, ...] = ()
    for n in range(MOST_VARIANTS):
        keys, gone = remember(keys, b"%d" % n)
        assert not gone
    keys, gone = remember(keys, b"0")
    assert (keys[-1], gone) == (b"0", [])
    keys, gone = remember(keys, b"new")
    assert (keys[-1], gone, len(keys)) == (b"new", [b"1"], MOST_VARIANTS)


@pytest.mark.parametrize(
    ("rule", "origin", "allowed", "known", "expected"),
    [
        ("the one that asked", b"https://a", b"https://a", (), True),
        ("all", b"https://a", b"*", (), False),
        ("another", b"https://a", b"https://b", (), False),
        ("nobody's, for nobody", None, None, (), False),
        ("nobody's", None, b"https://a", (), False),
        ("none", b"https://a", None, (), False),
        ("one that the key holds", b"https://a", b"https://a", (b"origin",), False),
    ],
)
def test_reflects_origin(rule, origin, allowed, known, expected):
    request = {} if origin is None else {b"origin": origin}
    response = {} if allowed is None else {b"access-control-allow-origin": allowed}
    assert reflects_origin(request, response, known) is expected, rule
