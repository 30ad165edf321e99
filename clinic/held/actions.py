from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from clinic import trail
from clinic.db import db
from clinic.errors import refuse_any, refuse_if
from clinic.held import queries, rules
from clinic.held.rules import Held, Led
from clinic.schedule.actions.calendars import raise_leaders
from clinic.schedule.models import Session, SessionLeader
from clinic.trail import Actor

AFTER_ALL = 100  # places of leaders who stood in begin here: no session is planned with so many


def record(session: Session, held: Held, *, by: Actor, now: datetime) -> bool:
    """Record how a session took place; whether that changed anything."""
    before = queries.held_of(session.id)
    refuse_if(queries.why_not_record(session, now=now))
    refuse_any(*rules.why_not_times(session, held, now=now))
    if held == before:
        return False
    db.execute(
        update(Session)
        .where(Session.id == session.id)
        .values(held_from=held.held_from, held_until=held.held_until, topic=held.topic)
    )
    _set_leaders(session.id, before.leaders, held.leaders)
    trail.record(
        rules.HELD,
        session,
        by=by,
        now=now,
        before=_facts_of(session.id, before),
        after=_facts_of(session.id, held),
    )
    db.expire(session)
    return True


def _set_leaders(session_id: int, before: tuple[Led, ...], after: tuple[Led, ...]) -> None:
    its = SessionLeader.session_id == session_id
    there, wanted = ({each.staff_id: each for each in leaders} for leaders in (before, after))
    if gone := there.keys() - wanted.keys():
        db.execute(delete(SessionLeader).where(its, SessionLeader.staff_id.in_(gone)))
    for each in after:
        if each.staff_id in there:
            of_them = its & (SessionLeader.staff_id == each.staff_id)
            db.execute(update(SessionLeader).where(of_them).values(has_led=each.has_led))
    new = [each for each in after if each.staff_id not in there]
    last = db.scalar(select(func.max(SessionLeader.position)).where(its)) or 0
    for position, each in enumerate(new, start=max(AFTER_ALL, last + 1)):
        values = {"session_id": session_id, "staff_id": each.staff_id, "position": position}
        db.execute(insert(SessionLeader).values(values | {"has_led": True, "stood_in": True}))
    raise_leaders(gone | {each.staff_id for each in new})


def _facts_of(session_id: int, held: Held) -> dict[str, object]:
    topic = trail.digest_of_words(held.topic, Session.__tablename__, session_id)
    return rules.facts_of(held, topic)
