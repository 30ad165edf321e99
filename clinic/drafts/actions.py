from datetime import datetime

from sqlalchemy import delete

from clinic.db import db
from clinic.drafts import queries, rules
from clinic.drafts.models import Draft


def keep(account_id: int, path: str, typed: rules.Typed, *, now: datetime) -> None:
    """Keep what somebody sent too late, in place of what they sent there before.

    Nothing in the clinic changes by it, so the trail does not tell of it.
    """
    there = (Draft.account_id == account_id, Draft.path == path)
    db.execute(delete(Draft).where(*there))
    draft = Draft(account_id=account_id, path=path, typed=rules.written(typed), kept_at=now)
    db.add(draft)
    db.flush()
    for old in queries.drafts_of(account_id, now=now)[rules.MOST :]:
        db.delete(old)


def remove(draft_id: int, *, account_id: int) -> bool:
    """Throw away what was kept, if it was for this account; whether it was."""
    theirs = (Draft.id == draft_id, Draft.account_id == account_id)
    removed = db.execute(delete(Draft).where(*theirs).returning(Draft.id))
    return removed.one_or_none() is not None


def sweep(*, now: datetime) -> None:
    db.execute(delete(Draft).where(Draft.kept_at <= now - rules.LASTS))
