"""Rosters: who is expected in a series, and the bookings that follow from it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, exists, or_, select, update

from clinic import trail
from clinic.days import DAY, Range, why_not_range
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment, Leave
from clinic.errors import refuse_any, refuse_if
from clinic.names import sort_key
from clinic.programs.queries import get_organization
from clinic.schedule.actions import seats, sessions
from clinic.schedule.models import (
    AttendanceAmendment,
    Booking,
    Decision,
    RosterEntry,
    Series,
    Session,
    Status,
)
from clinic.schedule.queries.clashes import (
    DoubleBooking,
    double_booked_participants,
    named_doubles,
)
from clinic.schedule.queries.sessions import on_days
from clinic.schedule.rules.rosters import (
    why_not_from,
    why_not_last_day,
    why_not_move,
    why_not_put_on,
    why_not_twice,
)
from clinic.schedule.rules.series import meets_within
from clinic.schedule.rules.sessions import clash_sentence
from clinic.schedule.rules.words import led_name
from clinic.trail import Actor

_IS_EXPECTED = Booking.status == Status.EXPECTED
_THESE = Session.id.in_(bindparam("session_ids", type_=Integer, expanding=True))


def _covers(dated: type[Any]) -> ColumnElement[bool]:
    is_open = or_(dated.until_on.is_(None), dated.until_on >= Session.day)
    return and_(dated.from_on <= Session.day, is_open)


# Whom an entry of the roster expects in a session: within both their days, and not on leave.
_EXPECTS = and_(
    RosterEntry.series_id == Session.series_id,
    Enrollment.id == RosterEntry.enrollment_id,
    _covers(RosterEntry),
    _covers(Enrollment),
    ~exists()
    .where(Leave.enrollment_id == RosterEntry.enrollment_id, _covers(Leave))
    .correlate_except(Leave),
)
_MISSING = (
    select(Session.id, RosterEntry.enrollment_id, RosterEntry.id)
    .where(
        _THESE,
        _EXPECTS,
        ~exists().where(
            Booking.session_id == Session.id, Booking.enrollment_id == RosterEntry.enrollment_id
        ),
        ~exists().where(  # taken off by an amendment
            AttendanceAmendment.session_id == Session.id,
            AttendanceAmendment.enrollment_id == RosterEntry.enrollment_id,
            AttendanceAmendment.decision == Decision.MADE,
            AttendanceAmendment.after_status.is_(None),
        ),
    )
    .order_by(RosterEntry.id)
)
_UNEXPECTED = (
    select(Booking.id)
    .join(Session, Session.id == Booking.session_id)
    .where(
        _THESE,
        _IS_EXPECTED,
        Booking.roster_entry_id.is_not(None),
        ~exists().where(_EXPECTS, RosterEntry.enrollment_id == Booking.enrollment_id),
    )
)


def put_on(
    enrollment: Enrollment, series: Series, *, from_on: date, by: Actor, now: datetime
) -> RosterEntry:
    """Expect someone in a series from a day on: they are booked into all its coming sessions.

    Raises `Refused` when a session is full or they are elsewhere at that time.
    """
    (entry,) = put_all_on([(enrollment, series, from_on)], by=by, now=now)
    return entry


def put_all_on(
    places: Iterable[tuple[Enrollment, Series, date]], *, by: Actor, now: datetime
) -> list[RosterEntry]:
    """Put people on groups as `put_on` does one: all of them or, when one is refused, nobody.

    Raises `Refused` with all that is in the way; of several people each by name.
    """
    wanted = list(places)
    if not wanted:
        return []
    people = {one.participant_id: one.participant.name for one, _, _ in wanted}
    sessions.lock_for([], None, people)
    refuse_any(
        *(
            (_named(people, one, why_not_from(day, today=series.site.today(now))), "from_on")
            for one, series, day in wanted
        )
    )
    placed = [(one, series, Range(_begins(series, day, now), None)) for one, series, day in wanted]
    refuse_any(*((_named(people, each[0], _why_not(*each)), None) for each in placed))
    found = [(series, _enter(one, series, days)) for one, series, days in placed]
    first = min(days.from_on for _, _, days in placed)
    _book({series.id for series, _ in found}, people, first)
    # Last, as everywhere: whoever has the chain of the trail waits for nobody any more.
    for series, entry in found:
        _record("roster.put_on", entry, series, by=by, now=now, from_on=entry.from_on)
    return [entry for _, entry in found]


def move(
    entry: RosterEntry, series: Series, *, from_on: date, by: Actor, now: datetime
) -> RosterEntry:
    """Have someone be on another group from a day on, for as long as they were on the one before.

    One act: refused, they stay where they are. Attendance stays on the group that it was at.
    """
    before, enrollment, ends_on = entry.series, entry.enrollment, entry.until_on
    people = {enrollment.participant_id: enrollment.participant.name}
    sessions.lock_for([], None, people)
    today = series.site.today(now)
    is_same = series.id == before.id
    refuse_if(why_not_move(from_on, today=today, ends_on=ends_on, is_same=is_same), "from_on")
    days = Range(_begins(series, from_on, now), ends_on)
    refuse_if(why_not_range(*days), "from_on")
    refuse_if(_why_not(enrollment, series, days))
    last_on = _last_day(before, from_on - DAY, now)
    seats.lock(Session.series_id.in_([before.id, series.id]) & on_days(Range(last_on, None)))
    _shorten(entry, last_on)
    moved = _enter(enrollment, series, days)
    _book({before.id, series.id}, people, last_on)
    facts = {"by": by, "now": now}
    _record("roster.taken_off", entry, before, last_on=last_on, moved_to=series.id, **facts)
    _record("roster.put_on", moved, series, from_on=from_on, moved_from=before.id, **facts)
    return moved


def _begins(series: Series, day: date, now: datetime) -> date:
    """The first day on a group: the next one, where that day's session is over."""
    return day + DAY if _has(series.id, day, Session.ends_at <= now) else day


