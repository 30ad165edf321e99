import json
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, cast
from uuid import uuid4

from sqlalchemy import Table, bindparam, update

from clinic import clock, trail
from clinic.attendance import queries, rules
from clinic.attendance.rules import Booked, Press
from clinic.db import AnyRow, db
from clinic.errors import NotFound, Refused, refuse_if
from clinic.programs.models import Site
from clinic.schedule.actions import seats
from clinic.schedule.models import Booking, Identity, Method, Mode, Session, Status
from clinic.schedule.rules.sessions import EARLIEST_DOORS
from clinic.schedule.rules.words import why_stale
from clinic.trail import Actor

_KEPT = (
    "status",
    "arrived_at",
    "left_at",
    "method",
    "reason",
    "reason_for",
    "took_part",
    "identified_by",
    "recorded_at",
    "signed_at",
    "version",
)
PRESSED = "attendance.pressed"  # what stood already: earlier presses may be on their way
_booking = cast(Table, Booking.__table__)
_COLUMNS = _booking.columns.keys()

# Made once: it runs with every check-in.
_CHANGE = (
    update(_booking)
    .where(_booking.c.id == bindparam("booking_id"))
    .values({name: bindparam(name) for name in _KEPT})
)


class Arrival(NamedTuple):
    """Where a check-in leads, by start; new unless they were known to be at all of them."""

    is_new: bool
    places: list[Booked]


def arrive(
    participant_id: int,
    site: Site | AnyRow,
    *,
    at: datetime,
    method: Method,
    among: Collection[int] | None = None,
    act: str | None = None,
    by: Actor,
    now: datetime,
) -> Arrival:
    """Note that somebody came to a site, by when they did. Asking twice changes nothing.

    Of the site only id and time zone are read; `among` are the sessions that it may lead to, where
    not to all. Raises `Refused`, in words for staff, when the arrival leads to no session.
    """
    refuse_if(rules.why_not_at(at, now=now))
    zone = clock.zone(site.timezone)
    # Doors may open before midnight for what begins after it.
    days = clock.day_of(at, zone), clock.day_of(at + EARLIEST_DOORS, zone)
    day = queries.booked_on(participant_id, site.id, *days)
    day = [booked for booked in day if among is None or booked.session_id in among]
    then = _as_then(day, at=at, now=now)
    as_then = [then.get(booked.id, booked) for booked in day]
    seatless = rules.seatless(as_then, at=at)
    free = {booked.id: seats.find_free(booked.session_id) for booked in seatless}
    full = {booking_id for booking_id, seat_no in free.items() if seat_no is None}
    arriving = rules.arrivals(day, at=at, method=method, full=full, then=then)
    if not arriving:
        raise Refused(rules.why_not_arrive(day, at=at, then=then, zone=zone))
    change = partial(_change, by=by, now=now, at=at, chain=site.id, act=act)
    for before, after in arriving:
        if after is not before:
            seat_no = free.get(before.id, before.seat_no)
            arrived = after._replace(recorded_at=now, seat_no=seat_no)
            change(before, arrived, queries.ARRIVED)
    return Arrival(
        is_new=any(before.status is not Status.PRESENT for before, _ in arriving),
        places=[after for _, after in arriving],
    )


