"""Rosters: who is expected in a series, and the bookings that follow from it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select, update

from clinic import clock, trail
from clinic.days import Range, common, days_without
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment, Leave
from clinic.errors import Refused, refuse_if
from clinic.schedule.actions.calendars import raise_booked
from clinic.schedule.models import Booking, RosterEntry, Series, Session, Status
from clinic.schedule.queries.clashes import DoubleBooking, double_booked_participants
from clinic.schedule.queries.sessions import named
from clinic.schedule.rules.clashes import clash_sentence
from clinic.schedule.rules.rosters import why_not_from, why_not_last_day, why_not_put_on
from clinic.schedule.rules.seats import free_seats, why_full
from clinic.trail import Actor


def put_on(
    enrollment: Enrollment, series: Series, *, from_on: date, by: Actor, now: datetime
) -> RosterEntry:
    """Expect someone in a series from a day on: they are booked into all its coming sessions.

    Raises `Refused`, with nothing done, when a session is full or they are elsewhere at that time.
    """
    zone = series.site.zone
    refuse_if(why_not_from(from_on, today=clock.day_of(now, zone)))
    if _ended_on(series.id, from_on, now):
        from_on += timedelta(days=1)
    refuse_if(
        why_not_put_on(
            days=Range(from_on, None),
            enrolled=Range(enrollment.from_on, enrollment.until_on),
            runs=Range(series.from_on, series.until_on),
            already=_ranges(enrollment.id, series.id),
        )
    )
    entry = RosterEntry(series_id=series.id, enrollment_id=enrollment.id, from_on=from_on)
    db.add(entry)
    db.flush()
    fill(series)
    _refuse_clash(enrollment, series, from_on)
    trail.record(
        "roster.put_on",
        entry,
        by=by,
        now=now,
        site_id=series.site_id,
        series=series.id,
        enrollment=enrollment.id,
        from_on=from_on,
    )
    return entry


def take_off(entry: RosterEntry, *, last_on: date, by: Actor, now: datetime) -> None:
    """End someone's place in a series after a day; coming bookings go, the past stays."""
    zone = entry.series.site.zone
    today = clock.day_of(now, zone)
    refuse_if(why_not_last_day(last_on, today=today, ends_on=entry.until_on))
    if last_on < today and _began_on(entry.series_id, today, now):
        last_on = today
    if last_on == entry.until_on:
        return
    trail.record(
        "roster.taken_off",
        entry,
        by=by,
        now=now,
        site_id=entry.series.site_id,
        series=entry.series_id,
        enrollment=entry.enrollment_id,
        last_on=last_on,
    )
    if last_on >= entry.from_on:
        entry.until_on = last_on
        db.flush()
    else:  # it never began; what has been marked ahead stays all the same
        theirs = Booking.roster_entry_id == entry.id
        _unbook(db.execute(_BOOKED.where(theirs, _IS_EXPECTED)).all())
        db.execute(update(Booking).where(theirs).values(roster_entry_id=None))
        db.delete(entry)
        db.flush()
    fill(entry.series)


def fill(series: Series) -> None:
    """Make the bookings of a series agree with its roster. Asking twice changes nothing.

    Attendance already recorded is never touched. Raises `Refused` when seats are missing.
    """
    places = _places(series.id)
    gone = _release(places)
    missing: list[dict[str, Any]] = []
    full: list[date] = []
    for each, wanted, bookings in places:
        staying = [booking for booking in bookings if booking.id not in gone]
        there = {booking.enrollment_id for booking in staying}
        free = free_seats({booking.seat_no for booking in staying}, each.seats)
        for enrollment_id in sorted(wanted.keys() - there):
            seat_no = next(free, None)
            if seat_no is None:
                full.append(each.day)
                break
            missing.append(
                {
                    "session_id": each.id,
                    "seats": each.seats,
                    "seat_no": seat_no,
                    "enrollment_id": enrollment_id,
                    "roster_entry_id": wanted[enrollment_id],
                    "status": Status.EXPECTED,
                }
            )
    refuse_if(why_full(series.title, full))
    if missing:
        db.execute(insert(Booking), missing)
        raise_booked({booking["enrollment_id"] for booking in missing})


def release(series: Series) -> None:
    """The first half of `fill`: those whom the roster expects no more give their seats back."""
    _release(_places(series.id))


class _Place(NamedTuple):
    """A session with whom its roster expects, by roster entry, and who is booked."""

    session: AnyRow
    wanted: dict[int, int]
    bookings: list[AnyRow]


_IS_EXPECTED = Booking.status == Status.EXPECTED
_BOOKED = select(
    Booking.id,
    Booking.session_id,
    Booking.enrollment_id,
    Booking.seat_no,
    Booking.status,
    Booking.roster_entry_id,
)


