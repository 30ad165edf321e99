from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import delete

from clinic import trail
from clinic.billing import queries, rules
from clinic.billing.models import NotBilled, UnbilledDay
from clinic.billing.rules import Seen
from clinic.db import db
from clinic.errors import or_not_found, refuse_if
from clinic.receipts.queries import claimed_in
from clinic.schedule.queries.people import get_whose
from clinic.trail import Actor


def leave_out(
    enrollment_id: int,
    seen: Collection[Seen],
    *,
    why: NotBilled,
    by: Actor,
    now: datetime,
) -> None:
    """Say that days of somebody are not billed, as they were when somebody looked at them.

    Raises `Refused` where one is another by now.
    """
    refuse_if(None if seen else rules.NOTHING_CHOSEN, "days")
    assert by.id is not None
    first, last = min(day for day, *_ in seen), max(day for day, *_ in seen)
    found = {
        each.day: each
        for each in queries.days(
            first, last, now=now, enrollment_ids=[enrollment_id], with_all=True
        )
    }
    claimed = claimed_in(first, last, enrollment_id)
    for day, units, minutes in seen:
        refuse_if(rules.CLAIMED if (enrollment_id, day) in claimed else None, "days")
        there = found.get(day)
        today = there.program.site.today(now) if there else now.date()
        refuse_if(rules.why_not_left_out(there, (units, minutes), today=today), "days")
    chosen = [day for day, *_ in seen]
    db.execute(
        delete(UnbilledDay).where(
            UnbilledDay.enrollment_id == enrollment_id, UnbilledDay.day.in_(chosen)
        )
    )
    for day, units, minutes in dict.fromkeys(seen):
        said = UnbilledDay(
            enrollment_id=enrollment_id,
            day=day,
            units=units,
            minutes=minutes,
            why=why,
            said_at=now,
            said_by_id=by.id,
        )
        db.add(said)
        db.flush()
        trail.record(
            "day.left_unbilled",
            said,
            by=by,
            now=now,
            site_id=found[day].program.site_id,
            enrollment=enrollment_id,
            day=day,
            units=units,
            minutes=minutes,
            why=why,
        )


def bill(enrollment_id: int, unbilled_id: int, *, by: Actor, now: datetime) -> date:
    """Have a day billed after all that was not to be."""
    said = or_not_found(queries.find_unbilled(enrollment_id, unbilled_id))
    _bill([said], by=by, now=now)
    return said.day


def bill_days(enrollment_id: int, days: Collection[date], *, by: Actor, now: datetime) -> int:
    """The same of several days at once; return how many they are."""
    said = queries.unbilled_on(enrollment_id, days)
    refuse_if(None if said else rules.BILLED)
    _bill(said, by=by, now=now)
    return len(said)


def _bill(said: Sequence[UnbilledDay], *, by: Actor, now: datetime) -> None:
    enrollment_id = said[0].enrollment_id
    site_id = get_whose(enrollment_id, None).site_id
    for one in said:
        trail.record(
            "day.billed_after_all",
            one,
            by=by,
            now=now,
            site_id=site_id,
            enrollment=enrollment_id,
            day=one.day,
        )
        db.delete(one)
    db.flush()
