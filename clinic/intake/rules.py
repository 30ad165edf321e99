"""How a list is read, and who its rows are: new, known, or in question. Values in, answer out."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from clinic.accounts.rules import EMAIL_TAKEN
from clinic.errors import Refused
from clinic.formats import day_numeric, listed
from clinic.intake.models import Part, Rows, Settings
from clinic.names import could_be_one, sort_key
from clinic.participants.rules import PIN_TAKEN
from clinic.tables.rules import (
    Marks,
    Style,
    fact_of,
    guess_columns,
    guess_header,
    guess_style,
    is_footer,
)

SOMEBODY_ELSE = "else"  # the answer that a row is none of those it might be
# Where something speaks against it, the answer that it is somebody says which facts are right.
LIST_IS_RIGHT, RECORD_IS_RIGHT = "list", "record"


class Standing(StrEnum):
    """What bringing in would do with a row."""

    PROBLEM = "problem"
    ADD = "add"
    CHANGE = "change"
    SAME = "same"
    LEFT_OUT = "left_out"


class Directory:
    """Everybody whom a row could be, or clash with, to be looked up.

    `people` are rows of id, key and what a record says, with the digest of a PIN.
    """

    def __init__(
        self,
        people: Sequence[Any],
        *,
        emails: Collection[str],  # of every account, staff's too
        keys: Collection[str],  # of everybody, also of those who were merged
        pins: Mapping[str, int],  # the digest of each, also of former ones, to whose it is
        digest_of: Callable[[str], str],
    ) -> None:
        self.emails = frozenset(emails)
        self.keys = frozenset(keys)
        self.pins = pins
        self.digest_of = digest_of
        self.by_key = {known.key: known for known in people}
        self.by_email = {known.email: known for known in people if known.email}
        self.by_name: dict[str, list[Any]] = defaultdict(list)
        for known in people:
            self.by_name[same_name(known.name)].append(known)


@dataclass(slots=True)
class Row:
    """A row as a person: what it says, what is wrong with it, whom it is about."""

    at: int  # among the rows as they were read
    facts: dict[str, Any]
    problems: dict[int | None, str] = field(default_factory=dict)  # by column; None: the row
    standing: Standing = Standing.PROBLEM
    match: Any = None  # the participant whom it is about
    candidates: list[Any] = field(default_factory=list)
    doubts: dict[int, list[str]] = field(default_factory=dict)  # what speaks against each of them
    has_twin: bool = False  # another row may be the same person
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def plan_rows(rows: Rows, settings: Settings, directory: Directory, *, today: date) -> list[Row]:
    """Return what each row of a list would do to the clinic, in the order of the list."""
    planned = [_read(at, cells, settings, today) for at, cells in settings.people(rows)]
    taking_part = [row for row in planned if row.standing is not Standing.LEFT_OUT]
    for row in taking_part:
        _recognise(row, settings.answers.get(row.at), directory)
        _compare(row, settings, directory)
    _find_twins(taking_part, settings)
    for row in taking_part:
        row.standing = _standing(row)
    return planned


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
        return f"{has}: everyone is imported together."
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
        and not row.doubts[row.candidates[0].id]
        and same_name(row.candidates[0].name) == same_name(row.facts["name"])
    }


def same_name(name: str) -> str:
    """One spelling for a name that is typed in several: case, accents and dots aside."""
    return sort_key(name)


def _read(at: int, cells: Sequence[str], settings: Settings, today: date) -> Row:
    row = Row(at=at, facts={})
    if at in settings.left_out:
        row.standing = Standing.LEFT_OUT
    if (at, None) in settings.marks:
        row.problems[None] = settings.marks[at, None]
    for place, column in enumerate(settings.columns):
        if column is None:
            continue
        if (at, place) in settings.marks:
            row.problems[place] = settings.marks[at, place]
            continue
        style = settings.styles.get(place, Style.YEAR_FIRST)
        try:
            fact = fact_of(column, cells[place], style=style, today=today)
        except Refused as problem:
            row.problems[place] = problem.sentence
        else:
            if fact is not None:
                row.facts[column] = fact
    first = row.facts.pop("first_name", None)
    last = row.facts.pop("last_name", None)
    if first or last:
        row.facts["name"] = " ".join(filter(None, (first, last)))
    return row


def _recognise(row: Row, answer: str | None, directory: Directory) -> None:
    """Say whom a row is about, where nothing speaks against it; else ask."""
    known = _pointed_at(row.facts, directory)
    if known and not _against(known, row.facts):
        row.match = known
        return
    candidates = [known] if known else []
    candidates += [one for one in _possible(row.facts, directory) if one is not known]
    if candidates:
        _ask(row, candidates, answer)


def _pointed_at(facts: Mapping[str, Any], directory: Directory) -> Any:
    """Return the one whom key, e-mail address, or name with birth date or phone number name."""
    if "key" in facts:
        return directory.by_key.get(facts["key"])
    if owner := directory.by_email.get(facts.get("email", "")):
        return owner
    for fact in ("birth_on", "phone"):
        found = [one for one in _namesakes(facts, directory) if _shares(one, facts, fact)]
        if len(found) == 1:
            return found[0]
    return None


def _namesakes(facts: Mapping[str, Any], directory: Directory) -> list[Any]:
    return directory.by_name.get(same_name(facts["name"]), []) if "name" in facts else []


def _possible(facts: Mapping[str, Any], directory: Directory) -> list[Any]:
    """Return the namesakes, but for those who have nothing else in common and another birthday."""
    return [
        one
        for one in _namesakes(facts, directory)
        if not _against(one, facts) or _shares(one, facts, "phone")
    ]


def _shares(known: Any, facts: Mapping[str, Any], fact: str) -> bool:
    return bool(fact in facts and getattr(known, fact) == facts[fact])


def _against(known: Any, facts: Mapping[str, Any]) -> list[str]:
    """Return what a row says that speaks against its being about somebody."""
    found = []
    if "name" in facts and not any(could_be_one(facts["name"], name) for name in _names(known)):
        found.append("name")
    born = facts.get("birth_on")
    if born and known.birth_on and born != known.birth_on:
        found.append("birth_on")
    return found


def _names(known: Any) -> list[str]:
    return [known.name, f"{known.preferred_name or ''} {known.name}"]


def _ask(row: Row, candidates: list[Any], answer: str | None) -> None:
    row.candidates = candidates
    row.doubts = {one.id: _against(one, row.facts) for one in candidates}
    who, _, right = (answer or "").partition(":")
    known = next((one for one in candidates if str(one.id) == who), None)
    against = row.doubts[known.id] if known else []
    if known and (not against or right in {LIST_IS_RIGHT, RECORD_IS_RIGHT}):
        row.match = known
        for fact in against if right == RECORD_IS_RIGHT else ():
            del row.facts[fact]
    elif answer != SOMEBODY_ELSE:
        row.problems[None] = _question(row)


_SHARED = {
    "key": "number",
    "name": "name",
    "birth_on": "birth date",
    "email": "e-mail address",
    "phone": "phone number",
}


def _question(row: Row) -> str:
    if len(row.candidates) > 1:
        number = len(row.candidates)
        return f"{number} people here may be this person. Say whether it is one of them."
    (known,) = row.candidates
    against = row.doubts[known.id]
    if not against:
        return f"Somebody here has this name: {known.key}. Say whether it is them."
    shared = [
        called
        for fact, called in _SHARED.items()
        if fact in row.facts and (fact == "name" or _shares(known, row.facts, fact))
        if fact not in against
    ]
    return (
        f"{known.name}, {known.key}, has the same {listed(shared)}, but another"
        f" {' and another '.join(_SHARED[fact] for fact in against)}. Say whether it is them."
    )


def answers_to(row: Row) -> list[tuple[str, str]]:
    """Return what can be answered to whom a row is about, each with its words."""
    found = []
    for known in row.candidates:
        born = f", born {day_numeric(known.birth_on)}" if known.birth_on else ""
        same = f"The same person: {known.name}, {known.key}{born}"
        if against := row.doubts[known.id]:
            facts = listed([_SHARED[fact] for fact in against])
            found += [
                (f"{known.id}:{LIST_IS_RIGHT}", f"{same}. Take the {facts} of the list"),
                (f"{known.id}:{RECORD_IS_RIGHT}", f"{same}. Keep the {facts} that we have"),
            ]
        else:
            found.append((str(known.id), same))
    return [*found, (SOMEBODY_ELSE, "Somebody else" if row.candidates else "Another person")]


def _compare(row: Row, settings: Settings, directory: Directory) -> None:
    facts, match = row.facts, row.match
    digest = directory.digest_of(facts["pin"]) if "pin" in facts else None
    is_asked = None in row.problems
    if match:
        row.changes = {
            fact: (getattr(match, fact), value)
            for fact, value in facts.items()
            if fact not in {"key", "pin"} and value != getattr(match, fact)
        }
        if digest and digest != match.pin_digest:
            row.changes["pin"] = ("", facts["pin"])
    elif "name" not in facts and not is_asked:
        place = settings.place_of("name", "first_name", "last_name")
        missing = "Nobody has this number or e-mail address, and there is no name to add."
        row.problems.setdefault(place, "The name is missing." if place is not None else missing)
    is_new_email = "email" in facts and not (match and match.email == facts["email"])
    if is_new_email and facts["email"] in directory.emails and not is_asked:
        row.problems[settings.place_of("email")] = EMAIL_TAKEN
    own = match.id if match else None
    if digest is not None and directory.pins.get(digest, own) != own and not is_asked:
        row.problems[settings.place_of("pin")] = PIN_TAKEN
    if not match and facts.get("key") in directory.keys and not is_asked:
        is_theirs = facts["key"] in directory.by_key
        row.problems[settings.place_of("key")] = (
            f"This number {'is' if is_theirs else 'was'} somebody else’s."
        )


_CALLED = {"email": "e-mail address", "pin": "PIN", "key": "number"}


def _find_twins(rows: Iterable[Row], settings: Settings) -> None:
    """Say at a row which earlier one is about the same person, or may be."""
    seen: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        for fact, called in _CALLED.items():
            if fact in row.facts:
                first = seen.setdefault((fact, row.facts[fact]), row)
                if first is not row:
                    sentence = f"Row {settings.number(first.at)} has the same {called}."
                    row.problems.setdefault(settings.place_of(fact), sentence)
        if row.match:
            first = seen.setdefault(("match", row.match.id), row)
            if first is not row:
                sentence = f"Row {settings.number(first.at)} is the same person."
                row.problems.setdefault(None, f"{sentence} Leave one of them out.")
        elif "name" in row.facts:
            _look_for_twin(row, seen, settings)


def _look_for_twin(row: Row, seen: dict[tuple[Any, ...], Row], settings: Settings) -> None:
    name, born = same_name(row.facts["name"]), row.facts.get("birth_on")
    other = seen.get(("name", name, born)) or seen.get(
        ("name", name, None) if born else ("name", name)
    )
    if other is not None:
        row.has_twin = True
        if settings.answers.get(row.at) != SOMEBODY_ELSE:
            same = "name and birth date" if born and born == other.facts.get("birth_on") else "name"
            sentence = f"Row {settings.number(other.at)} has the same {same}."
            row.problems.setdefault(None, f"{sentence} Leave one out, or say that they are two.")
    seen.setdefault(("name", name), row)
    seen.setdefault(("name", name, born), row)


def _standing(row: Row) -> Standing:
    if row.problems:
        return Standing.PROBLEM
    if row.match is None:
        return Standing.ADD
    return Standing.CHANGE if row.changes else Standing.SAME


def begin(rows: Rows, parts: Sequence[Part], marks: Marks) -> Settings:
    """Return how a list that has just been read is read: its first sheet that looks like people."""
    blank = Settings(tuple(parts), marks)
    tries = [guess(rows, blank, part=at) for at in range(len(parts))]
    full = [settings for settings in tries if any(settings.people(rows))]
    return next((each for each in full if any(each.columns)), full[0] if full else tries[0])


def why_not_begin(rows: Rows, settings: Settings) -> str | None:
    """Why there is nothing to bring in."""
    if not any(settings.taken(rows)):
        return "This list has column names, but no people below them."
    return None


def guess(rows: Rows, settings: Settings, *, part: int) -> Settings:
    """With that sheet chosen, and a first guess at how it is to be read."""
    settings = replace(settings, part=part)
    _, first, end, _ = settings.sheet
    at = guess_header(rows[first:end])
    return with_header(rows, settings, header=None if at is None else first + at)


def with_header(rows: Rows, settings: Settings, *, header: int | None) -> Settings:
    """With that row naming the columns: their meanings are guessed anew."""
    settings = replace(settings, header=header, left_out=frozenset(), answers={})
    settings = replace(settings, left_out=frozenset(_footers(rows, settings)))
    columns = guess_columns(settings.header_of(rows))
    return replace(match(rows, settings, columns, {}), is_matched=False)


def _footers(rows: Rows, settings: Settings) -> list[int]:
    """The rows below the header that are about nobody: a report's end, its header on a new page."""
    header = None if settings.header is None else rows[settings.header]
    return [at for at, row in settings.people(rows) if is_footer(row) or row == header]