def _last_day(series: Series, day: date, now: datetime) -> date:
    """The last day on a group: today at the earliest, where today's session has begun."""
    today = series.site.today(now)
    has_begun = day < today and _has(series.id, today, Session.starts_at <= now)
    return today if has_begun else day


def _why_not(enrollment: Enrollment, series: Series, days: Range) -> str | None:
    enrolled, runs = (Range(each.from_on, each.until_on) for each in (enrollment, series))
    already = _ranges(enrollment.id, series.id)
    meets = partial(meets_within, series, get_organization().week_starts)
    return why_not_put_on(days=days, enrolled=enrolled, runs=runs, meets=meets, already=already)


def _named(people: Mapping[int, str], enrollment: Enrollment, sentence: str | None) -> str | None:
    """A rule's no with the name of whom it is about, where there are several people."""
    if sentence is None or len(people) == 1:
        return sentence
    return f"{people[enrollment.participant_id]}: {sentence}"


def _book(series_ids: Collection[int], people: Mapping[int, str], first: date) -> None:
    """Book what rosters say, from a day on; refused when one of these people is elsewhere then."""
    fill(*series_ids, days=Range(first, None))
    found = [
        sentence if len(people) == 1 else f"{name}: {sentence}"
        for person, name in people.items()
        for sentence in clashes(
            double_booked_participants(first, participant_id=person), series_ids=series_ids
        )
    ]
    refuse_any(*((sentence, None) for sentence in found))


def write_down(
    enrollment: Enrollment,
    series: Series,
    days: Range,
    *,
    entry: RosterEntry | None,
    others: Collection[Range],
    by: Actor,
    now: datetime,
) -> RosterEntry:
    """Note somebody's place in a series, or other days for the one they have; past ones too.

    `others` are the days of their other places in it. Nobody is booked: `fill` does that, once
    for all whose places are noted.
    """
    refuse_if(why_not_range(*days), "until_on")
    refuse_if(why_not_twice(days, others))
    if entry is None:
        entry = _enter(enrollment, series, days)
        _record("roster.put_on", entry, series, by=by, now=now, from_on=days.from_on)
        return entry
    if Range(entry.from_on, entry.until_on) != days:
        entry.from_on, entry.until_on = days
        db.flush()
        _record("roster.moved", entry, series, by=by, now=now, from_on=days.from_on)
    return entry


