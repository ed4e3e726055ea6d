"""What a request says of its connection; more of it in test_gate."""

import pytest

from sidecar.server.connection_options import read_options
from tests.proxy.script import request


@pytest.mark.parametrize(
    ("rule", "options", "name", "stays"),
    [
        ("named", b"x-lang", b"x-lang", False),
        ("in another case", b"close, X-Lang", b"x-lang", False),
        ("another", b"x-long", b"x-lang", True),
        ("what nobody may take away", b"cookie", b"cookie", True),
        ("who asks", b"x-forwarded-for", b"x-forwarded-for", True),
        ("what is read here", b"upgrade", b"upgrade", True),
        ("also that", b"expect", b"expect", True),
    ],
)
def test_what_is_nominated_is_not_there(rule, options, name, stays):
    head = request(values={name: b"a", b"connection": options})
    assert read_options(head, options)
    assert (name in head.values) is stays, rule
    assert head.values[b"host"] == b"example.org"
