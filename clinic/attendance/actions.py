import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NoReturn
from uuid import uuid4

from clinic.attendance import queries, rules
from clinic.attendance.rules import Press
from clinic.bookings.actions import (
    as_before,
    put_back,
    record,
    reloaded,
    seated,
    store,
)
from clinic.bookings.queries import (
    ANNOUNCED,
    MARKED,
    SIGNED,
    UNDONE,
    booked_as,
    booked_for,
    booked_on,
    changed_by,
    events_of,
    last_act,
    sites_of,
    still_expected,
    unidentified,
    zones_of,
)
from clinic.bookings.rules import SIGNED as SIGNED_ALREADY
from clinic.bookings.rules import (
    UNDONE_ALREADY,
    Booked,
    is_same_mark,
    left_alone_words,
    marked,
    since_words,
    time_changed,
    undo_words,
    why_not_touch,
    why_not_undone,
    why_signed,
)
from clinic.errors import NotFound, Refused, refuse_if
from clinic.schedule.models import Booking, Identity, Method, Mode, Session, Status
from clinic.schedule.rules.words import why_stale
from clinic.trail import Actor

PRESSED = "attendance.pressed"  # what stood already: earlier presses may be on their way


def mark(
    booking: Booking,
    *,
    status: Status,
    arrived_at: datetime | None = None,
    left_at: datetime | None = None,
    reason: str | None = None,
    took_part: Mode | None = None,
    identified_by: Identity | None = None,
    version: int,
    method: Method = Method.STAFF,
    press: Press | None = None,
    act: str | None = None,
    by: Actor,
    now: datetime,
) -> Booking:
    """Set what staff know of somebody's attendance; `expected` takes back what was set.

    `version` is that of the booking they were looking at. Pressing twice changes nothing. Of
    several presses on one page the last one wins, in whatever order they come in. `act` is what is
    done in one go together with this.
    """
    session, participant = booking.session, booking.enrollment.participant
    day = booked_on(participant.id, session.site_id, session.day, session.day)
    before = next((booked for booked in day if booked.id == booking.id), None)
    if before is None:
        raise NotFound  # taken off the session a moment ago
    after = marked(
        before,
        status,
        arrived_at=arrived_at,
        left_at=left_at,
        reason=reason,
        method=method,
        now=now,
    )
    if took_part or identified_by:
        after = rules.noted(before, after, took_part=took_part, identified_by=identified_by)
    act = press.act(by) if press else act or uuid4().hex
    how: dict[str, Any] = {"by": by, "now": now, "chain": session.site_id, "act": act}
    last = last_act(booking.id) if press or before.version != version else None
    order = rules.order_of(act, last)
    if order < 0 or act == last:  # overtaken, or sent again
        return booking
    if is_same_mark(before, after):
        if rules.may_overtake(press):
            record(PRESSED, before, before, {}, **how)
        return booking
    _refuse_signed(before)
    if before.version != version and order == 0:
        if rules.has_come_meanwhile(before, after):
            return booking
        _refuse_stale(before, by=by, now=now)
    _change(before, after, day, **how)
    return reloaded(booking)


def _refuse_signed(booked: Booked) -> None:
    if why_not_touch(booked) == SIGNED_ALREADY:
        signed = queries.signatures_on([booked.session_id])[booked.session_id]
        raise Refused(why_signed([one.name for one in signed]))


def _refuse_stale(booked: Booked, *, by: Actor, now: datetime) -> NoReturn:
    """Raise what to tell whoever looked at an older state of it."""
    refuse_if(why_not_touch(booked))
    name = queries.names_on(booked.session_id)[booked.id]
    other = changed_by([booked.id], but=by).get(booked.id)
    has_begun = booked.starts_at <= now
    raise Refused(why_stale(name, booked.status, by=other, has_begun=has_begun))


def _change(
    before: Booked, after: Booked, day: Iterable[Booked], *, now: datetime, **how: Any
) -> None:
    """Store a mark; whoever left is not expected to have gone on to the rest of their day."""
    refuse_if(rules.why_not_mark(after, now=now), time_changed(before, after))
    store(before, seated(after), MARKED, now=now, **how)
    if after.left_at is not None and after.left_at != before.left_at:
        for booked in rules.given_back(day, left=after):
            expected = marked(booked, Status.EXPECTED, now=now)
            store(booked, expected, "attendance.given_back", now=now, **how)


def set_left(booking_id: int, *, left_at: datetime | None, by: Actor, now: datetime) -> Booked:
    """Note that somebody has left, or with None that they are back, as they say themselves.

    Twice changes nothing.
    """
    before = booked_as([booking_id])[booking_id]
    if before.status is Status.PRESENT and before.left_at == left_at:
        return before
    refuse_if(rules.why_not_leave(before, left_at))
    after = before._replace(left_at=left_at, recorded_at=now)
    verb = "attendance.rejoined" if left_at is None else "attendance.left"
    chain = sites_of([before.session_id])[before.session_id]
    store(before, after, verb, by=by, now=now, chain=chain)
    return after


def mark_rest(session: Session, *, leaving: Collection[int] = (), by: Actor, now: datetime) -> int:
    """Set as present from the start whoever nobody has marked yet; returns how many.

    `leaving` are the bookings that are left as they are.
    """
    waiting = [each for each in still_expected(session.id) if each.id not in leaving]
    act = uuid4().hex
    for before in waiting:
        after = marked(before, Status.PRESENT, now=now)
        refuse_if(rules.why_not_mark(after, now=now))
        store(before, after, MARKED, by=by, now=now, chain=session.site_id, act=act)
    return len(waiting)


