import pytest


@pytest.mark.parametrize(
    ("rule", "text", "place", "path", "message", "hint"),
    [
        ("unknown key", "listne: 1", (1, 1), "listne", "unknown key 'listne'", "did you mean 'listen'?"),
        ("unknown, of another section", "timeouts: {}", (1, 1), "timeouts", "unknown key 'timeouts'", "'timeouts' is a key of defaults, and of each route"),
        ("unknown, nothing near", "health: {zzz: 1}", (1, 10), "health.zzz", "unknown key 'zzz'", "known here: listen, readiness"),
        ("nested unknown", "limits:\n  haed: 1KiB", (2, 3), "limits.haed", "unknown key 'haed'", "did you mean 'head'?"),
        ("in an upstream", "upstreams: {default: {balence: x}}", (1, 23), "upstreams.default.balence", "unknown key 'balence'", "did you mean 'balance'?"),
        ("missing", "routes: [{slow: 1s}]", (1, 10), "routes[0].name", "the key 'name' is missing", ""),
        ("one of", "health: {readiness: folow}", (1, 21), "health.readiness", "'folow' is not one of: first-contact, follow, proxy-only", "did you mean 'follow'?"),
        ("yes is text", "upstreams: {default: {tls: {verify: yes}}}", (1, 37), "upstreams.default.tls.verify", "true or false is needed, not 'yes'", ""),
        ("text for a number", "limits: {fields: many}", (1, 18), "limits.fields", "a whole number is needed, not 'many'", ""),
        ("octal is text", "limits: {fields: 012}", (1, 18), "limits.fields", "a whole number is needed, not '012'", ""),
        ("number for text", "telemetry: {service: 7}", (1, 22), "telemetry.service", "text is needed, not 7", "write it in quotes"),
        ("too small", "limits: {fields: 0}", (1, 18), "limits.fields", "at least 1 is needed, not 0", ""),
        ("too large", "limits: {fields: 9999999}", (1, 18), "limits.fields", "at most 1000000 is needed, not 9999999", ""),
        ("a mapping for a list", "routes: {a: 1}", (1, 9), "routes", "a list is needed, not a mapping", ""),
        ("a list for a mapping", "limits: [1]", (1, 9), "limits", "a mapping (`key: value`) is needed, not a list", ""),
        ("text for a mapping", "health: off", (1, 9), "health", "a mapping (`key: value`) is needed, not 'off'", ""),
        ("a wrong unit", "defaults: {slow: 5 sec}", (1, 18), "defaults.slow", "not a duration: '5 sec' (examples: 250ms, 30s, 1m30s, 2h, 7d)", ""),
        ("zero", "defaults: {slow: 0s}", (1, 18), "defaults.slow", "a duration above 0 is needed here", ""),
        ("in defaults, told once", "defaults: {timeouts: {write: x}}\nroutes: [{name: a, match: {path: /a}}]", (1, 30), "defaults.timeouts.write", "not a duration: 'x' (examples: 250ms, 30s, 1m30s, 2h, 7d)", ""),
        ("network", "trusted_proxies: [10.0.0.1/8]", (1, 19), "trusted_proxies[0]", "not a network: '10.0.0.1/8'; did you mean '10.0.0.0/8'?", ""),
        ("one of a list", 'listen: [":1", "x"]', (1, 16), "listen[1]", 'not an address to listen on: \'x\' (examples: "0.0.0.0:8080", ":8080", "[::]:8080", "unix:/run/s.sock")', ""),
        ("cert without key", "upstreams: {default: {tls: {cert: x}}}", (1, 28), "upstreams.default.tls", "cert and key are given together", ""),
        ("name of an upstream", "upstreams: {default: {}, a b: {url: http://a}}", (1, 26), "upstreams.a b", "not a name: 'a b'", "letters, digits and . _ - , at most 64"),
        ("name of a route", "routes: [{name: a b}]", (1, 17), "routes[0].name", "'a b' does not fit: [A-Za-z0-9_][A-Za-z0-9_.-]*", ""),
        ("pattern", "routes: [{name: a, match: {path: /a*}}]", (1, 34), "routes[0].match.path", "'/a*' *, ** and {name} stand for whole segments, unlike 'a*'", ""),
        ("field that is ours", "defaults: {headers: {request: {set: {Host: x}}}}", (1, 38), "defaults.headers.request.set.Host", "the field Host is written by the sidecar itself", ""),
        ("no methods", "routes: [{name: a, match: {methods: []}}]", (1, 37), "routes[0].match.methods", "at least one entry is needed, not a list", ""),
    ],
)
def test_mistakes_say_what_was_found_and_what_is_allowed(
    mistakes, rule, text, place, path, message, hint
):
    [mistake] = mistakes(text)
    assert (mistake.line, mistake.column) == place, rule
    assert mistake.path == path
    assert mistake.message == message
    assert mistake.hint == hint


def test_a_wrong_secret_is_not_repeated(mistakes):
    [mistake] = mistakes("admin: {token: [hunter2]}")
    assert "hunter2" not in mistake.message + mistake.hint
