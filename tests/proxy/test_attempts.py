"""What is tried again, after which wait, with which permit; and what is given up."""

import asyncio

import pytest

from sidecar.errors import (
    ConnectionLost,
    ConnectionRefused,
    ResponseTimedOut,
    UpstreamFailed,
)
from sidecar.policy.budget import Budget
from sidecar.policy.failure import Failure
from sidecar.policy.refused import CircuitOpen
from sidecar.policy.retry import Reason, Retry
from sidecar.proxy.attempts import Attempts
from sidecar.proxy.clock import Clock
from sidecar.proxy.fetch import Fetcher
from sidecar.proxy.retrying import Retrying
from sidecar.proxy.unguarded import FREE
from sidecar.units import Instant
from tests.proxy.script import (
    Client,
    Connection,
    Upstream,
    exchange,
    request,
    response,
    route,
)

REFUSED, LATE = ConnectionRefused(), ResponseTimedOut()
RETRY = Retry(3, frozenset(Failure), frozenset((503,)), backoff=0.1)
AGAIN = [(b"Retry-After", b"1")]


class Permits:
    """Hands out permits that write down how they end."""

    def __init__(self, diary, most=9):
        self.diary, self.left = diary, most
        self.meanwhile = lambda: None

    def refusal(self, now):
        return None

    def take(self, now):
        if not self.left:
            return None
        self.left -= 1
        return Note(self.diary)

    async def wait(self, due):
        await asyncio.sleep(0)
        self.meanwhile()
        permit = self.take(Instant(0))
        if permit is None:
            raise CircuitOpen("circuit_open", retry_after=1.0)
        return permit


class Note:
    def __init__(self, diary):
        self.diary = diary

    def answered(self, status, now):
        self.diary.append(f"answered {status}")

    def failed(self, error, now):
        self.diary.append(f"failed {error.code}")

    def end(self, now):
        self.diary.append("end")


class Scene:
    def __init__(
        self, *connections, retry=RETRY, permits=9, budget=None, client=None, head=None
    ):
        self.diary: list[str] = []
        self.upstream = Upstream(*connections)
        self.retrying = Retrying(
            retry,
            budget or Budget(0.0),
            count=lambda why: self.diary.append(why.value),
            chance=lambda: 1.0,
        )
        self.permits = Permits(self.diary, permits)
        self.exchange = exchange(
            client,
            head,
            route(
                self.upstream,
                permits=self.permits,
                retrying=self.retrying,
            ),
        )
        self.exchange.traceparent = b"00-%032x-%016x-00" % (1, 1)
        self.exchange.due = Instant(Clock().now() + 30)
        clock = Clock()
        self.attempts = Attempts(Fetcher(b"us", clock), clock, sleep=self.sleep)

    async def sleep(self, seconds):
        self.diary.append(f"sleep {seconds:g}")
        await asyncio.sleep(0)

    async def fetch(self):
        return await self.attempts.fetch(self.exchange)


def answer(status=200, fields=None):
    return Connection([response(status, fields)])


@pytest.mark.parametrize(
    ("rule", "script", "diary"),
    [
        ("it is well at once", [answer()], ["answered 200"]),
        (
            "after a failure",
            [REFUSED, answer()],
            ["failed upstream_refused", "sleep 0.1", "end", "connect", "answered 200"],
        ),
        (
            "after two, twice as long",
            [REFUSED, LATE, answer()],
            [
                *["failed upstream_refused", "sleep 0.1", "end", "connect"],
                *[
                    "failed upstream_timeout",
                    "sleep 0.2",
                    "end",
                    "timeout",
                    "answered 200",
                ],
            ],
        ),
        (
            "after a status",
            [answer(503), answer()],
            ["answered 503", "sleep 0.1", "end", "status", "answered 200"],
        ),
        (
            "as late as it says",
            [answer(503, AGAIN), answer()],
            ["answered 503", "sleep 1.5", "end", "status", "answered 200"],
        ),
        (
            "that is too late",
            [answer(503, [(b"Retry-After", b"60")])],
            ["answered 503"],
        ),
        ("another status", [answer(500)], ["answered 500"]),
    ],
)
async def test_it_is_answered_in_the_end(rule, script, diary):
    scene = Scene(
        *script,
        retry=Retry(3, RETRY.on, RETRY.statuses, 0.1)
        if "says" not in rule
        else Retry(3, RETRY.on, RETRY.statuses, 0.2),
    )
    fetched = await scene.fetch()
    assert (
        fetched.head.status == script[-1].script[0].status
        if script[-1].script
        else True
    )
    assert scene.diary == diary
    assert scene.exchange.permit is not FREE


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        ("no more attempts", {"retry": Retry(1, RETRY.on)}),
        ("not after this", {"retry": Retry(3, frozenset((Failure.TIMEOUT,)))}),
        ("not what acts", {"head": request(b"POST")}),
        ("nothing is left of the budget", {"budget": Budget(0.0, free=0.0)}),
    ],
)
async def test_it_is_not_tried_again(rule, options):
    scene = Scene(ConnectionLost(), **options)
    with pytest.raises(ConnectionLost):
        await scene.fetch()
    assert scene.diary == ["failed upstream_connection_lost"]


