"""Rate limits as clients meet them: how many pass, and what the others are told."""

import json
from typing import Any

import pytest

from tests.conftest import Start
from tests.harness.client import get
from tests.harness.crowd import request, rush, statuses
from tests.harness.origin import End, Origin
from tests.harness.ports import reserved_port
from tests.harness.valkey import Valkey

LIMIT, CROWD = 100, 1000


def limited(**limit: Any) -> dict[str, Any]:
    return {"defaults": {"rate_limit": {"rate": "100/h", **limit}}}


async def test_exactly_as_many_as_the_limit(own_sidecar: Start, origin: Origin) -> None:
    sidecar = own_sidecar(limited())
    fates = await rush([sidecar.port], [request()] * CROWD)
    assert statuses(fates) == {200: LIMIT, 429: CROWD - LIMIT}
    assert len(origin.take()) == LIMIT


async def test_exactly_as_many_over_four_workers(
    own_sidecar: Start, origin: Origin
) -> None:
    sidecar = own_sidecar({**limited(), "workers": 4})
    fates = await rush([sidecar.port], [request()] * CROWD)
    assert statuses(fates) == {200: LIMIT, 429: CROWD - LIMIT}
    assert len(origin.take()) == LIMIT


def test_what_is_said(own_sidecar: Start) -> None:
    sidecar = own_sidecar(limited(rate="2/m"))
    first, *_, last = (get(sidecar.port).responses[0] for _ in range(3))
    assert first.one(b"RateLimit-Policy") == b'"default";q=2;w=60'
    assert (first.one(b"RateLimit") or b"").startswith(b'"default";r=1;t=')
    assert last.status == 429
    left = int(last.one(b"Retry-After") or 0)
    assert 0 < left <= 30
    assert last.one(b"RateLimit") == b'"default";r=0;t=%d' % left
    assert last.one(b"Content-Type") == b"application/problem+json"
    problem = json.loads(last.body)
    assert problem["type"].endswith("#quota-exceeded")
    assert problem["violated-policies"] == ["default"]


@pytest.mark.parametrize(
    ("headers", "name"),
    [("draft", b"RateLimit"), ("legacy", b"X-RateLimit-Remaining"), ("off", None)],
)
def test_dialects(headers: str, name: bytes | None, own_sidecar: Start) -> None:
    sidecar = own_sidecar(limited(headers=headers))
    names = {field.lower() for field, _ in get(sidecar.port).responses[0].fields}
    assert {one for one in names if b"ratelimit" in one} >= (
        {name.lower()} if name else set()
    )
    assert name or not any(b"ratelimit" in one for one in names)


def test_a_trio_is_one_for_several_limits(own_sidecar: Start) -> None:
    """One is asked on arrival, the other where the cache has no answer."""
    limits = [
        {"rate": "50/h", "headers": "legacy"},
        {"rate": "9/h", "headers": "legacy", "cost": "miss"},
    ]
    sidecar = own_sidecar({"defaults": {"rate_limit": limits}})
    seen = get(sidecar.port).responses[0]
    assert seen.one(b"X-RateLimit-Limit") == b"9"
    assert seen.one(b"X-RateLimit-Remaining") == b"8"


def test_seconds_without_an_answer_are_paid_for(
    own_sidecar: Start, origin: Origin
) -> None:
    limit = {"rate": "1/h", "cost": "time"}
    timeouts = {"request": "1200ms"}
    sidecar = own_sidecar({"defaults": {"rate_limit": limit, "timeouts": timeouts}})
    origin.script(b"/hangs", [End.FREEZE])
    assert [get(sidecar.port, b"/hangs").status for _ in range(2)] == [504, 429]


async def test_forged_addresses_are_one_client(own_sidecar: Start) -> None:
    """A stranger's X-Forwarded-For is not believed, however often it changes."""
    sidecar = own_sidecar(limited())
    forged = [
        request(b"/", b"X-Forwarded-For: 10.0.%d.%d" % divmod(n, 256))
        for n in range(500)
    ]
    fates = await rush([sidecar.port], forged)
    assert statuses(fates) == {200: LIMIT, 429: 400}


async def test_a_trusted_proxy_tells_them_apart(own_sidecar: Start) -> None:
    config = {**limited(rate="1/h"), "trusted_proxies": ["127.0.0.0/8"]}
    sidecar = own_sidecar(config)
    requests = [
        request(b"/", b"X-Forwarded-For: 203.0.113.%d" % n) for n in (1, 2, 1, 3)
    ]
    found = []
    for one in requests:
        found += await rush([sidecar.port], [one])
    assert [fate.status for fate in found] == [200, 200, 429, 200]


async def test_made_up_keys_mint_no_quota(own_sidecar: Start) -> None:
    config = {**limited(rate="5/h"), "identity": [{"api_key": {}}]}
    sidecar = own_sidecar(config)
    forged = [request(b"/", b"X-Api-Key: forged-%d" % n) for n in range(50)]
    assert statuses(await rush([sidecar.port], forged)) == {200: 5, 429: 45}
    # Nor does who leaves it out get more.
    assert statuses(await rush([sidecar.port], [request()] * 5)) == {429: 5}


def test_where_it_only_watches_nobody_is_refused(
    own_sidecar: Start, origin: Origin
) -> None:
    sidecar = own_sidecar(limited(rate="1/h", mode="observe"))
    assert [get(sidecar.port).status for _ in range(5)] == [200] * 5


def test_the_secret_is_in_no_log(own_sidecar: Start) -> None:
    config = {**limited(rate="1/h"), "identity": [{"api_key": {}}]}
    sidecar = own_sidecar(config)
    for _ in range(3):
        get(sidecar.port, b"/", b"X-Api-Key: canary-12345")
    sidecar.stop()
    assert "canary-12345" not in sidecar.stdout + sidecar.stderr


async def test_exactly_as_many_over_two_sidecars(
    own_sidecar: Start, origin: Origin
) -> None:
    with Valkey() as valkey:
        shared = {
            **limited(),
            # This machine may be busy; whether it answers in 50 ms is not the point.
            "store": {"redis": {"url": valkey.url, "timeout": "30s"}},
        }
        ports = [own_sidecar(shared).port for _ in range(2)]
        fates = await rush(ports, [request()] * CROWD)
        assert statuses(fates) == {200: LIMIT, 429: CROWD - LIMIT}
        assert len(origin.take()) == LIMIT


async def test_without_the_store_each_counts_for_itself(
    own_sidecar: Start, origin: Origin
) -> None:
    nobody = {"redis": {"url": f"redis://127.0.0.1:{reserved_port()}"}}
    sidecar = own_sidecar({**limited(), "store": nobody})
    fates = await rush([sidecar.port], [request()] * 200)
    assert statuses(fates) == {200: LIMIT, 429: 100}