def _as_then(day: Collection[Booked], *, at: datetime, now: datetime) -> dict[int, Booked]:
    """Bookings by id whose session may have been otherwise at `at`, as it was."""
    late = [each for each in day if rules.may_have_been_other(each, at=at, now=now)]
    if not late:
        return {}
    changes = queries.changed_since({each.session_id for each in late}, at)
    return {each.id: rules.as_then(each, changes[each.session_id]) for each in late}


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
    day = queries.booked_on(participant.id, session.site_id, session.day, session.day)
    before = next((booked for booked in day if booked.id == booking.id), None)
    if before is None:
        raise NotFound  # taken off the session a moment ago
    after = rules.marked(
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
    change = partial(_change, by=by, now=now, chain=session.site_id, act=act)
    last = queries.last_act(booking.id) if press or before.version != version else None
    order = rules.order_of(act, last)
    if order < 0 or act == last:  # overtaken, or sent again
        return booking
    if rules.is_same_mark(before, after):
        if rules.may_overtake(press):
            _record(PRESSED, before, before, {}, by=by, now=now, chain=session.site_id, act=act)
        return booking
    is_stale = before.version != version and order == 0
    if is_stale and rules.has_come_meanwhile(before, after):
        return booking
    if is_stale:
        refuse_if(rules.why_not_touch(before))
        name = queries.names_on(session.id)[booking.id]
        raise Refused(why_stale(name, before.status, has_begun=before.starts_at <= now))
    refuse_if(rules.why_not_mark(after, now=now), rules.time_changed(before, after))
    change(before, _seated(after), queries.MARKED)
    if after.left_at is not None and after.left_at != before.left_at:
        for booked in rules.given_back(day, left=after):
            expected = rules.marked(booked, Status.EXPECTED, now=now)
            change(booked, expected, "attendance.given_back")
    return _reloaded(booking)


def set_left(booking_id: int, *, left_at: datetime | None, by: Actor, now: datetime) -> Booked:
    """Note that somebody has left, or with None that they are back, as they say themselves.

    Twice changes nothing.
    """
    before = queries.booked_as([booking_id])[booking_id]
    if before.status is Status.PRESENT and before.left_at == left_at:
        return before
    refuse_if(rules.why_not_leave(before, left_at))
    after = before._replace(left_at=left_at, recorded_at=now)
    verb = "attendance.rejoined" if left_at is None else "attendance.left"
    chain = queries.sites_of([before.session_id])[before.session_id]
    _change(before, after, verb, by=by, now=now, chain=chain)
    return after


def mark_rest(session: Session, *, leaving: Collection[int] = (), by: Actor, now: datetime) -> int:
    """Set as present from the start whoever nobody has marked yet; returns how many.

    `leaving` are the bookings that are left as they are.
    """
    waiting = [each for each in queries.still_expected(session.id) if each.id not in leaving]
    act = uuid4().hex
    for before in waiting:
        after = rules.marked(before, Status.PRESENT, now=now)
        refuse_if(rules.why_not_mark(after, now=now))
        _change(before, after, queries.MARKED, by=by, now=now, chain=session.site_id, act=act)
    return len(waiting)


def sign(
    session: Session, decided: Mapping[int, Status], *, act: str, by: Actor, now: datetime
) -> list[Booked]:
    """Set the attendance of a session as signed, first marking whom nobody had marked as decided,
    by booking. Returns all of it, and raises `Refused` where somebody is still unmarked.

    An arrival that was carried on stays one: the signature confirms it, and how it came to be
    known is still to be read.
    """
    change = partial(_change, by=by, now=now, chain=session.site_id, act=act)
    whole = []
    for before in queries.booked_for(session.id):
        known = before
        if before.status is Status.EXPECTED and before.id in decided and not before.signed_at:
            known = rules.marked(before, decided[before.id], now=now)
            refuse_if(rules.why_not_mark(known, now=now))
            change(before, known, queries.MARKED)
            known = known._replace(version=before.version + 1)
        whole.append(known)
    refuse_if(rules.why_not_complete(whole))
    for known in whole:
        if known.signed_at is None:
            change(known, known._replace(signed_at=now), queries.SIGNED)
    return whole


def identify_rest(session: Session, *, by: Actor, now: datetime) -> int:
    """Note of everybody present of whom nobody has said how it was confirmed who they are that
    they are known here; returns how many."""
    waiting = queries.unidentified(session.id)
    act = uuid4().hex
    for before in waiting:
        refuse_if(rules.why_not_touch(before))
        after = before._replace(identified_by=Identity.KNOWN)
        _change(before, after, queries.MARKED, by=by, now=now, chain=session.site_id, act=act)
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
        before: rules.marked(
            before,
            rules.announced_as(before.starts_at, notice_hours, now=now),
            reason=reason or None,
            method=method,
            now=now,
        )
        for before in queries.booked_as(booking_ids).values()
        if rules.why_not_announce(before, now=now) is None
    }
    chains = queries.sites_of({before.session_id for before in found})
    act = uuid4().hex
    for before, after in found.items():
        chain = chains[before.session_id]
        _change(before, after, queries.ANNOUNCED, by=by, now=now, chain=chain, act=act)
    return {after.id: after.status for after in found.values()}