async def test_not_where_the_time_would_be_over():
    scene = Scene(REFUSED)
    scene.exchange.due = Instant(Clock().now() + 0.05)
    with pytest.raises(ConnectionRefused):
        await scene.fetch()
    assert scene.diary == ["failed upstream_refused"]


class Hourglass(Clock):
    """A clock that says what it is told."""

    def __init__(self):
        super().__init__()
        self.at = 1000.0

    def now(self):
        return Instant(self.at)

    def pass_by(self, seconds):
        self.at += seconds


@pytest.mark.parametrize(
    ("rule", "permit", "reused", "queue"),
    [
        ("a turn of the loop is no wait", 0.00001, True, None),
        ("for a permit", 2.0, True, 2.0),
        ("for a permit, then for a connection", 2.0, False, 2.25),
    ],
)
async def test_waiting_is_a_phase_and_no_time_of_ours(rule, permit, reused, queue):
    scene, clock = Scene(Connection([response()], reused=reused)), Hourglass()
    scene.permits.meanwhile = lambda: clock.pass_by(permit)
    scene.attempts = Attempts(Fetcher(b"us", clock), clock, sleep=scene.sleep)
    scene.exchange.due = Instant(clock.at + 30)
    await scene.fetch()
    assert scene.exchange.queue == queue


class Ticking(Clock):
    """A clock that is a second later each time."""

    def __init__(self):
        super().__init__()
        self.at = 0.0

    def now(self):
        self.at += 1.0
        return Instant(self.at)


@pytest.mark.parametrize(
    ("rule", "connections", "is_answered", "in_vain"),
    [
        ("an answer", [answer()], True, False),
        ("none in time", [Connection([LATE])], False, True),
        ("none, and then one", [Connection([ConnectionLost()]), answer()], True, True),
        ("one that is not used", [answer(503), answer()], True, True),
        ("a connection refused", [REFUSED], False, False),
    ],
)
async def test_time_at_the_upstream_counts_also_in_vain(
    rule, connections, is_answered, in_vain
):
    retry = Retry(len(connections), RETRY.on, RETRY.statuses)
    scene, clock = Scene(*connections, retry=retry), Ticking()
    scene.attempts = Attempts(Fetcher(b"us", clock), clock, sleep=scene.sleep)
    scene.exchange.due = Instant(1000.0)
    try:
        await scene.fetch()
    except UpstreamFailed:
        assert not is_answered
    assert (scene.exchange.first_byte is not None) is is_answered
    assert (scene.exchange.unanswered > 0) is in_vain


async def test_not_without_a_permit():
    scene = Scene(REFUSED, permits=1)
    with pytest.raises(ConnectionRefused):
        await scene.fetch()
    assert scene.diary == ["failed upstream_refused", "sleep 0.1", "end"]


async def test_an_answer_is_kept_where_there_is_no_permit_for_another():
    kept = answer(503)
    scene = Scene(kept, permits=1)
    fetched = await scene.fetch()
    assert fetched.head.status == 503
    assert "discard" not in kept.diary


async def test_nothing_is_asked_without_a_permit():
    scene = Scene(permits=0)
    with pytest.raises(CircuitOpen):
        await scene.fetch()
    assert (scene.diary, scene.upstream.diary) == ([], [])


async def test_a_body_that_is_not_here_anymore_cannot_be_sent_again():
    head = request(b"PUT", content_length=70_001)
    body = [b"x" * 70_000, b"y"]
    scene = Scene(REFUSED, client=Client(body), head=head)
    with pytest.raises(ConnectionRefused):
        await scene.fetch()
    assert scene.diary == ["failed upstream_refused"]


async def test_a_body_that_is_here_is_sent_again():
    second = answer()
    head = request(b"PUT", content_length=3)
    scene = Scene(REFUSED, second, client=Client([b"abc"]), head=head)
    await scene.fetch()
    assert second.sent.endswith(b"\r\n\r\nabc")


async def test_the_client_leaves_while_it_waits():
    first = answer(503)
    scene = Scene(first)
    task = asyncio.create_task(scene.fetch())
    while not scene.diary or not scene.diary[-1].startswith("sleep"):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "discard" in first.diary


async def test_a_stale_connection_is_replaced_under_the_same_permit():
    stale = Connection([ConnectionLost()], reused=True)
    scene = Scene(stale, answer(), permits=1)
    assert (await scene.fetch()).head.status == 200
    assert scene.diary == [Reason.STALE, "answered 200"]


async def test_good_answers_pay():
    scene = Scene(answer(), budget=Budget(2.0, free=0.0))
    await scene.fetch()
    assert scene.retrying.budget.withdraw(Clock().now())
