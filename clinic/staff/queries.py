from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from clinic import clock
from clinic.accounts import queries as accounts
from clinic.accounts.models import Account, Staff, TimeOff, WorkingHours
from clinic.days import WEEKDAYS, WeeklyTime, wall_at
from clinic.db import AnyRow, db
from clinic.errors import NotFound
from clinic.formats import moment, roles, time_range, wall_range
from clinic.participants.queries import PAGE, Paging
from clinic.programs.queries import home
from clinic.schedule.queries.staff import led_after, led_between
from clinic.staff import rules

_account = Account.__table__.c
_staff = Staff.__table__.c


def lock_staff(staff_id: int) -> None:
    """The same for a person who works here."""
    db.execute(select(Staff.id).where(Staff.id == staff_id).with_for_update(key_share=True))


def get_staff(staff_id: int) -> Staff:
    """Somebody who works here with their account, working hours and time off."""
    staff = db.scalars(
        select(Staff)
        .where(Staff.id == staff_id)
        .options(
            joinedload(Staff.account),
            selectinload(Staff.working_hours),
            selectinload(Staff.time_off),
        )
    ).one_or_none()
    if staff is None:
        raise NotFound
    return staff


def staff_rows() -> Sequence[AnyRow]:
    """Everybody who works here or did, by name; those who did come last."""
    return db.execute(
        select(
            _staff.id,
            _staff.key,
            _staff.name,
            _staff.credentials,
            _staff.license_expires_on,
            _staff.account_id,
            _account.email,
            _account.roles,
            _account.is_active,
            _account.password_hash.is_not(None).label("has_password"),
        )
        .join(Account.__table__, _account.id == _staff.account_id)
        .order_by(_account.is_active.desc(), func.lower(_staff.name), _staff.id)
    ).all()


def shifts_of(staff_id: int) -> list[WeeklyTime]:
    """The times of the week at which somebody works, in order."""
    rows = db.execute(
        select(WorkingHours.weekday, WorkingHours.from_minute, WorkingHours.until_minute)
        .where(WorkingHours.staff_id == staff_id)
        .order_by(WorkingHours.weekday, WorkingHours.from_minute)
    )
    return [WeeklyTime(*row) for row in rows]


def get_time_off(time_off_id: int) -> TimeOff:
    time_off = db.get(TimeOff, time_off_id)
    if time_off is None:
        raise NotFound
    return time_off


def time_off_of(staff_id: int) -> Sequence[TimeOff]:
    return db.scalars(
        select(TimeOff).where(TimeOff.staff_id == staff_id).order_by(TimeOff.from_on)
    ).all()


def find_staff(key: str) -> Staff | None:
    return db.scalars(select(Staff).where(Staff.key == key)).one_or_none()


def find_staff_of(account: Account) -> Staff | None:
    return db.scalars(select(Staff).where(Staff.account_id == account.id)).one_or_none()


def staff_found(words: str, *, page: int) -> tuple[list[AnyRow], Paging]:
    """People whose name, credentials, roles or address hold every word, a page at a time.

    There are as many as a clinic employs: they are all read, so that an accent or a capital
    hides nobody.
    """
    asked = rules.folded(words).split()
    found = [row for row in staff_rows() if _holds(row, asked)]
    page = max(1, page)
    rows = found[(page - 1) * PAGE : page * PAGE]
    if not rows and page > 1:
        raise NotFound
    return rows, Paging(page=page, pages=max(1, -(-len(found) // PAGE)), total=len(found))


def _holds(row: AnyRow, words: list[str]) -> bool:
    text = f"{row.name} {row.credentials or ''} {row.email or ''} {roles(row.roles)}"
    known = rules.folded(text)
    return all(word in known for word in words)


def staff_lines(rows: list[AnyRow], *, with_last_seen: bool, now: datetime) -> list[dict[str, Any]]:
    """What the list says of each of them."""
    at, today, *_ = home(now)
    account_ids = [row.account_id for row in rows]
    invited = accounts.invited_until(account_ids, now=now)
    seen = accounts.last_seen(account_ids) if with_last_seen else {}
    return [
        {
            "id": row.id,
            "name": row.name,
            "credentials": row.credentials,
            "roles": roles(row.roles),
            "access": rules.access(
                is_active=row.is_active,
                has_password=row.has_password,
                is_invited=row.account_id in invited,
            ),
            "seen": moment(seen[row.account_id], at, today=today) if row.account_id in seen else "",
            "license": license_of(row.license_expires_on, today=today),
        }
        for row in rows
    ]


def license_of(expires_on: date | None, *, today: date) -> dict[str, Any] | None:
    """How a license stands, where it asks for attention."""
    if expires_on is None or not rules.is_license_due(expires_on, today=today):
        return None
    return {"expires_on": expires_on, "is_over": expires_on < today}


def member(staff: Staff, *, now: datetime) -> dict[str, Any]:
    """What the page of somebody who works here says of them."""
    at, today, *_ = home(now)
    account = staff.account
    invited = accounts.invited_until([account.id], now=now).get(account.id)
    seen = accounts.last_seen([account.id]).get(account.id)
    return {
        "id": staff.id,
        "account_id": account.id,
        "name": staff.name,
        "credentials": staff.credentials,
        "email": account.email,
        "roles": roles(account.roles),
        "license_number": staff.license_number,
        "license_expires_on": staff.license_expires_on,
        "license": license_of(staff.license_expires_on, today=today),
        "access": rules.access(
            is_active=account.is_active,
            has_password=account.password_hash is not None,
            is_invited=invited is not None,
        ),
        "invited_until": moment(invited, at, today=today) if invited else "",
        "seen": moment(seen, at, today=today) if seen else "",
        "hours": week_in_words(shifts_of(staff.id)),
        "time_off": [
            {
                "id": away.id,
                "from_on": away.from_on,
                "until_on": away.until_on,
                "reason": away.reason,
            }
            for away in time_off_of(staff.id)
            if away.until_on >= today
        ],
    }


def week_in_words(shifts: list[WeeklyTime]) -> list[tuple[str, str]]:
    """A weekday and its hours, a line each: `("Monday", "9:00 am – 5:00 pm")`."""
    days: dict[int, list[str]] = {}
    for shift in shifts:
        hours = wall_range(wall_at(shift.from_minute), wall_at(shift.until_minute))
        days.setdefault(shift.weekday, []).append(hours)
    return [(WEEKDAYS[day], ", ".join(hours)) for day, hours in days.items()]


def led_meanwhile(staff_id: int, first: date, last: date) -> list[dict[str, Any]]:
    """The sessions that somebody leads on some days, and how many people are expected."""
    return [
        {
            "id": row.id,
            "title": row.title,
            "day": row.day,
            "time": time_range(row.starts_at, row.ends_at, clock.zone(row.timezone)),
            "expected": row.expected,
        }
        for row in led_between(staff_id, first, last)
    ]


def still_to_lead(staff_id: int, *, now: datetime) -> list[dict[str, Any]]:
    """What somebody is going to lead, a group or single session a line."""
    return [
        {
            "title": row.title,
            "number": row.number,
            "next": clock.day_of(row.starts_at, clock.zone(row.timezone)),
        }
        for row in led_after(staff_id, now)
    ]
