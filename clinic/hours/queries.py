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
from clinic.programs.queries import Programs, programs_whole
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

# A row for each target: the first eight columns say whose it is, the last four are the target's.
_ENROLLED = (
    select(
        Enrollment.id,
        Enrollment.key,
        Enrollment.participant_id,
        Participant.key,
        Participant.name,
        Participant.preferred_name,
        Enrollment.clinician_id,
        Staff.name.label("clinician"),
        Enrollment.program_id,
        Enrollment.from_on,
        Enrollment.until_on,
        Target.from_on,
        Target.min_minutes,
        Target.max_minutes,
        Target.min_service_days,
    )
    .join(Participant, Participant.id == Enrollment.participant_id)
    .join(Target, Target.enrollment_id == Enrollment.id)
    .outerjoin(Staff, Staff.id == Enrollment.clinician_id)
    .where(
        Enrollment.from_on <= _LAST_DAY,
        or_(Enrollment.until_on.is_(None), Enrollment.until_on >= _FIRST),
    )
)
_IN_THOSE_DAYS = select(Enrollment.id).where(
    Enrollment.from_on <= _LAST_DAY,
    or_(Enrollment.until_on.is_(None), Enrollment.until_on >= _FIRST),
)


class _What(IntEnum):
    """What else is read of enrollments."""

    LEAVE = 0
    TRANSITION = 1
    UNAVAILABLE = 2
    OTHER = 3  # another enrollment of the same person
    HELD = 4  # a session in which a seat is held for them
    CLOSED = 5  # a week that fell short, closed by somebody


def _exempt(what: _What, of: Any, from_on: Any, until_on: Any) -> Select[*tuple[Any, ...]]:
    numbers = (cast(null(), Integer) for _ in range(3))
    return select(literal(what.value), of, from_on, until_on, *numbers)


