from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert

from clinic import trail
from clinic.accounts.actions import add_account, change_roles, reactivate
from clinic.accounts.models import Account, Staff, TimeOff, WorkingHours
from clinic.accounts.queries import find_account
from clinic.accounts.rules import EMAIL_TAKEN
from clinic.days import Range, WeeklyTime, why_not_range
from clinic.db import db
from clinic.errors import Refused, refuse_if
from clinic.permissions import Role
from clinic.staff import queries, rules
from clinic.trail import Actor

LICENSE_CHANGED = "staff.license_changed"  # verb of the trail


def take_on(*, email: str, name: str, role: Role, by: Actor, now: datetime) -> Account:
    """Give somebody a role here: a new person, or one whom we know by this address already."""
    account = find_account(email)
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
    known = find_account(email)
    if known is not None:
        raise Refused(rules.why_not_staff(known.roles) or EMAIL_TAKEN, "email")
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
    before = _license_of(staff)
    staff.license_number, staff.license_expires_on = number, expires_on
    facts = _license_of(staff)
    trail.record(LICENSE_CHANGED, staff, by=by, now=now, before=before, **facts)
    return True


def _license_of(staff: Staff) -> dict[str, Any]:
    """What the trail holds of it: when it runs out, and a digest of its number."""
    digest = trail.digest_of_words(staff.license_number, Staff.__tablename__, staff.id)
    return {"expires_on": trail.plain(staff.license_expires_on), "number": digest}


def set_working_hours(
    staff: Staff, shifts: Collection[WeeklyTime], *, by: Actor, now: datetime
) -> bool:
    """The times of the week at which somebody works; returns whether they are others."""
    refuse_if(rules.why_not_shifts(shifts), "working_hours")
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


def add_time_off(
    staff: Staff,
    *,
    from_on: date,
    until_on: date,
    reason: str | None,
    by: Actor,
    now: datetime,
) -> TimeOff:
    """Days on which somebody does not work. Their sessions stay, and ask to be looked at."""
    _refuse_days(staff.id, Range(from_on, until_on))
    added = TimeOff(staff_id=staff.id, from_on=from_on, until_on=until_on, reason=reason)
    db.add(added)
    db.flush()
    trail.record(
        "time_off.added",
        added,
        by=by,
        now=now,
        staff=staff.id,
        from_on=from_on,
        until_on=until_on,
    )
    return added


def change_time_off(
    time_off: TimeOff,
    *,
    from_on: date,
    until_on: date,
    reason: str | None,
    by: Actor,
    now: datetime,
) -> bool:
    """Other days, or another reason; returns whether anything changed."""
    _refuse_days(time_off.staff_id, Range(from_on, until_on), but=time_off.id)
    before = (time_off.from_on, time_off.until_on, time_off.reason)
    if before == (from_on, until_on, reason):
        return False
    time_off.from_on, time_off.until_on, time_off.reason = from_on, until_on, reason
    db.flush()
    trail.record(
        "time_off.changed",
        time_off,
        by=by,
        now=now,
        staff=time_off.staff_id,
        from_on=from_on,
        until_on=until_on,
    )
    return True


def remove_time_off(time_off: TimeOff, *, by: Actor, now: datetime) -> None:
    """They work on those days after all."""
    trail.record("time_off.removed", time_off, by=by, now=now, staff=time_off.staff_id)
    db.delete(time_off)
    db.flush()


def _refuse_days(staff_id: int, days: Range, *, but: int | None = None) -> None:
    """Two at once take turns at the person, so that the later one sees the earlier one's days."""
    refuse_if(why_not_range(*days), "until_on")
    queries.lock_staff(staff_id)
    others = [
        Range(other.from_on, other.until_on)
        for other in queries.time_off_of(staff_id)
        if other.id != but
    ]
    refuse_if(rules.why_not_time_off(days, others), "from_on")
