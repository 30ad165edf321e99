"""The arithmetic of weekly hours, in whole minutes: the one implementation, used everywhere.

Values in, answer out. Credit, grace and which kinds count come from the session and its program;
only the target comes from the enrollment. `now` decides what has ended, and nothing else: all
marks recorded so far are used.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from clinic.days import DAY, WEEK, Range, common
from clinic.figures import rules as figures_rules
from clinic.figures.rules import Counted, Figures, Finding
from clinic.losses.rules import Cause, Loss
from clinic.programs.models import Kind, MixItem
from clinic.schedule.models import Status
from clinic.told.models import State as State

NO_TIME = timedelta(0)


class Flag(StrEnum):
    """What stands beside the state, and is never part of it."""

    OVER = "over"
    TOO_FEW_SERVICE_DAYS = "too_few_service_days"
    TOO_MANY_SERVICE_DAYS = "too_many_service_days"
    MIX_NOT_MET = "mix_not_met"


class TimedSession(NamedTuple):
    """What the hours need to know of a session."""

    starts_at: datetime
    ends_at: datetime
    day: date
    credit: int  # minutes that it counts for somebody who is there all the time
    grace: timedelta
    kind: Kind | None = None  # only a mix asks for it
    held_from: datetime | None = None  # where it did not begin and end as planned
    held_until: datetime | None = None


class Target(NamedTuple):
    """What is prescribed for a week, from a day on."""

    from_on: date
    min_minutes: int
    max_minutes: int
    min_service_days: int | None


class Share(NamedTuple):
    """The minutes that one booking contributes to its week, as of an instant."""

    day: date
    planned: int
    delivered: int
    unconfirmed: int
    upcoming: int
    kind: Kind | None = None


class Balance(NamedTuple):
    """The minutes and days of one enrollment's week, as of an instant."""

    planned: int
    delivered: int
    unconfirmed: int
    upcoming: int
    service_days: int
    possible_days: int  # service days, and those that may still become one
    make_up: int = 0  # what the best sessions with a free seat could bring besides

    @property
    def booked(self) -> int:
        """What was delivered, or may yet come of what is booked."""
        return self.delivered + self.unconfirmed + self.upcoming

    @property
    def reachable(self) -> int:
        return self.booked + self.make_up


class Enrolled(NamedTuple):
    """What the hours need to know of an enrollment."""

    days: Range
    targets: Collection[Target]
    exempt: Collection[Range]  # leave, and transition weeks
    mix: Collection[MixItem] = ()  # this and the next are its program's
    max_service_days: int | None = None


class WeekOf(NamedTuple):
    """An enrollment's week, judged as of an instant."""

    week: date  # its first day
    target: Target
    balance: Balance
    state: State
    missing: int  # minutes that nothing booked can bring any more
    flags: tuple[Flag, ...]
    findings: tuple[Finding, ...] = ()  # what else its rule set says of it
    is_ahead: bool = False  # has not begun

    @property
    def last_on(self) -> date:
        return self.week + WEEK - DAY

    @property
    def is_to_plan(self) -> bool:
        """Whether it has not begun and what is booked falls short: work to do, no danger yet."""
        return self.is_ahead and self.state in {State.NEEDS_MAKE_UP, State.OUT_OF_REACH}

    @property
    def settled(self) -> "WeekOf":
        """It without what other people's bookings change, as a preview shows and compares it."""
        return self._replace(balance=self.balance._replace(make_up=0))

    @property
    def is_planned_over(self) -> bool:
        """Whether more was planned than is prescribed, and more can still come together.

        What was planned and missed comes no more: a make-up of it is not too much.
        """
        return Flag.OVER in self.flags and self.balance.booked > self.target.max_minutes


def credit(minutes: int, *, is_counted: bool, is_cancelled: bool) -> int:
    """Minutes a session contributes to the hours: none when cancelled or of another kind."""
    return minutes if is_counted and not is_cancelled else 0


def delivered(session: TimedSession, arrived_at: datetime | None, left_at: datetime | None) -> int:
    """Minutes of a session that were delivered to somebody who was present.

    They count while it was held: nobody was there before it began, or after it had ended.
    """
    starts_at, ends_at, _, minutes, grace, _, held_from, held_until = session
    arrived_at = starts_at if arrived_at is None else arrived_at
    left_at = ends_at if left_at is None else left_at
    if held_from or held_until:
        arrived_at = max(arrived_at, held_from or arrived_at)
        left_at = min(left_at, held_until or left_at)
    if arrived_at >= min(left_at, ends_at) or left_at <= starts_at:
        return 0  # not there at all: no grace makes that "on time", however short the session is
    if arrived_at <= starts_at + grace:
        arrived_at = starts_at
    if left_at >= ends_at - grace:
        left_at = ends_at
    # Instants are taken as they are, with their seconds; the result is rounded down once.
    return minutes * max(left_at - arrived_at, NO_TIME) // (ends_at - starts_at)


