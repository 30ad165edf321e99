from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import joinedload, selectinload

from clinic.accounts.models import Account, Invitation, SignIn, Staff, TimeOff, WorkingHours
from clinic.days import WeeklyTime
from clinic.db import AnyRow, UTCDateTime, db
from clinic.errors import or_not_found
from clinic.formats import roles
from clinic.names import folded, sort_key, words_of
from clinic.paging import KeyOf, Order, Paging, in_order, paged

_account = Account.__table__.c
_staff = Staff.__table__.c
_invitation = Invitation.__table__.c

# A row of the list and of the page of somebody: what it says of them and of their access.
_ROWS = select(
    _staff.id,
    _staff.name,
    _staff.credentials,
    _staff.license_number,
    _staff.license_expires_on,
    _staff.account_id,
    _account.email,
    _account.roles,
    _account.is_active,
    _account.password_hash.is_not(None).label("has_password"),
    select(func.max(_invitation.expires_at))
    .where(
        _invitation.account_id == _account.id,
        _invitation.used_at.is_(None),
        _invitation.expires_at > bindparam("now", type_=UTCDateTime()),
    )
    .scalar_subquery()
    .label("invited_until"),
    select(func.max(SignIn.seen_at))
    .where(SignIn.account_id == _account.id)
    .scalar_subquery()
    .label("seen_at"),
).join(Account.__table__, _account.id == _staff.account_id)


def lock_staff(staff_id: int) -> None:
    """Have everybody else who is about to change what a person has wait."""
    db.execute(select(Staff.id).where(Staff.id == staff_id).with_for_update(key_share=True))


def get_row(staff_id: int, *, now: datetime) -> AnyRow:
    """Return what the list says of somebody, with their license."""
    return or_not_found(db.execute(_ROWS.where(_staff.id == staff_id), {"now": now}).one_or_none())


def find_by_id(staff_id: int | None) -> Staff | None:
    return get_staff(staff_id) if staff_id is not None else None


def get_staff(staff_id: int) -> Staff:
    """Somebody who works here with their account, working hours and time off."""
    return or_not_found(
        db.scalars(
            select(Staff)
            .where(Staff.id == staff_id)
            .options(
                joinedload(Staff.account),
                selectinload(Staff.working_hours),
                selectinload(Staff.time_off),
            )
        ).one_or_none()
    )


def shifts_of(staff_id: int) -> list[WeeklyTime]:
    """The times of the week at which somebody works, in order."""
    rows = db.execute(
        select(WorkingHours.weekday, WorkingHours.from_minute, WorkingHours.until_minute)
        .where(WorkingHours.staff_id == staff_id)
        .order_by(WorkingHours.weekday, WorkingHours.from_minute)
    )
    return [WeeklyTime(*row) for row in rows]


def get_time_off(time_off_id: int) -> TimeOff:
    return or_not_found(db.get(TimeOff, time_off_id))


def time_off_of(staff_id: int, *, since: date = date.min) -> Sequence[TimeOff]:
    """The time off of somebody, by first day; `since` leaves out what was over before."""
    return db.scalars(
        select(TimeOff)
        .where(TimeOff.staff_id == staff_id, TimeOff.until_on >= since)
        .order_by(TimeOff.from_on)
    ).all()


def find_staff(key: str) -> Staff | None:
    return db.scalars(select(Staff).where(Staff.key == key)).one_or_none()


def find_staff_of(account: Account) -> Staff | None:
    return db.scalars(select(Staff).where(Staff.account_id == account.id)).one_or_none()


BY_NAME = Order("name")
COLUMNS: dict[str, KeyOf[AnyRow]] = {
    "name": lambda row: (not row.is_active, sort_key(row.name)),
    "seen": lambda row: row.seen_at,
    "license": lambda row: row.license_expires_on,
}


def staff_found(
    words: str, *, page: int, now: datetime, role: str = "", order: Order = BY_NAME
) -> tuple[Sequence[AnyRow], Paging]:
    """People whose name, credentials, roles or address hold every word, a page at a time, by name.

    Of a role alone, or in another order, where it is asked for.

    There are as many as a clinic employs: they are all read, so that an accent, a capital
    or a hyphen hides nobody. Those who work here no longer come last.
    """
    typed = folded(words).split()
    found = [
        row
        for row in db.execute(_ROWS, {"now": now})
        if _matches(row, typed) and (not role or role in row.roles)
    ]
    found.sort(key=lambda row: (not row.is_active, sort_key(row.name), row.id))
    return paged(in_order(found, COLUMNS, order), page=max(1, page))


def _matches(row: AnyRow, words: list[str]) -> bool:
    text = folded(f"{row.name} {row.credentials or ''} {row.email or ''} {roles(row.roles)}")
    name = _as_one(row.name)
    return all(word in text or (_as_one(word) or word) in name for word in words)


def _as_one(name: str) -> str:
    """A name without what stands between its parts: `Mei-Ling` and `Mei Ling` are `meiling`."""
    return "".join(words_of(name))
