"""What authorizations cover, how far they reach, and what is due again. Values in, answers out."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, TypeVar

from clinic.authorizations.models import GoingOn, Unit
from clinic.billable.rules import Figures, units_of
from clinic.days import DAY, WEEK, Range, common, why_not_range
from clinic.formats import counted, day_numeric, day_short, duration
from clinic.programs.models import Kind
from clinic.schedule.rules.acts import UNDONE_ALREADY as UNDONE_ALREADY
from clinic.schedule.rules.changes import UNDO

PACE_WEEKS = 4  # behind today, that say how one goes on
CERTIFIED_FOR = 60  # days, where a rule set does not say

UNITS = {Unit.DAY: "By the day", Unit.SESSION: "By the session", Unit.HOUR: "By the hour"}
GOING_ON = {
    GoingOn.ASKED: "More units are asked for",
    GoingOn.NOT_NEEDED: "These sessions need no authorization",
    GoingOn.NOT_BILLED: "These sessions are not billed",
    GoingOn.OTHER_PAYER: "Another payer, or the participant, pays for them",
}
TWICE = "This authorization is on the list already: the same number, code and first day."
CERTIFIED_TWICE = "A certification of that day is on the list already."
REVIEW_BEFORE = "The review comes after the day of the certification."
NO_UNITS = "Enter how many units are authorized: 1 or more."
MOST_UNITS = 9999
NOT_YET = "The certification has not been made yet: enter the day on which it was signed."
TOO_LATE = "This can be undone for 24 hours. Change it instead."
CHANGED_SINCE = "Somebody has changed this since. Look at it again."
WORDS = ("payer", "number", "code", "name", "license")  # columns that hold words of somebody's


class Dated(Protocol):
    """An authorization, as far as its days go."""

    @property
    def id(self) -> int: ...
    @property
    def from_on(self) -> date: ...
    @property
    def until_on(self) -> date: ...


Authorized = TypeVar("Authorized", bound=Dated)


def covers(authorizations: Iterable[Authorized], day: date) -> Authorized | None:
    """Return the authorization that a day falls under: of several the one that ends first."""
    there = [each for each in authorizations if each.from_on <= day <= each.until_on]
    return min(there, key=by_end, default=None)


def is_covered(authorizations: Collection[Authorized], day: date) -> bool:
    """Whether an authorization covers a day, where there is any."""
    return not authorizations or covers(authorizations, day) is not None


def by_end(one: Dated) -> tuple[date, date, int]:
    """The order in which authorizations are used."""
    return one.until_on, one.from_on, one.id


def why_not_units(units: int) -> str | None:
    return None if 1 <= units <= MOST_UNITS else NO_UNITS


def why_not_days(from_on: date, until_on: date, *, enrolled: Range) -> str | None:
    """Why a payer's days make no sense for an enrollment."""
    if common(Range(from_on, until_on), enrolled) or why_not_range(from_on, until_on):
        return why_not_range(from_on, until_on)
    last = f" to {day_numeric(enrolled.until_on)}" if enrolled.until_on else " on"
    return f"The enrollment runs from {day_numeric(enrolled.from_on)}{last}: choose days of it."


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


class Stage(StrEnum):
    """How sure it is that a session uses units."""

    USED = "used"
    OPEN = "not recorded"  # it is over, and nobody has said who came
    BOOKED = "booked"


class Use(NamedTuple):
    """A session that uses units: minutes delivered, or planned where that is not known yet."""

    session_id: int
    day: date
    minutes: int
    stage: Stage
    kind: Kind = Kind.GROUP


class Reach(NamedTuple):
    """How far an authorization reaches: in units, of hours in minutes."""

    authorization: Any
    total: int
    used: int
    open: int
    booked: int
    full_on: date | None  # the last of it is used, if it goes on like this
    over: int  # at its end then

    @property
    def left(self) -> int:
        """What is neither used nor may turn out to have been."""
        return self.total - self.used - self.open


class Outlook(NamedTuple):
    """The authorizations of an enrollment, in the order of their use, and what none of them
    covers."""

    reaches: list[Reach]
    beyond: list[Use]  # sessions
    first_beyond: date | None  # booked or at this pace, from today on

    def shown_on(self, day: date) -> list[Reach]:
        """Those that are not over by a day, else the last one; the latest first."""
        there = [each for each in self.reaches if each.authorization.until_on >= day]
        return (there or self.reaches[-1:])[::-1]