def sign(
    session: Session, decided: Mapping[int, Status], *, act: str, by: Actor, now: datetime
) -> list[Booked]:
    """Set the attendance of a session as signed, first marking whom nobody had marked as decided,
    by booking. Returns all of it, and raises `Refused` where somebody is still unmarked.

    An arrival that was carried on stays one: the signature confirms it, and how it came to be
    known is still to be read.
    """
    change = partial(store, by=by, now=now, chain=session.site_id, act=act)
    whole = []
    for before in booked_for(session.id):
        known = before
        if before.status is Status.EXPECTED and before.id in decided and not before.signed_at:
            known = marked(before, decided[before.id], now=now)
            refuse_if(rules.why_not_mark(known, now=now))
            change(before, known, MARKED)
            known = known._replace(version=before.version + 1)
        whole.append(known)
    refuse_if(rules.why_not_complete(whole))
    for known in whole:
        if known.signed_at is None:
            change(known, known._replace(signed_at=now), SIGNED)
    return whole


def identify_rest(session: Session, *, by: Actor, now: datetime) -> int:
    """Note of everybody present of whom nobody has said how it was confirmed who they are that
    they are known here; returns how many."""
    waiting = unidentified(session.id)
    act = uuid4().hex
    for before in waiting:
        refuse_if(why_not_touch(before))
        after = before._replace(identified_by=Identity.KNOWN)
        store(before, after, MARKED, by=by, now=now, chain=session.site_id, act=act)
    return len(waiting)


def announce(
    booking_ids: Collection[int],
    *,
    reason: str | None,
    notice_hours: int,
    method: Method = Method.STAFF,
    by: Actor,
    now: datetime,
) -> dict[int, Status]:
    """Note that somebody stays away from these sessions: excused or late cancel, by the notice.

    Whoever is marked by now, or whose session is off or over, is left alone. Returns what each of
    the others is now, by its booking.
    """
    found = {
        before: marked(
            before,
            rules.announced_as(before.starts_at, notice_hours, now=now),
            reason=reason or None,
            method=method,
            now=now,
        )
        for before in booked_as(booking_ids).values()
        if rules.why_not_announce(before, now=now) is None
    }
    chains = sites_of({before.session_id for before in found})
    act = uuid4().hex
    for before, after in found.items():
        chain = chains[before.session_id]
        store(before, after, ANNOUNCED, by=by, now=now, chain=chain, act=act)
    return {after.id: after.status for after in found.values()}


def take_back(
    participant_id: int,
    *,
    change: str,
    called_off: Callable[[], Collection[int]] = tuple,
    by: Actor,
    now: datetime,
) -> str:
    """Put back the last arrival or announced absence of somebody that this one noted, where
    nothing changed since; or, where it is none of theirs, an absence of the bookings that
    `called_off` returns, whoever announced it.

    Returns what became of it, in words; raises `Refused` when nothing could be put back.
    """
    call = queries.last_call(participant_id, by)
    if change not in {event.act for event in call}:
        stands = queries.announced(called_off()).values()
        call = [event for event in stands if event.act == change]
    refuse_if(None if call else UNDONE_ALREADY)
    bookings = booked_as({event.subject_id for event in call})
    stuck = put_back(call, bookings, change=change, by=by, now=now)
    zones = zones_of({booked.session_id for booked in stuck})
    left_alone = [
        left_alone_words(booked, why_not, zones[booked.session_id])
        for booked, why_not in stuck.items()
    ]
    refuse_if(why_not_undone(left_alone) if len(stuck) == len(bookings) else None)
    return undo_words(left_alone)


def come_after_all(booking_id: int, *, by: Actor, now: datetime) -> None:
    """Take back an absence that this very person announced, until its session begins. Twice
    changes nothing."""
    event = queries.announced([booking_id], by=by).get(booking_id)
    booked = booked_as([booking_id]).get(booking_id)
    if event is None or booked is None:
        refuse_if(None if rules.is_coming(booked, now=now) else rules.NOT_THEIRS_TO_TAKE_BACK)
        return
    refuse_if(rules.HAS_BEGUN if booked.starts_at <= now else None)
    before, why_not = as_before(booked, json.loads(event.facts))
    if before is None:
        raise Refused(rules.WHY_NOT_COME.get(why_not, rules.NOT_THEIRS_TO_TAKE_BACK))
    chain = sites_of([booked.session_id])[booked.session_id]
    store(booked, before, UNDONE, by=by, now=now, chain=chain, act=event.act)


def undo(session: Session, *, change: str, by: Actor, now: datetime) -> str:
    """Put back what was done on a sheet in one go, where nobody has changed it since.

    Returns what became of it, in words; raises `Refused` when nothing could be put back.
    """
    events = events_of(change)
    bookings = booked_as({event.subject_id for event in events})
    if session.id not in {booked.session_id for booked in bookings.values()}:
        raise NotFound
    if any(event.verb == UNDONE for event in events):
        raise Refused(UNDONE_ALREADY)
    stuck = put_back(events, bookings, change=change, by=by, now=now)
    if not stuck:
        return undo_words([])
    names = queries.names_on(session.id, [booked.id for booked in stuck])
    others = changed_by([booked.id for booked in stuck], but=by)
    left_alone = [
        f"{names[booked.id]} ({since_words(why_not, others.get(booked.id))})"
        for booked, why_not in stuck.items()
    ]
    refuse_if(why_not_undone(left_alone) if len(stuck) == len(bookings) else None)
    return undo_words(left_alone)
