from datetime import date, datetime

from clinic import trail
from clinic.accounts import queries, rules
from clinic.accounts.models import Staff, TimeOff
from clinic.db import db
from clinic.errors import refuse_if
from clinic.trail import Actor


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
    refuse_if(_why_not(staff.id, from_on, until_on, but=None))
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
    refuse_if(_why_not(time_off.staff_id, from_on, until_on, but=time_off.id))
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


def _why_not(staff_id: int, from_on: date, until_on: date, *, but: int | None) -> str | None:
    """Two at once take turns at the person, so that the later one sees the earlier one's days."""
    queries.lock_staff(staff_id)
    others = [
        (other.from_on, other.until_on)
        for other in queries.time_off_of(staff_id)
        if other.id != but
    ]
    return rules.why_not_time_off(from_on, until_on, others)
