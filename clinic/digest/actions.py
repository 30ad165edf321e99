from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from clinic import outbox, trail
from clinic.accounts.models import Staff
from clinic.db import db
from clinic.digest import queries, rules
from clinic.programs.models import Organization


def remind(due: Sequence[queries.Due], *, link: str, now: datetime) -> int:
    """Write to these of the staff, each once a day however often it is asked for; return to how
    many."""
    if not due:
        return 0
    db.execute(select(Organization.id).with_for_update())  # another server may be about to
    mailed = queries.mailed_since(min(each.since for each in due))
    fresh = [
        each for each in due if each.staff_id not in mailed or mailed[each.staff_id] < each.since
    ]
    for each in fresh:
        outbox.enqueue(each.email, subject=rules.SUBJECT, body=rules.message(link), now=now)
        trail.record_row(
            queries.MAILED,
            Staff.__tablename__,
            each.staff_id,
            by=trail.SYSTEM,
            now=now,
            chain=0,
            facts={"people": each.people},
        )
    return len(fresh)