class Pace(NamedTuple):
    """Units by weekday, of all of these weeks together."""

    weeks: int
    units: Mapping[Unit, Sequence[int]]


NO_PACE = Pace(1, dict.fromkeys(Unit, (0,) * 7))


class _Account:
    """What is used of an authorization so far."""

    def __init__(self, authorization: Any, figures: Figures | None) -> None:
        self.authorization = authorization
        self.figures = figures
        self.total = total_of(authorization)
        self.spent: Counter[Stage] = Counter()
        self.full_on: date | None = None

    @property
    def left(self) -> int:
        return self.total - self.spent.total()

    def is_open_on(self, day: date) -> bool:
        one = self.authorization
        return bool(one.from_on <= day <= one.until_on) and self.left > 0

    def take(self, uses: Sequence[Use]) -> list[Use]:
        """Use units for sessions of a day. Return what of them is not covered."""
        rest = []
        unit = self.authorization.unit
        if unit is Unit.DAY:
            stages = {each.stage for each in uses}
            self.spent[next(stage for stage in Stage if stage in stages)] += is_unit(
                self.figures, uses
            )
        else:
            for each in uses:
                amount = min(self.left, each.minutes if unit is Unit.HOUR else 1)
                self.spent[each.stage] += amount
                missing = (
                    each.minutes - amount if unit is Unit.HOUR else each.minutes * (not amount)
                )
                if missing:
                    rest.append(each._replace(minutes=missing))
        if not self.left:
            self.full_on = uses[0].day
        return rest


def is_unit(figures: Figures | None, uses: Iterable[Use]) -> bool:
    """Whether a day with these sessions uses a day: one that can be billed, where the rule set says
    what that is; else each on which somebody was there."""
    if figures is None:
        return True
    least = dict(figures.session_min)
    having = [use.minutes for use in uses if use.minutes >= least.get(use.kind, 0)]
    return units_of(figures, sum(having), len(having)) > 0


def total_of(authorization: Any) -> int:
    """What is authorized: units, of hours in minutes."""
    return int(authorization.units) * (60 if authorization.unit is Unit.HOUR else 1)


def outlook(
    authorizations: Iterable[Any],
    uses: Iterable[Use],
    *,
    figures: Figures | None = None,
    enrolled: Range,
    today: date,
) -> Outlook:
    """Return how far authorizations reach, with the sessions that are booked and then as in the
    last weeks.

    Those of one payer and code follow one another, the one that ends first is used first; those of
    different ones are used side by side, and cover together. `figures` say what makes a day.
    """
    accounts = [_Account(one, figures) for one in sorted(authorizations, key=by_end)]
    purses, days = _purses(accounts), _by_day(uses)
    beyond = _spend(purses, days)
    ahead = [use.day for use in beyond if use.day >= today]
    known = {each: Counter(each.spent) for each in accounts}
    last_booked = max((day for day in days if day >= today), default=today)
    later = _go_on(
        purses.values(), pace_of(days, figures, today), since=last_booked + DAY, enrolled=enrolled
    )
    first_beyond = min([*ahead, *([later] if later else [])], default=None)
    reaches = [
        Reach(
            each.authorization,
            each.total,
            known[each][Stage.USED],
            known[each][Stage.OPEN],
            known[each][Stage.BOOKED],
            each.full_on,
            each.left,
        )
        for each in accounts
    ]
    return Outlook(reaches, beyond, first_beyond)


def not_covered(authorizations: Iterable[Any], uses: Iterable[Use]) -> list[Use]:
    """Return the sessions that none of these authorizations covers, or has units left for."""
    accounts = [_Account(one, None) for one in sorted(authorizations, key=by_end)]
    return _spend(_purses(accounts), _by_day(uses))


def used_on(authorizations: Iterable[Any], uses: Iterable[Use]) -> dict[date, Any]:
    """Day to the authorization that its sessions use units of; of several the first to be used."""
    accounts = [_Account(one, None) for one in sorted(authorizations, key=by_end)]
    purses, days, found = _purses(accounts), _by_day(uses), {}
    for day in sorted(days):
        if first := next((each for each in accounts if each.is_open_on(day)), None):
            found[day] = first.authorization
        for purse in purses.values():
            _rest(purse, day, days[day])
    return found


