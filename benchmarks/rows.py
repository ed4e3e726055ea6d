"""Rows: what is measured, in the order of the table."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from benchmarks.caching import hits
from benchmarks.contents import HTML_SIZE, JSON_SIZE
from benchmarks.figures import Result
from benchmarks.fleet import Fleet
from benchmarks.footprint import Footprint
from benchmarks.goodput import Goodput
from benchmarks.guarded import guards, refusals
from benchmarks.latency import AddedLatency, SelfCheck
from benchmarks.loads import Load
from benchmarks.pace import Pace
from benchmarks.peers import PLAIN, REFERENCE, Setting
from benchmarks.slices import ClosedLoop, Contestant
from benchmarks.stampede import Stampede

KILOBYTE = Load("/1k.json", 1000)
POST = Load("/post", 1000, "post.lua", method="POST")
UNIQUE = Load("/1k.json", 1000, "fields.lua", ("unique",))
REPEATED = Load("/1k.json", 1000, "fields.lua", ("repeated",))
ZIPF = Load("/any/item-1", 1000, "zipf.lua")
CHURN = Load("/1k.json", 1000, "close.lua")
LARGE = Load("/50k.json", 50_000)
# Few connections: what is under way when a slice ends must be little.
HUGE = Load("/1m.bin", 1 << 20, connections=8)
# The same without the origin's ETag and date.
UNTAGGED = Load("/fresh/1m.bin", 1 << 20, connections=8)
CACHED = Load("/cached/1k.json", 1000)
LOCAL = Load("/local", 0, "local.lua", method="OPTIONS")

SHOP_JSON = "/fresh/shop.json"
# Few, as above: each takes a millisecond and more.
SHOP_HTML = Load("/fresh/shop.html", HTML_SIZE, connections=8)
# What the origin sends is the same each time: the sidecar would code it once.
ANEW = Setting(defaults='{compression: {remember: "off"}}')
SHOP = Load(SHOP_JSON, JSON_SIZE)
LIGHTER = (
    ("json", "50 KB JSON, compressed for each client", SHOP, ANEW),
    ("json-again", "50 KB JSON, the same again and again, not stored", SHOP, PLAIN),
    ("html", "1 MB HTML, compressed for each client", SHOP_HTML, ANEW),
)

CACHED_HIT = f"{REFERENCE}, cached hit, 1 KB"
AGAINST_ALL = (
    ("get-1k", "Pass-through GET, 1 KB", KILOBYTE),
    ("post-200", "Pass-through POST, 200 B → 1 KB", POST),
    ("unique", "Pass-through GET, 1 KB, unique fields", UNIQUE),
    ("zipf", "Pass-through GET, 1 KB, Zipf over 10,000 URLs", ZIPF),
    ("churn", "Pass-through GET, 1 KB, a new connection each", CHURN),
    ("get-50k", "Pass-through GET, 50 KB", LARGE),
    ("get-1m", "Pass-through GET, 1 MB", HUGE),
    ("tag-1m", "GET, 1 MB, which gets a tag from the sidecar", UNTAGGED),
    ("local", "An answer known at once", LOCAL),
)
# The ones that compare a sidecar with itself.
SELF = ("unique-or-repeated", "routes", "guards")
HITS = ("hit-1k", "hit-304", "hit-50k", "hit-zipf")
STAMPEDE = "stampede"
LATER = "added-latency"
KEYS = (
    *(key for key, _, _ in AGAINST_ALL),
    "access-log",
    *(key for key, *_ in LIGHTER),
    "not-modified",
    *HITS,
    STAMPEDE,
    "429",
    *SELF,
    LATER,
    "self-check",
    "footprint",
    "goodput",
)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A row of one result among rows of several."""

    row: ClosedLoop

    @property
    def key(self) -> str:
        """The name to choose it by."""
        return self.row.key

    @property
    def title(self) -> str:
        """What the table says."""
        return self.row.title

    def measure(self, fleet: Fleet, pace: Pace) -> list[Result]:
        """Run all rounds."""
        return [self.row.measure(fleet, pace)]


