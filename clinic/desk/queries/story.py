"""What a participant's line of time is made of."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import select

from clinic import clock
from clinic.accounts.models import Staff
from clinic.db import db
from clinic.desk.rules import story as rules
from clinic.enrollment.models import Amendment, Enrollment


def story_of(
    enrollments: Sequence[Enrollment], *, with_reasons: bool, now: datetime
) -> rules.Story | None:
    """The line of time of these enrollments, which are one person's and come with all their days.

    Reasons are for those who care for people, and for who checks them.
    """
    if not enrollments:
        return None
    today = enrollments[0].program.site.today(now)
    amendments = _amendments_of(enrollments)
    return rules.story(enrollments, amendments, today=today, with_reasons=with_reasons)


def _amendments_of(enrollments: Collection[Enrollment]) -> dict[int, list[rules.Amended]]:
    zones = {each.id: each.program.site.zone for each in enrollments}
    found: dict[int, list[rules.Amended]] = defaultdict(list)
    rows = db.execute(
        select(
            Amendment.enrollment_id,
            Amendment.made_at,
            Amendment.verb,
            Amendment.reason,
            Staff.name,
        )
        .outerjoin(Staff, Staff.account_id == Amendment.account_id)
        .where(Amendment.enrollment_id.in_(zones))
        .order_by(Amendment.made_at, Amendment.id)
    )
    for row in rows:
        made_on: date = clock.day_of(row.made_at, zones[row.enrollment_id])
        by = row.name or "Daybook"
        found[row.enrollment_id].append(rules.Amended(made_on, by, row.verb, row.reason))
    return found
