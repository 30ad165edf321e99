"""Two things side by side: rounds in turn, medians, spread, and what is made of them."""

import gc
import json
import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

Figure = TypeVar("Figure")

CPU_SLICE = 0.25  # of the seconds of a round over HTTP


class Row(NamedTuple):
    """A line of the table: a real thing, the floor beside it, and what their ratio should be."""

    number: int  # of the goal
    what: str
    floor: str
    unit: str
    goal: float  # of the real thing's figure to the floor's
    higher_is_better: bool = False
    most: float | None = None  # of the real thing alone
    is_steady: bool = True  # it repeats well enough to fail a build


class Result(NamedTuple):
    """Figures of the real thing and its floor, a pair a round; or why there are none."""

    row: Row
    real: list[float]
    floor: list[float]
    skipped: str = ""

    @property
    def ratios(self) -> list[float]:
        return [real / floor for real, floor in zip(self.real, self.floor, strict=True)]

    @property
    def is_met(self) -> bool:
        ratio, row = statistics.median(self.ratios), self.row
        if row.higher_is_better:
            return ratio >= row.goal
        return ratio <= row.goal and (row.most is None or max(self.real) <= row.most)


class Bench(NamedTuple):
    """How long to measure, and a folder for what that takes."""

    folder: Path
    rounds: int
    seconds: float


class Subject(NamedTuple):
    """What is measured together."""

    rows: tuple[Row, ...]
    run: Callable[[Bench], list[Result]]


SUBJECTS: list[Subject] = []

Run = Callable[[Bench], list[Result]]


def measures(*rows: Row) -> Callable[[Run], Run]:
    """Register what measures these rows."""

    def register(run: Run) -> Run:
        SUBJECTS.append(Subject(rows, run))
        return run

    return register


def in_turn(
    rounds: int, real: Callable[[], Figure], floor: Callable[[], Figure]
) -> list[tuple[Figure, Figure]]:
    """The figures of both, a pair a round: what disturbs the machine disturbs both."""
    return [(real(), floor()) for _ in range(rounds)]


def cpu_in_turn(
    bench: Bench, row: Row, real: Callable[[], object], floor: Callable[[], object]
) -> Result:
    """Milliseconds of processor time that a call takes, the system's part included."""
    gc.collect()
    gc.freeze()  # as the server does, or collections look through all that was ever built
    both = [_slice(call, bench.seconds * CPU_SLICE) for call in (real, floor)]
    pairs = in_turn(bench.rounds, *both)
    return Result(row, *map(list, zip(*pairs, strict=True)))


def _slice(call: Callable[[], object], seconds: float) -> Callable[[], float]:
    """As many calls as fill a while, at least three; what is slow the first time is over."""
    call()
    calls = max(3, round(seconds * 1000 / _cpu_ms(call, 3)))
    return lambda: _cpu_ms(call, calls)


def _cpu_ms(call: Callable[[], object], calls: int) -> float:
    before = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - before) * 1000 / calls


HEADS = ("#", "what", "measured", "floor", "beside", "ratio [quartiles]", "goal", "")
NOTE = (
    "Medians of {rounds} rounds in turn; the ratio is taken round by round. CPU is processor time"
    " in one process. HTTP is granian, 2 workers of 4 threads, 8 connections of one client, which"
    " shares the {cores} cores with the server. Load at the end: {load:.1f}."
)


def table(results: list[Result], *, rounds: int) -> str:
    """A table that reads as it is, and as Markdown."""
    lines = [HEADS, *map(_cells, results)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = tuple("-" * width for width in widths)
    text = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in (lines[0], rule, *lines[1:])
    ]
    note = NOTE.format(rounds=rounds, cores=os.cpu_count(), load=os.getloadavg()[0])
    return "\n".join([*text, "", note])


def _cells(result: Result) -> tuple[str, ...]:
    row = result.row
    sign = "≥" if row.higher_is_better else "≤"
    goal = f"{sign} {row.goal:g}" + (f", ≤ {row.most:g} {row.unit}" if row.most else "")
    if result.skipped:
        return str(row.number), row.what, "-", "-", row.floor, "-", goal, result.skipped
    return (
        str(row.number),
        row.what,
        f"{_short(result.real)} {row.unit}",
        f"{_short(result.floor)} {row.unit}",
        row.floor,
        _spread(result.ratios),
        goal,
        "met" if result.is_met else "missed",
    )


def _short(figures: list[float]) -> str:
    middle = statistics.median(figures)
    return f"{middle:.0f}" if middle >= 100 or middle.is_integer() else f"{middle:.3g}"


def _spread(ratios: list[float]) -> str:
    middle = f"{statistics.median(ratios):.2f}"
    if len(ratios) == 1:
        return middle
    lower, _, upper = statistics.quantiles(ratios, n=4, method="inclusive")
    return f"{middle} [{lower:.2f}–{upper:.2f}]"


def record(results: list[Result], bench: Bench) -> str:
    """The same as JSON, with every single figure."""
    return json.dumps(
        {
            "rounds": bench.rounds,
            "seconds": bench.seconds,
            "machine": {
                "cores": os.cpu_count(),
                "load": os.getloadavg(),
                "python": platform.python_version(),
                "sqlite": sqlite3.sqlite_version,
                "system": platform.platform(),
            },
            "rows": [_record_of(result) for result in results],
        },
        indent=1,
    )


def _record_of(result: Result) -> dict[str, Any]:
    told = result.row._asdict()
    if result.skipped:
        return told | {"skipped": result.skipped}
    return told | {
        "measured": result.real,
        "floor_measured": result.floor,
        "ratio": statistics.median(result.ratios),
        "is_met": result.is_met,
    }
