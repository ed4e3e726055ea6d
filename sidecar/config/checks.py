"""Checks: what single values cannot show, because two keys must agree.

They look at the draft, not at the validated models: a file with a wrong duration
and a wrong upstream has two mistakes, and both are told at once.
"""

from collections.abc import Iterator

from sidecar.config import addresses
from sidecar.config.draft import DEFAULT, Draft, default_upstream, value_at
from sidecar.config.mistakes import KeyPath, Mistake, did_you_mean, path_text
from sidecar.config.schema import MAX_ROUTES
from sidecar.policy import path_pattern
from sidecar.policy.routing import Match, covers

_OTHERS: dict[KeyPath, str] = {
    ("health", "listen"): "127.0.0.1:9901",
    ("admin", "listen"): "127.0.0.1:9902",
}
"""Listeners besides those of clients, and where they are if nothing else is said."""


def mistakes(draft: Draft) -> Iterator[Mistake]:
    yield from _names(draft)
    yield from _upstreams(draft)
    yield from _unreachable(draft)
    yield from _admin(draft)
    yield from _listeners(draft)
    yield from _limits(draft)
    yield from _private(draft)


def _routes(draft: Draft) -> list[tuple[int, dict[str, object]]]:
    """The file's own routes, less those that are not mappings."""
    routes = draft.data.get("routes")
    written = draft.document.data.get("routes")
    if not isinstance(routes, list) or not isinstance(written, list):
        return []
    own = enumerate(routes[: len(written)])
    return [(index, route) for index, route in own if isinstance(route, dict)]


def _line(draft: Draft, path: KeyPath) -> str:
    _, position = draft.place(draft.written(path))
    return f"line {position.line}" if position else "a flag"


def _names(draft: Draft) -> Iterator[Mistake]:
    first: dict[str, int] = {}
    routes = _routes(draft)
    for index, route in routes:
        name = route.get("name")
        path: KeyPath = ("routes", index, "name")
        if not isinstance(name, str):
            continue
        if name in first:
            where = _line(draft, ("routes", first[name], "name"))
            yield draft.mistake(path, f"the name {name!r} is taken by {where}")
        elif name == DEFAULT and (index != routes[-1][0] or not _is_open(route)):
            yield draft.mistake(
                path,
                f"the name {DEFAULT!r} belongs to the last route, which matches all",
                "give this route another name, or put it last without `match`",
            )
        first.setdefault(name, index)


def _is_open(route: dict[str, object]) -> bool:
    match = route.get("match")
    if not isinstance(match, dict):
        return match is None
    path = match.get("path")
    others = (match.get("methods"), match.get("host"), match.get("headers"))
    return path in (None, path_pattern.EVERYTHING) and not any(others)


def _upstreams(draft: Draft) -> Iterator[Mistake]:
    upstreams = draft.data.get("upstreams", {DEFAULT: {}})
    if not isinstance(upstreams, dict) or not upstreams:
        return
    names = [str(name) for name in upstreams]
    for name, upstream in upstreams.items():
        bare = upstream is None or (
            isinstance(upstream, dict) and "url" not in upstream
        )
        if bare and name != DEFAULT:
            yield draft.mistake(
                ("upstreams", name), f"the upstream {name!r} has no url", at_key=True
            )
    routes = draft.data.get("routes")
    for index, route in enumerate(routes if isinstance(routes, list) else ()):
        asked = route.get("upstream") if isinstance(route, dict) else None
        if not isinstance(asked, str) or asked in names:
            continue
        path: KeyPath = ("routes", index, "upstream")
        if draft.written(path) in draft.document.values:
            hint = did_you_mean(asked, names) or f"defined: {', '.join(names[:10])}"
            yield draft.mistake(path, f"no upstream is named {asked!r}", hint)
        elif asked == default_upstream(draft.data):
            yield draft.mistake(
                ("upstreams",),
                f"of several upstreams, one must be named {DEFAULT!r}",
                "it serves the routes that name none, and what no route matches",
                at_key=True,
            )


def _unreachable(draft: Draft) -> Iterator[Mistake]:
    """Compare each route with the earlier ones that could cover it.

    Those begin with the same literal segments, so that many routes stay cheap.
    """
    earlier: dict[tuple[str, ...], list[tuple[Match, int]]] = {}
    for index, route in _routes(draft)[:MAX_ROUTES]:
        match = _match(route.get("match"))
        if match is None:
            continue
        start = _literal_start(match.path)
        candidates = (
            one for n in range(len(start) + 1) for one in earlier.get(start[:n], ())
        )
        covering = [at for one, at in candidates if covers(one, match)]
        if covering and not (route.get("name") == DEFAULT and _is_open(route)):
            earliest: KeyPath = ("routes", min(covering))
            name = value_at(draft.data, (*earliest, "name"))
            yield draft.mistake(
                ("routes", index),
                f"this route is never reached: the route {str(name)[:64]!r} of"
                f" {_line(draft, earliest)} matches all that it matches",
                "put it before that one",
            )
        earlier.setdefault(start, []).append((match, index))


