from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from clinic.db import db
from clinic.drafts import rules
from clinic.drafts.models import Draft


def drafts_of(account_id: int, *, now: datetime) -> Sequence[Draft]:
    """What is kept for somebody, the last first."""
    return db.scalars(
        select(Draft)
        .where(Draft.account_id == account_id, Draft.kept_at > now - rules.LASTS)
        .order_by(Draft.kept_at.desc(), Draft.id.desc())
    ).all()


def has_drafts(account_id: int, *, now: datetime) -> bool:
    return bool(drafts_of(account_id, now=now))
