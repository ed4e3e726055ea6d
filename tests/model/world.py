"""World: sidecars with all their tiers before one backend, and what befalls them.

first    two workers, memory, disk      ┐
second   aiohttp's door, one worker     ┴ Redis   or   one worker, memory alone
"""

import json
import os
import random
import signal
import time
from contextlib import ExitStack, suppress
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

import lmdb

from tests.harness.processes import workers
from tests.harness.sidecar import Sidecar, await_condition
from tests.harness.valkey import Valkey
from tests.model.backend import Backend, Mode
from tests.model.kinds import PROOF, ROUTES

WITHIN = 60.0
"""For what others do by themselves, on a busy machine."""
WORKERS = 2


class World:
    """Use as a context manager. `shared`: with disk, workers, and pods."""

    def __init__(self, where: Path, engine: str, *, shared: bool) -> None:
        self.backend, self._steady = Backend(), Backend()
        self.valkey = Valkey() if shared else None
        self.disk = where / "disk" if shared else None
        self.sidecars: list[Sidecar] = []
        self.redis_works = shared
        self._where = where
        self._engine = engine
        self._stack = ExitStack()
        self._proofs = self._reloads = 0

    def __enter__(self) -> Self:
        self._stack.enter_context(self.backend)
        self._stack.enter_context(self._steady)
        if self.valkey is not None:
            self._stack.enter_context(self.valkey)
        config: dict[str, Any] = {
            "engine": self._engine,
            "upstreams": {
                "default": {"url": self.backend.url},
                "steady": {"url": self._steady.url},
            },
            "store": {"memory": "1MiB"},
            "routes": ROUTES,
            "shutdown": {"grace": "0s", "timeout": "30s"},
            "telemetry": {"access_log": "off"},
            "defaults": {
                "cache": {},
                "compression": {"min_size": 200},
                "timeouts": {"connect": "60s", "request": "60s"},
            },
        }
        if self.valkey is None:
            return self._start(config)
        redis = {"url": self.valkey.url, "key": "secret"}
        disk = {"path": str(self.disk), "size": "1MiB"}
        store = {"memory": "1MiB", "redis": redis}
        self._start(config | {"workers": WORKERS, "store": store | {"disk": disk}})
        return self._start(config | {"engine": "aiohttp", "store": store})

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self, config: dict[str, Any]) -> Self:
        where = self._where / str(len(self.sidecars))
        self.sidecars.append(self._stack.enter_context(Sidecar(config, where)))
        return self

    # Purges.

    def purge(self, number: int, **what: Any) -> bool:
        """Whether all tiers were reached."""
        connection = HTTPConnection(
            "127.0.0.1", self.sidecars[number].admin, timeout=60
        )
        fields = {"Content-Type": "application/json"}
        connection.request("POST", "/cache/purge", json.dumps(what), fields)
        response = connection.getresponse()
        assert response.status in {200, 207}, response.status
        response.read()
        connection.close()
        return response.status == 200

    def spread(self, number: int) -> None:
        """Wait until what was purged at this sidecar is in effect at all others.

        All of it must have left for Redis. Then a response goes that the others
        hold, and twice, for what they had asked for before may reach them late.
        """
        others = self.sidecars[:number] + self.sidecars[number + 1 :]
        if not others:
            return
        await_condition(partial(self.purge, number, tags=["nothing"]), WITHIN)
        for other in others * 2:
            self._proofs += 1
            with Proof(other.port, f"/all/{PROOF.name}/{self._proofs}") as proof:
                await_condition(proof.is_there, WITHIN)
                began = time.monotonic()
                self.purge(number, urls=[f"http://model{proof.path}"], soft=False)
                await_condition(lambda: proof.superseded() >= began, WITHIN)  # noqa: B023

    # What befalls it.

    def freeze_redis(self) -> None:
        if self.valkey is not None and self.redis_works:
            self.valkey.freeze()
            self.redis_works = False

    def kill_redis(self) -> None:
        if self.valkey is not None and self.redis_works:
            self.valkey.kill()
            self.redis_works = False

    def mend_redis(self) -> None:
        if self.valkey is not None and not self.redis_works:
            if self.valkey.is_running:
                self.valkey.thaw()
            else:
                self.valkey.again()
            self.redis_works = True

    def garble_redis(self, chance: random.Random) -> None:
        """Others' values, cut ones, and values with other bits, in each other's place."""
        if self.valkey is None or not self.redis_works:
            return
        keys = self.valkey.command("KEYS", "sidecar:e:*")
        values = [self.valkey.command("GET", key) for key in keys]
        for key in keys:
            value = chance.choice(values)
            if value is not None and chance.random() < 0.5:
                self.valkey.command("SET", key, garbled(value, chance), "PX", 60_000)

    def garble_disk(self, chance: random.Random) -> None:
        if self.disk is None:
            return
        path = str(self.disk / "entries.lmdb")
        with (
            suppress(lmdb.Error),
            lmdb.open(path, subdir=False, max_dbs=8, map_size=1 << 20) as env,
        ):
            entries = env.open_db(b"entries")
            with env.begin(write=True) as txn:
                pairs = list(txn.cursor(entries))
                for name, _ in pairs:
                    if chance.random() < 0.5:
                        value = garbled(chance.choice(pairs)[1], chance)
                        txn.put(name, value, db=entries)

    def replace_disk(self) -> None:
        """Another file is where the store was."""
        if self.disk is not None:
            foreign = self.disk / "foreign"
            foreign.write_bytes(b"not a store at all" * 1000)
            foreign.replace(self.disk / "entries.lmdb")

    def kill_worker(self, chance: random.Random) -> None:
        if self.valkey is not None:
            os.kill(chance.choice(workers(self.sidecars[0])), signal.SIGKILL)
            self._await_workers()

    def _await_workers(self) -> None:
        if self.valkey is not None:
            first = self.sidecars[0]
            await_condition(lambda: len(workers(first)) >= WORKERS, WITHIN)

    def reload(self) -> None:
        """Other processes with another configuration."""
        self._reloads += 1
        for one in self.sidecars:
            one.configure({"defaults": {"slow": f"{1 + self._reloads % 9}s"}})
            one.signal(signal.SIGHUP)
        self._await_workers()

    def heal(self) -> None:
        self.backend.turn(Mode.WELL)
        self.mend_redis()


def garbled(value: bytes, chance: random.Random) -> bytes:
    """As it was, cut, or with another bit; nothing stays nothing."""
    if not value:
        return value
    at = chance.randrange(len(value))
    match chance.randrange(3):
        case 0:
            return value
        case 1:
            return value[:at]
        case _:
            other = bytes((value[at] ^ 1 << chance.randrange(8),))
            return value[:at] + other + value[at + 1 :]


class Proof:
    """What is purged but once; asked for on one connection, so of one worker."""

    def __init__(self, port: int, path: str) -> None:
        self.path = path
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def is_there(self) -> bool:
        """Whether the cache has it."""
        return "; hit;" in self._asked()[0]

    def superseded(self) -> float:
        """When what the cache has was the newest version no more."""
        return self._asked()[1]

    def _asked(self) -> tuple[str, float]:
        self._connection.request("GET", self.path, headers={"Host": "model"})
        response = self._connection.getresponse()
        version = int(response.read().split(b"|")[1])
        return response.headers["Cache-Status"], PROOF.superseded(version)
