"""Compare: one case through both doors, and what of it must be the same.

Bytes first, for most are equal. Where they are not, both sides are parsed: pieces
and chunks may be cut otherwise, and `allowed` says what else may differ.
"""

from dataclasses import dataclass, replace

from sidecar.server.doors import ExpressDoor
from sidecar.server.reference import ReferenceDoor
from tests.differential.allowed import ROWS, Row, before
from tests.differential.case import Case
from tests.differential.quiet_loop import QuietLoop
from tests.differential.talk import Talk, talk
from tests.differential.world import Door, Seen, World, configuration, normalised


class Different(AssertionError):
    """The two doors did not do the same, and no row allows it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """`exchanges`: requests of which both sides' fate was compared."""

    exchanges: int
    rows: tuple[Row, ...] = ()


class Doors:
    """Both doors before one configuration; `compare` as many cases as wanted."""

    def __init__(self) -> None:
        self._loop = QuietLoop()
        self._config = configuration()

    def close(self) -> None:
        self._loop.close()

    def play(self, door: Door, case: Case) -> Seen:
        async def run() -> Seen:
            return await World(self._loop, self._config, door, case).play()

        seen = self._loop.run_until_complete(run())
        return replace(
            seen,
            client=normalised(seen.client, case),
            origin=[replace(one, raw=normalised(one.raw, case)) for one in seen.origin],
        )

    def compare(self, case: Case) -> Compared:
        """Raises Different."""
        reference = self.play(ReferenceDoor, case)
        express = self.play(ExpressDoor, case)
        if reference.defects or express.defects:
            raise Different(_both("a defect", case, reference, express))
        one, two = talk(case, reference), talk(case, express)
        for name, door in (("reference", one), ("express", two)):
            if door.wrong:
                told = f"{name}: the client got what is not HTTP: {door.wrong}"
                raise Different(_both(told, case, reference, express))
        used = []
        for row in ROWS:
            place = row.place(case)
            if one != two and place is not None:
                used.append(row)
                one, two = before(place, (one, two))
        if one != two:
            told = "\n".join(_differences(one, two))
            raise Different(_both(told, case, reference, express))
        return Compared(one.exchanges, tuple(used))


def _differences(one: Talk, two: Talk) -> list[str]:
    found = []
    for name in Talk.__slots__:
        ours, theirs = getattr(one, name), getattr(two, name)
        if ours == theirs:
            continue
        if not isinstance(ours, tuple):
            found.append(f"{name}: {ours!r} | {theirs!r}")
        elif len(ours) != len(theirs):
            found.append(f"{name}: {len(ours)} | {len(theirs)} of them")
        else:
            at = next(i for i, one in enumerate(ours) if one != theirs[i])
            found.append(f"{name}[{at}]: {ours[at]!r}\n  | {theirs[at]!r}")
    return found


def _both(what: str, case: Case, reference: Seen, express: Seen) -> str:
    lines = [what, "", repr(case)]
    for name, seen in (("reference", reference), ("express", express)):
        lines += ["", f"through the {name} door"]
        lines += [f"  defect: {one}" for one in seen.defects]
        for got in seen.origin:
            lines.append(f"  origin got {'' if got.request else 'a part: '}")
            lines += _indented(got.raw)
        at = seen.client_in_time
        lines.append(f"  client got, then {seen.ended_in_time}")
        lines += _indented(seen.client[:at])
        lines.append(f"  after the deadlines, then {seen.ended}")
        lines += _indented(seen.client[at:])
    return "\n".join(lines)


def _indented(raw: bytes) -> list[str]:
    return [f"    {line!r}" for line in raw[:4000].splitlines(keepends=True)]
