import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select

from clinic.db import db
from clinic.schedule.models import Session
from clinic.trail import TrailEvent


def changed_since(session_ids: Collection[int], at: datetime) -> dict[int, list[Any]]:
    """Session id to what the trail says of each change of it after that moment, the first first."""
    found: dict[int, list[Any]] = {each: [] for each in session_ids}
    events = (
        select(TrailEvent.subject_id, TrailEvent.facts)
        .where(
            TrailEvent.subject_kind == Session.__tablename__,
            TrailEvent.subject_id.in_(session_ids),
            TrailEvent.happened_at > at,
        )
        .order_by(TrailEvent.id)
    )
    for row in db.execute(events):
        found[row.subject_id].append(json.loads(row.facts))
    return found
