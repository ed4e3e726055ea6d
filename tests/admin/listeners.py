"""The two listeners with a state that a test can move."""

import socket
from contextlib import asynccontextmanager

import aiohttp

from sidecar.admin.access import Access
from sidecar.admin.analysis import analysis
from sidecar.admin.api import Control, admin_app
from sidecar.admin.health import Health, HealthState
from sidecar.admin.stats import stats
from sidecar.policy.circuit import State
from sidecar.policy.readiness import Rule, UpstreamState
from sidecar.proxy.circuit_view import CircuitView
from sidecar.server.health_door import serving
from sidecar.storage.listing import Shown
from sidecar.telemetry.gathering import Gathering, alone
from sidecar.telemetry.log import Log
from sidecar.telemetry.metrics import Metrics
from sidecar.telemetry.operation import Operation
from sidecar.telemetry.processes import Processes
from sidecar.telemetry.readings import Sources, counted
from sidecar.telemetry.slow_log import SlowLog
from sidecar.units import Timestamp
from tests.telemetry.exchanges import Diary, head, lasting

TOKEN = "correct horse"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SECURE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class Server:
    """What the listeners would be told by a running server."""

    def __init__(self, rule=Rule.FIRST_CONTACT):
        self.rule = rule
        self.started = True
        self.draining = False
        self.fault = None
        self.purges = []
        self.tiers = {"memory": True, "redis": True}
        self.ages = {"1": 0.2}
        self.upstreams = [UpstreamState("app", contacted=True, healthy=True)]
        self.metrics = Metrics()
        self.metrics.observe(lasting(0.02))
        self.slow = SlowLog({"products": 1.0}, Log(Diary()), clock=lambda: 1000.0)
        self.slow.observe(lasting(2.5, request=head(target=b"/p?token=canary")))
        sources = Sources(
            active_connections=lambda: 3,
            upstreams=lambda: {"app": {"idle": 2}},
        )
        self.gather = Gathering(
            alone([lambda: counted(self.metrics), sources.rows]),
            [Operation(Timestamp(1000.0)).rows, Processes(dict, version="1").rows],
        )

    async def explain(self, question):
        self.question = question
        return {"method": question.method}

    async def slowest(self):
        return self.slow.slowest()

    async def purge(self, purge):
        self.purges.append(purge)
        return self.tiers

    async def entries(self):
        return [
            Shown(
                "http://a/x", 200, 1.5, -2.5, 900, 7, ("t",), ("gzip",), private=False
            )
        ]

    async def breakers(self):
        return [CircuitView("app", State.OPEN, False, "manual", 1.5, 0, 9, 8, 7, 0)]

    async def hold(self, name, state):
        self.held = name, state
        return name == "app"

    async def reload(self):
        if self.fault is not None:
            raise self.fault
        return {"result": "success", "generation": 2, "needs_restart": ["listen"]}

    def drain(self):
        self.draining = True

    def health(self):
        state = HealthState(
            rule=lambda: self.rule,
            started=lambda: self.started,
            draining=lambda: self.draining,
            heartbeats=lambda: self.ages,
            upstreams=lambda: self.upstreams,
            uptime=lambda: 12.5,
        )
        return Health(state, self.gather)

    async def stats(self):
        return stats(await self.gather(), uptime=12.5)

    async def analyze(self, asked):
        return analysis(await self.gather(), asked)

    def admin(self, *, token=None, hosts=(), clock=lambda: 0.0):
        control = Control(
            stats=self.stats,
            config=lambda: {"listen": "0.0.0.0:8080"},
            explain=self.explain,
            analyze=self.analyze,
            slow=self.slowest,
            drain=self.drain,
            purge=self.purge,
            entries=self.entries,
            breakers=self.breakers,
            hold=self.hold,
            reload=self.reload,
        )
        access = Access(token=token, hosts=hosts, clock=clock)
        return admin_app(control, access, version="1.2.3")


async def problem(response):
    """The code of a problem document."""
    assert response.content_type == "application/problem+json"
    document = await response.json()
    assert document["status"] == response.status
    return document["code"]


@asynccontextmanager
async def probing(health):
    """A client of the health listener."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        url = "http://{}:{}".format(*one.getsockname())
        async with serving(health, one), aiohttp.ClientSession(url) as session:
            yield session
