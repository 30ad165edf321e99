from collections.abc import Collection
from datetime import datetime

from sqlalchemy import insert

from clinic.db import db
from clinic.programs.queries import take_turns
from clinic.told import queries, rules
from clinic.told.models import ToldState


def keep(said: Collection[rules.Said], *, now: datetime) -> int:
    """Keep what is said of these weeks from now on, where it is not what was said last; return of
    how many. Saying it again changes nothing."""
    if not said:
        return 0
    take_turns()  # another server may be about to
    rows = [
        {"number": number, "told_at": now, **each._asdict()}
        for number, each in rules.news(said, queries.told_in({each.week for each in said}))
    ]
    if rows:
        db.execute(insert(ToldState), rows)
    return len(rows)