def _places(series_id: int) -> list[_Place]:
    # The parent rows first and in one order: on PostgreSQL two desks take turns here.
    sessions = db.execute(
        select(Session.id, Session.day, Session.seats)
        .where(Session.series_id == series_id)
        .order_by(Session.id)
        .with_for_update()
    ).all()
    booked: dict[int, list[AnyRow]] = defaultdict(list)
    for row in db.execute(
        _BOOKED.join(Session, Session.id == Booking.session_id).where(
            Session.series_id == series_id
        )
    ):
        booked[row.session_id].append(row)
    expected = _expected(series_id)
    return [
        _Place(
            each,
            {
                enrollment_id: entry_id
                for enrollment_id, entry_id, days in expected
                if days.covers(each.day)
            },
            booked[each.id],
        )
        for each in sessions
    ]


def _release(places: Iterable[_Place]) -> set[int]:
    leaving = [
        booking
        for _, wanted, bookings in places
        for booking in bookings
        if booking.roster_entry_id is not None
        and booking.enrollment_id not in wanted
        and booking.status == Status.EXPECTED
    ]
    return _unbook(leaving)


def _unbook(bookings: Collection[AnyRow]) -> set[int]:
    """Take these bookings out; ids of those that went. Whoever was marked a moment ago stays."""
    if not bookings:
        return set()
    gone = db.execute(
        delete(Booking)
        .where(Booking.id.in_([booking.id for booking in bookings]), _IS_EXPECTED)
        .returning(Booking.id, Booking.enrollment_id),
        execution_options={"synchronize_session": False},
    ).all()
    raise_booked({booking.enrollment_id for booking in gone})
    return {booking.id for booking in gone}


def _expected(series_id: int) -> list[tuple[int, int, Range]]:
    """Enrollment, roster entry and days on which the one is expected by the other."""
    entries = db.execute(
        select(
            RosterEntry.id,
            RosterEntry.enrollment_id,
            RosterEntry.from_on,
            RosterEntry.until_on,
            Enrollment.from_on.label("enrolled_from"),
            Enrollment.until_on.label("enrolled_until"),
        )
        .join(Enrollment, Enrollment.id == RosterEntry.enrollment_id)
        .where(RosterEntry.series_id == series_id)
        .order_by(RosterEntry.id)
    ).all()
    leaves: dict[int, list[Range]] = defaultdict(list)
    for row in db.execute(
        select(Leave.enrollment_id, Leave.from_on, Leave.until_on).where(
            Leave.enrollment_id.in_({entry.enrollment_id for entry in entries})
        )
    ):
        leaves[row.enrollment_id].append(Range(row.from_on, row.until_on))
    expected = []
    for entry in entries:
        days = common(
            Range(entry.from_on, entry.until_on),
            Range(entry.enrolled_from, entry.enrolled_until),
        )
        if days is not None:
            expected += [
                (entry.enrollment_id, entry.id, part)
                for part in days_without(days, leaves[entry.enrollment_id])
            ]
    return expected


def _ranges(enrollment_id: int, series_id: int) -> list[Range]:
    rows = db.execute(
        select(RosterEntry.from_on, RosterEntry.until_on).where(
            RosterEntry.enrollment_id == enrollment_id, RosterEntry.series_id == series_id
        )
    )
    return [Range(*row) for row in rows]


def _ended_on(series_id: int, day: date, now: datetime) -> bool:
    return _has(series_id, day, Session.ends_at <= now)


def _began_on(series_id: int, day: date, now: datetime) -> bool:
    return _has(series_id, day, Session.starts_at <= now)


def _has(series_id: int, day: date, condition: Any) -> bool:
    found = select(Session.id).where(Session.series_id == series_id, Session.day == day, condition)
    return db.scalar(found.limit(1)) is not None


def _refuse_clash(enrollment: Enrollment, series: Series, first: date) -> None:
    clashes = double_booked_participants(first, participant_id=enrollment.participant_id)
    names = named({one for clash in clashes for one in (clash.one_id, clash.other_id)})
    refuse_clashes(
        [
            clash
            for clash in clashes
            if series.id in {names[clash.one_id].series_id, names[clash.other_id].series_id}
        ]
    )


def refuse_clashes(clashes: Collection[DoubleBooking]) -> None:
    """Raise `Refused` with the first two sessions that somebody is wanted in at a time."""
    names = named({one for clash in clashes for one in (clash.one_id, clash.other_id)})
    days: dict[str, list[date]] = defaultdict(list)
    for clash in clashes:
        pair = names[clash.one_id], names[clash.other_id]
        days[" and ".join(sorted(each.title for each in pair))].append(clash.day)
    for titles, on in days.items():
        raise Refused(clash_sentence(titles, on))
