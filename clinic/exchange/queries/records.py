"""Hours, attendance and sessions as exports write them: as many rows in memory as a week has."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select

from clinic import clock, formats
from clinic.authorizations.queries import approvals_of
from clinic.coverage.models import Authorization, Unit
from clinic.coverage.rules import Reach
from clinic.days import DAY, WEEK, Range, minute_of, week_of
from clinic.db import AnyRow, db, in_portions
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import WHOLE
from clinic.exchange.rules.records import Table
from clinic.hours.queries import weeks_on
from clinic.hours.rules import TimedSession, delivered
from clinic.participants.models import Participant
from clinic.programs.models import Organization, Program, Site
from clinic.programs.queries import find_clinic, get_organization
from clinic.schedule.models import Booking, Mode, Series, Session, Status
from clinic.schedule.queries.amendments import amendments
from clinic.schedule.queries.sessions import leaders_of, sessions_between
from clinic.schedule.rules.sessions import day_part
from clinic.schedule.rules.words import KINDS
from clinic.spreadsheets import Record

EARLIEST = timedelta(hours=14)  # before UTC's midnight a day begins, where it begins first


class Which(NamedTuple):
    """Which records are asked for, and how much of them whoever asks may know."""

    days: Range
    site_id: int | None = None
    program: Program | None = None
    person: tuple[int, str] | None = None  # the id and the key of whose they are, if of one
    with_topics: bool = True


def records_of(table: Table, which: Which, *, now: datetime) -> Iterator[Record]:
    """The records of a period; hours those of every week that it touches, as of now."""
    if table is Table.HOURS:
        return hours_records(which, as_of=now)
    if table is Table.ATTENDANCE:
        return attendance_records(which, now=now)
    if table is Table.AMENDMENTS:
        return amendment_records(which)
    if table is Table.AUTHORIZATIONS:
        return authorization_records(which, now=now)
    return session_records(which)


def hours_records(which: Which, *, as_of: datetime) -> Iterator[Record]:
    """By week and enrollment."""
    first, last = _ends(which)
    key = which.program.key if which.program else None
    week = week_of(first, get_organization().week_starts)
    while week <= last:
        for each in weeks_on(week, now=as_of, program_key=key):
            if _is_asked(which, each):
                yield {
                    "week": week,
                    "enrollment": each.enrollment_key,
                    "participant": each.participant_key,
                    "program": each.program.key,
                    "min_minutes": each.hours.target.min_minutes,
                    "max_minutes": each.hours.target.max_minutes,
                    "planned_minutes": each.hours.balance.planned,
                    "delivered_minutes": each.hours.balance.delivered,
                    "unconfirmed_minutes": each.hours.balance.unconfirmed,
                    "upcoming_minutes": each.hours.balance.upcoming,
                    "reachable_minutes": each.hours.balance.reachable,
                    "service_days": each.hours.balance.service_days,
                    "state": str(each.hours.state),
                }
        week += WEEK


def _is_asked(which: Which, each: Any) -> bool:
    is_theirs = which.person is None or which.person[1] == each.participant_key
    return is_theirs and which.site_id in {None, each.program.site_id}


def session_records(which: Which) -> Iterator[Record]:
    """By start, end and series."""
    organization = get_organization()

    def read(first: date, last: date) -> Sequence[AnyRow]:
        program_id = which.program.id if which.program else None
        return sessions_between(first, last, site_id=which.site_id, program_id=program_id)

    for rows in _by_start(which, read, key=lambda row: (row.starts_at, row.ends_at, row.series)):
        leaders = leaders_of([row.id for row in rows])
        for row in rows:
            keys = [leader.key for leader in leaders[row.id]]
            yield _session_record(row, keys, organization, with_topics=which.with_topics)


def _session_record(
    row: AnyRow, leaders: Sequence[str], organization: Organization, *, with_topics: bool
) -> Record:
    zone = clock.zone(row.timezone)
    return {
        "start": formats.iso_local(row.starts_at, zone),
        "end": formats.iso_local(row.ends_at, zone),
        "series": _series(row, row.id, with_topics=with_topics),
        "title": row.title if with_topics else KINDS[row.kind],
        "kind": row.kind.value,
        "day_part": day_part(
            minute_of(row.starts_at.astimezone(zone)),
            afternoon_from=organization.afternoon_from,
            evening_from=organization.evening_from,
        ),
        "room": row.room_key or "",
        "leaders": ";".join(leaders),
        "status": "cancelled" if row.is_cancelled else "scheduled",
        "booked": row.booked,
        "seats": row.seats,
        "credit_minutes": row.credit_minutes,
    }


def _series(row: AnyRow, session_id: int, *, with_topics: bool) -> str:
    """What names a group or a one-off session in all records; without a topic in it, its number."""
    if with_topics:
        return str(row.series)
    return f"session-{session_id}" if row.series_id is None else f"series-{row.series_id}"


def attendance_records(which: Which, *, now: datetime) -> Iterator[Record]:
    """Who was expected and what is known of them, by start, series and enrollment.

    Nobody is present at what has not begun, and nothing is delivered before the end.
    """

    def read(first: date, last: date) -> Sequence[AnyRow]:
        return _attendance(first, last, which)

    for rows in _by_start(which, read, key=lambda row: (row.starts_at, row.series, row.enrollment)):
        for row in rows:
            yield _attendance_record(row, with_topics=which.with_topics, now=now)


def _attendance(first: date, last: date, which: Which) -> Sequence[AnyRow]:
    statement = (
        select(
            Session.id,
            Session.series_id,
            Session.starts_at,
            Session.ends_at,
            Session.day,
            Session.credit_minutes,
            Session.is_cancelled,
            Session.grace_minutes,
            Session.held_from,
            Session.held_until,
            Session.mode,
            Session.topic,
            Site.timezone,
            func.coalesce(Series.key, Session.key).label("series"),
            Enrollment.key.label("enrollment"),
            Participant.key.label("participant"),
            Booking.status,
            Booking.arrived_at,
            Booking.left_at,
            Booking.method,
            Booking.signed_at,
            Booking.took_part,
            Booking.identified_by,
        )
        .join(Session, Session.id == Booking.session_id)
        .join(Site, Site.id == Session.site_id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .join(Participant, Participant.id == Enrollment.participant_id)
        .outerjoin(Series, Series.id == Session.series_id)
        .where(Session.day.between(first, last))
    )
    if which.site_id is not None:
        statement = statement.where(Session.site_id == which.site_id)
    if which.person is not None:
        statement = statement.where(Participant.id == which.person[0])
    if which.program is not None:
        statement = statement.where(Enrollment.program_id == which.program.id)
    return db.execute(statement).all()


def _attendance_record(row: AnyRow, *, with_topics: bool, now: datetime) -> Record:
    zone = clock.zone(row.timezone)
    is_early = row.status == Status.PRESENT and now < row.starts_at
    status = Status.EXPECTED if is_early else row.status
    minutes = 0
    if row.status == Status.PRESENT and not row.is_cancelled and row.ends_at <= now:
        session = TimedSession(
            row.starts_at,
            row.ends_at,
            row.day,
            row.credit_minutes,
            timedelta(minutes=row.grace_minutes),
            held_from=row.held_from,
            held_until=row.held_until,
        )
        minutes = delivered(session, row.arrived_at, row.left_at)
    return {
        "start": formats.iso_local(row.starts_at, zone),
        "series": _series(row, row.id, with_topics=with_topics),
        "enrollment": row.enrollment,
        "participant": row.participant,
        "status": "cancelled" if row.is_cancelled else status.value,
        "arrived": formats.iso_local(None if is_early else row.arrived_at, zone),
        "left": formats.iso_local(row.left_at, zone),
        "delivered_minutes": minutes,
        "method": row.method.value if row.method else "",
        "signed_off": formats.iso_local(row.signed_at, zone),
        "mode": _mode_of(row) if status is Status.PRESENT and not row.is_cancelled else "",
        "identity": row.identified_by.value if row.identified_by else "",
        "topic": (with_topics and row.topic) or "",
        "held_from": formats.iso_local(row.held_from, zone),
        "held_until": formats.iso_local(row.held_until, zone),
    }


def _mode_of(row: AnyRow) -> str:
    """How somebody took part; of a session that is both, as far as it was said."""
    if row.took_part is not None:
        return str(row.took_part.value)
    return "" if row.mode is Mode.HYBRID else str(row.mode.value)


def authorization_records(which: Which, *, now: datetime) -> Iterator[Record]:
    """Authorizations that hold on one of these days, by enrollment and in the order of their use;
    what is used of hours is in hours, too."""
    first, last = _ends(which)
    there = select(Authorization.enrollment_id).where(
        Authorization.from_on <= last, Authorization.until_on >= first
    )
    only: list[ColumnElement[bool]] = [Enrollment.id.in_(there)]
    if which.site_id is not None:
        only.append(Program.site_id == which.site_id)
    if which.person is not None:
        only.append(Enrollment.participant_id == which.person[0])
    if which.program is not None:
        only.append(Enrollment.program_id == which.program.id)
    enrollments = db.scalars(
        WHOLE.join(Program, Program.id == Enrollment.program_id)
        .where(*only)
        .order_by(Enrollment.key)
    ).all()
    found = zip(enrollments, approvals_of(enrollments, find_clinic(), now=now), strict=True)
    for enrollment, theirs in found:
        for reach in theirs.outlook.reaches:
            if reach.authorization.from_on <= last and reach.authorization.until_on >= first:
                yield _authorization_record(enrollment, reach)


def _authorization_record(enrollment: Enrollment, reach: Reach) -> Record:
    one = reach.authorization
    per_unit = 60 if one.unit is Unit.HOUR else 1
    used, unmarked, booked = (
        round(number / per_unit, 2) if number % per_unit else number // per_unit
        for number in (reach.used, reach.open, reach.booked)
    )
    return {
        "enrollment": enrollment.key,
        "participant": enrollment.participant.key,
        "program": enrollment.program.key,
        "payer": one.payer,
        "number": one.number,
        "code": one.code,
        "unit": one.unit.value,
        "units": one.units,
        "from": one.from_on,
        "until": one.until_on,
        "review": one.review_on or "",
        "used": used,
        "not_recorded": unmarked,
        "booked": booked,
        "runs_out": reach.full_on or "",
    }


def amendment_records(which: Which) -> Iterator[Record]:
    """What was changed about signed attendance, or is to be, by start, series and enrollment.

    A status that is empty is that of somebody who was, or is to be, on no sheet.
    """

    def read(first: date, last: date) -> Sequence[AnyRow]:
        only: list[ColumnElement[bool]] = [Session.day.between(first, last)]
        if which.site_id is not None:
            only.append(Session.site_id == which.site_id)
        if which.person is not None:
            only.append(Participant.id == which.person[0])
        if which.program is not None:
            only.append(Enrollment.program_id == which.program.id)
        return amendments(*only)

    def place(row: AnyRow) -> tuple[Any, ...]:
        return row.starts_at, row.series, row.enrollment, row.id

    for rows in _by_start(which, read, key=place):
        for row in rows:
            yield _amendment_record(row, with_topics=which.with_topics)


def _amendment_record(row: AnyRow, *, with_topics: bool) -> Record:
    zone = clock.zone(row.timezone)
    return {
        "start": formats.iso_local(row.starts_at, zone),
        "series": _series(row, row.session_id, with_topics=with_topics),
        "enrollment": row.enrollment,
        "participant": row.key,
        "before_status": row.before_status.value if row.before_status else "",
        "before_arrived": formats.iso_local(row.before_arrived_at, zone),
        "before_left": formats.iso_local(row.before_left_at, zone),
        "after_status": row.after_status.value if row.after_status else "",
        "after_arrived": formats.iso_local(row.after_arrived_at, zone),
        "after_left": formats.iso_local(row.after_left_at, zone),
        "minutes": row.minutes,
        "reason": row.why.value,
        "asked": formats.iso_local(row.asked_at, zone),
        "asked_by": row.asked_by_key or "",
        "decision": row.decision.value,
        "decided": formats.iso_local(row.decided_at, zone),
        "decided_by": row.decided_by_key or "",
    }


def _by_start(
    which: Which, read: Callable[[date, date], Sequence[AnyRow]], *, key: Callable[[Any], Any]
) -> Iterator[Sequence[AnyRow]]:
    """Yield what is read of a period, some days at a time, in one order; `key` begins by start.

    Sorted here, not by the database, whose order of letters differs from one to the next. Where
    sites have several time zones, a day begins at one before it ends at another: those rows wait.
    """
    day, last = _ends(which)
    held = db.execute(select(func.min(Session.day), func.max(Session.day))).one()
    if None not in held:  # days on which nothing can be are not asked for, week by week
        day, last = max(day, held[0]), min(last, held[1])
    waiting: list[AnyRow] = []
    while day <= last:
        until = min(day + WEEK - DAY, last)
        rows = sorted([*waiting, *read(day, until)], key=key)
        day = until + DAY
        sure_until = datetime.combine(day, time.min, UTC) - EARLIEST
        waiting = [row for row in rows if day <= last and row.starts_at >= sure_until]
        yield rows[: len(rows) - len(waiting)]


def _ends(which: Which) -> tuple[date, date]:
    assert which.days.until_on is not None
    return which.days.from_on, which.days.until_on


def participants_with(keys: Collection[str]) -> list[int]:
    """The ids of the participants whom records name by these keys."""
    return [
        participant_id
        for some in in_portions(keys)
        for participant_id in db.scalars(select(Participant.id).where(Participant.key.in_(some)))
    ]
