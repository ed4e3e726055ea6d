"""What the desk knows, from whom, and what it does with it."""

import asyncio
import os
from typing import Any, cast

import pytest

from sidecar.config.load import load
from sidecar.policy.readiness import UpstreamState
from sidecar.server.desk import Desk
from sidecar.server.estate import Estate
from sidecar.server.heartbeats import Heartbeats
from sidecar.server.messages import (
    AskAll,
    Leave,
    Members,
    News,
    Reloaded,
    Standing,
    Told,
    WantDrain,
    WantReload,
)
from sidecar.server.reloads import Outcome, Reloads, Result
from sidecar.server.shares import Shares
from sidecar.telemetry.snapshot import encode
from sidecar.units import Instant, Timestamp
from tests.server.crew import Diary
from tests.server.wire import until

BASE = "upstreams: {default: {url: 'http://127.0.0.1:3000'}}\n"
UP = UpstreamState("app", contacted=True, healthy=True)
DOWN = UpstreamState("app", contacted=False, healthy=False, detail="refused")


@pytest.fixture
def loaded(tmp_path):
    def load_text(text=""):
        file = tmp_path / "sidecar.yaml"
        file.write_text(BASE + text)
        return load(file, environ={})

    return load_text


@pytest.fixture
async def desk(loaded):
    now = [100.0]
    beats = Heartbeats(2, clock=lambda: now[0])
    beats.beat(0)
    beats.beat(1)
    now[0] = 103.0
    estate = Estate(
        loaded(), cast("Any", None), beats, Shares(2, beats), b"sidecar-1", Instant(0.0)
    )
    desk = Desk(estate, Reloads(Timestamp(1.0)))
    desk.link = cast("Any", Diary())
    return desk


def hear(desk, *names, standing=None, draining=False):
    ready = {name: os.getpid() for name in names}
    desk.told(News(Members(2, ready, {"signal": 1}, draining), standing or {}))


def counted(value):
    return encode([("sidecar_connections_total", (), value)])


async def answered(desk, question, **answers):
    """The result of what asks all workers, who answer so."""
    asking = asyncio.ensure_future(question)
    await until(lambda: bool(desk.link.sent))
    (asked,) = desk.link.take()
    for name, content in answers.items():
        desk.told(Told(asked.number, name, content))
    return asked, await asking


async def test_started_when_all_are_ready(desk):
    assert not desk.started()
    hear(desk, "1.1")
    assert not desk.started()
    hear(desk, "1.1", "2.2")
    assert desk.started()
    assert desk.heartbeats() == {"1": 3.0, "2": 3.0}


async def test_readiness_goes_first(desk):
    hear(desk, "1.1", "2.2", draining=True)
    assert desk.draining()


@pytest.mark.parametrize(
    ("rule", "seen", "expected"),
    [
        ("nobody knows", [], []),
        ("all reach it", [UP, UP], [(True, True)]),
        ("one reaches it", [DOWN, UP], [(True, True)]),
        ("none reaches it", [DOWN, DOWN], [(False, False)]),
    ],
)
async def test_upstreams(desk, rule, seen, expected):
    standing = {f"{i}.{i}": Standing((one,)) for i, one in enumerate(seen, 1)}
    hear(desk, *standing, standing=standing)
    assert [(one.contacted, one.healthy) for one in desk.upstreams()] == expected


async def test_numbers_never_fall(desk):
    hear(desk, "1.1", "2.2")
    asked, _ = await answered(
        desk, desk._snapshot(), **{"1.1": [counted(5)], "2.2": [counted(7)]}
    )
    assert asked == AskAll(asked.number, "numbers")
    hear(desk, "1.1", "2.3")
    _, snapshot = await answered(
        desk, desk._snapshot(), **{"1.1": [counted(6)], "2.3": [counted(1)]}
    )
    assert snapshot["sidecar_connections_total"] == {(): 14}


async def test_one_that_is_silent_is_shown_as_it_was(desk):
    hear(desk, "1.1", "2.2")
    await answered(desk, desk._snapshot(), **{"1.1": [counted(5)], "2.2": [counted(7)]})
    _, snapshot = await answered(desk, desk._snapshot(), **{"1.1": [counted(6)]})
    assert snapshot["sidecar_connections_total"] == {(): 13}


async def test_what_happened_is_among_the_numbers(desk):
    hear(desk)
    snapshot = await desk.gather()
    assert snapshot["sidecar_worker_restarts_total"]["signal",] == 1
    assert snapshot["sidecar_config_generation"] == {(): 1}


async def test_a_drain_is_the_parents(desk):
    desk.drain()
    assert desk.link.take() == [WantDrain()]


async def test_a_reload_is_the_parents(desk, loaded):
    told = []
    desk.on_reload.append(told.append)
    asking = asyncio.ensure_future(desk.reload())
    await until(lambda: bool(desk.link.sent))
    (wanted,) = desk.link.take()
    assert isinstance(wanted, WantReload)
    outcome = Outcome(Result.SUCCESS, 2)
    reloads = desk.reloads.then(outcome, Timestamp(5.0), 0.1)
    new = loaded("limits: {fields: 7}\n")
    desk.told(Reloaded(reloads, outcome, new, (wanted.number, 99)))
    assert await asking == outcome
    assert desk.loaded is new
    assert told == [new]
    assert desk.reloads.generation == 2


async def test_one_that_did_not_happen_changes_nothing(desk):
    before = desk.loaded
    outcome = Outcome(Result.INVALID, 1)
    reloads = desk.reloads.then(outcome, Timestamp(5.0), 0.1)
    desk.told(Reloaded(reloads, outcome, None, ()))
    assert desk.loaded is before
    assert not desk.reloads.successful


async def test_slow_requests_of_all(desk):
    class Slow:
        def __init__(self, duration_ms):
            self.duration_ms = duration_ms

    hear(desk, "1.1", "2.2")
    _, found = await answered(
        desk, desk.slow(), **{"1.1": [Slow(5), Slow(1)], "2.2": [Slow(3)]}
    )
    assert [one.duration_ms for one in found] == [5, 3, 1]


@pytest.mark.parametrize("end", ["told", "orphaned"])
async def test_it_leaves(desk, end):
    if end == "told":
        desk.told(Leave(grace=False))
    else:
        desk.orphaned()
    assert desk.leave.is_set()
