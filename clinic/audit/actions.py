from datetime import datetime

from clinic import outbox, trail
from clinic.audit import rules
from clinic.programs.queries import find_organization


def close_the_day(*, now: datetime, since: datetime) -> None:
    """Close the trail unless it was closed since then, and mail the values to whoever keeps them
    elsewhere."""
    newest = trail.close(now=now, since=since)
    made = [closing.value for closing in newest if closing.closed_at == now]
    organization = find_organization()
    if made and organization and organization.closing_email:
        subject, body = rules.closing_words(made)
        outbox.enqueue(organization.closing_email, subject=subject, body=body, now=now)