def take_back(participant_id: int, *, change: str, by: Actor, now: datetime) -> str:
    """Put back the last arrival or announced absence of somebody, where nothing changed since.

    Returns what became of it, in words; raises `Refused` when nothing could be put back.
    """
    call = queries.last_call(participant_id, by)
    refuse_if(None if change in {event.act for event in call} else rules.UNDONE_ALREADY)
    bookings = queries.booked_as({event.subject_id for event in call})
    stuck = _put_back(call, bookings, change=change, by=by, now=now)
    zones = queries.zones_of({booked.session_id for booked in stuck})
    left_alone = [
        rules.left_alone_words(booked, why_not, zones[booked.session_id])
        for booked, why_not in stuck.items()
    ]
    refuse_if(rules.why_not_undone(left_alone) if len(stuck) == len(bookings) else None)
    return rules.undo_words(left_alone)


def come_after_all(booking_id: int, *, by: Actor, now: datetime) -> None:
    """Take back an absence that this very person announced, until its session begins."""
    event = queries.announced_by(by, [booking_id]).get(booking_id)
    booked = queries.booked_as([booking_id]).get(booking_id)
    if event is None or booked is None:
        raise Refused(rules.NOT_THEIRS_TO_TAKE_BACK)
    refuse_if(rules.HAS_BEGUN if booked.starts_at <= now else None)
    before, why_not = _before(booked, json.loads(event.facts))
    if before is None:
        raise Refused(rules.WHY_NOT_COME.get(why_not, rules.NOT_THEIRS_TO_TAKE_BACK))
    chain = queries.sites_of([booked.session_id])[booked.session_id]
    _change(booked, before, queries.UNDONE, by=by, now=now, chain=chain, act=event.act)


def undo(session: Session, *, change: str, by: Actor, now: datetime) -> str:
    """Put back what was done on a sheet in one go, where nobody has changed it since.

    Returns what became of it, in words; raises `Refused` when nothing could be put back.
    """
    events = queries.events_of(change)
    bookings = queries.booked_as({event.subject_id for event in events})
    if session.id not in {booked.session_id for booked in bookings.values()}:
        raise NotFound
    if any(event.verb == queries.UNDONE for event in events):
        raise Refused(rules.UNDONE_ALREADY)
    stuck = _put_back(events, bookings, change=change, by=by, now=now)
    if not stuck:
        return rules.undo_words([])
    names = queries.names_on(session.id, [booked.id for booked in stuck])
    left_alone = [f"{names[booked.id]} ({why_not})" for booked, why_not in stuck.items()]
    refuse_if(rules.why_not_undone(left_alone) if len(stuck) == len(bookings) else None)
    return rules.undo_words(left_alone)


def put_back_all(
    events: Collection[Any], *, act: str, by: Actor, now: datetime, **why: Any
) -> dict[Booked, str]:
    """Put back what these events did, of whatever sheets; a row of subject_id and facts each.

    Return the bookings that stay as they are, each with the reason; `why` is for the trail.
    """
    bookings = queries.booked_as({event.subject_id for event in events})
    return _put_back(events, bookings, change=act, by=by, now=now, **why)


def _put_back(
    events: Collection[Any],
    bookings: Mapping[int, Booked],
    *,
    change: str,
    by: Actor,
    now: datetime,
    **why: Any,
) -> dict[Booked, str]:
    """Put back what these events did. Return the bookings that cannot be, each with the reason."""
    stuck = {}
    chains = queries.sites_of({booked.session_id for booked in bookings.values()})
    for event in events:
        booked = bookings.get(event.subject_id)
        if booked is None:
            continue  # taken off the session since: nothing is left to put back
        before, why_not = _before(booked, json.loads(event.facts))
        if before is None:
            stuck[booked] = why_not
        else:
            chain = chains[booked.session_id]
            put_back = partial(_change, booked, before, queries.UNDONE, act=change, **why)
            put_back(by=by, now=now, chain=chain)
    return stuck


