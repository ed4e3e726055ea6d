"""What people read."""

import pytest

from sidecar.explain.explanation import explanation
from sidecar.explain.text import lines
from tests.explain.example import asked, explain, loaded


def text(folder, target="/products/1", *, complete=False, **request):
    return "\n".join(lines(explain(folder, target, **request), complete=complete))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, "route        products "),
        ({}, "  not        raw: its path is /raw/**; its host is raw.example; it asks"),
        ({}, "  not        default: comes later"),
        ({"target": "/a//b"}, "an ambiguous path fits only /**"),
        ({"target": "/products/1", "method": "PUT"}, "its methods are GET, POST"),
        ({}, "upstream     shop: http://10.1.1.1:80, http://10.1.1.2:80 (Host: preserve)"),
        ({}, "user         the address 192.0.2.7 (not there: jwt authorization, "),
        ({"authorization": "Bearer x"}, "by jwt authorization, if its signature is good"),
        ({"x_key": "k"}, "by api_key x-key, which anybody can make up, from 192.0.2.7"),
        ({}, "rate limit   products-2: 5/s, 5 at once, by address 192.0.2.7 (observe)"),
        ({}, "concurrency  9 at once, nobody waits, of the upstream shop"),
        ({}, "breaker      shop"),
        ({}, "asked        at most 2 times; 20s until the response head, in all"),
        ({"method": "POST"}, "asked        once; "),
        ({}, "cache        looked up by\n  url        http://shop.example/products/1"),
        ({"range": "bytes=0-1"}, "cache        taken of a stored whole, else passed by, for its range; looked up by\n  url  "),
        ({"method": "POST"}, "not looked up, for POST is neither GET nor HEAD"),
        ({"method": "POST"}, "  outdates   http://shop.example/products/1, /products/**"),
        ({"cookie": "a=b"}, "  but        it carries cookie: "),
        ({"accept_encoding": "br"}, "compression  br, from 1KiB on, of text/*, "),
        ({}, "compression  none: not_accepted"),
    ],
)  # fmt: skip
def test_lines(request_, expected, tmp_path):
    assert expected in text(tmp_path, **request_)


def test_a_setting_leads_to_its_line(tmp_path):
    said = text(tmp_path)
    assert f"<- routes[0].cache.ttl {tmp_path}/sidecar.yaml:" in said
    assert "defaults (--all)" in said
    assert "timeouts.connect" not in said
    complete = text(tmp_path, complete=True)
    assert "  timeouts.connect  " in complete
    assert "<- default" in complete
    assert "(--all)" not in complete


def test_more_routes_than_fit(tmp_path):
    routes = "".join(f"  - {{name: r{n}, match: {{path: /r{n}}}}}\n" for n in range(30))
    found = explanation(loaded(tmp_path, f"routes:\n{routes}"), asked("/x"))
    said = list(lines(found))
    assert sum(line.startswith("  not") for line in said) == 21
    assert "  not        and 10 more" in said


CHOOSING = """\
routes:
  - {name: chosen, match: {path: /chosen}, fields: {envelope: data}}
  - {name: some, match: {path: /some}, fields: {parameter: f, strict: true}}
"""


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/chosen?fields=id,%1b", "id,\ufffd of data"),
        ("/chosen", "all of data, for the query has no fields"),
        ("/chosen?fields=(", "all of data, for fields cannot be read"),
        ("/some?f=id", "id"),
        ("/some?f=(", "refused with 400: f cannot be read"),
    ],
)
def test_fields(target, expected, tmp_path):
    found = explanation(loaded(tmp_path, CHOOSING), asked(target))
    assert f"fields       {expected}" in lines(found)