Purses = Mapping[tuple[str, str], Sequence[_Account]]  # by payer and code


def _purses(accounts: Iterable[_Account]) -> Purses:
    purses: dict[tuple[str, str], list[_Account]] = defaultdict(list)
    for each in accounts:
        purses[each.authorization.payer, each.authorization.code].append(each)
    return purses


def _by_day(uses: Iterable[Use]) -> dict[date, list[Use]]:
    days: dict[date, list[Use]] = defaultdict(list)
    for use in uses:
        days[use.day].append(use)
    return days


def _spend(purses: Purses, days: Mapping[date, Sequence[Use]]) -> list[Use]:
    """Use units for sessions day by day. Return those that nothing covers."""
    beyond: list[Use] = []
    for day in sorted(days):
        uncovered = [_rest(purse, day, days[day]) for purse in purses.values()]
        common = set.intersection(*uncovered) if uncovered else set()
        beyond += [use for use in days[day] if use.session_id in common]
    return beyond


def _rest(purse: Iterable[_Account], day: date, uses: Sequence[Use]) -> set[int]:
    """The sessions of a day that the authorizations of a payer and code do not cover."""
    rest = uses
    for account in purse:
        if rest and account.is_open_on(day):
            rest = account.take(rest)
    return {use.session_id for use in rest}


def pace_of(days: Mapping[date, Sequence[Use]], figures: Figures | None, today: date) -> Pace:
    """Return what was used on each weekday in the last weeks, of fewer where it began later."""
    used = {
        day: [use for use in uses if use.stage is Stage.USED]
        for day, uses in days.items()
        if day < today
    }
    used = {day: uses for day, uses in used.items() if uses}
    if not used:
        return NO_PACE
    weeks = min(PACE_WEEKS, -((min(used) - today) // WEEK))
    units = {unit: [0] * 7 for unit in Unit}
    for day, uses in used.items():
        if day >= today - weeks * WEEK:
            units[Unit.DAY][day.weekday()] += is_unit(figures, uses)
            units[Unit.SESSION][day.weekday()] += len(uses)
            units[Unit.HOUR][day.weekday()] += sum(use.minutes for use in uses)
    return Pace(weeks, units)


def _go_on(
    purses: Iterable[Sequence[_Account]], pace: Pace, *, since: date, enrolled: Range
) -> date | None:
    """Use units at this pace from a day on. Return the first day that nothing covers."""
    purses = list(purses)
    accounts = [account for purse in purses for account in purse]
    last = max((each.authorization.until_on for each in accounts), default=since) + WEEK
    last = min(last, enrolled.until_on or last)
    debts: Counter[_Account] = Counter()  # of all these weeks together
    first_beyond = None
    day = since
    while day <= last:
        comes = pace.units[Unit.SESSION][day.weekday()] > 0
        is_covered = False
        for purse in purses if comes else ():
            account = next((each for each in purse if each.is_open_on(day)), None)
            if account is None:
                continue
            is_covered = True
            debts[account] += pace.units[account.authorization.unit][day.weekday()]
            amount, debts[account] = divmod(debts[account], pace.weeks)
            account.spent[Stage.BOOKED] += min(amount, account.left)
            if not account.left:
                account.full_on = day
        if comes and not is_covered:
            first_beyond = first_beyond or day
        day += DAY
    return first_beyond


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


def follow_up(authorizations: Sequence[Any]) -> dict[str, Any]:
    """What the form of another authorization begins with: what goes on from the last one."""
    if not authorizations:
        return {}
    last = authorizations[-1]
    return {
        "payer": last.payer,
        "code": last.code,
        "unit": last.unit.value,
        "from_on": last.until_on + DAY,
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
    """`3 sessions from Mon, Dec 14 on are beyond authorization A123`."""
    whose = f"{name}: " if name else ""
    when = f"on {day_short(more.first_on)} is"
    if more.sessions > 1:
        when = f"from {day_short(more.first_on)} on are"
    return f"{whose}{counted(more.sessions, 'session')} {when} beyond authorization {more.number}."
