"""Against a real server; what it is sent is read from its own monitor."""

import asyncio

import pytest

from sidecar.storage.redis_client import redis_client
from sidecar.storage.redis_lane import MOST_CALLS, RedisLane, Unknown
from sidecar.storage.remote import Unreachable
from tests.differential.quiet_loop import QuietLoop
from tests.storage.pods import PATIENT


class Diary:
    def __init__(self):
        self.turns = []

    def worked(self):
        self.turns.append("worked")

    def failed(self, error):
        self.turns.append(type(error).__name__)


@pytest.fixture
def diary():
    return Diary()


@pytest.fixture
async def lane(valkey, diary):
    client = redis_client(valkey.url, PATIENT)
    lane = RedisLane(client, PATIENT, diary)
    yield lane
    await lane.close()
    await client.aclose()


async def test_what_is_asked_at_a_time_is_one_turn(lane, diary):
    replies = [lane.call("INCR", "n") for _ in range(500)]
    assert [await reply for reply in replies] == list(range(1, 501))
    assert diary.turns == ["worked"]


async def test_each_gets_the_answer_to_its_own_question(lane):
    async def ask(number):
        for turn in range(20):
            key = b"%d %d" % (number, turn)
            await lane.call("SET", key, key)
            assert await lane.call("GET", key) == key

    await asyncio.gather(*(ask(number) for number in range(50)))


async def test_a_command_that_is_refused_hurts_nobody_else(lane, diary, valkey):
    valkey.command("LPUSH", "list", "x")
    good, bad, also_good = (
        lane.call("SET", "a", "1"),
        lane.call("INCR", "list"),
        lane.call("GET", "a"),
    )
    with pytest.raises(Unreachable):
        await bad
    assert (await good, await also_good) == (True, b"1")
    assert diary.turns == ["worked"]


async def test_a_server_that_refuses_everything_fails(lane, diary):
    with pytest.raises(Unreachable):
        await lane.call("NO-SUCH-COMMAND")
    assert len(diary.turns) == 1
    assert diary.turns != ["worked"]


async def test_a_script_that_the_server_does_not_have(lane, diary):
    with pytest.raises(Unknown):
        await lane.call("EVALSHA", "0" * 40, 0)
    assert diary.turns == ["worked"]


async def test_who_went_away_is_not_asked_for(lane, valkey):
    gone = lane.call("SET", "gone", "x")
    gone.cancel()
    assert await lane.call("SET", "here", "x")
    assert valkey.command("EXISTS", "gone") == 0


async def test_a_cancelled_wait_mixes_up_no_answers(lane):
    await lane.call("SET", "a", "of a")
    await lane.call("SET", "b", "of b")
    for turns in range(30):
        waiting = asyncio.ensure_future(lane.call("GET", "a"))
        for _ in range(turns % 5):
            await asyncio.sleep(0)
        waiting.cancel()
        assert await lane.call("GET", "b") == b"of b"


async def test_more_than_there_is_room_for_is_refused_at_once(lane):
    replies = [lane.call("PING") for _ in range(MOST_CALLS + 5)]
    assert lane.refused == 5
    assert all(reply.done() for reply in replies[-5:])
    assert await replies[0]
    big = [lane.call("SET", "k", b"x" * (9 << 20)) for _ in range(2)]
    with pytest.raises(Unreachable):
        await big[1]
    assert await big[0]


async def test_giving_up(lane):
    reply = lane.call("PING")
    lane.give_up()
    with pytest.raises(Unreachable):
        await reply


async def test_closing_lets_nobody_wait(own_valkey, diary):
    client = redis_client(own_valkey.url, PATIENT)
    lane = RedisLane(client, PATIENT, diary)
    assert await lane.call("PING")
    own_valkey.freeze()
    reply = lane.call("GET", "a")
    for _ in range(5):
        await asyncio.sleep(0)
    await lane.close()
    with pytest.raises(Unreachable):
        await reply
    own_valkey.thaw()
    await client.aclose()


class Frozen:
    """A client whose server never answers."""

    def pipeline(self, *, transaction):
        return self

    def execute_command(self, *words): ...

    async def execute(self, *, raise_on_error):
        await asyncio.Event().wait()


def test_who_waits_for_a_turn_waits_no_longer_than_others(diary):
    loop = QuietLoop()
    asked, waits = {}, []

    async def pass_time():
        loop.now += 0.1
        await loop.quiet()
        ended = [reply for reply in asked if reply.done()]
        waits.extend(loop.now - asked.pop(reply) for reply in ended)

    async def play():
        lane = RedisLane(Frozen(), 1.0, diary)
        for _ in range(10):
            asked[lane.call("GET", "k")] = loop.now
            await pass_time()
        while asked:
            await pass_time()
        await lane.close()

    loop.run_until_complete(play())
    loop.close()
    assert len(waits) == 10
    assert max(waits) == pytest.approx(1.0)
    assert len(diary.turns) == 5


async def test_a_connection_that_ended_just_now_is_a_failure_like_others(diary):
    class Ended:
        def pipeline(self, *, transaction):
            return self

        def execute_command(self, *words): ...

        async def execute(self, *, raise_on_error):
            raise RuntimeError("the handler is closed")

    lane = RedisLane(Ended(), PATIENT, diary)
    with pytest.raises(Unreachable):
        await lane.call("GET", "k")
    assert diary.turns == ["RuntimeError"]
    await lane.close()