def so_far(
    session: TimedSession,
    arrived_at: datetime | None,
    left_at: datetime | None,
    *,
    now: datetime,
) -> int:
    """Minutes of a session that is under way that somebody who came has been there for: they are
    delivered once it has ended."""
    if arrived_at is not None and arrived_at <= session.starts_at + session.grace:
        arrived_at = session.starts_at
    until = now if left_at is None else min(left_at, now)
    return delivered(session._replace(grace=NO_TIME), arrived_at, until)


def share(
    session: TimedSession,
    status: Status,
    arrived_at: datetime | None = None,
    left_at: datetime | None = None,
    *,
    now: datetime,
) -> Share:
    """What somebody's booking contributes: planned in any case, and one of the others at most.

    They were there from the start, or to the end, where no time says otherwise.
    """
    done = unconfirmed = upcoming = 0
    if session.ends_at > now:
        if status in (Status.EXPECTED, Status.PRESENT):
            upcoming = session.credit
    elif status is Status.EXPECTED:
        unconfirmed = session.credit
    elif status is Status.PRESENT:
        done = delivered(session, arrived_at, left_at)
    return Share(session.day, session.credit, done, unconfirmed, upcoming, session.kind)


def loss(booked: Any, session: TimedSession, *, now: datetime) -> Loss | None:
    """What a booking lacks, as of an instant; `booked` has its columns and those of the session."""
    credit = session.credit
    if booked.is_cancelled:
        return Loss(Cause.CANCELLED, booked, 0, 0) if booked.is_counted else None
    if not credit:
        return None
    if booked.status in _ABSENT:
        return Loss(_ABSENT[booked.status], booked, 0, credit)
    if session.ends_at > now:
        return None
    if booked.status is Status.EXPECTED:
        return Loss(Cause.UNCONFIRMED, booked, 0, credit)
    had = delivered(session, booked.arrived_at, booked.left_at)
    return Loss(Cause.SHORTENED, booked, had, credit) if had < credit else None


_ABSENT = {
    Status.NO_SHOW: Cause.MISSED,
    Status.LATE_CANCEL: Cause.CALLED_OFF,
    Status.EXCUSED: Cause.EXCUSED,
}


def balance(shares: Iterable[Share], make_up: int = 0) -> Balance:
    """What the bookings of one enrollment's week add up to, and what could be made up in it."""
    planned = done = unconfirmed = upcoming = 0
    served, possible = set(), set()
    for day, credited, had, to_confirm, to_come, _ in shares:
        planned += credited
        done += had
        unconfirmed += to_confirm
        upcoming += to_come
        if had:
            served.add(day)
        if had or to_confirm or to_come:
            possible.add(day)
    return Balance(planned, done, unconfirmed, upcoming, len(served), len(possible), make_up)


def days_of(week: date) -> Range:
    """The seven days of the week that begins on a day."""
    return Range(week, week + timedelta(days=6))


def is_partial(week: date, enrolled: Enrolled) -> bool:
    """Whether a week is shown but never judged.

    It is when it does not lie wholly inside the enrollment, when leave touches it, and when it is
    one of the transition weeks.
    """
    days = days_of(week)
    is_whole = common(days, enrolled.days) == days
    return not is_whole or any(common(days, exempt) for exempt in enrolled.exempt)


def target_of(week: date, enrolled: Enrolled) -> Target:
    """The target that a week is judged by: in force on its first day within the enrollment.

    A week is judged throughout by the one number that it began with: a change that begins in the
    middle of a week counts from the next one on, and never rewrites what has been shown already.
    """
    first = max(week, enrolled.days.from_on)
    in_order = sorted(enrolled.targets, key=lambda target: target.from_on)
    return next((t for t in reversed(in_order) if t.from_on <= first), in_order[0])


def state_of(balance: Balance, min_minutes: int, *, is_partial: bool, is_over: bool) -> State:
    """The word for a week: while it runs, by what is booked and what could be made up."""
    if is_partial:
        return State.PARTIAL
    if balance.delivered >= min_minutes:
        return State.REACHED
    if is_over:
        could_change = balance.delivered + balance.unconfirmed >= min_minutes
        return State.UNCONFIRMED if could_change else State.SHORT
    if balance.booked >= min_minutes:
        return State.ON_COURSE
    return State.NEEDS_MAKE_UP if balance.reachable >= min_minutes else State.OUT_OF_REACH


