from datetime import datetime
from typing import Any

from clinic import clock, trail
from clinic.amendments import queries, rules
from clinic.amendments.rules import Proposal, Stand
from clinic.bookings.actions import amend
from clinic.bookings.rules import Booked, needs_seat
from clinic.claims.actions import note_amended
from clinic.db import db
from clinic.errors import Refused, refuse_if
from clinic.hours.queries import session_of
from clinic.programs.queries import take_turns
from clinic.receipts.queries import last_dealt_with
from clinic.schedule.actions import guests
from clinic.schedule.models import AttendanceAmendment, Decision, Session, Why
from clinic.schedule.queries.changes import is_signed
from clinic.trail import Actor


def propose(
    session: Session,
    enrollment_id: int,
    stand: Stand | None,
    *,
    booking_id: int | None = None,
    version: int | None = None,
    why: Why,
    words: str | None,
    now: datetime,
) -> Proposal:
    """An amendment of what stands now, as far as it may be; raises `Refused` where it may not.

    `version` is that of the booking that was looked at; without a booking they are added.
    """
    booked = queries.find_booked(booking_id)
    if booking_id is None:
        is_off, signed = session.is_cancelled, is_signed(session.id)
        refuse_if(rules.why_not_add(is_cancelled=is_off, is_signed=signed))
        assert stand is not None
        # The session as a booking that nobody has marked: it has the same times.
        if found := rules.why_not_stand(queries.unmarked(session), stand, now=now):
            raise Refused(*found)
    else:
        if booked is None:
            raise Refused(rules.STALE)
        if found := rules.why_not_amend(booked, stand, version=version, now=now):
            raise Refused(*found)
    refuse_if(rules.WAITS_ALREADY if queries.is_waiting(session.id, enrollment_id) else None)
    before = rules.stand_of(booked) if booked else None
    timed = session_of(session)
    minutes = rules.minutes_of(timed, stand) - rules.minutes_of(timed, before)
    return Proposal(
        session.id,
        enrollment_id,
        booking_id,
        booked.version if booked else None,
        before,
        stand,
        minutes,
        why,
        words,
    )


def make(session: Session, proposal: Proposal, *, by: Actor, now: datetime) -> AttendanceAmendment:
    """Amend an attendance at once."""
    now = _after_exports(session, proposal.enrollment_id, now)
    amendment = _kept(proposal, Decision.MADE, by=by, now=now)
    _carry_out(session, proposal, amendment, by=by, now=now)
    return amendment


def wait(session: Session, proposal: Proposal, *, by: Actor, now: datetime) -> AttendanceAmendment:
    """Keep an amendment until a second person has decided about it."""
    amendment = _kept(proposal, Decision.WAITING, by=by, now=now)
    before, after = _values(proposal.before), _values(proposal.after)
    facts: dict[str, Any] = {"booking": proposal.booking_id, "before": before, "after": after}
    facts |= {"why": proposal.why, "minutes": proposal.minutes, "words": _digest(amendment)}
    trail.record("amendment.asked", amendment, by=by, now=now, site_id=session.site_id, **facts)
    return amendment


def agree(session: Session, amendment: AttendanceAmendment, *, by: Actor, now: datetime) -> None:
    """Have an amendment that waited be made by a second person."""
    now = _after_exports(session, amendment.enrollment_id, now)
    refuse_if(rules.why_not_decide(amendment, by))
    proposal = rules.proposal_of(amendment)
    refuse_if(rules.why_changed(queries.find_booked(proposal.booking_id), proposal.before))
    _decide(amendment, Decision.MADE, by=by, now=now)
    _carry_out(session, proposal, amendment, by=by, now=now)


def _after_exports(session: Session, enrollment_id: int, now: datetime) -> datetime:
    """When an amendment is made: now, or just after an export that was faster.

    That had the day as it was before, and only what is amended after it is compared with it.
    """
    take_turns()
    last = last_dealt_with(enrollment_id, session.day)
    return now if last is None else max(now, last + clock.MOMENT)


def decline(
    session: Session, amendment: AttendanceAmendment, *, words: str, by: Actor, now: datetime
) -> None:
    """Have an amendment that waited not be made; whoever asked for it may take it back so."""
    refuse_if(None if amendment.decision is Decision.WAITING else rules.DECIDED)
    amendment.decided_words = words
    _decide(amendment, Decision.DECLINED, by=by, now=now)
    digest = trail.digest_of_words(words, amendment.__tablename__, amendment.id)
    facts: dict[str, Any] = {"site_id": session.site_id, "words": digest}
    trail.record("amendment.declined", amendment, by=by, now=now, **facts)


def _kept(
    proposal: Proposal, decision: Decision, *, by: Actor, now: datetime
) -> AttendanceAmendment:
    assert by.id is not None
    before, after = proposal.before, proposal.after
    amendment = AttendanceAmendment(
        session_id=proposal.session_id,
        enrollment_id=proposal.enrollment_id,
        booking_id=proposal.booking_id,
        before_version=proposal.version,
        before_status=before and before.status,
        before_arrived_at=before and before.arrived_at,
        before_left_at=before and before.left_at,
        before_method=before and before.method,
        after_status=after and after.status,
        after_arrived_at=after and after.arrived_at,
        after_left_at=after and after.left_at,
        minutes=proposal.minutes,
        why=proposal.why,
        words=proposal.words,
        asked_at=now,
        asked_by_id=by.id,
        decision=decision,
        decided_at=None if decision is Decision.WAITING else now,
        decided_by_id=None if decision is Decision.WAITING else by.id,
    )
    db.add(amendment)
    db.flush()
    return amendment


def _values(stand: Stand | None) -> dict[str, Any] | None:
    """What the trail has of what stood, or is to stand."""
    if stand is None:
        return None
    return {name: trail.plain(value) for name, value in stand._asdict().items()}


def _digest(amendment: AttendanceAmendment) -> str | None:
    return trail.digest_of_words(amendment.words, amendment.__tablename__, amendment.id)


def _decide(
    amendment: AttendanceAmendment, decision: Decision, *, by: Actor, now: datetime
) -> None:
    amendment.decision = decision
    amendment.decided_at, amendment.decided_by_id = now, by.id
    db.flush()


def _carry_out(
    session: Session,
    proposal: Proposal,
    amendment: AttendanceAmendment,
    *,
    by: Actor,
    now: datetime,
) -> None:
    booked = queries.find_booked(proposal.booking_id)
    if booked is None:
        booked = _added(session, amendment, now=now)
    after = proposal.after and rules.amended(booked, proposal.after, now=now)
    if after is not None and needs_seat(after):
        guests.free_one(session, now=now)
    amend(
        booked,
        after,
        amendment=amendment.id,
        why=amendment.why,
        words=_digest(amendment),
        minutes=amendment.minutes,
        asked_by=amendment.asked_by_id,
        by=by,
        now=now,
        chain=session.site_id,
    )
    note_amended(amendment.enrollment_id, session.day, by=by, now=now)


def _added(session: Session, amendment: AttendanceAmendment, *, now: datetime) -> Booked:
    """Book whoever was there and is on no sheet."""
    amendment.booking_id = guests.put_on_signed(session, amendment.enrollment_id, now=now)
    db.flush()
    booked = queries.find_booked(amendment.booking_id)
    assert booked is not None
    return booked