def _hindering(what: _What, found: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    of, *numbers = found.selected_columns
    days = (cast(null(), Date) for _ in range(2))
    missing = (cast(null(), Integer) for _ in range(3 - len(numbers)))
    return found.with_only_columns(literal(what.value), of, *days, *numbers, *missing)


_AWAY = (
    _exempt(_What.LEAVE, Leave.enrollment_id, Leave.from_on, Leave.until_on).where(
        Leave.from_on <= _LAST_DAY, Leave.until_on >= _FIRST
    ),
    _exempt(
        _What.TRANSITION, TransitionWeek.enrollment_id, TransitionWeek.week, TransitionWeek.week
    ).where(TransitionWeek.week.between(_FIRST, _LAST_DAY)),
    _exempt(_What.CLOSED, WeekClosing.enrollment_id, WeekClosing.week, WeekClosing.week).where(
        WeekClosing.week.between(_FIRST, _LAST_DAY), WeekClosing.closed_at.is_not(None)
    ),
)
_EXEMPT = union_all(*_AWAY)


def _circumstances(of: ColumnElement[bool], of_times: ColumnElement[bool]) -> Any:
    """Besides, what making up depends on: an enrollment's own times, others, and held seats."""
    return union_all(
        *_AWAY,
        _hindering(_What.UNAVAILABLE, UNAVAILABLE.where(of_times)),
        _hindering(_What.OTHER, OTHERS.where(of)),
        _hindering(_What.HELD, HELD),
    )


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
    # While a week runs: sessions with what could be made up in them, and who could not come.
    places: Select[*tuple[Any, ...]]
    circumstances: CompoundSelect[*tuple[Any, ...]]


_EVERYONES = _Rows(
    _SESSIONS.where(_IN_THOSE_WEEKS),
    _BOOKINGS.where(_IN_THOSE_WEEKS),
    _WITH_PLACES.where(_IN_THOSE_WEEKS),
    _circumstances(
        Enrollment.id.in_(_IN_THOSE_DAYS), Unavailability.enrollment_id.in_(_IN_THOSE_DAYS)
    ),
)
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
    _circumstances(Enrollment.id.in_(_IDS), Unavailability.enrollment_id.in_(_IDS)),
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
    enrolled = _ENROLLED
    if program_key is not None:
        enrolled = enrolled.where(
            Enrollment.program_id.in_(select(Program.id).where(Program.key == program_key))
        )
    if scope is not None:
        enrolled = enrolled.where(in_scope(scope))
    return _weeks([week], enrolled, _EVERYONES, now=now, programs=programs)


def weeks_between(
    first: date, last: date, *, now: datetime, scope: int | None = None
) -> list[EnrollmentWeek]:
    """The weeks of every enrollment between two first days of weeks, by week and enrollment key."""
    weeks = [first + number * WEEK for number in range((last - first) // WEEK + 1)]
    enrolled = _ENROLLED if scope is None else _ENROLLED.where(in_scope(scope))
    return _weeks(weeks, enrolled, _EVERYONES, now=now)[0]


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
    enrolled = _ENROLLED.where(Enrollment.id.in_(_IDS))
    ids = list(enrollment_ids)
    return _weeks(weeks, enrolled, _THEIRS, now=now, enrollment_ids=ids, programs=programs)[0]


def losses_of(
    enrollment_ids: Collection[int],
    week: date,
    *,
    more: Collection[ColumnElement[Any]] = (),
    now: datetime,
) -> dict[int, list[Loss]]:
    """Enrollment id to what took minutes from that week or may yet, by start; `more` are columns
    of what was booked that are wanted besides."""
    found: dict[int, list[Loss]] = defaultdict(list)
    if not enrollment_ids:
        return found
    for row in bookings_of(enrollment_ids, week, week + timedelta(days=6), more=more):
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
    weeks: Mapping[int, rules.WeekOf], *, with_topics: bool, reader: ZoneInfo, now: datetime
) -> dict[int, Account]:
    """Enrollment id to all that took minutes from its week; it is the same week of all."""
    if not weeks:
        return {}
    first = min(each.week for each in weeks.values())
    losses = losses_of(weeks, first, more=[lead_of()], now=now)
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
    enrolled: Select[*tuple[Any, ...]],
    rows: _Rows,
    *,
    now: datetime,
    enrollment_ids: list[int] | None = None,
    programs: Programs | None = None,
) -> tuple[list[EnrollmentWeek], Places]:
    read = db.connection().execute
    offered = programs_whole() if programs is None else programs
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
    around = _Around(read(_EXEMPT if is_over else rows.circumstances, facts).all())
    people = _people(
        read(enrolled, facts).all(), exempt=around.exempt, offered=offered, figures=figures
    )
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
    edge = DAY if is_wider else 0 * DAY
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
    """What is known of enrollments besides their days and targets, by enrollment."""

    def __init__(self, rows: Iterable[AnyRow]) -> None:
        self.leaves: dict[int, list[Range]] = defaultdict(list)
        self.exempt: dict[int, list[Range]] = defaultdict(list)  # leave and transition weeks
        self.unavailable: dict[int, list[WeeklyTime]] = defaultdict(list)
        self.others: dict[int, list[int]] = defaultdict(list)
        self.held: dict[int, list[int]] = defaultdict(list)
        self.closed: set[tuple[int, date]] = set()
        for what, each, from_on, until_on, *numbers in rows:
            if what == _What.UNAVAILABLE:
                self.unavailable[each].append(WeeklyTime(*numbers))
            elif what == _What.OTHER:
                self.others[each].append(numbers[0])
            elif what == _What.HELD:
                self.held[each].append(numbers[0])
            elif what == _What.CLOSED:
                self.closed.add((each, from_on))
            else:
                self.exempt[each].append(Range(from_on, until_on))
            if what == _What.LEAVE:
                self.leaves[each].append(Range(from_on, until_on))


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
    rows: Iterable[AnyRow],
    *,
    exempt: Mapping[int, Collection[Range]],
    offered: Mapping[int, Program],
    figures: Mapping[int, Figures],
) -> list[tuple[tuple[Any, ...], rules.Enrolled]]:
    """Who is enrolled where, by enrollment key, from a row for each of their targets."""
    targets_of: dict[int, list[rules.Target]] = defaultdict(list)
    people: list[tuple[tuple[Any, ...], rules.Enrolled]] = []
    for row in rows:
        targets = targets_of[row.id]
        if not targets:
            program = offered[row.program_id]
            days = Range(row.from_on, row.until_on)
            enrolled = rules.Enrolled(
                days,
                targets,
                exempt.get(row.id, ()),
                program.mix,
                program.max_service_days
                if program.max_service_days is not None
                else figures.get(program.id, NOTHING).days_max,
            )
            people.append(((*row[:8], program), enrolled))
        targets.append(rules.Target._make(row[11:]))
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


def delivered_in(row: AnyRow) -> int:
    """Minutes delivered to somebody, from a row with the columns of a booking and its session."""
    if row.status is not Status.PRESENT:
        return 0
    return rules.delivered(session_of(row), row.arrived_at, row.left_at)
