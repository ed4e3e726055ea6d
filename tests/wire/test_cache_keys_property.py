"""What the cache says is what the application would have said to the same request.

Requests that mean nearly the same, in all spellings, are made by chance. The origin
tells of all that it might go by; whatever is answered from the cache is compared with
what it tells where the cache is passed by.
"""

import json
import random
import re
from http.cookies import CookieError, SimpleCookie

import pytest

from tests.conftest import Start
from tests.harness.client import Client
from tests.harness.origin import Connection, Origin, reply
from tests.harness.strict import Request, Response

ROUNDS = 400
KINDS = 40
OF_THESE = 0.5
WITH_COOKIES = 0.5

PATHS = b"/a /a /A /a/ /%61 /a;x //a /./a http://t/a HTTP://T:80/a http://u/a".split()
QUERIES = (b"", b"", b"?", b"?b", b"?b=1", b"?b=1&c", b"?c&b=1", b"?b=1;c")
HOSTS = b"t t t T t. t:80 T.:80 t:8080 u".split()
FIELDS = (
    b"Front-End-Https: on",
    b"Forwarded: host=e;proto=https",
    b"X-Forwarded-Host: e",
    b"X-Forwarded-Host: e, t",
    b"X-Forwarded-Path: /e",
    b"X-Forwarded-Port: 1",
    b"X-Forwarded-Prefix: /e",
    b"X-Forwarded-Proto: https",
    b"X-Forwarded-Proto: http",
    b"X_Forwarded_Host: e",
    b"X-Host: e",
    b"X-HTTP-Method-Override: PUT",
    b"X-Original-Host: e",
    b"X-Original-URL: /e",
    b"X-Scheme: https",
    b"X-Script-Name: /e",
    b"X-Tenant: a",
    b"X-Tenant: b",
    b"X-Tenant:",
    b"Connection: x-tenant, x-scheme",
    b"Connection: keep-alive, X-Forwarded-Host",
)
COOKIES = (
    *(b"lang=de", b"lang=en", b"Lang=fr", b"la.ng=1", b"l%61ng=de", b"lang", b"path=/"),
    *(b"x=1", b'x="', b'"', b"a b", b"; ", b"; ", b";", b", ", b" ", b"="),
)
# Ours for each request, and what is compared otherwise or says no more than others.
OF_EACH = {
    "forwarded",
    "x-forwarded-for",
    "via",
    "x-request-id",
    "traceparent",
    "if-match",
    "cookie",
}


async def tell(connection: Connection, request: Request) -> None:
    seen = {
        "target": request.target.decode(),
        "fields": sorted(
            (name.decode().lower(), value.decode()) for name, value in request.fields
        ),
    }
    await connection.write(
        reply(json.dumps(seen).encode(), b"Cache-Control: public, max-age=600")
    )


def made(chance: random.Random) -> list[bytes]:
    """The lines of a request."""
    target = chance.choice(PATHS) + chance.choice(QUERIES)
    lines = [b"GET %b HTTP/1.1" % target, b"Host: " + chance.choice(HOSTS)]
    lines += chance.sample(FIELDS, chance.choice((0, 0, 1, 2)))
    if chance.random() < WITH_COOKIES:
        lines.append(
            b"Cookie: " + b"".join(chance.choices(COOKIES, k=chance.randint(1, 4)))
        )
    return lines


def ask(port: int, lines: list[bytes]) -> Response:
    with Client(port) as client:
        (response,) = client.ask(b"\r\n".join([*lines, b"", b""])).responses
    return response


def read(cookies: str) -> list[object]:
    """What backends take for the cookie `lang`."""
    parted = SimpleCookie()
    try:
        parted.load(cookies)
    except CookieError:
        parted.clear()
    found: list[object] = [parted["lang"].value if "lang" in parted else None]
    for separators in (";", "[;,]"):
        pairs = [one.strip().partition("=") for one in re.split(separators, cookies)]
        exact = [value for name, _, value in pairs if name.strip() == "lang"]
        alike = [v for name, _, v in pairs if name.strip(" .").lower() == "lang"]
        found += [exact[:1], exact[-1:], alike[:1]]
    return found


def told(response: Response) -> object:
    seen = json.loads(response.body)
    fields = [pair for pair in seen["fields"] if pair[0] not in OF_EACH]
    cookies = "; ".join(value for name, value in seen["fields"] if name == "cookie")
    return seen["target"], fields, read(cookies)


@pytest.mark.parametrize("trusted", [[], ["127.0.0.0/8"]], ids=["stranger", "proxy"])
def test_nobody_is_told_what_another_asked_for(
    shared_sidecar: Start, origin: Origin, trusted: list[str]
) -> None:
    key = {"headers": ["x-tenant"], "cookies": ["lang"]}
    config = {"trusted_proxies": trusted, "defaults": {"cache": {"key": key}}}
    sidecar = shared_sidecar(config)
    for path in (b"/a", b"/A", b"/a/", b"/%61", b"/a;x", b"//a", b"/./a"):
        origin.script(path, [tell])
    chance = random.Random(11)
    kinds = [made(chance) for _ in range(KINDS)]
    hits = 0
    for _ in range(ROUNDS):
        lines = chance.choice(kinds) if chance.random() < OF_THESE else made(chance)
        answer = ask(sidecar.port, lines)
        if b"; hit" in (answer.one(b"cache-status") or b""):
            hits += 1
            own = ask(sidecar.port, [*lines, b'If-Match: "x"'])
            assert told(answer) == told(own), lines
    assert hits > ROUNDS / 10
