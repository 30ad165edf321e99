from datetime import datetime

from sqlalchemy import select

from clinic.accounts.models import Staff
from clinic.db import db
from clinic.held import rules
from clinic.held.rules import Held, Led
from clinic.programs.models import Organization
from clinic.schedule.models import Session, SessionLeader
from clinic.schedule.queries.changes import is_signed
from clinic.schedule.rules.sessions import opens_at


def held_of(session_id: int) -> Held:
    """What is known of how a session took place, as it is stored now; locked by whoever writes."""
    row = db.execute(
        select(Session.held_from, Session.held_until, Session.topic)
        .where(Session.id == session_id)
        .with_for_update()
    ).one()
    leaders = db.execute(
        select(Staff.id, Staff.name, SessionLeader.has_led, SessionLeader.stood_in)
        .join(SessionLeader, SessionLeader.staff_id == Staff.id)
        .where(SessionLeader.session_id == session_id)
        .order_by(SessionLeader.position)
    )
    return Held(row.held_from, row.held_until, row.topic, tuple(Led(*each) for each in leaders))


def why_not_record(session: Session, *, now: datetime) -> str | None:
    """Why nothing can be recorded of how a session took place."""
    doors = db.scalars(select(Organization.doors_minutes)).one()
    return rules.why_not_record(
        session,
        opens_at=opens_at(session.starts_at, doors),
        is_signed=is_signed(session.id),
        now=now,
    )
