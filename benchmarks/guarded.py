"""Guarded: rows about what protects: an answer of 429, and what the guards cost."""

from collections.abc import Iterable

from benchmarks.loads import ANY, Load
from benchmarks.peers import Setting
from benchmarks.slices import ClosedLoop, Contestant

# Any URL of the origin's; all but the first request are refused.
REFUSED = Load("/any/limited", ANY, status=429)
LIMITED = Setting(limited=True)
# Who can limit at all, of those that are compared.
LIMITERS = ("nginx", "HAProxy")

NOTHING = "nothing on"
GUARDS = {
    NOTHING: '{breaker: "off", retry: "off"}',
    "breaker and retries, the default": "{}",
    "and concurrency": "{concurrency: {max: 1000}}",
    "and a limit": "{concurrency: {max: 1000}, rate_limit: {rate: 1000000/s, by: ip}}",
}
ALL = "and a limit"


def refusals(names: tuple[str, ...], reference: str) -> ClosedLoop:
    """Who may not, is told so."""
    able = [name for name in names if name.startswith("sidecar") or name in LIMITERS]
    contestants = tuple(Contestant(name, name, REFUSED, LIMITED) for name in able)
    return ClosedLoop("429", "429: a limit is used up", contestants, reference)


def guards(engine: str, load: Load) -> Iterable[ClosedLoop]:
    """The sidecar against itself with more and more of it on."""
    yield ClosedLoop(
        "guards",
        f"Pass-through GET, 1 KB, with what protects on and off, {engine}",
        tuple(
            Contestant(label, engine, load, Setting(defaults=defaults))
            for label, defaults in GUARDS.items()
        ),
        NOTHING,
    )