def _literal_start(path: str | None) -> tuple[str, ...]:
    """The segments before the first pattern; a path without one ends with itself."""
    segments = (path or path_pattern.EVERYTHING)[1:].split("/")
    for n, segment in enumerate(segments):
        if segment[:1] in ("*", "{"):
            return tuple(segments[:n])
    return (*segments, "")


def _match(match: object) -> Match | None:
    """The match as routing sees it; None where it is mistaken in itself."""
    if match is None:
        return Match()
    if not isinstance(match, dict):
        return None
    path, host = match.get("path"), match.get("host")
    methods, headers = match.get("methods"), match.get("headers") or {}
    if not isinstance(path, str | None) or (path and path_pattern.fault(path)):
        return None
    if not isinstance(host, str | None) or not isinstance(methods, list | None):
        return None
    texts = [
        *(methods or ()),
        *(headers.values() if isinstance(headers, dict) else [0]),
    ]
    if not all(isinstance(text, str) for text in texts):
        return None
    return Match(
        path,
        frozenset(m.encode() for m in methods) if methods else None,
        host.encode() if host else None,
        {name.encode(): value.encode() for name, value in headers.items()},
    )


def _admin(draft: Draft) -> Iterator[Mistake]:
    path: KeyPath = ("admin", "listen")
    text = value_at(draft.data, path)
    token = value_at(draft.data, ("admin", "token"))
    unread = {path for path, _, _ in draft.document.problems}
    if text is None or token is not None or ("admin", "token") in unread:
        return
    try:
        address = addresses.listen(text)
    except ValueError:
        return
    if not address.is_loopback:
        yield draft.mistake(
            path,
            f"the admin listener is open to others at {address} and has no token",
            "set admin.token, or listen on 127.0.0.1",
        )


def _listeners(draft: Draft) -> Iterator[Mistake]:
    """Each address is listened on once; port 0 is a new one each time."""
    data = draft.data.get("listen")
    count = len(data) if isinstance(data, list) else 0
    paths: list[KeyPath] = [("listen", index) for index in range(count)]
    seen: list[tuple[addresses.Listen, KeyPath]] = []
    for path in [*(paths or [("listen",)]), *_OTHERS]:
        try:
            address = addresses.listen(value_at(draft.data, path) or _OTHERS.get(path))
        except ValueError:
            continue
        for other, there in seen:
            if other.collides(address):
                # A default is no mistake, but that the file takes its place.
                written = path in draft.document.values
                here, kept = (path, there) if written else (there, path)
                what = f"{address} and {other} cannot both be listened on"
                hint = f"the other is {path_text(kept)}"
                yield draft.mistake(here, what, hint)
                break
        seen.append((address, path))


def _limits(draft: Draft) -> Iterator[Mistake]:
    """Limits of one name share their counts, which must mean the same."""
    first: dict[str, tuple[KeyPath, tuple[object, object]]] = {}
    for index, route in _routes(draft):
        limits = route.get("rate_limit")
        many = enumerate(limits) if isinstance(limits, list) else ((None, limits),)
        for place, limit in many:
            name = limit.get("name") if isinstance(limit, dict) else None
            if not isinstance(limit, dict) or not isinstance(name, str):
                continue
            path: KeyPath = ("routes", index, "rate_limit")
            path += ("name",) if place is None else (place, "name")
            said = limit.get("rate"), limit.get("burst")
            there, before = first.setdefault(name, (path, said))
            if said != before:
                yield draft.mistake(
                    path,
                    f"the limit {name!r} has another rate or burst than the one of"
                    f" {_line(draft, there)}",
                    "limits of one name share their counts",
                )


def _private(draft: Draft) -> Iterator[Mistake]:
    """Whoever has answers of their own must be able to prove who they are."""
    sources = draft.data.get("identity", [])
    for source in sources if isinstance(sources, list) else ():
        if isinstance(source, dict) and not {"jwt", "header"}.isdisjoint(source):
            return
    places: list[KeyPath] = [("defaults",)]
    places += [("routes", index) for index, _ in _routes(draft)]
    for place in places:
        at: KeyPath = (*place, "cache", "key", "by_identity")
        if value_at(draft.data, at) is True and draft.written(at) == at:
            yield draft.mistake(
                at,
                "nobody can prove who they are: identity has neither jwt nor header",
                "an API key, a cookie or an address may be anybody's",
            )
