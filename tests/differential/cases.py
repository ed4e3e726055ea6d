"""Cases: generated ones, by what they are to search."""

from collections.abc import Mapping
from typing import TypeAlias

from hypothesis import strategies as st

from tests.differential import requests
from tests.differential.answers import all_kinds, mostly_plain, switches
from tests.differential.case import Answer, Case, Leaves

Cases: TypeAlias = st.SearchStrategy[Case]
Answers: TypeAlias = st.SearchStrategy[tuple[Answer, ...]]

_SELDOM = st.sampled_from([False, False, False, True])
_LEAVES: st.SearchStrategy[Leaves] = st.sampled_from(
    ["stays", "stays", "half-closes", "closes", "resets"]
)
_NONE: Answers = st.just(())


@st.composite
def _cases(
    draw: st.DrawFn,
    stream: st.SearchStrategy[tuple[bytes, ...]],
    answers: Answers = _NONE,
    *,
    cuts: int = 2,
    leaves: bool = False,
) -> Case:
    sent = draw(stream)
    size = sum(map(len, sent))
    places = st.integers(0, min(size, 600)) | st.integers(0, size)
    until = draw(st.none() | places) if leaves else None
    return Case(
        sent,
        tuple(draw(st.lists(places, max_size=cuts))) if cuts else (),
        until,
        draw(_LEAVES) if leaves else "stays",
        draw(answers),
        draw(_SELDOM) if leaves else 0,
        reads=not draw(_SELDOM),
        hasty=draw(st.booleans()),
        trusted=draw(_SELDOM),
    )


def _alone(request: st.SearchStrategy[bytes]) -> st.SearchStrategy[tuple[bytes, ...]]:
    return st.tuples(request)


_pipeline = st.lists(requests.plain(), min_size=2, max_size=6).map(tuple)
_uploads = st.lists(requests.upload(), min_size=1, max_size=3).map(tuple)
_odd_uploads = st.lists(requests.upload(odd=True), min_size=1, max_size=2).map(tuple)
_mixed = st.lists(
    requests.plain() | requests.upload() | requests.odd(), min_size=1, max_size=4
).map(tuple)

_upgrades = st.tuples(requests.upgrade(), requests.plain())

KINDS: Mapping[str, Cases] = {
    "plain heads": _cases(_alone(requests.plain())),
    "odd heads": _cases(_alone(requests.odd())),
    "mutated heads": _cases(_alone(requests.mutated())),
    "uploads": _cases(_uploads),
    "odd uploads": _cases(_odd_uploads),
    "pipelines": _cases(_pipeline, mostly_plain, cuts=4),
    "mixed pipelines": _cases(_mixed, mostly_plain, cuts=4),
    "answers": _cases(_pipeline, all_kinds),
    "upgrades": _cases(_upgrades, switches, cuts=4, leaves=True),
    "endings": _cases(_mixed, all_kinds, leaves=True),
}
