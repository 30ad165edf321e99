from collections.abc import Collection, Iterable
from datetime import date, datetime

from sqlalchemy import or_, select

from clinic.attendance.queries import sheet_of
from clinic.authorizations.queries import beyond_of
from clinic.days import week_of
from clinic.db import db
from clinic.effects.rules import Picture
from clinic.errors import NotFound
from clinic.hours.queries import weeks_of
from clinic.programs.queries import find_clinic
from clinic.schedule.models import RosterEntry, Session
from clinic.schedule.queries.bookings import who_is_on
from clinic.schedule.queries.changes import changes_of
from clinic.schedule.queries.people import people_to_plan
from clinic.schedule.queries.sessions import get_planned, get_session
from clinic.trail import Actor


def whom_it_reaches(
    session: Session, others: Collection[int] = (), *, days: Collection[date]
) -> list[int]:
    """The enrollments that a change of a session may reach: on it, on its group on one of these
    days, and others."""
    on_it = [*who_is_on(session.id), *others]
    if session.series_id is not None:
        rosters = select(RosterEntry.enrollment_id).where(
            RosterEntry.series_id == session.series_id,
            RosterEntry.from_on <= max(days),
            or_(RosterEntry.until_on.is_(None), RosterEntry.until_on >= min(days)),
        )
        on_it += db.scalars(rosters.order_by(RosterEntry.id))
    return list(dict.fromkeys(on_it))


def picture_of(
    enrollment_ids: Collection[int],
    days: Iterable[date],
    *,
    with_hours: bool,
    now: datetime,
) -> Picture:
    """The weeks of these enrollments in which the days lie, each by whose it is, and what of them
    goes beyond authorization; for who sees no hours that it does, without the payer's number."""
    db.flush()
    people = people_to_plan(enrollment_ids, scope=None)
    clinic = find_clinic()
    weeks = sorted({week_of(day, clinic.week_starts) for day in days}) if with_hours else []
    beyond = beyond_of(enrollment_ids, clinic, now=now) if enrollment_ids else {}
    return Picture(
        programs={row.id: row.name for row in people},
        facts={},
        places={},
        weeks={
            (each.enrollment_id, week): each.hours.settled
            for week in weeks
            for each in weeks_of(
                enrollment_ids, now=now, first=week, last=week, programs=clinic.programs
            )
        },
        busy={},
        meetings={},
        beyond={
            each: one if with_hours else one._replace(number="") for each, one in beyond.items()
        },
    )


def get_changed(session_id: int, scope: int | None, by: Actor) -> Session:
    """A session that somebody may change, or that they were the last to change."""
    try:
        return get_planned(session_id, scope)
    except NotFound:
        last = next(iter(changes_of(session_id)), None)
        if last is None or (last.actor_kind, last.actor_id) != (by.kind, by.id):
            raise
        return get_session(session_id)


def is_known(session_id: int, scope: int | None) -> bool:
    """Whether somebody may look at the sheet of a session."""
    try:
        sheet_of(session_id, scope)
    except NotFound:
        return False
    return True
