from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import delete, insert

from clinic import trail
from clinic.accounts import queries, rules
from clinic.accounts.actions.accounts import add_account, change_roles, reactivate
from clinic.accounts.models import Account, Staff, WorkingHours
from clinic.days import WeeklyTime
from clinic.db import db
from clinic.errors import Refused, refuse_if
from clinic.permissions import Role
from clinic.trail import Actor


def take_on(*, email: str, name: str, role: Role, by: Actor, now: datetime) -> Account:
    """Give somebody a role here: a new person, or one whom we know by this address already."""
    account = queries.find_account(email)
    if account is None:
        return employ(name=name, email=email, roles=frozenset({role}), by=by, now=now).account
    refuse_if(rules.why_not_staff(account.roles))
    reactivate(account, by=by, now=now)
    change_roles(account, account.roles | {role}, by=by, now=now)
    if queries.find_staff_of(account) is None:
        add_staff(account, key=_free_key(email), name=name, by=by, now=now)
    return account


def employ(
    *,
    name: str,
    email: str | None,
    roles: frozenset[Role],
    credentials: str | None = None,
    by: Actor,
    now: datetime,
) -> Staff:
    """Somebody new works here, with an account and a key of their own."""
    known = queries.find_account(email)
    if known is not None:
        raise Refused(rules.why_not_staff(known.roles) or rules.EMAIL_TAKEN)
    account = add_account(email, roles, by=by, now=now)
    return add_staff(
        account,
        key=_free_key(email or name),
        name=name,
        credentials=credentials,
        by=by,
        now=now,
    )


def add_staff(
    account: Account,
    *,
    key: str,
    name: str,
    credentials: str | None = None,
    by: Actor,
    now: datetime,
) -> Staff:
    staff = Staff(
        account=account,
        key=key,
        name=name,
        credentials=credentials,
        working_hours=[],
        time_off=[],
    )
    db.add(staff)
    db.flush()
    trail.record("staff.added", staff, by=by, now=now, account=account.id)
    return staff


def change_staff(
    staff: Staff, *, name: str, credentials: str | None, by: Actor, now: datetime
) -> bool:
    """Bring a staff member up to date; returns whether anything changed."""
    if (staff.name, staff.credentials) == (name, credentials):
        return False
    staff.name, staff.credentials = name, credentials
    trail.record("staff.changed", staff, by=by, now=now)
    return True


def set_license(
    staff: Staff, *, number: str | None, expires_on: date | None, by: Actor, now: datetime
) -> bool:
    """What somebody may practise by, and how long; returns whether anything changed."""
    if (staff.license_number, staff.license_expires_on) == (number, expires_on):
        return False
    staff.license_number, staff.license_expires_on = number, expires_on
    trail.record("staff.license_changed", staff, by=by, now=now, expires_on=expires_on)
    return True


def set_working_hours(
    staff: Staff, shifts: Collection[WeeklyTime], *, by: Actor, now: datetime
) -> bool:
    """The times of the week at which somebody works; returns whether they are others."""
    refuse_if(rules.why_not_shifts(shifts))
    wanted = sorted(shifts)
    if wanted == queries.shifts_of(staff.id):
        return False
    db.execute(delete(WorkingHours).where(WorkingHours.staff_id == staff.id))
    if wanted:
        rows = [{"staff_id": staff.id} | shift._asdict() for shift in wanted]
        db.execute(insert(WorkingHours), rows)
    db.expire(staff, ["working_hours"])
    trail.record("staff.working_hours_changed", staff, by=by, now=now, shifts=wanted)
    return True


def _free_key(text: str) -> str:
    key = first = rules.staff_key(text)
    number = 1
    while queries.find_staff(key) is not None:
        number += 1
        key = f"{first}-{number}"
    return key
