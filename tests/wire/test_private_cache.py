"""`cache.key.by_identity`: each user has their own, and nobody another's."""

import json
import random
from typing import Any

import pytest

from tests.conftest import Start
from tests.harness.client import get
from tests.harness.origin import Origin, reply
from tests.harness.sidecar import Sidecar
from tests.harness.strict import Response
from tests.policy.test_tokens import SECRET, sign

ROUNDS = 400


def bearer(**claims: Any) -> bytes:
    return b"Authorization: Bearer " + sign(claims, key=claims.pop("key", SECRET))


# Two tokens of one user are one user's; all else is what somebody only says.
ALICE = [bearer(sub="alice"), bearer(sub="alice", jti="2")]
BOB = [bearer(sub="bob")]
CLAIMS = [
    bearer(sub="alice", key="x" * 32),
    bearer(sub="alice", exp=1),
    b"Authorization: Basic YWxpY2U6eA==",
    b"X-Api-Key: alice",
    b"Cookie: session=alice",
    b"X-User-Id: alice",
]


@pytest.fixture
def sidecar(shared_sidecar: Start) -> Sidecar:
    return shared_sidecar(
        {
            "identity": [
                {"jwt": {"secret": SECRET}},
                {"header": {"name": "x-user-id"}},
            ],
            "defaults": {"cache": {"ttl": "1h", "key": {"by_identity": True}}},
        }
    )


def ask(sidecar: Sidecar, path: bytes, *fields: bytes) -> Response:
    outcome = get(sidecar.port, path, *fields)
    assert outcome.status == 200, outcome
    return outcome.responses[0]


def is_hit(response: Response) -> bool:
    return b"; hit" in (response.one(b"cache-status") or b"")


def test_a_user_is_asked_for_once(sidecar: Sidecar, origin: Origin) -> None:
    bodies = {}
    for user in (ALICE[0], BOB[0]):
        first, again = ask(sidecar, b"/own", user), ask(sidecar, b"/own", user)
        assert (is_hit(first), is_hit(again)) == (False, True)
        assert first.body == again.body
        bodies[user] = bytes(first.body)
    assert len({*bodies.values()}) == 2
    assert ask(sidecar, b"/own", ALICE[1]).body == bodies[ALICE[0]]
    assert len(origin.take()) == 2


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_is_only_claimed_opens_nothing(
    sidecar: Sidecar, origin: Origin, claim: bytes
) -> None:
    path = b"/claim%d" % CLAIMS.index(claim)
    alices = ask(sidecar, path, ALICE[0]).body
    theirs = ask(sidecar, path, claim)
    assert not is_hit(theirs)
    assert theirs.body != alices
    mine = ask(sidecar, path, ALICE[0])
    assert (is_hit(mine), mine.body) == (True, alices)


@pytest.mark.parametrize(
    "forbidding",
    [b"Cache-Control: private", b"Cache-Control: no-store", b"Set-Cookie: a=b"],
)
def test_what_is_never_stored_is_not_stored_for_one(
    sidecar: Sidecar, origin: Origin, forbidding: bytes
) -> None:
    origin.script(b"/never", reply(b"1", forbidding), reply(b"2", forbidding))
    assert [ask(sidecar, b"/never", *ALICE[:1]).body for _ in range(2)] == [b"1", b"2"]


def test_never_anothers(sidecar: Sidecar, origin: Origin) -> None:
    """The origin says what it was sent: a body is whose fields it holds."""
    chance = random.Random(7)
    hits = 0
    for _ in range(ROUNDS):
        kind = chance.choice([ALICE, BOB, [], *([claim] for claim in CLAIMS)])
        fields = [chance.choice(kind)] if kind else []
        if chance.random() < 0.2 and not any(f.startswith(b"Cookie") for f in fields):
            fields.append(b"Cookie: session=%d" % chance.randrange(2))
        answer = ask(sidecar, b"/%d" % chance.randrange(5), *fields)
        told = dict(json.loads(answer.body)["fields"])
        seen = (
            f"Authorization: {told['Authorization']}" if "Authorization" in told else ""
        )
        mine = {field.decode() for field in kind if field.startswith(b"Authorization")}
        assert seen in (mine or {""}), (fields, told)
        for name in (b"X-Api-Key", b"X-User-Id"):
            sent = any(field.startswith(name) for field in fields)
            assert (name.decode() in told) is sent, (fields, told)
        hits += is_hit(answer)
    assert hits > ROUNDS / 10
