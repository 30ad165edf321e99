from datetime import datetime

from clinic.enrollment.queries import enrollments_of
from clinic.participants.queries import find_by_account
from clinic.portal import rules


def site_of_participant(account_id: int, now: datetime) -> int | None:
    """Where the participant with that account is enrolled now, or else next, or was last."""
    person = find_by_account(account_id)
    site = rules.site_of(enrollments_of([person.id]), now=now) if person else None
    return site.id if site else None
