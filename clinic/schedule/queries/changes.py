import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, exists, select

from clinic.accounts.models import Staff
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.participants.models import Participant
from clinic.schedule.models import ANNOUNCED, Booking, Session, SessionChange, SessionLeader, Status
from clinic.schedule.rules.changes import UNDONE, first_start, why_not_undo
from clinic.trail import TrailEvent


def changes_of(session_id: int) -> Sequence[AnyRow]:
    """What was changed about a session by hand and not undone, the last first.

    Rows of act, reason, title, verb, happened_at, facts, actor_kind, actor_id and by, a name.
    """
    return db.execute(
        select(
            SessionChange.act,
            SessionChange.reason,
            SessionChange.title,
            TrailEvent.verb,
            TrailEvent.happened_at,
            TrailEvent.facts,
            TrailEvent.actor_kind,
            TrailEvent.actor_id,
            Staff.name.label("by"),
        )
        .join(TrailEvent, and_(TrailEvent.act == SessionChange.act, TrailEvent.verb != UNDONE))
        .outerjoin(
            Staff,
            and_(TrailEvent.actor_kind == "account", Staff.account_id == TrailEvent.actor_id),
        )
        .where(SessionChange.session_id == session_id)
        .order_by(SessionChange.id.desc())
    ).all()


def last_undoable(session_id: int, starts_at: datetime, *, now: datetime) -> AnyRow | None:
    """The last change of a session by hand, if it can still be undone."""
    last = next(iter(changes_of(session_id)), None)
    if last is None:
        return None
    first = first_start(starts_at, json.loads(last.facts)["before"])
    why_not = why_not_undo(last.verb, last.happened_at, starts_at=first, now=now)
    return None if why_not else last


def is_wanted_elsewhere(session_id: int, facts: Mapping[str, Any]) -> bool:
    """Whether another session has the room or a leader that a session has by these facts."""
    starts, ends = (datetime.fromisoformat(facts[name]) for name in ("starts_at", "ends_at"))
    theirs = select(SessionLeader.session_id).where(SessionLeader.staff_id.in_(facts["leaders"]))
    others = Session.id != session_id, ~Session.is_cancelled
    then = Session.starts_at < ends, Session.ends_at > starts
    wanted = Session.id.in_(theirs)
    if facts["room_id"] is not None:
        wanted |= Session.room_id == facts["room_id"]
    return bool(db.scalar(select(exists().where(*others, *then, wanted))))


def guests_of(session_id: int) -> list[int]:
    """The enrollments that are on a session by themselves, and not from a roster."""
    return list(
        db.scalars(
            select(Booking.enrollment_id)
            .where(Booking.session_id == session_id, Booking.roster_entry_id.is_(None))
            .order_by(Booking.enrollment_id)
        )
    )


def called_off(session_id: int) -> list[str]:
    """The names of those who have announced that they will not come to a session."""
    return list(
        db.scalars(
            select(Participant.name)
            .join(Enrollment, Enrollment.participant_id == Participant.id)
            .join(Booking, Booking.enrollment_id == Enrollment.id)
            .where(Booking.session_id == session_id, Booking.status.in_(ANNOUNCED))
            .order_by(Participant.sort_name)
        )
    )


def is_attended(session_id: int) -> bool:
    """Whether somebody has come to a session, or was missed at it; who called off counts not."""
    known = Booking.status.in_([Status.PRESENT, Status.NO_SHOW])
    return bool(db.scalar(select(exists().where(Booking.session_id == session_id, known))))


def is_signed(session_id: int) -> bool:
    signed = Booking.signed_at.is_not(None)
    return bool(db.scalar(select(exists().where(Booking.session_id == session_id, signed))))


def days_by_hand(series_id: int, *, now: datetime, after: date | None = None) -> Sequence[date]:
    """The days of the coming sessions of a series that somebody has changed by hand.

    After a day only those that still take place.
    """
    coming = (Session.series_id == series_id) & Session.is_changed_by_hand
    if after is not None:
        coming &= ~Session.is_cancelled & (Session.day > after)
    return db.scalars(
        select(Session.day).where(coming, Session.starts_at > now).order_by(Session.starts_at)
    ).all()
