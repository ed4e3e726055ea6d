"""Caching: rows about answers that are stored already.

The origin says that they may be (`max-age`). nginx stores them in files, which the
kernel keeps in memory, the others in their own.
"""

from collections.abc import Iterable
from dataclasses import replace

from benchmarks.contents import JSON_SIZE
from benchmarks.loads import Load
from benchmarks.peers import Setting
from benchmarks.slices import ClosedLoop, Contestant

# Who can store at all, of those that are compared.
STORERS = ("nginx", "Varnish", "HAProxy")
COMPRESSORS = ("nginx", "Varnish")

HIT = Load("/stored/1k.json", 1000)
UNCHANGED = Load("/stored/1k.json", 0, fields=('If-None-Match: "stored"',), status=304)
SHOP = Load("/stored/shop.json", JSON_SIZE)
POPULAR = Load("/stored/any/item-1", 1000, "zipf.lua", ("/stored/any/item-",))
FITTING = Setting(fitting=True)


def hits(names: tuple[str, ...], reference: str) -> Iterable[ClosedLoop]:
    """Every row of answers from the cache."""
    engines = [name for name in names if name.startswith("sidecar")]
    storers = [*engines, *(name for name in names if name in STORERS)]
    contestants = tuple(Contestant(name, name, HIT) for name in storers)
    yield ClosedLoop("hit-1k", "A hit, 1 KB", contestants, reference)
    contestants = tuple(
        Contestant(name, name, UNCHANGED) for name in storers if name != "HAProxy"
    )
    title = "A hit that the client has: 304"
    note = "wrk waits for content after HAProxy's, which has a Content-Length"
    yield ClosedLoop("hit-304", title, contestants, reference, note=note)
    yield _compressed(engines, names, reference)
    contestants = tuple(Contestant(name, name, POPULAR, FITTING) for name in storers)
    yield ClosedLoop(
        "hit-zipf",
        "Zipf over 10,000 URLs of 1 KB, room for a fifth of them",
        contestants,
        reference,
        note="what does not fit is fetched; room as each of them counts it",
    )


def _compressed(
    engines: list[str], names: tuple[str, ...], reference: str
) -> ClosedLoop:
    by_gzip = replace(SHOP, fields=("Accept-Encoding: gzip",))
    by_brotli = replace(SHOP, fields=("Accept-Encoding: br",))
    contestants = [Contestant(f"{name}, gzip", name, by_gzip) for name in engines]
    contestants += [Contestant(f"{name}, br", name, by_brotli) for name in engines]
    contestants += [
        Contestant(f"{name}, gzip", name, by_gzip)
        for name in names
        if name in COMPRESSORS
    ]
    title = "A hit, 50 KB JSON, compressed"
    return ClosedLoop(
        "hit-50k", title, tuple(contestants), f"{reference}, gzip", sized=True
    )