Row = Wrapped | AddedLatency | SelfCheck | Footprint | Goodput | Stampede


def _against_all(names: tuple[str, ...], reference: str) -> Iterable[ClosedLoop]:
    for key, title, load in AGAINST_ALL:
        contestants = tuple(Contestant(name, name, load) for name in names)
        if load is LOCAL and REFERENCE in names:
            contestants += (Contestant(CACHED_HIT, REFERENCE, CACHED),)
        per_byte = load in (HUGE, UNTAGGED)
        yield ClosedLoop(key, title, contestants, reference, per_byte=per_byte)
    logged = Setting(access_log=True)
    contestants = tuple(Contestant(name, name, KILOBYTE, logged) for name in names)
    title = "Pass-through GET, 1 KB, access log on"
    yield ClosedLoop("access-log", title, contestants, reference)


def _against_itself(engine: str) -> Iterable[ClosedLoop]:
    repeated = "repeated traceparent, X-Request-Id, Cookie"
    yield ClosedLoop(
        "unique-or-repeated",
        f"Unique fields or repeated ones, {engine}",
        (
            Contestant(repeated, engine, REPEATED),
            Contestant("unique ones", engine, UNIQUE),
        ),
        repeated,
    )
    few, some, many = 10, 2000, 10_000
    yield ClosedLoop(
        "routes",
        f"Routes, {engine}",
        tuple(
            Contestant(
                f"{count:,} routes",
                engine,
                Load("/any/0/item", 1000, "routes.lua", (str(count),)),
                Setting(routes=count),
            )
            for count in (few, some, many)
        ),
        f"{few:,} routes",
    )
    yield from guards(engine, KILOBYTE)


def _lighter(names: tuple[str, ...], reference: str) -> Iterable[ClosedLoop]:
    """Responses compressed or left out, each made anew by the origin."""
    engines = [name for name in names if name.startswith("sidecar")]
    gzip = f"{reference}, gzip 6"
    for key, title, load, setting in LIGHTER:
        contestants = [
            Contestant(f"{name}, {coding}", name, _coded(load, coding), setting)
            for name in engines
            for coding in ("gzip", "br", "zstd")
        ]
        if reference == REFERENCE:
            contestants.append(Contestant(gzip, reference, _coded(load, "gzip")))
        yield ClosedLoop(key, title, tuple(contestants), gzip, sized=True)
    asks = Load(SHOP_JSON, 0, fields=("If-None-Match: *",), status=304)
    whole = f"{reference}, which has no tag: 200"
    contestants = [Contestant(name, name, asks) for name in engines]
    if reference == REFERENCE:
        contestants.append(Contestant(whole, reference, Load(SHOP_JSON, JSON_SIZE)))
    title = "304 of 50 KB JSON that has no validator"
    yield ClosedLoop("not-modified", title, tuple(contestants), whole, sized=True)


def _coded(load: Load, coding: str) -> Load:
    return replace(load, fields=(f"Accept-Encoding: {coding}",))


def rows(names: tuple[str, ...]) -> list[Row]:
    """Return every row for the peers `names`."""
    reference = REFERENCE if REFERENCE in names else names[0]
    engines = [name for name in names if name.startswith("sidecar")]
    return [
        *map(Wrapped, _against_all(names, reference)),
        *map(Wrapped, _lighter(names, reference)),
        *map(Wrapped, hits(names, reference)),
        Stampede(STAMPEDE, "A stampede", names),
        Wrapped(refusals(names, reference)),
        *(Wrapped(row) for engine in engines for row in _against_itself(engine)),
        AddedLatency(LATER, "Added latency, open loop", names),
        SelfCheck("self-check", "The harness, checked: p99 of a frozen origin"),
        Footprint("footprint", "Footprint", names, reference),
        Goodput("goodput", "Goodput at 3 times the capacity"),
    ]
