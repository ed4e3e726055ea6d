"""A sidecar as the listeners see it, which a test can move."""

from sidecar.config.load import load
from sidecar.policy.readiness import UpstreamState
from sidecar.server.reloads import Outcome, Reloads, Result
from sidecar.storage.listing import Shown
from sidecar.telemetry.gathering import Gathering, alone
from sidecar.telemetry.readings import Sources
from sidecar.units import Timestamp

BASE = "upstreams: {default: {url: 'http://127.0.0.1:3000'}}\n"


class Sidecar:
    """`server.administered.Administered` that a test can move."""

    def __init__(self, file):
        self._file = file
        self.loaded = self.load("admin: {token: secret}\n")
        self.reloads = Reloads(Timestamp(0.0))
        self.on_reload = []
        sources = Sources(active_connections=lambda: 3)
        self.gather = Gathering(alone([sources.rows]), [])
        self.is_started = True
        self.is_draining = False
        self.upstream = UpstreamState("default", contacted=True, healthy=True)
        self.outcome = Outcome(Result.SUCCESS, 2, needs_restart=("workers",))

    def load(self, text):
        self._file.write_text(BASE + text)
        return load(self._file, environ={})

    def started(self):
        return self.is_started

    def draining(self):
        return self.is_draining

    def uptime(self):
        return 12.5

    def heartbeats(self):
        return {"1": 0.1}

    def upstreams(self):
        return [self.upstream]

    async def slow(self):
        return []

    async def entries(self):
        return [
            Shown(
                "http://a/x", 200, 1.5, -2.5, 900, 7, ("t",), ("gzip",), private=False
            )
        ]

    async def purge(self, purge):
        return {"memory": not purge.tags}

    async def breakers(self):
        return []

    async def hold(self, name, state):
        return False

    def drain(self):
        self.is_draining = True

    async def reload(self):
        self.reloads = self.reloads.then(self.outcome, Timestamp(5.0), 0.1)
        return self.outcome
