"""Text: an explanation for people, a line each, with where it is said on the right."""

from collections.abc import Iterable, Iterator

from sidecar.config.effective import DEFAULT
from sidecar.explain.explanation import Coding, Explanation, Other
from sidecar.explain.guarding import Guarding
from sidecar.explain.selecting import Selecting
from sidecar.explain.settings import Setting
from sidecar.explain.storing import Lookup, Storing
from sidecar.explain.user import User
from sidecar.policy.misfits import Aspect, Misfit

_LABEL = 13
_VALUE = 46
_MOST_OTHERS = 20
_MOST_TYPES = 3

_MISFITS = {
    Aspect.PATH: "its path is {}",
    Aspect.AMBIGUOUS_PATH: "its path is {}, and an ambiguous path fits only /**",
    Aspect.METHOD: "its methods are {}",
    Aspect.HOST: "its host is {}",
    Aspect.HEADER: "it asks for another {} field",
}
_LOOKUPS = {
    Lookup.OFF: "off",
    Lookup.METHOD: "not looked up, for {} is neither GET nor HEAD",
    Lookup.BYPASS: "passed by, for the request has: {}",
    Lookup.PART: "taken of a stored whole, else passed by, for its {}; looked up by",
    Lookup.ANEW: "asked anew, for the request's {} wants that; else by",
    Lookup.YES: "looked up by",
}


def lines(found: Explanation, *, complete: bool = False) -> Iterator[str]:
    """`complete`: with the settings that nobody set."""
    yield _line("route", found.route.name, found.route.source)
    shown = found.others[:_MOST_OTHERS]
    for other in shown:
        yield _line("  not", f"{other.name}: {_loss(other)}", other.source)
    if len(found.others) > len(shown):
        yield _line("  not", f"and {len(found.others) - len(shown)} more")
    upstream = found.upstream
    urls = ", ".join(upstream.urls)
    yield _line("upstream", f"{upstream.name}: {urls} (Host: {upstream.host})")
    yield _line("user", _user(found.user))
    yield from _guarding(found.guarding)
    yield from _storing(found.storing)
    yield _line("compression", _compression(found.compression))
    if found.fields is not None:
        yield _line("fields", _fields(found.fields))
    yield from _settings(found.settings, complete=complete)


def _line(label: str, text: str, source: str = "") -> str:
    start = f"{label:<{_LABEL}}{text}"
    return f"{start:<{_LABEL + _VALUE}}  {source}" if source else start


def _loss(other: Other) -> str:
    if other.misfits:
        return "; ".join(map(_misfit, other.misfits))
    return "comes later"


def _misfit(misfit: Misfit) -> str:
    return _MISFITS[misfit.aspect].format(misfit.wanted)


def _user(user: User) -> str:
    if user.field is None:
        text = f"the address {user.address}"
    else:
        text = f"by {user.kind} {user.field}"
        if user.proven is None:
            text += ", if its signature is good"
        elif not user.proven:
            text += f", which anybody can make up, from {user.address}"
    absent = f" (not there: {', '.join(user.absent)})" if user.absent else ""
    return text + absent


def _guarding(found: Guarding) -> Iterator[str]:
    for charge in found.charges:
        tiers = f"; {', '.join(charge.tiers)}" if charge.tiers else ""
        said = f"{charge.name}: {charge.rate}, {charge.burst} at once{tiers}"
        yield _line("rate limit", f"{said}, by {charge.by}{_mode(charge.mode)}")
    for places in found.places:
        queue = "nobody waits" if places.queue is None else f"{places.queue} wait"
        said = f"{places.max} at once, {queue}, of the {places.of}"
        yield _line("concurrency", said + _mode(places.mode))
    if found.breaker is not None:
        yield _line("breaker", found.breaker.name + _mode(found.breaker.mode))
    times = "once" if found.repeats == 1 else f"at most {found.repeats} times"
    yield _line("asked", f"{times}; {found.longest} until the response head, in all")
    if found.upgrade is not None:
        yield _line("upgrade", found.upgrade)


def _mode(mode: str) -> str:
    return "" if mode == "enforce" else f" ({mode})"


def _storing(found: Storing) -> Iterator[str]:
    yield _line("cache", _LOOKUPS[found.lookup].format(", ".join(found.why)))
    for part in found.key:
        yield _line(f"  {part.name} ", "-" if part.value is None else part.value)
    if found.stores:
        yield _line("  stored", found.stores)
    if found.credentials:
        names = ", ".join(found.credentials)
        yield _line("  but", f"it carries {names}: shared only where that is safe")
    if found.invalidates:
        yield _line("  outdates", ", ".join(found.invalidates))


def _compression(found: Coding) -> str:
    if found.coding is None:
        return "off" if found.min_size is None else f"none: {found.skipped}"
    types = ", ".join(found.types[:_MOST_TYPES])
    more = ", …" if len(found.types) > _MOST_TYPES else ""
    return f"{found.coding}, from {found.min_size} on, of {types}{more}"


def _fields(found: Selecting) -> str:
    """Of the answer, where it is JSON."""
    whole = "all" if found.envelope is None else f"all of {found.envelope}"
    if found.refused:
        return f"refused with 400: {found.parameter} cannot be read"
    if not found.readable:
        return f"{whole}, for {found.parameter} cannot be read"
    if found.expression is None:
        return f"{whole}, for the query has no {found.parameter}"
    below = "" if found.envelope is None else f" of {found.envelope}"
    return "".join(c if c.isprintable() else "\ufffd" for c in found.expression) + below


def _settings(found: Iterable[Setting], *, complete: bool) -> Iterator[str]:
    every = list(found)
    shown = [one for one in every if complete or one.source != DEFAULT]
    hidden = len(every) - len(shown)
    yield ""
    yield _line("settings", f"{hidden} more are defaults (--all)" if hidden else "")
    texts = [(one.name, _text(one.value), one) for one in shown]
    names = max((len(name) for name, _, _ in texts), default=0)
    values = min(max((len(text) for _, text, _ in texts), default=0), _VALUE)
    for name, text, one in texts:
        where = one.source if one.source == DEFAULT else f"{one.key} {one.source}"
        yield f"  {name:<{names}}  {text:<{values}}  <- {where}"


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "-"
    if isinstance(value, dict):
        return "-" if not value else str(value)
    return str(value)
