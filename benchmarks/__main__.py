"""Command line: which rows, which peers, how long.

python -m benchmarks                       everything, some twenty minutes
python -m benchmarks --quick               everything in under two minutes
python -m benchmarks --rows get-1k,local --peers nginx --rounds 20
"""

import argparse
import datetime as dt
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks import machine, peers, report
from benchmarks.fleet import Fleet, available, missing
from benchmarks.footprint import raise_descriptor_limit
from benchmarks.pace import QUICK, Pace
from benchmarks.processes import program
from benchmarks.rows import KEYS, rows

RESULTS = Path(__file__).parent / "results"
NEEDED = ("nginx", "wrk", "taskset")


def _listed(text: str) -> list[str]:
    return [part.strip().lower() for part in text.split(",") if part.strip()]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    names = [peer.name.lower() for peer in peers.OTHERS]
    parser.add_argument("--quick", action="store_true", help="few short slices")
    parser.add_argument("--rows", type=_listed, default=[], help=", ".join(KEYS))
    parser.add_argument("--peers", type=_listed, default=names, help=", ".join(names))
    parser.add_argument("--engine", choices=peers.ENGINES, help="of the sidecar")
    parser.add_argument("--rounds", type=int, help=f"default: {Pace().rounds}")
    parser.add_argument("--slice", type=float, help="seconds of one slice")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of results")
    asked = parser.parse_args()
    for kind, wrong in (
        ("row", set(asked.rows) - set(KEYS)),
        ("peer", set(asked.peers) - set(names)),
    ):
        if wrong:
            parser.error(f"no such {kind}: {', '.join(sorted(wrong))}")
    return asked


def _pace(asked: argparse.Namespace) -> Pace:
    pace = QUICK if asked.quick else Pace()
    if asked.rounds:
        pace = replace(pace, rounds=max(1, asked.rounds))
    if asked.slice:
        pace = replace(pace, slice=max(0.2, asked.slice))
    return pace


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _measure(asked: argparse.Namespace, folder: Path) -> report.Run:
    engines = peers.accepted_engines(folder)
    if asked.engine:
        engines = tuple(engine for engine in engines if engine == asked.engine)
    chosen = tuple(one for one in peers.OTHERS if one.name.lower() in asked.peers)
    contestants = available(chosen, engines)
    if not contestants:
        raise SystemExit("nothing to measure: no such engine, no such peer")
    run = report.Run(
        f"{dt.datetime.now(dt.UTC).date()}{'-quick' if asked.quick else ''}",
        asked.quick,
        machine.description() | {"load before": machine.load_average()},
        machine.versions(contestants),
        missing(chosen),
    )
    for name in run.missing:
        _say(f"{name} is not installed: left out")
    if "express" not in engines and asked.engine in {None, "express"}:
        run.missing.append("the sidecar's engine express")
    pace = _pace(asked)
    fleet = Fleet(folder, contestants)
    try:
        for row in rows(tuple(peer.name for peer in contestants)):
            if asked.rows and row.key not in asked.rows:
                continue
            _say(f"{row.title} …")
            run.results += row.measure(fleet, pace)
            # At once: a run that is interrupted keeps what it has.
            run.machine["load after"] = machine.load_average()
            report.write(run, asked.out)
    finally:
        fleet.close()
    return run


def main() -> int:
    """Measure, print and record."""
    asked = _arguments()
    lacking = [name for name in NEEDED if program(name) is None]
    if lacking:
        _say(f"error: not installed: {', '.join(lacking)}")
        return 1
    raise_descriptor_limit()
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        run = _measure(asked, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(report.markdown(run))
    _say(f"written to {report.write(run, asked.out).name} and its .json")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
