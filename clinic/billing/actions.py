from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import delete

from clinic import trail
from clinic.billable.queries import PersonDay
from clinic.billing import queries, rules
from clinic.billing.models import NotBilled, UnbilledDay
from clinic.billing.rules import Seen
from clinic.db import db
from clinic.errors import or_not_found, refuse_if
from clinic.programs.queries import take_turns
from clinic.receipts.queries import claimed_in
from clinic.trail import Actor


def leave_out(
    seen: Collection[Seen],
    *,
    why: NotBilled,
    scope: int | None = None,
    by: Actor,
    now: datetime,
) -> list[PersonDay]:
    """Say that days are not billed, as they were when somebody looked at them; return them.

    Raises `Refused` where one is another by now, or somebody else has said so meanwhile: then none
    is left out.
    """
    refuse_if(None if seen else rules.NOTHING_CHOSEN, "days")
    assert by.id is not None
    take_turns()  # with whoever else leaves one out, exports or amends it
    first, last = min(each.day for each in seen), max(each.day for each in seen)
    enrollment_ids = {each.enrollment_id for each in seen}
    found = {
        (each.enrollment_id, each.day): each
        for each in queries.days(
            first, last, now=now, enrollment_ids=enrollment_ids, scope=scope, with_all=True
        )
    }
    claimed = claimed_in(first, last, enrollment_ids)
    said = queries.unbilled_in(first, last, enrollment_ids)
    chosen = dict(sorted({each[:2]: each for each in seen}.items()))
    for key, one in chosen.items():
        there = found.get(key)
        why_not = rules.why_not_left_out(
            there,
            one,
            is_claimed=key in claimed,
            said=said.get(key),
            today=there.program.site.today(now) if there else now.date(),
            others=len(chosen) - 1,
        )
        refuse_if(why_not, "days")
    for key, one in chosen.items():
        if key in said:  # of what the day was before
            db.execute(delete(UnbilledDay).where(UnbilledDay.id == said[key].id))
        row = UnbilledDay(**one._asdict(), why=why, said_at=now, said_by_id=by.id)
        db.add(row)
        db.flush()
        trail.record(
            "day.left_unbilled",
            row,
            by=by,
            now=now,
            site_id=found[key].program.site_id,
            enrollment=one.enrollment_id,
            day=one.day,
            units=one.units,
            minutes=one.minutes,
            why=why,
        )
    return [found[key] for key in chosen]


def bill(enrollment_id: int, unbilled_id: int, *, by: Actor, now: datetime) -> date:
    """Have a day billed after all that was not to be."""
    one, site_id = or_not_found(queries.find_unbilled(enrollment_id, unbilled_id))
    _bill(one, site_id, by=by, now=now)
    day: date = one.day
    return day


def undo(said_at: datetime | None, *, by: Actor, now: datetime) -> int:
    """Have all days billed after all that somebody left out in one press; return how many.

    Those of which somebody has said otherwise since stay as they are.
    """
    said = queries.left_out_at(said_at, by.id) if said_at else ()
    refuse_if(None if said else rules.BILLED)
    for one, site_id in said:
        _bill(one, site_id, by=by, now=now)
    return len(said)


def _bill(one: UnbilledDay, site_id: int, *, by: Actor, now: datetime) -> None:
    trail.record(
        "day.billed_after_all",
        one,
        by=by,
        now=now,
        site_id=site_id,
        enrollment=one.enrollment_id,
        day=one.day,
    )
    db.delete(one)
    db.flush()
