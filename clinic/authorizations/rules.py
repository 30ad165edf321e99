"""What is noted of payers and physicians, what of it is due again, and what goes beyond it.

Values in, answers out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from clinic.authorizations.models import GoingOn
from clinic.consequences import Part
from clinic.coverage.models import Unit
from clinic.coverage.rules import Outlook, Reach
from clinic.days import DAY, Range, common, why_not_range
from clinic.formats import counted, day_numeric, day_short, duration
from clinic.names import sort_key
from clinic.schedule.rules.acts import UNDONE_ALREADY as UNDONE_ALREADY
from clinic.schedule.rules.changes import UNDO

CERTIFIED_FOR = 60  # days, where a rule set does not say

UNITS = {Unit.DAY: "By the day", Unit.SESSION: "By the session", Unit.HOUR: "By the hour"}
GOING_ON = {
    GoingOn.ASKED: "More units are asked for",
    GoingOn.NOT_NEEDED: "These sessions need no authorization",
    GoingOn.NOT_BILLED: "These sessions are not billed",
    GoingOn.OTHER_PAYER: "Another payer, or the participant, pays for them",
}
TWICE = "This authorization is on the list already: the same number, code and first day."
OVERLAPS = "Change that one, or choose days after it."
CODE_SPACES = "Write the code without spaces, like H0015 or H0015-HF."
CERTIFIED_TWICE = "A certification of that day is on the list already."
REVIEW_BEFORE = "The review comes after the day of the certification."
NO_UNITS = "Enter how many units are authorized: 1 or more."
MOST_UNITS = 9999
NOT_YET = "The certification has not been made yet: enter the day on which it was signed."
TOO_LATE = "This can be undone for 24 hours. Change it instead."
CHANGED_SINCE = "Somebody has changed this since. Look at it again."
WORDS = ("payer", "number", "code", "name", "license")  # columns that hold words of somebody's


def why_not_units(units: int) -> str | None:
    return None if 1 <= units <= MOST_UNITS else NO_UNITS


def why_not_days(from_on: date, until_on: date, *, enrolled: Range) -> str | None:
    """Why a payer's days make no sense for an enrollment."""
    if common(Range(from_on, until_on), enrolled) or why_not_range(from_on, until_on):
        return why_not_range(from_on, until_on)
    last = f" to {day_numeric(enrolled.until_on)}" if enrolled.until_on else " on"
    return f"The enrollment runs from {day_numeric(enrolled.from_on)}{last}: choose days of it."


def why_not_code(code: str) -> str | None:
    """Why that is no code: with a space it would be another one, with units of its own."""
    return CODE_SPACES if " " in code else None


def why_not_again(others: Iterable[Any], from_on: date, until_on: date) -> str | None:
    """Why there is no other authorization of a number and code on these days; `others` have both.

    Its units would be there twice.
    """
    for one in others:
        if one.from_on == from_on:
            return TWICE
        if one.from_on <= until_on and from_on <= one.until_on:
            days = f"{day_numeric(one.from_on)} to {day_numeric(one.until_on)}"
            return f"This number and code are on the list from {days}. {OVERLAPS}"
    return None


def why_not_certified(day: date, *, today: date) -> str | None:
    return NOT_YET if day > today else None


def why_not_review(day: date | None, *, certified_on: date) -> str | None:
    return REVIEW_BEFORE if day is not None and day < certified_on else None


def why_not_undo(done_at: datetime, *, now: datetime) -> str | None:
    return TOO_LATE if now - done_at > UNDO else None


def words_of(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in WORDS}


