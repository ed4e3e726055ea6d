"""The cache against a model that stores nothing, through all that can befall it.

`CACHE_MODEL_REQUESTS` says how many requests are made in all worlds together;
`make cache-model` asks for a million. Fewer than asked for are a failure.
"""

import os
import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.harness.sidecar import ENGINES
from tests.model.backend import Mode
from tests.model.kinds import EVERYDAY
from tests.model.play import Play
from tests.model.requests import change
from tests.model.world import World

REQUESTS = int(os.environ.get("CACHE_MODEL_REQUESTS", "6000"))
SEED = int(os.environ.get("CACHE_MODEL_SEED", "0"))
WORLDS = [(engine, False) for engine in ENGINES] + [("express", True)]
SHARE = -(-REQUESTS // len(WORLDS))
BURST = min(1000, max(40, SHARE // 500))
EXAMPLES, STEPS = 5, 10
"""The first example is nothing but requests."""

seeds = st.integers(0, 2**32)
kinds = st.sampled_from(EVERYDAY)
sides = st.integers(0, 1)


class Machine(RuleBasedStateMachine):
    """Something happens; then, or meanwhile, everybody asks."""

    play: Play

    def __init__(self) -> None:
        super().__init__()
        self.play.begin()

    def side(self, number: int) -> int:
        return number % len(self.play.world.sidecars)

    @rule(seed=seeds)
    def ask(self, seed):
        self.play.ask(seed)

    @rule(seed=seeds, kind=kinds, side=sides, soft=st.booleans(), way=st.integers(0, 3))
    def purge(self, seed, kind, side, soft, way):
        """By tag, URL, pattern, or all of it; beside what is asked for."""
        path = f"/{self.play.space.decode()}/{kind.name}/0"
        what, names = (
            ({"tags": [f"kind-{kind.name}"]}, lambda asked: asked.kind is kind),
            ({"urls": [f"http://model{path}"]}, lambda a: a.path == path.encode()),
            ({"patterns": [f"/*/{kind.name}/*"]}, lambda asked: asked.kind is kind),
            ({"all": True}, lambda _asked: True),
        )[way]
        side = self.side(side)
        self.play.ask(seed, lambda: self.play.purge(side, names, soft=soft, **what))
        self.play.ask(seed)
        self.play.catch_up()

    @rule(seed=seeds, kind=kinds, side=sides)
    def change(self, seed, kind, side):
        path = b"/%b/%b/0" % (self.play.space, kind.name.encode())
        self.play.change(self.side(side), change(path, kind))
        self.play.ask(seed)
        self.play.catch_up()

    @rule(seed=seeds, mode=st.sampled_from(Mode))
    def backend(self, seed, mode):
        self.play.may_lose = True  # who is in the middle of an answer
        self.play.world.backend.turn(mode)
        self.play.ask(seed)
        self.play.world.backend.turn(Mode.WELL)
        self.play.ask(seed + 1)

    @rule(seed=seeds, evil=st.sampled_from(("freeze", "kill", "garble", "mend")))
    def redis(self, seed, evil):
        world = self.play.world
        ways: dict[str, Callable[[], None]] = {
            "freeze": world.freeze_redis,
            "kill": world.kill_redis,
            "garble": lambda: world.garble_redis(random.Random(seed)),
            "mend": world.mend_redis,
        }
        self.play.ask(seed, ways[evil])
        self.play.ask(seed + 1)
        self.play.catch_up()

    @rule(seed=seeds, replaced=st.booleans())
    def disk(self, seed, replaced):
        world = self.play.world
        if replaced:
            self.play.ask(seed, world.replace_disk)
        else:
            self.play.ask(seed, lambda: world.garble_disk(random.Random(seed)))
        self.play.ask(seed)

    @rule(seed=seeds, killed=st.booleans())
    def workers(self, seed, killed):
        world = self.play.world
        self.play.may_lose = True  # whom they served
        self.play.catch_up()
        self.play.forget()
        if killed:
            self.play.ask(seed, lambda: world.kill_worker(random.Random(seed)))
        else:
            self.play.ask(seed, world.reload)
        self.play.ask(seed)

    def teardown(self) -> None:
        self.play.end()


@pytest.fixture(params=WORLDS, ids=lambda world: f"{world[0]}-{world[1]}")
def play(request, tmp_path) -> Iterator[Play]:
    engine, shared = request.param
    with World(tmp_path, engine, shared=shared) as world:
        one = Play(world, BURST)
        yield one
        one.close()


@pytest.mark.timeout(14_400)  # as many as are asked for, on however busy a machine
def test_never_anothers_and_never_older_than_allowed(play, record_property):
    class Machines(Machine):
        pass

    Machines.play = play
    number = SEED
    while play.counts["requests"] < SHARE:
        try:
            run_state_machine_as_test(
                seed(number)(Machines),
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=STEPS,
                    phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                ),
            )
        except Exception:
            if play.wrong is None:
                raise
            # Time passes: what is tried again may not fail again.
            raise play.wrong from None
        number += 1
    record_property("cache model", str(play))
    assert play.counts["hit"] > play.counts["requests"] / 10
    assert play.counts["collapsed"]
