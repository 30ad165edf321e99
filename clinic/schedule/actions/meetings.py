"""One meeting of a group, or who is on it alone, as a clinic file says."""

from collections.abc import Collection
from datetime import date, datetime

from clinic import trail
from clinic.days import Range
from clinic.schedule.actions import by_hand, seats, sessions
from clinic.schedule.actions.one_offs import values_of
from clinic.schedule.actions.rosters import fill
from clinic.schedule.models import Series, SeriesPlan, Session
from clinic.schedule.queries.bookings import has_attendance, who_is_on
from clinic.schedule.queries.sessions import find_meeting
from clinic.schedule.rules.changes import CHANGED
from clinic.trail import Actor


def bring(
    series: Series,
    planned_on: date,
    plan: SeriesPlan,
    *,
    title: str,
    day: date,
    guests: Collection[int],
    cancelled: str | None,
    by: Actor,
    now: datetime,
) -> str:
    """Have the meeting that is planned for a day be this; say what became of it.

    What has attendance or was changed by hand is left alone, as with all that a file says.
    """
    session = find_meeting(series.id, planned_on)
    if session and (session.is_changed_by_hand or has_attendance(session.id)):
        return "unchanged"
    values = values_of(
        series.program,
        plan,
        title=title,
        day=day,
        people=guests,
        is_of_group=True,
        by_file=True,
        now=now,
    )
    is_new = session is None
    if session is None:
        row = {**values, "series_id": series.id, "planned_on": planned_on}
        sessions.create([row], now=now)
        session = find_meeting(series.id, planned_on)
        assert session is not None
    is_other = sessions.arrange(session, values, plan.leader_ids, None, by=by, now=now)
    by_hand.afresh(session)
    fill(series.id, days=Range(day, day))
    is_other |= _seat(session, guests)
    if cancelled is not None and not session.is_cancelled:
        sessions.cancel([session.id], reason=cancelled, now=now)
        is_other = True
    if not (is_new or is_other):
        return "unchanged"
    by_hand.afresh(session)
    # One that its group is not laid out to is there because a file says so.
    by_hand.touched(session, is_by_hand=is_new or not by_hand.follows_group(session))
    trail.record(CHANGED, session, by=by, now=now, day=day, people=len(guests))
    return "created" if is_new else "changed"


def _seat(session: Session, guests: Collection[int]) -> bool:
    """Book those who are not on it yet; whether there were any."""
    missing = [each for each in guests if each not in who_is_on(session.id)]
    if missing:
        locked = seats.lock(Session.id == session.id)
        seats.take([(each, dict.fromkeys(missing)) for each in locked])
    return bool(missing)
