"""A meeting of a group as the actions change it, and what became of it."""

import json
from datetime import date

from sqlalchemy import select

from clinic.db import db
from clinic.schedule.actions import changes, undoing
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import SeriesPlan, Session
from clinic.schedule.queries.changes import changes_of
from clinic.schedule.queries.series import get_series
from clinic.schedule.queries.sessions import get_session
from clinic.trail import TrailEvent
from tests.schedule.actions.one_off import DESK, NOW

THURSDAY = date(2026, 3, 12)


def relay(series, now=NOW):
    db.flush()
    db.expire_all()
    return lay_out(get_series(series.id), by=DESK, now=now)


def meeting(series, day=THURSDAY):
    found = db.scalars(
        select(Session.id).where(Session.series_id == series.id, Session.planned_on == day)
    ).one()
    db.expire_all()
    return get_session(found)


def rearrange(session, now=NOW, *, day=None, seen=None, reason=None, tell=False, **facts):
    """Change a meeting: what is not named stays. Return whether that changed anything."""
    zone = session.site.zone
    as_it_is = {
        name: getattr(session, name)
        for name in ("kind", "mode", "room_id", "seats", "break_minutes", "leader_ids")
    } | {
        "starts": session.starts_at.astimezone(zone).time(),
        "ends": session.ends_at.astimezone(zone).time(),
    }
    room = facts.pop("room", session.room)
    facts |= {"room": room, "room_id": room.id if room else None}
    return changes.change(
        session,
        SeriesPlan(**as_it_is | facts),
        title=session.title,
        day=day or session.day,
        reason=reason,
        seen=seen,
        tell=tell,
        by=DESK,
        now=now,
    )


def undo(session, now=NOW, act=None):
    act = act or changes_of(session.id)[0].act
    undoing.undo(get_session(session.id), act=act, by=DESK, now=now)


def events():
    rows = db.execute(select(TrailEvent.verb, TrailEvent.facts).order_by(TrailEvent.id))
    return [(row.verb, json.loads(row.facts)) for row in rows if row.verb.startswith("session")]
