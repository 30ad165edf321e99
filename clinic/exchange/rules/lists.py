"""What holds for every list of a clinic file."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from clinic.exchange.models.clinic_file import ClinicFile, WeeklyShape
from clinic.exchange.rules.known import Known


def repeated(places: Iterable[tuple[str, Any]], sentence: str) -> Iterator[str]:
    """A problem for each path whose value an earlier one has; None stands for nothing said."""
    first: dict[Any, str] = {}
    for path, value in places:
        if value is None:
            continue
        if value in first:
            yield f"{path}: {sentence.format(value=value, first=first[value])}"
        first.setdefault(value, path.removesuffix(".key"))


def named_twice(file: ClinicFile) -> Iterator[str]:
    """A key names one thing for good."""
    lists: dict[str, Iterable[Any]] = {
        "sites": file.sites,
        "staff": file.staff,
        "rule_sets": file.rule_sets,
        "programs": file.programs,
        "series": file.series,
        "participants": file.participants,
        "enrollments": file.enrollments,
        "sessions": file.sessions,
    }
    lists |= {f"sites[{n}].rooms": site.rooms for n, site in enumerate(file.sites)}
    for name, entries in lists.items():
        yield from repeated(
            ((f"{name}[{n}].key", entry.key) for n, entry in enumerate(entries)),
            "{value} is the key of {first} already",
        )
    yield from repeated(
        (
            (f"closures[{n}]", (one.site, one.from_, one.until))
            for n, one in enumerate(file.closures)
        ),
        "these days are in {first} already",
    )


def one_name_each(file: ClinicFile, known: Known) -> Iterator[str]:
    """Attendance files name series and one-off sessions in one column."""
    series = known.series.keys() | {one.key for one in file.series}
    for n, session in enumerate(file.sessions):
        if session.key in series:
            yield f"sessions[{n}].key: {session.key} is the key of a series already"
    for n, one in enumerate(file.series):
        if one.key in known.one_offs:
            yield f"series[{n}].key: {one.key} is the key of a one-off session already"


def weekly(path: str, times: Sequence[WeeklyShape]) -> Iterator[str]:
    for m, time in enumerate(times):
        if time.end <= time.start:
            yield f"{path}[{m}].end: is not after start"
