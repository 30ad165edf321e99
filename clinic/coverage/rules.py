"""What authorizations cover of sessions, and how far they reach. Values in, answers out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, TypeVar

from clinic.billable.rules import Figures, units_of
from clinic.coverage.models import Unit
from clinic.days import DAY, WEEK, Range
from clinic.programs.models import Kind

PACE_WEEKS = 4  # behind today, that say how one goes on


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


def by_end(one: Dated) -> tuple[date, date, int]:
    """The order in which authorizations are used."""
    return one.until_on, one.from_on, one.id


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


def not_covered(
    authorizations: Iterable[Any], uses: Iterable[Use], figures: Figures | None = None
) -> list[Use]:
    """Return the sessions that none of these authorizations covers, or has units left for."""
    accounts = [_Account(one, figures) for one in sorted(authorizations, key=by_end)]
    return _spend(_purses(accounts), _by_day(uses))


class Cover(NamedTuple):
    """What is authorized for somebody, and the sessions that use it."""

    authorizations: Sequence[Any]
    uses: Sequence[Use]
    figures: Figures | None = None

    def covers(self, one: Use) -> bool:
        """Whether one more session is within what is authorized, and leaves enough for the others.

        Nothing is beyond where there never was an authorization, nor what uses none.
        """
        if not (self.authorizations and one.minutes):
            return True
        was, will = (
            {use.session_id for use in not_covered(self.authorizations, uses, self.figures)}
            for uses in (self.uses, [*self.uses, one])
        )
        return will <= was

    def covers_place(self, place: Any) -> bool:
        """The same of a session with a free seat."""
        use = Use(place.session_id, place.day, place.credit, Stage.BOOKED, place.kind)
        return self.covers(use)


NOTHING = Cover((), ())


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