def _enter(enrollment: Enrollment, series: Series, days: Range) -> RosterEntry:
    entry = RosterEntry(series_id=series.id, enrollment_id=enrollment.id, **days._asdict())
    db.add(entry)
    db.flush()
    return entry


def _record(verb: str, entry: RosterEntry, series: Series, **facts: Any) -> None:
    facts |= {"site_id": series.site_id, "series": series.id, "enrollment": entry.enrollment_id}
    trail.record(verb, entry, **facts)


def take_off(entry: RosterEntry, *, last_on: date, by: Actor, now: datetime) -> None:
    """End someone's place in a series after a day; coming bookings go, the past stays."""
    series = entry.series
    today = series.site.today(now)
    refuse_if(why_not_last_day(last_on, today=today, ends_on=entry.until_on))
    last_on = _last_day(series, last_on, now)
    if last_on == entry.until_on:
        return
    _shorten(entry, last_on)
    fill(series.id, days=Range(last_on, None))
    _record("roster.taken_off", entry, series, by=by, now=now, last_on=last_on)


def _shorten(entry: RosterEntry, last_on: date) -> None:
    if last_on >= entry.from_on:
        entry.until_on = last_on
        db.flush()
        return
    # It never began; what has been marked ahead stays all the same.
    theirs = Booking.roster_entry_id == entry.id
    seats.release_unmarked(theirs)
    db.execute(update(Booking).where(theirs).values(roster_entry_id=None))
    db.delete(entry)
    db.flush()


def fill(*series_ids: int, days: Range | None = None) -> None:
    """Make the bookings of some series, on some days or all, agree with their rosters.

    Asking twice changes nothing, and attendance already recorded is never touched. Raises `Refused`
    when seats are missing.
    """
    locked = release(*series_ids, days=days)
    missing: dict[int, dict[int, int | None]] = defaultdict(dict)
    for session_id, enrollment_id, entry_id in db.execute(_MISSING, _ids(locked)):
        missing[session_id][enrollment_id] = entry_id
    seats.take([(each, missing[each.id]) for each in locked if each.id in missing])


def release(*series_ids: int, days: Range | None = None) -> Sequence[AnyRow]:
    """The first half of `fill`: those whom the roster expects no more give their seats back.

    Who was marked a moment ago stays. Return the sessions, which are locked.
    """
    theirs = Session.series_id.in_(series_ids)
    locked = seats.lock(theirs if days is None else theirs & on_days(days))
    if leaving := db.scalars(_UNEXPECTED, _ids(locked)).all():
        seats.release_unmarked(Booking.id.in_(leaving))
    return locked


def _ids(sessions: Sequence[AnyRow]) -> dict[str, list[int]]:
    return {"session_ids": [each.id for each in sessions]}


def _ranges(enrollment_id: int, series_id: int) -> list[Range]:
    rows = db.execute(
        select(RosterEntry.from_on, RosterEntry.until_on).where(
            RosterEntry.enrollment_id == enrollment_id, RosterEntry.series_id == series_id
        )
    )
    return [Range(*row) for row in rows]


def _has(series_id: int, day: date, condition: Any) -> bool:
    found = select(Session.id).where(Session.series_id == series_id, Session.day == day, condition)
    return db.scalar(found.limit(1)) is not None


def refuse_clashes(
    doubles: Collection[DoubleBooking], *, name: Callable[[AnyRow], str] = led_name
) -> None:
    """Raise `Refused` with the first two sessions that somebody is wanted in at a time."""
    refuse_if(next(iter(clashes(doubles, name=name)), None))


def clashes(
    doubles: Collection[DoubleBooking],
    *,
    series_ids: Collection[int] | None = None,
    name: Callable[[AnyRow], str] = led_name,
) -> list[str]:
    """The sessions that somebody is wanted in at a time, a sentence a pair.

    Only those of which one is of these series, where they are given.
    """
    days: dict[str, list[date]] = defaultdict(list)
    for day, _, *pair in named_doubles(doubles):
        if series_ids is None or any(each.series_id in series_ids for each in pair):
            days[" and ".join(sorted(map(name, pair), key=sort_key))].append(day)
    return [clash_sentence(titles, on) for titles, on in days.items()]
