"""What only a file can get wrong: what it refers to, and what it says twice. Problems out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clinic.exchange.models.clinic_file import ClinicFile
from clinic.exchange.models.fields import Shape

NOUNS = {
    "sites": "site",
    "staff": "staff member",
    "rule_sets": "rule set",
    "programs": "program",
    "series": "series",
    "participants": "participant",
    "enrollments": "enrollment",
}


Keys = Mapping[str, frozenset[str]]  # of each list of a file


def problems(file: ClinicFile, known: Keys) -> list[str]:
    """Every problem of a well-formed file, `path: sentence` each; `known` is from before it."""
    after = {name: known[name] | {one.key for one in getattr(file, name)} for name in known}
    return [*_problems(file, "", after), *_one_name_each(file, known)]


def _problems(shape: Shape, path: str, keys: Keys) -> Iterator[str]:
    if sentence := shape.why_not():
        yield f"{path}: {sentence}"
    for name, field in type(shape).model_fields.items():
        value = getattr(shape, name)
        if value in (None, []):
            continue
        place = ".".join(filter(None, (path, field.alias or name)))
        is_list = isinstance(value, list)
        entries = (
            [(f"{place}[{n}]", one) for n, one in enumerate(value)] if is_list else [(place, value)]
        )
        marks: Any = field.json_schema_extra or {}
        if "names" in marks:
            yield from _unknown(entries, marks["names"], keys)
        if "once" in marks:
            yield from _repeated(entries, marks["once"])
        for at, one in entries:
            if isinstance(one, Shape):
                yield from _problems(one, at, keys)


def _unknown(entries: Sequence[tuple[str, Any]], what: str, keys: Keys) -> Iterator[str]:
    for at, key in entries:
        if key not in keys[what]:
            yield f"{at.removesuffix('.key')}: there is no {NOUNS[what]} {key}"


def _repeated(entries: Sequence[tuple[str, Any]], parts: Sequence[str]) -> Iterator[str]:
    """A problem for each entry that says, in these parts or as a whole, what another does."""
    first: dict[Any, str] = {}
    for at, one in entries:
        value = tuple(getattr(one, part) for part in parts) or one
        earlier = first.setdefault(value, at)
        if earlier == at:
            continue
        if not parts:
            yield f"{at}: {one} is in {earlier} already"
        elif len(parts) == 1:
            part = type(one).model_fields[parts[0]].alias or parts[0]
            yield f"{at}.{part}: {value[0]} is the {part} of {earlier} already"
        else:
            yield f"{at}: {earlier} says this already"


def _one_name_each(file: ClinicFile, known: Keys) -> Iterator[str]:
    """Attendance files name series and one-off sessions in one column."""
    series = known["series"] | {one.key for one in file.series}
    for n, session in enumerate(file.sessions):
        if session.key in series:
            yield f"sessions[{n}].key: {session.key} is the key of a series already"
    for n, one in enumerate(file.series):
        if one.key in known["sessions"]:
            yield f"series[{n}].key: {one.key} is the key of a one-off session already"
