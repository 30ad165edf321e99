from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from clinic.arrivals.actions import arrive
from clinic.attendance.actions import set_left
from clinic.bookings.rules import Booked
from clinic.codes import queries as codes
from clinic.codes import rules as codes_rules
from clinic.codes.models import PhoneEvent, Refusal
from clinic.codes.rules import Judged
from clinic.db import AnyRow, db
from clinic.errors import NotFound, refuse_if
from clinic.portal import rules
from clinic.programs.queries import get_site
from clinic.schedule.models import Method, Mode
from clinic.trail import Actor


class CheckIn(NamedTuple):
    """Where a check-in by phone led; a code that did not lead anywhere is why."""

    places: Sequence[Booked] = ()
    timezone: str = ""
    is_new: bool = False
    refused: Refusal | None = None


def check_in(
    participant_id: int, *, code: str | None, device: str | None, by: Actor, now: datetime
) -> CheckIn:
    """Note that somebody is in the room of a session of theirs, by its code where it asks for one.

    `device` names their browser. A code that is none is kept for whoever leads the session.
    Asking twice changes nothing.
    """
    todays = codes.own_today(participant_id, now=now)
    own = rules.in_rooms(todays, now=now)
    refuse_if(rules.why_not_check_in(own, code), "code")
    leads_to = {row.session_id for row in own if not codes_rules.asks_code(row)}
    judged = _judge(participant_id, code, own, now=now) if code else None
    if judged and judged.refused:
        _keep(participant_id, judged, device=device, now=now)
    elif judged:
        leads_to.add(judged.session_id)
    if not leads_to:
        return CheckIn(refused=judged and judged.refused)
    how = Mode.IN_PERSON
    places, is_new = _arrive(participant_id, todays, leads_to, took_part=how, by=by, now=now)
    if is_new:
        for session_id in leads_to:
            is_coded = judged is not None and judged.session_id == session_id
            gone = judged.gone_seconds if judged is not None and is_coded else 0
            _keep(participant_id, Judged(session_id, gone), device=device, now=now)
    timezone = next(row.timezone for row in own if row.session_id in leads_to)
    return CheckIn(places, timezone, is_new, judged and judged.refused)


def _judge(
    participant_id: int, code: str, own: Sequence[AnyRow], *, now: datetime
) -> Judged | None:
    asking = [row for row in own if codes_rules.asks_code(row)]
    if not asking:
        return None
    tries = codes.refused_since(participant_id, now - codes_rules.TRIES_WITHIN)
    refuse_if(codes_rules.why_not_try(tries), "code")
    sites = {row.site_id for row in asking}
    others = [each for site_id in sites for each in codes.others_open(site_id, now=now)]
    return codes_rules.judge(code, asking, others, codes=codes.code_of, now=now)


def _keep(participant_id: int, judged: Judged, *, device: str | None, now: datetime) -> None:
    session_id, gone_seconds, refused = judged
    db.add(
        PhoneEvent(
            session_id=session_id,
            participant_id=participant_id,
            at=now,
            device=codes.device_digest(session_id, device),
            gone_seconds=gone_seconds,
            refused=refused,
        )
    )


def _arrive(
    participant_id: int,
    todays: Sequence[AnyRow],
    leads_to: Collection[int],
    *,
    took_part: Mode,
    by: Actor,
    now: datetime,
) -> tuple[list[Booked], bool]:
    """Check somebody in there, and on to what follows in a room; where that led, and whether any
    of it is new."""
    places: list[Booked] = []
    is_new = False
    for site_id in sorted({row.site_id for row in todays if row.session_id in leads_to}):
        arrival = arrive(
            participant_id,
            get_site(site_id),
            at=now,
            method=Method.PHONE,
            among=rules.reached(todays, leads_to, now=now),
            took_part=took_part,
            by=by,
            now=now,
        )
        places += arrival.places
        is_new = is_new or arrival.is_new
    return places, is_new


def join(
    participant_id: int, session_id: int, *, device: str | None, by: Actor, now: datetime
) -> AnyRow:
    """Note that somebody joins a meeting by video, or is back in it; returns it with its link.

    Twice changes nothing.
    """
    meeting = _meeting(participant_id, session_id, now=now)
    if meeting.left_at is not None:
        stay = codes.last_stay(session_id, participant_id)
        refuse_if(rules.why_not_rejoin(meeting.left_at, stay.left_at if stay else None))
        set_left(meeting.booking_id, left_at=None, by=by, now=now)
        is_new = True
    else:
        how = Mode.VIRTUAL
        _, is_new = _arrive(participant_id, [meeting], {session_id}, took_part=how, by=by, now=now)
    if is_new:
        _keep(participant_id, Judged(session_id), device=device, now=now)
    return meeting


def leave(participant_id: int, session_id: int, *, by: Actor, now: datetime) -> None:
    """Note that somebody leaves a meeting that they joined. Twice changes nothing."""
    meeting = _meeting(participant_id, session_id, now=now)
    if meeting.left_at is not None:
        return
    set_left(meeting.booking_id, left_at=now, by=by, now=now)
    if codes.last_stay(session_id, participant_id) is None:  # staff had marked them present
        _keep(participant_id, Judged(session_id), device=None, now=now)
        db.flush()
    stay = codes.last_stay(session_id, participant_id)
    assert stay is not None
    stay.left_at = now


def _meeting(participant_id: int, session_id: int, *, now: datetime) -> AnyRow:
    todays = codes.own_today(participant_id, now=now)
    own = [row for row in todays if row.session_id == session_id]
    if not own:
        raise NotFound
    refuse_if(rules.why_not_join(own[0], now=now))
    return own[0]
