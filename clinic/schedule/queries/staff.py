from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, select

from clinic.accounts.models import Staff, TimeOff, WorkingHours
from clinic.days import Range, WeeklyTime
from clinic.db import AnyRow, db
from clinic.errors import NotFound
from clinic.programs.models import Site
from clinic.schedule.models import Booking, Session, SessionLeader
from clinic.schedule.queries.bookings import HOLDS_A_SEAT


def led_by(staff_id: int) -> ColumnElement[bool]:
    """The condition that a session is led or co-led by someone."""
    return exists().where(
        SessionLeader.session_id == Session.id, SessionLeader.staff_id == staff_id
    )


def led_between(staff_id: int, first: date, last: date) -> Sequence[AnyRow]:
    """What somebody leads or co-leads on these local days and is not cancelled, by start: id,
    title, day, starts_at, ends_at, timezone, expected."""
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
    """What somebody is still going to lead, a title a line, the soonest first: title, number,
    starts_at and timezone of the next one."""
    return db.execute(
        select(
            Session.title,
            func.count().label("number"),
            func.min(Session.starts_at).label("starts_at"),
            func.min(Site.timezone).label("timezone"),
        )
        .join(Site, Site.id == Session.site_id)
        .where(led_by(staff_id), Session.starts_at > now, ~Session.is_cancelled)
        .group_by(Session.title, Session.site_id)
        .order_by("starts_at", Session.title)
    ).all()


class Times(NamedTuple):
    """When staff work, by id."""

    hours: dict[int, list[WeeklyTime]]
    off: dict[int, list[Range]]


def times_of_staff(staff_ids: Collection[int]) -> Times:
    hours: dict[int, list[WeeklyTime]] = {each: [] for each in staff_ids}
    off: dict[int, list[Range]] = {each: [] for each in staff_ids}
    weekly = WorkingHours.weekday, WorkingHours.from_minute, WorkingHours.until_minute
    for staff_id, *times in db.execute(
        select(WorkingHours.staff_id, *weekly).where(WorkingHours.staff_id.in_(staff_ids))
    ):
        hours[staff_id].append(WeeklyTime(*times))
    for staff_id, first, last in db.execute(
        select(TimeOff.staff_id, TimeOff.from_on, TimeOff.until_on)
        .where(TimeOff.staff_id.in_(staff_ids))
        .order_by(TimeOff.from_on)
    ):
        off[staff_id].append(Range(first, last))
    return Times(hours, off)


def get_staff(staff_id: int) -> Staff:
    staff = db.get(Staff, staff_id)
    if staff is None:
        raise NotFound
    return staff
