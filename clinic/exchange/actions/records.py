from datetime import datetime

from clinic import trail
from clinic.exchange.queries.records import Which
from clinic.exchange.rules.records import Table
from clinic.trail import Actor


def note_taken(table: Table, which: Which, *, number: int, by: Actor, now: datetime) -> None:
    """Have the trail say who has taken which records away as a file, and how many."""
    facts = {
        "what": table,
        "from_on": which.days.from_on,
        "until_on": which.days.until_on,
        "site_id": which.site_id,
        "program_id": which.program.id if which.program else None,
        "participant_id": which.person[0] if which.person else None,
        "records": number,
    }
    trail.record_row("records.exported", by.kind, by.id or 0, by=by, now=now, chain=0, facts=facts)
