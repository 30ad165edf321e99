"""A change of one session by hand taken back, in one go, for a day."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from clinic.db import AnyRow, db
from clinic.errors import Refused, refuse_if
from clinic.programs.queries import get_program
from clinic.schedule.actions import by_hand, guests
from clinic.schedule.actions.series import planned_on
from clinic.schedule.models import Session, SessionChange
from clinic.schedule.queries.changes import changes_of, is_wanted_elsewhere
from clinic.schedule.queries.series import get_series
from clinic.schedule.queries.usage import gone_from
from clinic.schedule.rules import changes as rules
from clinic.schedule.rules.sessions import why_gone
from clinic.trail import Actor

FOLLOWED = ("starts_at", "ends_at", "room_id", "mode", "kind", "seats")  # of its group's plan


def undo(
    session: Session,
    *,
    act: str,
    verbs: Collection[str] = rules.CAN_BE_UNDONE,
    by: Actor,
    now: datetime,
) -> int:
    """Put a session back to what it was before its last change by hand, where that is one of
    these `verbs`.

    Where people were told of the change, they are told of this, too; returns how many. Raises
    `Refused` when that is too long ago, the session has begun, or what was changed has been changed
    again since.
    """
    by_hand.hold(session)
    last = next(iter(changes_of(session.id)), None)
    if last is None or last.act != act or last.verb not in verbs:
        raise Refused(rules.UNDONE_ALREADY)
    facts = json.loads(last.facts)
    was = by_hand.before(session)
    starts_at = rules.first_start(session.starts_at, facts["before"])
    refuse_if(rules.why_not_undo(last.verb, last.happened_at, starts_at=starts_at, now=now))
    refuse_if(rules.why_not_as_left(facts["after"], was.facts))
    if last.verb == rules.CANCELLED:
        by_hand.bring_back(session, now=now)
    elif last.verb in rules.GUESTS:
        refuse_if(by_hand.why_not_touch(session))
        guests.set_back(session, facts["before"], now=now)
    else:
        earlier = was.facts | facts["before"]
        _put_back(session, earlier, title=last.title or session.title, by=by, now=now)
    if facts["followed"] and session.is_changed_by_hand:
        raise Refused(rules.GROUP_CHANGED)
    db.execute(delete(SessionChange).where(SessionChange.act == act))
    concerned = by_hand.tell_people(session, was, tell=bool(facts["told"]), now=now)
    told = len(concerned.by_mail) if facts["told"] else 0
    by_hand.note(rules.UNDONE, session, was, act=act, told=told, by=by, now=now)
    return told


def why_not_now(session: Session, last: AnyRow) -> str | None:
    """Why the last change of a session would not be undone, as things are now.

    Whether its people are free as well is asked when somebody undoes it.
    """
    facts, there = json.loads(last.facts), by_hand.facts_of(session)
    if why_not := rules.why_not_as_left(facts["after"], there):
        return why_not
    earlier = there | facts["before"]
    if facts["followed"] and not _is_planned(session, earlier):
        return rules.GROUP_CHANGED
    return rules.TAKEN if is_wanted_elsewhere(session.id, earlier) else None


def _is_planned(session: Session, facts: Mapping[str, Any]) -> bool:
    """Whether a meeting that is as these facts say is what its group plans for its day."""
    assert session.series_id is not None
    assert session.planned_on is not None
    planned = planned_on(get_series(session.series_id), session.planned_on)
    if planned is None:
        return False
    leader_ids, values = planned
    then = {name: datetime.fromisoformat(facts[name]) for name in ("starts_at", "ends_at")}
    was = {**facts, **then}
    same = all(values[name] == was[name] for name in FOLLOWED)
    return same and leader_ids == facts["leaders"]


def _put_back(
    session: Session, was: Mapping[str, Any], *, title: str, by: Actor, now: datetime
) -> None:
    """Have a session be what these facts say of it."""
    plan, day = by_hand.plan_of(session, was)
    people = was["guests"] if session.series_id is None else None
    program = get_program(session.program_id)
    by_hand.arrange(session, plan, program, title, day, people, by=by, now=now)
    refuse_if(why_gone(gone_from(session.id)))
