"""Clinic files for tests: the contract's own example, and small changes of it."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from clinic.exchange.actions import clinic_file
from clinic.exchange.models.clinic_file import ClinicFile
from clinic.exchange.queries.names import KEYED
from clinic.exchange.rules import whole
from clinic.exchange.rules.whole import Keys
from clinic.trail import SYSTEM
from tests import make

RIVERSIDE = Path(__file__).with_name("riverside.yaml").read_text()
_PARSED = yaml.safe_load(RIVERSIDE)
NOW = make.instant("2026-03-02 10:00")  # a Monday
LATER = make.instant("2026-03-02 11:00")
ABSENT = object()  # as a value: the key is taken out


def riverside(changes: dict[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:
    """The example, with `{"series[0].start": "09:00"}` put in and entries added to lists."""
    data = deepcopy(_PARSED)
    for path, value in (changes or {}).items():
        put(data, path, value)
    for name, entries in more.items():
        data[name] += entries
    return data


def put(data: Any, path: str, value: Any) -> None:
    *way, last = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path)]
    for step in way:
        data = data[step]
    if value is ABSENT:
        del data[last]
    elif isinstance(last, int) and last == len(data):
        data.append(value)
    else:
        data[last] = value


def part(data: dict[str, Any], *names: str, **lists: Any) -> dict[str, Any]:
    """A file that extends a clinic: what every file must have, those lists of it, and more."""
    kept = {"clinic", "organization", "sites", *names}
    return {name: deepcopy(value) for name, value in data.items() if name in kept} | lists


def text_of(data: Any) -> str:
    return yaml.safe_dump(data, sort_keys=False)


def shape_of(data: Any) -> ClinicFile:
    """The same as reading its text, but quick."""
    return ClinicFile.model_validate(data)


def bring(data: Any, *, reason: str | None = None, now: Any = NOW) -> dict[str, dict[str, int]]:
    """Load it; gives what was created, changed and left, without what is zero."""
    done = clinic_file.load(shape_of(data), reason=reason, by=SYSTEM, now=now)
    return {what: dict(+outcomes) for what, outcomes in done.items() if +outcomes}


# Entries for extending


def person(number: int, **facts: Any) -> dict[str, Any]:
    return {"key": f"p-{number:03d}", "name": f"Person {number}"} | facts


def enrolled(number: int, *series: Any, **facts: Any) -> dict[str, Any]:
    return {
        "key": f"e-{number:03d}",
        "participant": f"p-{number:03d}",
        "program": "evening",
        "from": make._day("2026-01-12"),
        "series": list(series),
    } | facts


def group(key: str, **facts: Any) -> dict[str, Any]:
    """A group on Wednesday evenings, far from everything else."""
    return {
        "key": key,
        "program": "evening",
        "title": key.capitalize(),
        "kind": "group",
        "days": ["wed"],
        "start": "20:00",
        "end": "21:00",
        "room": "room-1",
        "seats": 12,
        "mode": "in_person",
        "from": make._day("2026-01-05"),
        "until": make._day("2026-06-26"),
    } | facts


def one_off(key: str, **facts: Any) -> dict[str, Any]:
    """A session in the morning of a Friday."""
    return {
        "key": key,
        "program": "evening",
        "title": key.capitalize(),
        "kind": "other",
        "date": make._day("2026-03-06"),
        "start": "09:00",
        "end": "10:00",
        "seats": 3,
        "mode": "in_person",
    } | facts


def problems(
    changes: dict[str, Any] | None = None, known: Keys | None = None, /, **more: Any
) -> list[str]:
    """What is said against the example with these changes, where this much is known before."""
    return whole.problems(shape_of(riverside(changes, **more)), known or knowing())


def knowing(**known: Any) -> Keys:
    """The keys of each list of a file that there are."""
    return {name: frozenset(known.get(name, ())) for name in KEYED}
