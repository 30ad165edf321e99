from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal, or_, select, union_all

from clinic.accounts.models import Staff, TimeOff, WorkingHours
from clinic.days import Range, WeeklyTime
from clinic.db import AnyRow, db, id_from
from clinic.enrollment.models import Enrollment
from clinic.errors import NotFound, or_not_found
from clinic.paging import Filter, filter_asked
from clinic.programs.models import Program, Site
from clinic.schedule.models import Booking, Session, SessionLeader
from clinic.schedule.queries.bookings import HOLDS_A_SEAT


def led_by(staff_id: int) -> ColumnElement[bool]:
    """The condition that a session is led or co-led by someone."""
    return exists().where(
        SessionLeader.session_id == Session.id, SessionLeader.staff_id == staff_id
    )


def lead_of(session: Any = Session) -> ColumnElement[str | None]:
    """The name of who leads a session, if anybody does: `led_name` reads it as `lead`."""
    return (
        select(Staff.name)
        .join(SessionLeader, SessionLeader.staff_id == Staff.id)
        .where(SessionLeader.session_id == session.id, SessionLeader.position == 0)
        .correlate(session)
        .scalar_subquery()
        .label("lead")
    )


def led_between(staff_id: int, first: date, last: date) -> Sequence[AnyRow]:
    """What somebody leads or co-leads on these local days and is not cancelled, by start: id,
    title, kind, day, starts_at, ends_at, timezone, expected."""
    expected = (
        select(func.count())
        .where(Booking.session_id == Session.id, HOLDS_A_SEAT)
        .correlate(Session)
        .scalar_subquery()
    )
    return db.execute(
        select(
            Session.id,
            Session.title,
            Session.kind,
            Session.day,
            Session.starts_at,
            Session.ends_at,
            Site.timezone,
            expected.label("expected"),
        )
        .join(Site, Site.id == Session.site_id)
        .where(led_by(staff_id), Session.day.between(first, last), ~Session.is_cancelled)
        .order_by(Session.starts_at, Session.id)
    ).all()


def led_after(staff_id: int, now: datetime) -> Sequence[AnyRow]:
    """The sessions that somebody is still going to lead, by start: id, series_id, title, kind,
    starts_at, timezone."""
    return db.execute(
        select(
            Session.id,
            Session.series_id,
            Session.title,
            Session.kind,
            Session.starts_at,
            Site.timezone,
        )
        .join(Site, Site.id == Session.site_id)
        .where(led_by(staff_id), Session.starts_at > now, ~Session.is_cancelled)
        .order_by(Session.starts_at, Session.id)
    ).all()


AROUND = timedelta(days=28)  # in which sessions say where somebody works


def site_of(staff_id: int, now: datetime) -> int | None:
    """Where somebody works: the site of most sessions that they lead around now, else of most of
    their caseload; None where neither is known."""
    led = (
        select(literal(0).label("place"), Session.site_id, func.count().label("number"))
        .join(SessionLeader, SessionLeader.session_id == Session.id)
        .where(
            SessionLeader.staff_id == staff_id,
            Session.starts_at.between(now - AROUND, now + AROUND),
            ~Session.is_cancelled,
        )
        .group_by(Session.site_id)
    )
    day = now.date()
    cared_for = (
        select(literal(1), Program.site_id, func.count())
        .join(Enrollment, Enrollment.program_id == Program.id)
        .where(
            Enrollment.clinician_id == staff_id,
            or_(Enrollment.until_on.is_(None), Enrollment.until_on >= day),
        )
        .group_by(Program.site_id)
    )
    rows = db.execute(union_all(led, cared_for)).all()
    return min(rows, key=lambda row: (row[0], -row[2], row[1]))[1] if rows else None


def hours_of(staff_ids: Collection[int]) -> dict[int, list[WeeklyTime]]:
    """When staff work, by id."""
    found: dict[int, list[WeeklyTime]] = {each: [] for each in staff_ids}
    weekly = WorkingHours.weekday, WorkingHours.from_minute, WorkingHours.until_minute
    statement = select(WorkingHours.staff_id, *weekly)
    for staff_id, *times in db.execute(statement.where(WorkingHours.staff_id.in_(staff_ids))):
        found[staff_id].append(WeeklyTime(*times))
    return found


def time_off_of(staff_ids: Collection[int]) -> dict[int, list[Range]]:
    """When staff are away, by id."""
    found: dict[int, list[Range]] = {each: [] for each in staff_ids}
    statement = select(TimeOff.staff_id, TimeOff.from_on, TimeOff.until_on)
    statement = statement.where(TimeOff.staff_id.in_(staff_ids)).order_by(TimeOff.from_on)
    for staff_id, *days in db.execute(statement):
        found[staff_id].append(Range(*days))
    return found


def get_staff(staff_id: int) -> Staff:
    return or_not_found(db.get(Staff, staff_id))


def clinician_filter(
    pairs: Iterable[tuple[int | None, str | None]], *, asked: str, own: int | None
) -> Filter:
    """Return what narrows a list down to a caseload, of pairs of id and name in it; one's own
    comes first."""
    return filter_asked(
        "clinician",
        "Clinician",
        "All clinicians",
        ((staff_id, MINE if staff_id == own else name) for staff_id, name in pairs if staff_id),
        asked=asked,
        called=_name_of,
        first=own,
    )


def leader_filter(pairs: Iterable[tuple[int, str]], *, asked: str, own: int | None) -> Filter:
    """Return what narrows a list down to who leads, of pairs of id and name; oneself first."""
    return filter_asked(
        "leader",
        "Leader",
        "All leaders",
        ((staff_id, LED_BY_ME if staff_id == own else name) for staff_id, name in pairs),
        asked=asked,
        called=_name_of,
        first=own,
    )


MINE = "My caseload"
LED_BY_ME = "Led by me"


def _name_of(number: str) -> str:
    try:
        return get_staff(id_from(number)).name
    except ValueError:
        raise NotFound from None
