import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.target import is_host, locate


@pytest.mark.parametrize(
    ("rule", "method", "target", "expected"),
    [
        ("origin-form", b"GET", b"/a?b", (b"/a?b", None)),
        ("origin-form that looks absolute", b"GET", b"//b/c", (b"//b/c", None)),
        ("absolute-form", b"GET", b"http://b/c?d", (b"/c?d", b"b")),
        ("scheme in any case", b"GET", b"HtTpS://b:1/", (b"/", b"b:1")),
        ("no path", b"GET", b"http://b", (b"/", b"b")),
        ("query only", b"GET", b"http://b?c", (b"/?c", b"b")),
        ("the server as a whole", b"OPTIONS", b"*", (b"*", None)),
        ("the server as a whole, to a proxy", b"OPTIONS", b"http://b", (b"*", b"b")),
        ("with a query it is not", b"OPTIONS", b"http://b?c", (b"/?c", b"b")),
        ("asterisk of another method", b"GET", b"*", None),
        ("authority-form", b"CONNECT", b"b:80", None),
        ("empty", b"GET", b"", None),
        ("relative", b"GET", b"a/b", None),
        ("other scheme", b"GET", b"ftp://b/", None),
        ("no authority", b"GET", b"http:///c", None),
        ("user information", b"GET", b"http://u@b/", None),
        ("backslash for a slash", b"GET", b"http://b\\c", None),
        ("fragment", b"GET", b"/a#b", None),
        ("line end", b"GET", b"http://b/\n", None),
        ("raw byte", b"GET", b"/\xe9", None),
    ],
)
def test_locate(rule, method, target, expected):
    assert locate(method, target) == expected


@given(st.binary(max_size=40))
def test_what_goes_on_is_printable_and_begins_with_a_slash(rest):
    for target in (rest, b"/" + rest, b"http://b/" + rest, b"http://b" + rest):
        located = locate(b"GET", target)
        if located is not None:
            assert located.target.startswith(b"/")
            assert all(0x21 <= byte <= 0x7E for byte in located.target)
            assert target.endswith(located.target) or located.target[1:] in target


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ("name", b"a.example", True),
        ("name and port", b"a.example:8080", True),
        ("underscore, as in compose files", b"my_service:80", True),
        ("address", b"127.0.0.1:80", True),
        ("IPv6", b"[2001:db8::1]:443", True),
        ("IPv4 within IPv6", b"[::ffff:1.2.3.4]", True),
        ("highest port", b"a:65535", True),
        ("port above", b"a:65536", False),
        ("port of six digits", b"a:000080", False),
        ("colon without a port", b"a:", False),
        ("no name", b":80", False),
        ("empty", b"", False),
        ("IPv6 without brackets", b"::1", False),
        ("IPv6 that is none", b"[1::2::3]", False),
        ("IPv6 with a zone", b"[fe80::1%eth0]", False),
        ("list", b"a, b", False),
        ("path", b"a/b", False),
        ("line end", b"a\n", False),
        ("longest name", b"a" * 255, True),
        ("longer", b"a" * 256, False),
        ("raw bytes", "bücher".encode(), False),
    ],
)
def test_is_host(rule, value, expected):
    assert is_host(value) is expected
