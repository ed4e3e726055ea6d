"""Requests come by the clock, and say how long they waited."""

import time

import pytest

from sidecar.loadtest.open_loop import OpenLoop, Plan, Watch
from sidecar.loadtest.target import Question, target
from tests.harness.ports import reserved_port
from tests.loadtest.service import OK, serving

CLOSING = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


def loaded(url, duration=0.2, **options):
    watch = Watch()
    plan = Plan(**{"rate": 100.0, "connections": 4, "timeout": 30.0} | options)
    loop = OpenLoop(target("asked", url, Question()), plan, watch)
    try:
        loop.run(duration)
    finally:
        loop.close()
    return loop.tally, watch


def test_all_are_asked_and_answered():
    with serving() as service:
        tally, watch = loaded(service.url)
    assert (tally.asked, tally.good, tally.failed) == (20, 20, 0)
    assert tally.latency.count == watch.lateness.count == 20
    assert tally.time == pytest.approx(0.2)
    assert service.connections == 4
    assert watch.wall >= 0.19


@pytest.mark.parametrize("connections", [1, 64])
def test_a_stall_delays_all_that_were_due_in_it(connections):
    """Coordinated omission would show one slow request, or as many as connections."""

    def stalls(number):
        if not number:
            time.sleep(1.0)
        return OK

    with serving(stalls) as service:
        tally, _ = loaded(service.url, duration=1.0, connections=connections)
    assert tally.good == 100
    assert tally.latency.quantile(0.5) > 0.4
    assert tally.latency.quantile(0.2) > 0.15


@pytest.mark.parametrize(
    ("rule", "answer", "errors"),
    [
        ("refused", lambda _: OK.replace(b"200", b"503"), {"status 503": 20}),
        ("closed at once", lambda _: None, {"closed": 20}),
        ("each on its own connection", lambda _: CLOSING, {}),
        ("no HTTP", lambda _: b"nonsense\r\n\r\n", {"malformed": 20}),
    ],
)
def test_errors_have_a_kind(rule, answer, errors):
    with serving(answer) as service:
        tally, _ = loaded(service.url)
    assert dict(tally.errors) == errors
    assert tally.good + tally.failed == 20


def test_nobody_there():
    tally, _ = loaded(f"http://127.0.0.1:{reserved_port()}/")
    assert dict(tally.errors) == {"connect": 20}


def test_what_is_never_answered_is_over_in_time():
    with serving(lambda _: b"") as service:
        tally, _ = loaded(service.url, timeout=0.2)
    assert dict(tally.errors) == {"timeout": 20}
    assert tally.latency.quantile(0.01) >= 0.2


@pytest.mark.parametrize(
    ("repeatable", "good", "errors"), [(True, 20, {}), (False, 19, {"closed": 1})]
)
def test_what_a_kept_connection_did_not_take(repeatable, good, errors):
    """It closes the connection instead of answering, as it may at any time."""
    with serving(lambda n: None if n == 5 else OK) as service:
        tally, _ = loaded(service.url, connections=1, repeatable=repeatable)
    assert (tally.good, dict(tally.errors)) == (good, errors)


def test_connections_are_kept_from_one_turn_to_the_next():
    with serving() as service:
        loop = OpenLoop(
            target("asked", service.url, Question()), Plan(50.0, 2), Watch()
        )
        for _ in range(2):
            loop.run(0.1)
        loop.close()
        assert (loop.tally.good, service.connections) == (10, 2)


def test_it_is_told_how_it_goes():
    seen = []
    with serving() as service:
        loop = OpenLoop(
            target("asked", service.url, Question()),
            Plan(50.0, 1),
            Watch(),
            seen.append,
        )
        loop.run(0.1)
        loop.close()
    assert seen
    assert seen[-1] is loop.tally
