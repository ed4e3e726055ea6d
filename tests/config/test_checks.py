import pytest

A = '{name: a, match: {path: "/a/**"}}'


@pytest.mark.parametrize(
    ("rule", "text", "place", "says", "hint"),
    [
        (
            "duplicate name",
            f"routes:\n- {A}\n- {{name: a, match: {{path: /b}}}}",
            (3, 10),
            "taken by line 2",
            "",
        ),
        (
            "default is the last",
            "routes: [{name: default, match: {path: /b}}]",
            (1, 17),
            "belongs to the last route",
            "give this",
        ),
        (
            "unknown upstream",
            "upstreams: {api: {url: http://a}, default: {}}\nroutes: [{name: a, upstream: apy}]",
            (2, 30),
            "no upstream is named 'apy'",
            "did you mean 'api'?",
        ),
        (
            "unknown, nothing near",
            "routes: [{name: a, upstream: xyz}]",
            (1, 30),
            "no upstream",
            "defined: default",
        ),
        (
            "no default upstream",
            "upstreams: {a: {url: http://a}, b: {url: http://b}}",
            (1, 1),
            "one must be named 'default'",
            "it serves",
        ),
        (
            "upstream without url",
            "upstreams: {default: {}, b: {connections: 2}}",
            (1, 26),
            "'b' has no url",
            "",
        ),
        (
            "covered by a broader path",
            f"routes:\n- {A}\n- {{name: b, match: {{path: /a/b}}}}",
            (3, 3),
            "never reached: the route 'a' of line 2",
            "put it before",
        ),
        (
            "covered by no condition",
            "routes:\n- {name: a}\n- {name: b, match: {path: /b}}",
            (3, 3),
            "never reached",
            "put it",
        ),
        (
            "same path, more conditions",
            f"routes:\n- {A}\n- {{name: b, match: {{path: /a/**, methods: [GET]}}}}",
            (3, 3),
            "never reached",
            "put it",
        ),
        (
            "admin off loopback",
            'admin: {listen: "0.0.0.0:9902"}',
            (1, 17),
            "has no token",
            "set admin.token",
        ),
        (
            "one address twice",
            'listen: ":80"\nhealth: {listen: "0.0.0.0:80"}',
            (2, 18),
            "cannot both be listened on",
            "",
        ),
        (
            "users of their own, and nobody proves to be one",
            "identity: [api_key: {}]\ndefaults: {cache: {key: {by_identity: true}}}",
            (2, 39),
            "nobody can prove",
            "an API key",
        ),
        (
            "the same on one route",
            "routes: [{name: a, cache: {key: {by_identity: true}}}]",
            (1, 47),
            "nobody can prove",
            "an API key",
        ),
        (
            "one address twice in a list",
            'listen: [":80", "0.0.0.0:80"]',
            (1, 17),
            "cannot both be listened on",
            "the other is listen[0]",
        ),
        (
            "one address within another",
            'listen: ":9901"',
            (1, 9),
            "127.0.0.1:9901 and 0.0.0.0:9901 cannot both",
            "the other is health.listen",
        ),
        (
            "one name for two rates",
            "defaults: {rate_limit: {name: all, rate: 1/s}}\nroutes:\n- {name: a, match: {path: /a}}\n- {name: b, match: {path: /b}, rate_limit: {rate: 2/s}}",
            (1, 31),
            "another rate or burst than the one of line 1",
            "limits of one name",
        ),
        (
            "one name for two bursts in a list",
            "routes: [{name: a, rate_limit: [{name: x, rate: 1/s}, {name: x, rate: 1/s, burst: 2}]}]",
            (1, 62),
            "the limit 'x' has another",
            "limits of one name",
        ),
    ],
)
def test_keys_that_disagree(mistakes, rule, text, place, says, hint):
    [mistake] = mistakes(text)
    assert (mistake.line, mistake.column) == place, rule
    assert says in mistake.message
    assert mistake.hint.startswith(hint)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("a narrower route first", "routes:\n- {name: b, match: {path: /a/b}}\n- " + A),
        (
            "other methods",
            "routes:\n- {name: b, match: {path: /a/**, methods: [GET]}}\n- " + A,
        ),
        ("other fields", "routes:\n- {name: b, match: {headers: {x: '1'}}}\n- " + A),
        ("other host", "routes:\n- {name: b, match: {host: a.b}}\n- " + A),
        ("a last route that is open", "routes:\n- {name: a}\n- {name: default}"),
        ("admin with token", 'admin: {listen: "0.0.0.0:9902", token: x}'),
        ("admin on a unix socket", 'admin: {listen: "unix:/run/admin.sock"}'),
        (
            "users who can prove it",
            "identity: [header: {name: x-user}]\ndefaults: {cache: {key: {by_identity: true}}}",
        ),
        ("port 0 is a new port each time", 'listen: [":0", ":0"]'),
        ("IPv4 and IPv6", 'listen: [":80", "[::1]:80"]'),
        ("two unix sockets", 'listen: ["unix:/a", "unix:/b"]'),
        (
            "one name for one rate",
            "defaults: {rate_limit: {name: x, rate: 1/s}}\nroutes: [{name: a, match: {path: /a}}, {name: b}]",
        ),
    ],
)
def test_keys_that_agree(loaded, rule, text):
    assert loaded(text).config.routes, rule


def test_routes_are_bounded(mistakes):
    routes = "".join(
        f"- {{name: r{n}, match: {{path: /api/r{n}}}}}\n" for n in range(20_001)
    )
    [mistake] = mistakes("routes:\n" + routes)
    assert (mistake.path, mistake.message) == (
        "routes",
        "at most 20001 entries are allowed, not 20002",
    )