def can_meet(mix: Collection[MixItem], shares: Collection[Share]) -> bool:
    """Whether what is delivered, to confirm or to come holds enough of each kind."""
    return all(
        sum(
            share.kind is item.kind
            and share.delivered + share.unconfirmed + share.upcoming >= max(item.minutes, 1)
            for share in shares
        )
        >= item.sessions
        for item in mix
    )


def flags_of(
    balance: Balance,
    target: Target,
    *,
    max_service_days: int | None = None,
    is_mix_met: bool = True,
) -> tuple[Flag, ...]:
    """What else is to be said of a week that is judged.

    Service days are too few as soon as the days still to come or to confirm cannot make enough,
    and too many as soon as there are more of them than the program allows.
    """
    flags = []
    if balance.planned > target.max_minutes:
        flags.append(Flag.OVER)
    if target.min_service_days and balance.possible_days < target.min_service_days:
        flags.append(Flag.TOO_FEW_SERVICE_DAYS)
    if max_service_days is not None and balance.possible_days > max_service_days:
        flags.append(Flag.TOO_MANY_SERVICE_DAYS)
    if not is_mix_met:
        flags.append(Flag.MIX_NOT_MET)
    return tuple(flags)


def week_of(
    week: date,
    enrolled: Enrolled,
    shares: Collection[Share],
    *,
    make_up: int = 0,
    is_ahead: bool = False,
    now: datetime,
    over_at: datetime,
) -> WeekOf:
    """One enrollment's week as of now; `over_at` is the local end of its last day at the site.

    `make_up`: the minutes of the best sessions that they could come to besides.
    """
    partial = is_partial(week, enrolled)
    target = target_of(week, enrolled)
    sums = balance(shares, make_up)
    state = state_of(sums, target.min_minutes, is_partial=partial, is_over=now >= over_at)
    if partial:
        return WeekOf(week, target, sums, state, 0, (), is_ahead=is_ahead)
    missing = max(0, target.min_minutes - sums.booked)
    flags = flags_of(
        sums,
        target,
        max_service_days=enrolled.max_service_days,
        is_mix_met=can_meet(enrolled.mix, shares),
    )
    return WeekOf(week, target, sums, state, missing, flags, is_ahead=is_ahead)


def findings_of(
    week: WeekOf,
    enrolled: Enrolled,
    figures: Figures,
    shares_in: Callable[[date], Collection[Share]],
    *,
    today: date,
) -> tuple[Finding, ...]:
    """What the rule set of its program says of a week that is judged.

    `shares_in` has those of this week and of as many before it as the figures go back.
    """
    if week.state is State.PARTIAL:
        return ()
    found = figures_rules.judged(
        figures,
        week.week,
        shares_in(week.week),
        before=shares_in(week.week - WEEK),
        enrolled=enrolled.days,
        away=enrolled.exempt,
        least_days=week.target.min_service_days or 0,
        today=today,
    )
    if week.state in _BELOW and figures.average_weeks > 1:
        first = week.week - (figures.average_weeks - 1) * WEEK
        weeks = [first + number * WEEK for number in range(figures.average_weeks)]
        counted = [
            _counted(each, enrolled, shares_in(each), today=today)
            for each in weeks
            if not is_partial(each, enrolled)
        ]
        found += figures_rules.averaged(figures, counted, is_over=week.last_on < today)
    return tuple(found)


_BELOW = frozenset({State.OUT_OF_REACH, State.SHORT, State.NEEDS_MAKE_UP})


def _counted(week: date, enrolled: Enrolled, shares: Collection[Share], *, today: date) -> Counted:
    """A week for an average: what it brought, or, as long as it runs, what is booked brings."""
    sums = balance(shares)
    ahead = sums.unconfirmed + sums.upcoming if week + WEEK > today else 0
    return Counted(target_of(week, enrolled).min_minutes, sums.delivered + ahead)


def is_pressing(week: WeekOf) -> bool:
    """Whether somebody has to do something about a week: it falls short, or not as prescribed."""
    return (
        week.state in PRESSING
        or any(flag is not Flag.OVER for flag in week.flags)
        or any(finding.is_pressing for finding in week.findings)
    )


PRESSING = frozenset({State.OUT_OF_REACH, State.SHORT, State.NEEDS_MAKE_UP, State.UNCONFIRMED})


def falls_short(week: WeekOf) -> bool:
    """Whether nothing that is planned or can still be offered brings a week to its minimum."""
    return week.state in FALLS_SHORT


FALLS_SHORT = frozenset({State.SHORT, State.OUT_OF_REACH})


def danger(week: WeekOf) -> tuple[int, int]:
    """Sorts weeks by danger: the most pressing state first, in it the most missing minutes."""
    return _PRESSING[week.state], -week.missing


_PRESSING = {state: place for place, state in enumerate(State)}
