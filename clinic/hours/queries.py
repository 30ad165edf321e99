"""Weeks of enrollments, as rows: as many statements for one enrollment as for all of them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import IntEnum
from functools import cache, partial
from itertools import chain
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)

from clinic import clock
from clinic.accounts.models import Staff
from clinic.days import DAY, WEEK, Range, Span, WeeklyTime, common
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment, Leave, Target, TransitionWeek, Unavailability
from clinic.figures.rules import NOTHING, Figures, asked_of
from clinic.hours import rules
from clinic.losses.rules import Account, Loss, account
from clinic.makeups import rules as makeups
from clinic.makeups.queries import HELD, IS_UNBOOKED, OTHERS, UNAVAILABLE, place, with_free
from clinic.makeups.rules import Place, Search
from clinic.participants.models import Participant
from clinic.programs.models import Program, Site
from clinic.programs.queries import Programs, find_clinic
from clinic.schedule.models import Booking, Series, Session, Status
from clinic.schedule.queries.bookings import SEATS_TAKEN, bookings_of
from clinic.schedule.queries.people import in_scope
from clinic.schedule.queries.staff import lead_of, led_by
from clinic.schedule.rules.words import led_name
from clinic.told.models import WeekClosing


class EnrollmentWeek(NamedTuple):
    """Whose week it is, in which program, and how it stands."""

    enrollment_id: int
    enrollment_key: str
    participant_id: int
    participant_key: str
    name: str
    preferred_name: str | None
    clinician_id: int | None
    clinician: str | None
    program: Program
    hours: rules.WeekOf
    is_closed: bool = False  # it falls short, and somebody has said why and how it goes on


# By enrollment and week, while it runs: worked out for whom it is asked.
Places = Mapping[tuple[int, date], Callable[[], Sequence[Place]]]

_FIRST = bindparam("first", type_=Date)
_LAST_DAY = bindparam("last_day", type_=Date)
_IDS = bindparam("enrollment_ids", type_=Integer, expanding=True)

_IS_ENROLLED = and_(
    Enrollment.from_on <= _LAST_DAY,
    or_(Enrollment.until_on.is_(None), Enrollment.until_on >= _FIRST),
)
_IN_THOSE_DAYS = select(Enrollment.id).where(_IS_ENROLLED)


class _What(IntEnum):
    """What is read of enrollments."""

    ENROLLED = 0  # whose it is, and where
    TARGET = 1
    LEAVE = 2
    TRANSITION = 3
    UNAVAILABLE = 4
    OTHER = 5  # another enrollment of the same person
    HELD = 6  # a session in which a seat is held for them
    CLOSED = 7  # a week that fell short, closed by somebody


def _row(
    what: _What,
    of: Any,
    *,
    days: Sequence[Any] = (),
    numbers: Sequence[Any] = (),
    words: Sequence[Any] = (),
) -> list[Any]:
    """The columns of a row about an enrollment: as many as those of every other."""
    kinds: Any = (days, Date, 2), (numbers, Integer, 3), (words, String, 5)
    filled = ([*found, *[cast(null(), kind)] * (most - len(found))] for found, kind, most in kinds)
    return [literal(what.value), of, *chain(*filled)]


def _hindering(what: _What, found: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    of, *numbers = found.selected_columns
    return found.with_only_columns(*_row(what, of, numbers=numbers))


_ENROLLED = (
    select(
        *_row(
            _What.ENROLLED,
            Enrollment.id,
            days=(Enrollment.from_on, Enrollment.until_on),
            numbers=(Enrollment.participant_id, Enrollment.clinician_id, Enrollment.program_id),
            words=(
                Enrollment.key,
                Participant.key,
                Participant.name,
                Participant.preferred_name,
                Staff.name,
            ),
        )
    )
    .join(Participant, Participant.id == Enrollment.participant_id)
    .outerjoin(Staff, Staff.id == Enrollment.clinician_id)
    .where(_IS_ENROLLED)
)
_TARGETS = select(
    *_row(
        _What.TARGET,
        Target.enrollment_id,
        days=[Target.from_on],
        numbers=(Target.min_minutes, Target.max_minutes, Target.min_service_days),
    )
)
_LEAVES = select(
    *_row(_What.LEAVE, Leave.enrollment_id, days=(Leave.from_on, Leave.until_on))
).where(Leave.from_on <= _LAST_DAY, Leave.until_on >= _FIRST)
_TRANSITIONS = select(
    *_row(_What.TRANSITION, TransitionWeek.enrollment_id, days=[TransitionWeek.week])
).where(TransitionWeek.week.between(_FIRST, _LAST_DAY))
_CLOSED = select(*_row(_What.CLOSED, WeekClosing.enrollment_id, days=[WeekClosing.week])).where(
    WeekClosing.week.between(_FIRST, _LAST_DAY), WeekClosing.closed_at.is_not(None)
)


def _known(
    ids: Any, *limits: ColumnElement[bool]
) -> tuple[CompoundSelect[*tuple[Any, ...]], CompoundSelect[*tuple[Any, ...]]]:
    """What is known of enrollments; and with what making up depends on besides: their own times,
    others, and held seats."""
    targets = _TARGETS.where(Target.enrollment_id.in_(ids))
    known = _ENROLLED.where(*limits), targets, _LEAVES, _TRANSITIONS, _CLOSED
    of_times = UNAVAILABLE.where(Unavailability.enrollment_id.in_(ids))
    hindering = (
        _hindering(_What.UNAVAILABLE, of_times),
        _hindering(_What.OTHER, OTHERS.where(Enrollment.id.in_(ids))),
        _hindering(_What.HELD, HELD),
    )
    return union_all(*known), union_all(*known, *hindering)


_SESSIONS = select(
    Session.id,
    Session.week,
    Session.is_counted,
    Session.is_cancelled,
    Session.credit_minutes,
    Session.grace_minutes,
    Session.starts_at,
    Session.ends_at,
    Session.day,
    Session.kind,
    Session.held_from,
    Session.held_until,
)
# To come before the start is to come on time, to stay beyond the end is to stay to it: leaving
# those instants out, which are nearly all, spares their making and changes nothing.
_BOOKINGS = select(
    Booking.enrollment_id,
    Booking.session_id,
    type_coerce(Booking.status, String),
    case((Booking.arrived_at > Session.starts_at, Booking.arrived_at)),
    case((Booking.left_at < Session.ends_at, Booking.left_at)),
).join(Session, Session.id == Booking.session_id)
_STATUS = {str(status): status for status in Status}

_REACHED = and_(
    Session.week.between(
        bindparam("reached_week", type_=Date), bindparam("reached_last", type_=Date)
    ),
    Session.day.between(
        bindparam("reached_first", type_=Date), bindparam("reached_last", type_=Date)
    ),
)
# Everyone's go through the index of sessions by site and week: neither other weeks nor the years
# behind them cost anything.
_IN_THOSE_WEEKS = and_(Session.site_id.in_(select(Site.id)), _REACHED)
_IS_PLACE = IS_UNBOOKED & (Session.starts_at > bindparam("now", type_=Session.starts_at.type))
_WITH_PLACES = with_free(_SESSIONS, case((_IS_PLACE, Session.seats - SEATS_TAKEN)))


class _Rows(NamedTuple):
    """The statements that read the weeks of everyone, or of a few."""

    sessions: Select[*tuple[Any, ...]]
    bookings: Select[*tuple[Any, ...]]
    # While a week runs: sessions with what could be made up in them.
    places: Select[*tuple[Any, ...]]
    enrolled: CompoundSelect[*tuple[Any, ...]]
    circumstances: CompoundSelect[*tuple[Any, ...]]  # the same, while a week runs


_EVERYONES = _Rows(
    _SESSIONS.where(_IN_THOSE_WEEKS),
    _BOOKINGS.where(_IN_THOSE_WEEKS),
    _WITH_PLACES.where(_IN_THOSE_WEEKS),
    *_known(_IN_THOSE_DAYS),
)


def _everyones(*limits: ColumnElement[bool]) -> _Rows:
    """The same of everyone of whom that is so."""
    if not limits:
        return _EVERYONES
    enrolled, circumstances = _known(_IN_THOSE_DAYS, *limits)
    return _EVERYONES._replace(enrolled=enrolled, circumstances=circumstances)


# A few people's go through the index of bookings by enrollment.
_ARE_THEIRS = Session.id.in_(select(Booking.session_id).where(Booking.enrollment_id.in_(_IDS)))
_FOR_THEM = or_(
    Session.program_id.in_(select(Enrollment.program_id).where(Enrollment.id.in_(_IDS))),
    Series.is_open_to_make_ups,
)
_THEIRS = _Rows(
    _SESSIONS.where(_ARE_THEIRS, _REACHED),
    _BOOKINGS.where(Booking.enrollment_id.in_(_IDS), _REACHED),
    _WITH_PLACES.where(_IN_THOSE_WEEKS, or_(_ARE_THEIRS, _FOR_THEM & _IS_PLACE)),
    *_known(_IDS, Enrollment.id.in_(_IDS)),
)


def weeks_on(
    week: date,
    *,
    now: datetime,
    program_key: str | None = None,
    scope: int | None = None,
    programs: Programs | None = None,
) -> list[EnrollmentWeek]:
    """That week of every enrollment it touches, by enrollment key; `programs` are those of the
    clinic where they were read before."""
    found, _ = weeks_and_places_on(
        week, now=now, program_key=program_key, scope=scope, programs=programs
    )
    return found


def weeks_and_places_on(
    week: date,
    *,
    now: datetime,
    program_key: str | None = None,
    scope: int | None = None,
    programs: Programs | None = None,
) -> tuple[list[EnrollmentWeek], Places]:
    """The same, and what they could come to besides, for whoever offers it to them."""
    limits = [] if scope is None else [in_scope(scope)]
    if program_key is not None:
        there = select(Program.id).where(Program.key == program_key)
        limits.append(Enrollment.program_id.in_(there))
    return _weeks([week], _everyones(*limits), now=now, programs=programs)


def weeks_between(
    first: date, last: date, *, now: datetime, scope: int | None = None
) -> list[EnrollmentWeek]:
    """The weeks of every enrollment between two first days of weeks, by week and enrollment key."""
    weeks = [first + number * WEEK for number in range((last - first) // WEEK + 1)]
    limits = [] if scope is None else [in_scope(scope)]
    return _weeks(weeks, _everyones(*limits), now=now)[0]


def places_in(places: Places, each: EnrollmentWeek) -> Sequence[Place]:
    """What somebody could come to besides in their week, by start."""
    return places.get((each.enrollment_id, each.hours.week), tuple)()


def weeks_of(
    enrollment_ids: Collection[int],
    *,
    now: datetime,
    first: date,
    last: date,
    programs: Programs | None = None,
) -> list[EnrollmentWeek]:
    """The weeks of a few enrollments, by week and enrollment key.

    `first` and `last` are the first days of weeks; there are none when the last is the earlier one.
    """
    weeks = [first + number * WEEK for number in range((last - first) // WEEK + 1)]
    if not weeks:
        return []
    ids = list(enrollment_ids)
    return _weeks(weeks, _THEIRS, now=now, enrollment_ids=ids, programs=programs)[0]


def losses_of(
    enrollment_ids: Collection[int],
    week: date,
    *,
    more: Collection[ColumnElement[Any]] = (),
    booked: Iterable[AnyRow] | None = None,
    now: datetime,
) -> dict[int, list[Loss]]:
    """Enrollment id to what took minutes from that week or may yet, by start; `more` are columns
    of what was booked that are wanted besides. `booked` is that of these enrollments, by start,
    where it was read before."""
    found: dict[int, list[Loss]] = defaultdict(list)
    if not enrollment_ids:
        return found
    if booked is None:
        booked = bookings_of(enrollment_ids, week, week + WEEK - DAY, more=more)
    for row in booked:
        if not week <= row.day < week + WEEK:
            continue
        loss = rules.loss(row, session_of(row), now=now)
        if loss is not None:
            found[row.enrollment_id].append(loss)
    return found


def losses_led(
    enrollment_ids: Collection[int], week: date, *, scope: int | None, now: datetime
) -> dict[int, list[Loss]]:
    """The same, each with its `lead`, and whether it is in `scope` to record it (`is_mine`)."""
    mine = literal(1) if scope is None else led_by(scope)
    return losses_of(enrollment_ids, week, more=[lead_of(), mine.label("is_mine")], now=now)


def accounts_of(
    weeks: Mapping[int, rules.WeekOf],
    *,
    booked: Iterable[AnyRow] | None = None,
    with_topics: bool,
    reader: ZoneInfo,
    now: datetime,
) -> dict[int, Account]:
    """Enrollment id to all that took minutes from its week; it is the same week of all. `booked`
    is theirs, each with its `lead`, where it was read before."""
    if not weeks:
        return {}
    first = min(each.week for each in weeks.values())
    losses = losses_of(weeks, first, more=[lead_of()], booked=booked, now=now)
    return {
        enrollment_id: account(
            losses[enrollment_id],
            planned=each.balance.planned,
            delivered=each.balance.delivered,
            unconfirmed=each.balance.unconfirmed,
            upcoming=each.balance.upcoming,
            called=partial(led_name, with_topics=with_topics),
            reader=reader,
        )
        for enrollment_id, each in weeks.items()
    }


def session_of(row: Any) -> rules.TimedSession:
    """A session as the hours see it, from a row with its columns."""
    minutes = rules.credit(
        row.credit_minutes, is_counted=row.is_counted, is_cancelled=row.is_cancelled
    )
    grace = timedelta(minutes=row.grace_minutes)
    held = row.held_from, row.held_until
    return rules.TimedSession(row.starts_at, row.ends_at, row.day, minutes, grace, row.kind, *held)


def _weeks(
    weeks: Sequence[date],
    rows: _Rows,
    *,
    now: datetime,
    enrollment_ids: list[int] | None = None,
    programs: Programs | None = None,
) -> tuple[list[EnrollmentWeek], Places]:
    read = db.connection().execute
    offered = find_clinic().programs if programs is None else programs
    figures = asked_of(offered.values())
    before = max((each.weeks_before for each in figures.values()), default=0)
    zones = {program.site.timezone for program in offered.values()}
    today = {zone: clock.day_of(now, clock.zone(zone)) for zone in zones}
    ends = _ends(weeks, zones)
    is_over = all(at <= now for at in ends[weeks[-1]].values())
    days = Range(weeks[0], weeks[-1] + WEEK - DAY)
    facts: dict[str, Any] = {"first": weeks[0] - before * WEEK, "last_day": days.until_on}
    facts |= {"now": now, "enrollment_ids": enrollment_ids}
    is_wider = len(zones) > 1 and not is_over
    facts |= _reach(facts["first"], facts["last_day"], is_wider=is_wider)
    around = _Around(read(rows.enrolled if is_over else rows.circumstances, facts).all())
    people = _people(around, offered=offered, figures=figures)
    if enrollment_ids is not None:
        facts["enrollment_ids"] = [*{*enrollment_ids, *chain(*around.others.values())}]
    booked = read(rows.bookings, facts).all()
    held = read(rows.sessions if is_over else rows.places, facts).all()
    counted = [row for row in held if facts["first"] <= row.week <= days.until_on]
    shares = _shares(booked, sessions=counted, now=now)
    make_ups = {} if is_over else _make_ups(days, people, booked, held, around, now=now)
    found = []
    for week in weeks:
        whole = rules.days_of(week)
        for whose, one in people:
            if common(whole, one.days):
                on = today[whose[-1].site.timezone]
                hours = rules.week_of(
                    week,
                    one,
                    shares[week].get(whose[0], ()),
                    make_up=make_ups.get((whose[0], week), _NO_MAKE_UP).minutes,
                    is_ahead=on < week,
                    now=now,
                    over_at=ends[week][whose[-1].site.timezone],
                )
                if asked := figures.get(whose[-1].id):
                    of_theirs = partial(_shares_in, shares, whose[0])
                    also = rules.findings_of(hours, one, asked, of_theirs, today=on)
                    hours = hours._replace(findings=also)
                is_closed = (whose[0], week) in around.closed and rules.falls_short(hours)
                found.append(EnrollmentWeek._make((*whose, hours, is_closed)))
    return found, {key: each.places for key, each in make_ups.items()}


def _reach(first: date, last: date, *, is_wider: bool) -> dict[str, date]:
    """What is read of sessions from one day to another: where sites are in several time zones, with
    the days around, for what lies beyond the edge of a week at one of them may be at the time of
    something in that week at another one."""
    edge = DAY if is_wider else timedelta()
    return {
        "reached_week": first - 7 * edge,
        "reached_first": first - edge,
        "reached_last": last + edge,
    }


def _shares_in(
    shares: Mapping[date, Mapping[int, list[rules.Share]]], enrollment_id: int, week: date
) -> Collection[rules.Share]:
    return shares[week].get(enrollment_id, ())


def _ends(weeks: Iterable[date], zones: Iterable[str]) -> dict[date, dict[str, datetime]]:
    """When each of these weeks is over, by the time zone of a site."""
    at = {zone: clock.zone(zone) for zone in zones}
    return {
        week: {name: clock.bounds_of(week + WEEK, zone)[0] for name, zone in at.items()}
        for week in weeks
    }


class _Around:
    """Who is enrolled, and what is known besides, by enrollment."""

    def __init__(self, rows: Iterable[AnyRow]) -> None:
        self.enrolled: list[AnyRow] = []
        self.targets: dict[int, list[rules.Target]] = defaultdict(list)
        self.leaves: dict[int, list[Range]] = defaultdict(list)
        self.exempt: dict[int, list[Range]] = defaultdict(list)  # leave and transition weeks
        self.unavailable: dict[int, list[WeeklyTime]] = defaultdict(list)
        self.others: dict[int, list[int]] = defaultdict(list)
        self.held: dict[int, list[int]] = defaultdict(list)
        self.closed: set[tuple[int, date]] = set()
        for row in rows:
            what, each, from_on, until_on, *numbers = row[:7]
            if what == _What.ENROLLED:
                self.enrolled.append(row)
            elif what == _What.TARGET:
                self.targets[each].append(rules.Target(from_on, *numbers))
            elif what == _What.UNAVAILABLE:
                self.unavailable[each].append(WeeklyTime(*numbers))
            elif what == _What.OTHER:
                self.others[each].append(numbers[0])
            elif what == _What.HELD:
                self.held[each].append(numbers[0])
            elif what == _What.CLOSED:
                self.closed.add((each, from_on))
            elif what == _What.LEAVE:
                self.leaves[each].append(Range(from_on, until_on))
                self.exempt[each].append(Range(from_on, until_on))
            else:
                self.exempt[each].append(Range(from_on, from_on))


class _MakeUp(NamedTuple):
    """What somebody could come to besides in a week, and the minutes of the best of it."""

    minutes: int
    places: Callable[[], Sequence[Place]]


_NO_MAKE_UP = _MakeUp(0, tuple)


def _make_ups(
    days: Range,
    people: Iterable[tuple[tuple[Any, ...], rules.Enrolled]],
    booked: Iterable[AnyRow],
    held: Sequence[AnyRow],
    around: _Around,
    *,
    now: datetime,
) -> dict[tuple[int, date], _MakeUp]:
    """By enrollment and week: the sessions that they could come to besides."""
    free = [place(row) for row in held if row.free is not None and days.covers(row.week)]
    if not free:
        return {}
    live = {
        row.id: Span(row.starts_at, row.ends_at)
        for row in held
        if row.ends_at > now and not row.is_cancelled
    }
    seekers = makeups.seekers(
        [(whose[0], whose[-1].id, whose[-1].site_id, one.days) for whose, one in people],
        [row[:2] for row in booked if row.session_id in live],
        days=days,
        others=around.others,
        leaves=around.leaves,
        unavailable=around.unavailable,
        held=around.held,
    )
    search = Search(free, live)
    weeks = {each.week for each in free}
    return {
        (each, week): _MakeUp(search.minutes(week, seeker), partial(search.places, week, seeker))
        for each, seeker in seekers.items()
        for week in weeks
    }


def _people(
    around: _Around, *, offered: Programs, figures: Mapping[int, Figures]
) -> list[tuple[tuple[Any, ...], rules.Enrolled]]:
    """Who is enrolled where, by enrollment key."""
    people: list[tuple[tuple[Any, ...], rules.Enrolled]] = []
    for (
        _,
        each,
        from_on,
        until_on,
        participant_id,
        clinician_id,
        program_id,
        *words,
    ) in around.enrolled:
        key, *called, clinician = words
        program = offered[program_id]
        enrolled = rules.Enrolled(
            Range(from_on, until_on),
            around.targets[each],
            around.exempt.get(each, ()),
            program.mix,
            program.max_service_days
            if program.max_service_days is not None
            else figures.get(program_id, NOTHING).days_max,
        )
        whose = (each, key, participant_id, *called, clinician_id, clinician, program)
        people.append((whose, enrolled))
    return sorted(people, key=lambda each: each[0][1])


def _shares(
    rows: Iterable[AnyRow],
    *,
    sessions: Iterable[AnyRow],
    now: datetime,
) -> Mapping[date, Mapping[int, list[rules.Share]]]:
    """By week and enrollment: what each booking contributes."""
    shares: dict[date, dict[int, list[rules.Share]]] = defaultdict(lambda: defaultdict(list))
    by_id = {row.id: (shares[row.week], session_of(row)) for row in sessions}

    @cache  # nearly all bookings of a session with the same status are alike
    def in_time(session_id: int, status: str) -> rules.Share:
        return rules.share(by_id[session_id][1], _STATUS[status], now=now)

    for enrollment_id, session_id, status, arrived_at, left_at in rows:
        if session_id not in by_id:  # on a day around these weeks
            continue
        theirs, session = by_id[session_id]
        if arrived_at is None and left_at is None:
            share = in_time(session_id, status)
        else:
            share = rules.share(session, _STATUS[status], arrived_at, left_at, now=now)
        theirs[enrollment_id].append(share)
    return shares


def delivered_in(row: AnyRow, *, now: datetime) -> int:
    """Minutes delivered to somebody, from a row with the columns of a booking and its session:
    none before it has ended."""
    if row.status is not Status.PRESENT or row.ends_at > now:
        return 0
    return rules.delivered(session_of(row), row.arrived_at, row.left_at)