def what_is_left_out(rows: Rows, settings: Settings) -> str | None:
    """What there is to say about rows that were left out because they are about nobody."""
    found = [at for at in _footers(rows, settings) if at in settings.left_out]
    if not found:
        return None
    words = [f"“{' '.join(filter(None, rows[at]))[:40]}”" for at in found]
    return f"Ignored, because no person is in them: {listed(words)}."


def match(
    rows: Rows, settings: Settings, columns: Sequence[str | None], styles: Mapping[int, Style]
) -> Settings:
    """With these meanings; confirmed where it is sure or said how days are written."""
    guesses = {
        at: guess_style(settings.values_of(rows, at))
        for at, column in enumerate(columns)
        if column == "birth_on"
    }
    return replace(
        settings,
        columns=tuple(columns),
        styles={at: styles.get(at, style) for at, (style, _) in guesses.items()},
        is_matched=all(is_sure or at in styles for at, (_, is_sure) in guesses.items()),
    )


def correct(
    settings: Settings,
    *,
    changed: Collection[tuple[int, int]],
    checked: Collection[int],
    answers: Mapping[int, str],
) -> Settings:
    """With no doubt left where a cell was typed anew or a row checked, and with these answers."""
    marks = {
        place: sentence
        for place, sentence in settings.marks.items()
        if place[0] not in checked and place not in changed
    }
    answers = {**settings.answers, **answers}
    return replace(
        settings, marks=marks, answers={at: answer for at, answer in answers.items() if answer}
    )


def leave_out(settings: Settings, *, shown: Collection[int], left_out: Collection[int]) -> Settings:
    """Of the rows that were shown, those are left out and the others are not."""
    left = (settings.left_out - set(shown)) | (set(left_out) & set(shown))
    return replace(settings, left_out=frozenset(left))