def without_words(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row, without the words of anybody's: as the trail has them."""
    return {name: value for name, value in values.items() if name not in WORDS}


class What(StrEnum):
    """What calls for something to be done about authorizations and certifications."""

    ENDED = "ended"
    RUNNING_OUT = "running out"
    CERTIFICATION = "certification"
    REVIEW = "review"


WHATS = {
    What.ENDED: "Without authorization",
    What.RUNNING_OUT: "Running out",
    What.CERTIFICATION: "Certification due",
    What.REVIEW: "Review due",
}


class Due(NamedTuple):
    """Something to be done, by a day."""

    what: What
    on: date
    authorization: Any = None  # where it is about one


class Warnings(NamedTuple):
    """When an authorization that runs out is told of."""

    days: int
    percent: int


def due_of(
    found: Outlook, *, enrolled: Range, today: date, warnings: Warnings, needs: bool = False
) -> Due | None:
    """Return that an enrollment is without authorization, or soon will be; one that never had any
    needs one where its program says so."""
    begun = [each for each in found.reaches if each.authorization.from_on <= today]
    if not enrolled.covers(today):
        return None
    if not begun:
        return Due(What.ENDED, enrolled.from_on) if needs else None
    if not any(each.left > 0 and each.authorization.until_on >= today for each in begun):
        last = max(begun, key=_lasts_until)
        return Due(What.ENDED, _lasts_until(last), last.authorization)
    there = [each for each in found.reaches if each.authorization.until_on >= today]
    there = [each for each in there if each.left > 0]
    last = max(there, key=_lasts_until)
    ends_on = last.authorization.until_on
    goes_on = enrolled.until_on is None or enrolled.until_on > ends_on
    days = [each for each in (found.first_beyond, ends_on + DAY if goes_on else None) if each]
    if not days:
        return None
    few = all(each.left * 100 <= warnings.percent * each.total for each in there)
    if few or min(days) <= today + warnings.days * DAY:
        before = [each for each in there if _lasts_until(each) < min(days)]
        ends = max(before, key=_lasts_until, default=last)
        return Due(What.RUNNING_OUT, min(days), ends.authorization)
    return None


def _lasts_until(reach: Reach) -> date:
    until_on: date = reach.authorization.until_on
    return min(until_on, reach.full_on or until_on)


def certification_due(latest: date | None, *, days: int | None, enrolled: Range) -> date | None:
    """Return by when somebody is to be certified, again or at all; None where nobody asks for it.

    `days` are those of the rule set; one that was certified without any is due all the same.
    """
    if latest is None and days is None:
        return None
    due = enrolled.from_on if latest is None else latest + (days or CERTIFIED_FOR) * DAY
    return due if enrolled.until_on is None or due <= enrolled.until_on else None


def dues(
    found: Outlook,
    certified: Any | None,
    *,
    certified_for: int | None,
    needs: bool = False,
    enrolled: Range,
    today: date,
    warnings: Warnings,
) -> Iterator[Due]:
    """Everything that is to be done about an enrollment by now or soon; `certified` is the latest
    certification."""
    if not enrolled.covers(today):
        return
    authorization = due_of(found, enrolled=enrolled, today=today, warnings=warnings, needs=needs)
    if authorization:
        yield authorization
    soon = today + warnings.days * DAY
    latest = certified.certified_on if certified else None
    due_on = certification_due(latest, days=certified_for, enrolled=enrolled)
    if due_on and due_on <= soon:
        yield Due(What.CERTIFICATION, due_on)
    for each in found.reaches:
        one = each.authorization
        if one.review_on and one.review_on <= soon and one.until_on >= today:
            yield Due(What.REVIEW, one.review_on, one)
    if certified and certified.review_on and certified.review_on <= soon:
        yield Due(What.REVIEW, certified.review_on)


def due_words(due: Due, today: date) -> str:
    """`Certification due Fri, Dec 4`, `Nothing authorized since Mon, Nov 23`."""
    day = day_short(due.on)
    if due.what is What.ENDED:
        return f"Nothing authorized after {day}" if due.authorization else "Nothing authorized yet"
    if due.what is What.RUNNING_OUT:
        return f"Nothing authorized from {day} on"
    whose = "Review by the payer" if due.authorization else "Review of the plan of care"
    what = "Certification" if due.what is What.CERTIFICATION else whose
    return f"{what} {'was due' if due.on < today else 'due'} {day}"


def follow_up(found: Outlook) -> dict[str, Any]:
    """What the form of another authorization begins with: what goes on from the last one, on the
    day after it ends or runs out; on that day itself where it does not cover all sessions of it."""
    if not found.reaches:
        return {}
    last = found.reaches[-1].authorization
    lasts_until = max(map(_lasts_until, found.reaches))
    is_whole = lasts_until not in {found.first_beyond, *(use.day for use in found.beyond)}
    return {
        "payer": last.payer,
        "code": last.code,
        "unit": last.unit.value,
        "from_on": lasts_until + DAY if is_whole else lasts_until,
    }


def amount(unit: Unit, number: int) -> str:
    """`12`, `12 h 30 min`."""
    return duration(number) if unit is Unit.HOUR else str(number)


def line_words(reach: Reach, today: date) -> str:
    """`20 days authorized · 12 used · 6 booked · runs out Thu, Dec 17 at this pace`."""
    one = reach.authorization
    parts = [f"{counted(one.units, one.unit.value)} authorized"]
    parts.append(f"{amount(one.unit, reach.used)} used")
    if reach.open:
        parts.append(f"{amount(one.unit, reach.open)} not recorded")
    if reach.booked:
        parts.append(f"{amount(one.unit, reach.booked)} booked")
    return " · ".join([*parts, _end_words(reach, today)])


def _end_words(reach: Reach, today: date) -> str:
    one = reach.authorization
    over = amount(one.unit, reach.over)
    if one.from_on > today:
        return f"begins {day_short(one.from_on)}"
    if reach.left <= 0 and reach.full_on:
        return f"used up {day_short(reach.full_on)}"
    if one.until_on < today:
        return f"ended {day_short(one.until_on)} with {over} left"
    if reach.full_on:
        return f"runs out {day_short(reach.full_on)} at this pace"
    return f"ends {day_short(one.until_on)} with {over} left at this pace"


class Beyond(NamedTuple):
    """The booked sessions of an enrollment that nothing authorizes, by id, and which
    authorization they are beyond."""

    number: str
    sessions: Mapping[int, date]


class More(NamedTuple):
    """Sessions beyond authorization that an act brought."""

    enrollment_id: int
    number: str
    sessions: int
    first_on: date


def more_beyond(before: Mapping[int, Beyond], after: Mapping[int, Beyond]) -> Iterator[More]:
    """What an act between two pictures brought that nothing authorizes, by enrollment."""
    for enrollment_id, will in sorted(after.items()):
        was = before[enrollment_id].sessions if enrollment_id in before else {}
        new = [day for each, day in will.sessions.items() if each not in was]
        if new:
            yield More(enrollment_id, will.number, len(new), min(new))


def beyond_words(more: More, name: str = "") -> str:
    """`3 sessions from Mon, Dec 14 on are beyond authorization A123`; without its number, for who
    is not to know it, beyond what is authorized."""
    whose = f"{name}: " if name else ""
    when = f"on {day_short(more.first_on)} is"
    if more.sessions > 1:
        when = f"from {day_short(more.first_on)} on are"
    what = f"authorization {more.number}" if more.number else "what is authorized"
    return f"{whose}{counted(more.sessions, 'session')} {when} beyond {what}."


def beyond_part(found: Sequence[More], names: Mapping[int, str]) -> Part:
    """The same of many people at once: how many there are, and the line of each by their name."""
    first = day_short(min(more.first_on for more in found))
    people = counted(len(found), "person goes", "people go")
    lines = sorted(
        ((names[more.enrollment_id], more) for more in found),
        key=lambda one: (sort_key(one[0]), one[1].enrollment_id),
    )
    return Part(
        "Beyond what is authorized",
        (f"{people} beyond what is authorized, from {first} on.",),
        lists=(Part("Who", tuple(beyond_words(more, name) for name, more in lines)),),
    )
