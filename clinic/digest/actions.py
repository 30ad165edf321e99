from collections.abc import Sequence
from datetime import datetime

from clinic.accounts import actions as accounts
from clinic.accounts.actions import Reminder
from clinic.digest import queries, rules


def remind(due: Sequence[queries.Due], *, link: str, now: datetime) -> int:
    """Write to these of the staff, each once a day however often it is asked for; return to how
    many."""
    reminders = [
        Reminder(
            each.staff_id, each.email, each.since, rules.message(link), {"people": each.people}
        )
        for each in due
    ]
    return accounts.remind(reminders, verb=queries.MAILED, subject=rules.SUBJECT, now=now)
