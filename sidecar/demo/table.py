"""Table: what the demo's client saw, as text for a terminal or a file."""

from collections.abc import Iterable, Sequence
from typing import Final

from sidecar.demo.visit import Row, Seen
from sidecar.units import Bytes

HEADINGS: Final = ("request", "direct", "through the sidecar", "what it added")
BOLD: Final = "\x1b[1m{}\x1b[0m"


def size(count: Bytes) -> str:
    return f"{count} B" if count < 1000 else f"{count / 1000:.1f} kB"  # noqa: PLR2004


def cell(seen: Seen) -> str:
    text = f"{seen.outcome:>9} {seen.seconds * 1000:6.0f} ms"
    return f"{text} {size(seen.size):>9}" if seen.size else text


def added(row: Row) -> str:
    """What the sidecar did for this request, in a few words."""
    if row.through.problem is not None:
        return f"problem+json, {row.through.problem}"
    return ", ".join(sorted(row.through.fields - row.direct.fields))


def lines(rows: Iterable[Row], *, bold: bool = False) -> list[str]:
    """The table, a line each, columns aligned; `bold`: headings for a terminal."""
    cells = [(r.label, cell(r.direct), cell(r.through), added(r)) for r in rows]
    widths = [max(len(row[i]) for row in (HEADINGS, *cells)) for i in range(4)]
    head, rule = _line(HEADINGS, widths), _line(["─" * w for w in widths], widths)
    body = [_line(row, widths) for row in cells]
    return [BOLD.format(head) if bold else head, rule, *body]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (text.ljust(width) for text, width in zip(row, widths, strict=True))
    return "  ".join(padded).rstrip()
