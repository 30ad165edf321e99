"""Who the rows of a list are: new, known, or in question. Values in, answer out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from clinic.accounts.rules import EMAIL_TAKEN
from clinic.intake.rules.cells import Unreadable, fact_of
from clinic.intake.rules.columns import Column, Style
from clinic.names import words_of
from clinic.participants.rules import PIN_TAKEN

SOMEBODY_ELSE = "else"  # the answer that a row is none of those it might be


class Standing(StrEnum):
    """What bringing in would do with a row."""

    PROBLEM = "problem"
    ADD = "add"
    CHANGE = "change"
    SAME = "same"
    LEFT_OUT = "left_out"


class Known(NamedTuple):
    """A participant who is there."""

    id: int
    key: str
    name: str
    preferred_name: str | None = None
    birth_on: date | None = None
    email: str | None = None
    phone: str | None = None
    pronouns: str | None = None
    language: str | None = None
    pin_digest: str | None = None


class Clinic(NamedTuple):
    """Everything there that a row could be, or clash with."""

    people: Sequence[Known]
    emails: frozenset[str]  # of every account, staff's too
    keys: frozenset[str]  # of everybody, also of those who were merged
    pin_digests: frozenset[str]


class Reading(NamedTuple):
    """How a list is to be read."""

    first: int  # where the list begins among the rows as they were read
    columns: Sequence[Column | None]
    styles: Mapping[int, Style]  # of the columns that hold days
    marks: Mapping[tuple[int, int | None], str]  # what the file itself leaves in doubt, and where
    left_out: frozenset[int]
    answers: Mapping[int, str]  # whether a row is somebody: their id, or SOMEBODY_ELSE
    today: date

    def number(self, row: "Row") -> int:
        """Which row of the file it is, as a spreadsheet counts them."""
        return row.at - self.first + 1

    def place_of(self, *columns: Column) -> int | None:
        """Where the first of these columns stands, if the list has it."""
        return next((at for at, column in enumerate(self.columns) if column in columns), None)


@dataclass(slots=True)
class Row:
    """A row as a person: what it says, what is wrong with it, whom it is about."""

    at: int  # among the rows as they were read
    facts: dict[str, Any]
    problems: dict[int | None, str] = field(default_factory=dict)  # by column; None: the row
    standing: Standing = Standing.PROBLEM
    match: Known | None = None
    candidates: list[Known] = field(default_factory=list)
    has_twin: bool = False  # another row may be the same person
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def settle(
    cells: Iterable[tuple[int, Sequence[str]]],
    reading: Reading,
    clinic: Clinic,
    *,
    digest_of: Callable[[str], str],
) -> list[Row]:
    """What each row of a list would do to the clinic, in the order of the list."""
    rows = [_read(at, row, reading) for at, row in cells]
    there = _There(clinic, digest_of)
    for row in rows:
        if row.standing is not Standing.LEFT_OUT:
            _recognise(row, reading.answers.get(row.at), there)
            _compare(row, reading, there)
    taking_part = [row for row in rows if row.standing is not Standing.LEFT_OUT]
    _find_twins(taking_part, reading)
    for row in taking_part:
        row.standing = _standing(row)
    return rows


def counts_of(rows: Iterable[Row]) -> dict[Standing, int]:
    counts = dict.fromkeys(Standing, 0)
    for row in rows:
        counts[row.standing] += 1
    return counts


def why_not_bring_in(rows: Sequence[Row]) -> str | None:
    """Why a list cannot be brought in now, or None when it can."""
    counts = counts_of(rows)
    if number := counts[Standing.PROBLEM]:
        if number == 1:
            has = "1 row has a problem. Correct it or leave it out"
        else:
            has = f"{number:,} rows have a problem. Correct them or leave them out"
        return f"{has}: everybody is brought in together."
    if not counts[Standing.ADD] + counts[Standing.CHANGE]:
        return "There is nobody to add and nothing to change."
    return None


def namesakes_in_question(rows: Iterable[Row]) -> dict[int, str]:
    """The answers that say of each row with one namesake here that it is the same person."""
    return {
        row.at: str(row.candidates[0].id)
        for row in rows
        if row.standing is Standing.PROBLEM
        and row.match is None
        and len(row.candidates) == 1
        and same_name(row.candidates[0].name) == same_name(row.facts["name"])
    }


def same_name(name: str) -> str:
    """One spelling for a name that is typed in several: case, accents and dots aside."""
    return " ".join(words_of(name)) or name


def _read(at: int, cells: Sequence[str], reading: Reading) -> Row:
    row = Row(at=at, facts={})
    if at in reading.left_out:
        row.standing = Standing.LEFT_OUT
    if (at, None) in reading.marks:
        row.problems[None] = reading.marks[at, None]
    for place, column in enumerate(reading.columns):
        if column is None:
            continue
        if (at, place) in reading.marks:
            row.problems[place] = reading.marks[at, place]
            continue
        style = reading.styles.get(place, Style.YEAR_FIRST)
        try:
            fact = fact_of(column, cells[place], style=style, today=reading.today)
        except Unreadable as problem:
            row.problems[place] = problem.sentence
        else:
            if fact is not None:
                row.facts[column.value] = fact
    first = row.facts.pop(Column.FIRST_NAME.value, None)
    last = row.facts.pop(Column.LAST_NAME.value, None)
    if first or last:
        row.facts[Column.NAME.value] = " ".join(filter(None, (first, last)))
    return row


class _There:
    """The clinic, to be looked up in."""

    def __init__(self, clinic: Clinic, digest_of: Callable[[str], str]) -> None:
        self.clinic = clinic
        self.digest_of = digest_of
        self.by_key = {known.key: known for known in clinic.people}
        self.by_email = {known.email: known for known in clinic.people if known.email}
        self.by_name: dict[str, list[Known]] = defaultdict(list)
        for known in clinic.people:
            self.by_name[same_name(known.name)].append(known)


def _recognise(row: Row, answer: str | None, there: _There) -> None:
    facts = row.facts
    key = facts.get("key")
    if key in there.by_key:
        row.match = there.by_key[key]
        return
    namesakes = there.by_name.get(same_name(facts["name"]), []) if "name" in facts else []
    if key is None and (owner := there.by_email.get(facts.get("email", ""))):
        if "name" not in facts or owner in namesakes or _shares(owner, facts, "birth_on"):
            row.match = owner
        else:
            _ask(row, [owner], answer)
        return
    for fact in ("birth_on", "phone"):
        found = [known for known in namesakes if _shares(known, facts, fact)]
        if len(found) == 1 and key is None:
            row.match = found[0]
            return
    possible = [known for known in namesakes if not _is_other(known, facts)]
    if possible:
        _ask(row, possible, answer)


def _shares(known: Known, facts: Mapping[str, Any], fact: str) -> bool:
    return fact in facts and getattr(known, fact) == facts[fact]


def _is_other(known: Known, facts: Mapping[str, Any]) -> bool:
    """Whether a namesake is known to be somebody else: born on another day."""
    born = facts.get("birth_on")
    return bool(born and known.birth_on and born != known.birth_on)


def _ask(row: Row, candidates: list[Known], answer: str | None) -> None:
    row.candidates = candidates
    row.match = next((known for known in candidates if str(known.id) == answer), None)
    if row.match is None and answer != SOMEBODY_ELSE:
        row.problems[None] = _question(candidates, row.facts)


def _question(candidates: list[Known], facts: Mapping[str, Any]) -> str:
    if len(candidates) > 1:
        return f"{len(candidates)} people here have this name. Say whether it is one of them."
    known = candidates[0]
    if known.email and known.email == facts.get("email"):
        return f"{known.name}, {known.key}, has this e-mail address. Say whether it is them."
    return f"Somebody here has this name: {known.key}. Say whether it is them."


def _compare(row: Row, reading: Reading, there: _There) -> None:
    facts, match = row.facts, row.match
    digest = there.digest_of(facts["pin"]) if "pin" in facts else None
    if match:
        row.changes = {
            fact: (getattr(match, fact), value)
            for fact, value in facts.items()
            if fact not in {"key", "pin"} and value != getattr(match, fact)
        }
        if digest and digest != match.pin_digest:
            row.changes["pin"] = ("", facts["pin"])
    elif "name" not in facts:
        place = reading.place_of(Column.NAME, Column.FIRST_NAME, Column.LAST_NAME)
        missing = "There is nobody with this number or e-mail address, and no name to add."
        row.problems.setdefault(place, "The name is missing." if place is not None else missing)
    is_new_email = "email" in facts and not (match and match.email == facts["email"])
    if is_new_email and facts["email"] in there.clinic.emails and None not in row.problems:
        row.problems[reading.place_of(Column.EMAIL)] = EMAIL_TAKEN
    is_new_pin = digest is not None and not (match and match.pin_digest == digest)
    if is_new_pin and digest in there.clinic.pin_digests:
        row.problems[reading.place_of(Column.PIN)] = PIN_TAKEN
    if not match and facts.get("key") in there.clinic.keys:
        row.problems[reading.place_of(Column.KEY)] = "This number was somebody else’s."


_CALLED = {"email": "e-mail address", "pin": "PIN", "key": "number"}


def _find_twins(rows: Iterable[Row], reading: Reading) -> None:
    """Say at a row which earlier one is about the same person, or may be."""
    seen: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        for fact, called in _CALLED.items():
            if fact in row.facts:
                first = seen.setdefault((fact, row.facts[fact]), row)
                if first is not row:
                    sentence = f"Row {reading.number(first)} has the same {called}."
                    row.problems.setdefault(reading.place_of(Column(fact)), sentence)
        if row.match:
            first = seen.setdefault(("match", row.match.id), row)
            if first is not row:
                sentence = f"Row {reading.number(first)} is the same person."
                row.problems.setdefault(None, f"{sentence} Leave one of them out.")
        elif "name" in row.facts:
            _look_for_twin(row, seen, reading)


def _look_for_twin(row: Row, seen: dict[tuple[Any, ...], Row], reading: Reading) -> None:
    name, born = same_name(row.facts["name"]), row.facts.get("birth_on")
    other = seen.get(("name", name, born)) or seen.get(
        ("name", name, None) if born else ("name", name)
    )
    if other is not None:
        row.has_twin = True
        if reading.answers.get(row.at) != SOMEBODY_ELSE:
            same = "name and birth date" if born and born == other.facts.get("birth_on") else "name"
            sentence = f"Row {reading.number(other)} has the same {same}."
            row.problems.setdefault(None, f"{sentence} Leave one out, or say that they are two.")
    seen.setdefault(("name", name), row)
    seen.setdefault(("name", name, born), row)


def _standing(row: Row) -> Standing:
    if row.problems:
        return Standing.PROBLEM
    if row.match is None:
        return Standing.ADD
    return Standing.CHANGE if row.changes else Standing.SAME
