"""Report: the tables of a run as Markdown, and every sample of it as JSON."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.figures import Result, Series, Spread, ratios, spread
from benchmarks.goals import Outcome, outcomes


@dataclass(slots=True)
class Run:
    """A run: when, on what, with whom, and its results."""

    date: str
    quick: bool
    machine: dict[str, str]
    versions: dict[str, str]
    missing: list[str] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


def number(value: float) -> str:
    """Return three significant digits or so, thousands apart."""
    if abs(value) >= 100:  # noqa: PLR2004
        return f"{value:,.0f}"
    if abs(value) >= 10:  # noqa: PLR2004
        return f"{value:.1f}"
    return f"{value:.2f}"


def _spread(values: Spread) -> str:
    return f"**{number(values.p50)}** ({number(values.p10)}–{number(values.p90)})"  # noqa: RUF001 - to


def _median(series: Series, name: str) -> str:
    samples = series.samples.get(name)
    return number(spread(samples).p50) if samples else ""


def table(result: Result) -> str:
    """Return a row's heading and table."""
    main, beside = result.main, result.beside
    heads = ["", main.unit]
    heads += [f"ratio to {result.reference}"] if result.reference else []
    heads += [beside.unit] if beside else []
    lines = [f"### {result.title}", ""]
    lines += [f"{result.note[0].upper()}{result.note[1:]}.", ""] if result.note else []
    lines += [_line(heads), _line(["---"] * len(heads))]
    names = dict.fromkeys([*(beside.samples if beside else ()), *main.samples])
    for name in names:
        samples = main.samples.get(name)
        cells = [name, _spread(spread(samples)) if samples else ""]
        cells += [_ratio(result, name)] if result.reference else []
        cells += [_median(beside, name)] if beside else []
        lines.append(_line(cells))
    blank = [""] * (len(heads) - 2)
    lines += [
        _line([name, f"failed: {_gist(reason)}", *blank])
        for name, reason in result.failed.items()
    ]
    return "\n".join(lines)


def _gist(reason: str) -> str:
    """Return the line of an output that says what is wrong, or the last."""
    lines = reason.strip().splitlines() or ["without a word"]
    telling = [
        line for line in lines if re.search("error|alert|fatal", line, re.IGNORECASE)
    ]
    return (telling or lines[::-1])[0][:100].replace("|", "/")


def _ratio(result: Result, name: str) -> str:
    peer = result.main.samples.get(result.reference)
    samples = result.main.samples.get(name)
    if not peer or not samples or len(peer) != len(samples):
        return ""
    if name == result.reference:
        return "1"
    compared = ratios(samples, peer)
    return _spread(spread(compared)) if compared else ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def glance(results: list[Result]) -> str:
    """Return the medians of all rows that peers are compared in, as one table."""
    # A sidecar compared with itself has other columns: see the goals. So have
    # codings.
    rows = [
        one
        for one in results
        if any(map(_is_sidecar, one.main.samples))
        and not any(", " in name for name in one.main.samples if _is_sidecar(name))
    ]
    names = dict.fromkeys(name for one in rows for name in one.main.samples)
    common = [name for name in names if "cached" not in name]
    lines = ["## At a glance", "", "Medians; in parentheses the ratio to nginx.", ""]
    lines += [_line(["", "unit", *common]), _line(["---"] * (len(common) + 2))]
    for one in rows:
        cells = [_brief(one, name) for name in common]
        lines.append(_line([one.title, one.main.unit, *cells]))
    return "\n".join(lines)


def _is_sidecar(name: str) -> bool:
    return name.startswith("sidecar")


def _brief(result: Result, name: str) -> str:
    peer = result.main.samples.get(result.reference)
    samples = result.main.samples.get(name)
    if not samples:
        return ""
    compared = ratios(samples, peer) if peer and len(peer) == len(samples) else []
    ratio = f" ({number(spread(compared).p50)})" if compared else ""
    return f"{number(spread(samples).p50)}{ratio}"


def goals(found: list[Outcome]) -> str:
    """Return the table of goals."""
    lines = ["## Goals", "", _line(["row", "who", "goal", "measured", ""])]
    lines.append(_line(["---"] * 5))
    for one in found:
        figure = "not measured"
        if one.figure is not None:
            figure = f"{number(one.figure)} {one.unit}".strip()
        verdict = "reached" if one.reached else "**missed**"
        cells = [one.title, one.contestant, one.goal.text(), figure, verdict]
        lines.append(_line(cells))
    return "\n".join(lines)


def markdown(run: Run) -> str:
    """Return the whole run."""
    kind = "A quick look: few and short slices, wide spread." if run.quick else (
        "Medians of interleaved rounds, with p10 and p90 in parentheses."
    )  # fmt: skip
    facts = [f"- {name}: {value}" for name, value in run.machine.items()]
    with_ = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    parts = [
        f"# Benchmark of {run.date}",
        f"{kind} What each number means: [README](../README.md).",
        "\n".join([*facts, f"- versions: {with_}"]),
    ]
    if run.missing:
        parts.append(f"Not installed, so not measured: {', '.join(run.missing)}.")
    found = outcomes(run.results)
    parts += [goals(found)] if found else []
    parts += [glance(run.results)] if run.results else []
    parts += ["## Rows", *map(table, run.results)]
    return "\n\n".join(parts) + "\n"


def write(run: Run, folder: Path) -> Path:
    """Write DATE.md and DATE.json, and return the path of the first."""
    folder.mkdir(exist_ok=True)
    page = folder / f"{run.date}.md"
    page.write_text(markdown(run))
    text = json.dumps(asdict(run), indent=1, ensure_ascii=False)
    page.with_suffix(".json").write_text(text + "\n")
    return page