def _before(booked: Booked, facts: Any) -> tuple[Booked | None, str]:
    """The booking as it was before a change, or why it cannot be so again."""
    if booked.is_cancelled:
        return None, rules.CANCELLED_SINCE
    if why_not := rules.why_not_put_back(booked, facts):
        return None, why_not
    return _find_seated(rules.put_back(booked, facts)), rules.SEAT_GONE


def record_history(
    booking: Booking,
    *,
    status: Status,
    arrived_at: datetime | None,
    left_at: datetime | None,
    reason: str | None,
    by: Actor,
    now: datetime,
) -> bool:
    """Set what an older record says of somebody's attendance; it counts as signed.

    Returns whether that changed anything.
    """
    before = queries.booked_as([booking.id])[booking.id]
    after = rules.marked(
        before,
        status,
        arrived_at=arrived_at,
        left_at=left_at,
        reason=reason,
        method=Method.IMPORT,
        now=now,
    )._replace(signed_at=now)
    if rules.is_same_mark(before, after) and before.signed_at is not None:
        return False
    refuse_if(rules.why_not_touch(before) or rules.why_not_times(after))
    seated, site_id = _seated(after), booking.session.site_id
    _change(before, seated, "attendance.imported", by=by, now=now, chain=site_id)
    db.expire(booking, _COLUMNS)  # thousands are recorded, and few of them looked at again
    return True


def amend(
    before: Booked, after: Booked | None, *, by: Actor, now: datetime, chain: int, **why: Any
) -> None:
    """Store what an amendment makes of an attendance that was signed; `why` is for the trail.

    None takes somebody off the session who was not to be on it.
    """
    if after is not None:
        _change(before, _seated(after), queries.AMENDED, by=by, now=now, chain=chain, **why)
        return
    gone = rules.marked(before, Status.EXPECTED, now=now)
    why["is_taken_off"] = True
    _record(queries.AMENDED, before, gone, why, by=by, now=now, chain=chain)
    seats.release(Booking.id == before.id)


def _change(
    before: Booked,
    after: Booked,
    verb: str,
    *,
    by: Actor,
    now: datetime,
    at: datetime | None = None,
    chain: int,
    act: str | None = None,
    **why: Any,
) -> None:
    """Store what became of a booking and record it; `act` names what was done in one go, and `at`
    is when, if that was earlier."""
    after = after._replace(version=before.version + 1)
    values = {name: getattr(after, name) for name in _KEPT}
    if before.seat_no == after.seat_no:
        db.connection().execute(_CHANGE, {"booking_id": before.id, **values})
    else:
        seats.move(before.id, before.participant_id, seat_no=after.seat_no, mark=values)
    _record(verb, before, after, why, by=by, now=now, at=at, chain=chain, act=act)


def _record(
    verb: str, before: Booked, after: Booked, why: dict[str, Any], **circumstances: Any
) -> None:
    facts = rules.facts_of(before, after) | why
    facts["reason"] = trail.digest_of_words(after.reason, Booking.__tablename__, before.id)
    trail.record_row(verb, Booking.__tablename__, before.id, facts=facts, **circumstances)


def _seated(booked: Booked) -> Booked:
    seated = _find_seated(booked)
    if seated is None:
        raise Refused(rules.NO_SEAT)
    return seated


def _find_seated(booked: Booked) -> Booked | None:
    """The booking with a seat, if it needs one; None when all are taken."""
    if not rules.needs_seat(booked):
        return booked
    seat_no = seats.find_free(booked.session_id)
    return None if seat_no is None else booked._replace(seat_no=seat_no)


def _reloaded(booking: Booking) -> Booking:
    """The entity as it is stored now: statements changed its row, not the entity."""
    db.refresh(booking, _COLUMNS)
    return booking
