import asyncio

import pytest

from sidecar.errors import NameNotResolved
from sidecar.units import Instant
from sidecar.upstream import resolve
from sidecar.upstream.resolve import MOST_ADDRESSES, STALE, TTL, Fixed, Resolver, lookup
from tests.upstream.exchange import until


class Names:
    """A resolver that answers by the script; its last answer serves for the rest."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int):
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def resolver(deadlines):
    made = []

    def make(names, changed=lambda _: None) -> Resolver:
        made.append(Resolver("app", 80, deadlines, changed, lookup=names))
        return made[-1]

    yield make
    for one in made:
        one.close()


async def test_a_literal_is_its_own_answer():
    fixed = Fixed("127.0.0.1")
    fixed.failed("127.0.0.1")
    assert await fixed.addresses() == ["127.0.0.1"]
    fixed.close()


async def test_the_system_is_asked():
    assert "127.0.0.1" in await lookup("localhost", 80)


async def test_addresses_take_turns(resolver):
    names = Names(["a", "b", "c"])
    one = resolver(names)
    firsts = [(await one.addresses())[0] for _ in range(6)]
    assert sorted(firsts) == ["a", "a", "b", "b", "c", "c"]
    assert sorted(await one.addresses()) == ["a", "b", "c"]
    assert names.asked == 1


async def test_one_that_failed_comes_last(resolver):
    one = resolver(Names(["a", "b", "c"]))
    await one.addresses()
    one.failed("b")
    assert {(await one.addresses())[-1] for _ in range(6)} == {"b"}


async def test_many_who_wait_ask_once(resolver):
    names = Names(["a"])
    one = resolver(names)
    await asyncio.gather(*[one.addresses() for _ in range(20)])
    assert names.asked == 1


async def test_one_who_waits_may_leave(resolver):
    answer = asyncio.Event()

    async def slow(host, port):
        await answer.wait()
        return ["a"]

    one = resolver(slow)
    leaves, stays = [asyncio.create_task(one.addresses()) for _ in range(2)]
    await asyncio.sleep(0)
    leaves.cancel()
    answer.set()
    assert await stays == ["a"]


async def test_a_new_answer_comes_in_the_background(resolver):
    told = []
    one = resolver(Names(["a"], ["b"]), told.append)
    assert await one.addresses() == ["a"]
    one.due = Instant(0.0)
    await until(lambda: len(told) == 2)
    assert told == [frozenset({"a"}), frozenset({"b"})]
    assert await one.addresses() == ["b"]


async def test_the_same_answer_is_no_news(resolver):
    told, names = [], Names(["a", "b"], ["b", "a"])
    one = resolver(names, told.append)
    await one.addresses()
    one.due = Instant(0.0)
    await until(lambda: names.asked == 2 and one.due > 0)
    assert len(told) == 1


@pytest.mark.parametrize("failure", [OSError(2, "gone"), UnicodeError(), []])
async def test_a_failure_keeps_the_last_good_answer(failure, resolver):
    names = Names(["a"], failure)
    one = resolver(names)
    await one.addresses()
    one.due = Instant(0.0)
    await until(lambda: names.asked == 2)
    assert await one.addresses() == ["a"]


async def test_an_old_answer_serves_while_it_is_asked_again(resolver):
    names = Names(["a"], ["b"])
    one = resolver(names)
    await one.addresses()
    one._asked = Instant(one._asked - TTL - 1)
    assert await one.addresses() == ["a"]
    await until(lambda: names.asked == 2)


async def test_a_very_old_answer_does_not(resolver):
    one = resolver(Names(["a"], ["b"]))
    await one.addresses()
    one._asked = Instant(one._asked - TTL * STALE - 1)
    assert await one.addresses() == ["b"]


async def test_without_any_answer_there_is_an_error(resolver):
    names = Names(OSError(2, "unknown name"), ["a"])
    one = resolver(names)
    with pytest.raises(NameNotResolved, match="unknown name"):
        await one.addresses()
    assert await one.addresses() == ["a"]


async def test_answers_are_bounded(resolver):
    one = resolver(Names([str(number) for number in range(1000)]))
    assert len(await one.addresses()) == MOST_ADDRESSES


def test_ttl_is_short_enough_for_a_moved_service():
    assert 5 <= resolve.TTL <= 30
