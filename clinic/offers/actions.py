from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from clinic import outbox, trail
from clinic.days import Span
from clinic.db import AnyRow, db
from clinic.errors import NotFound, refuse_any, refuse_if
from clinic.offers import queries, rules
from clinic.offers.models import CameOfIt, MakeUpOffer
from clinic.outbox import OutboxMessage
from clinic.programs.queries import get_organization
from clinic.schedule.actions import by_hand, guests, seats, sessions
from clinic.schedule.actions.one_offs import absent
from clinic.schedule.models import Session
from clinic.schedule.queries.people import people_to_plan
from clinic.schedule.queries.sessions import get_session
from clinic.schedule.rules.changes import why_on_it_already
from clinic.trail import SYSTEM, Actor


def place(
    person: AnyRow, session: Session, *, missed_id: int | None, by: Actor, now: datetime
) -> MakeUpOffer:
    """Put somebody on a session for one that they missed; what they were offered, in whatever
    program, ends with it, and where it was this very seat, that is their yes, which somebody took
    down for them.

    Whoever may do the one may also end the other thereby, also what they could not withdraw by
    itself: one seat at a time is offered to somebody, and it is their own yes that ends it.
    """
    _refuse_missed(missed_id, person.id)
    by_hand.hold(session)
    refuse_if(rules.HAS_BEGUN if session.starts_at <= now else None)
    _refuse_on_it(person, session)
    answered = None
    for row in map(_held, queries.out_of(person.participant_id)):
        is_seat = (row.enrollment_id, row.session_id) == (person.id, session.id)
        is_it = is_seat and rules.is_as_told(row)
        outcome = CameOfIt.PLACED if is_it else CameOfIt.WITHDRAWN
        ended = _end(row.id, outcome, missed_id=missed_id if is_it else None, by=by, now=now)
        answered = ended if is_it else answered
    refuse_if(None if seats.find_free(session.id) else rules.GIVEN_AWAY)
    guests.put_on(session, person.id, by=by, now=now)
    if answered is not None:
        return answered
    placed = MakeUpOffer(outcome=CameOfIt.PLACED, ended_at=now, ended_by_id=_account(by))
    return _add(placed, person, session, missed_id, by=by, now=now)


def offer(
    person: AnyRow,
    session: Session,
    *,
    missed_id: int | None,
    goes_on: bool = False,
    link: str,
    by: Actor,
    now: datetime,
) -> MakeUpOffer:
    """Offer somebody a seat on their page, for one that they missed: it is held meanwhile, for
    some hours by day, and they are written to."""
    _refuse_missed(missed_id, person.id)
    by_hand.hold(session)
    sessions.lock_for([], None, [person.participant_id])
    at, email = session.site.zone, queries.email_of(person.participant_id)
    is_out = bool(queries.out_of(person.participant_id))
    why_not = rules.why_not_offer(
        session.starts_at, at, is_out=is_out, has_page=email is not None, now=now
    )
    refuse_if(why_not)
    refuse_if(by_hand.why_not_touch(session))
    refuse_any(*absent(session.day, [person]))
    _refuse_on_it(person, session)
    refuse_if(rules.BUSY if _is_busy(session, person.participant_id) else None)
    refuse_if(None if seats.hold(session.id, person.id) else rules.GIVEN_AWAY)
    opens, hours = rules.opens_at(now, at), get_organization().hold_hours
    message = outbox.enqueue(
        email or "", subject=rules.SUBJECT, body=rules.message(link), now=opens
    )
    db.flush()
    offered = MakeUpOffer(
        opens_at=opens,
        held_until=rules.held_until(opens, hours, at, starts_at=session.starts_at),
        goes_on=goes_on,
        message_id=message.id,
    )
    return _add(offered, person, session, missed_id, by=by, now=now)


def _add(
    made: MakeUpOffer,
    person: AnyRow,
    session: Session,
    missed_id: int | None,
    *,
    by: Actor,
    now: datetime,
) -> MakeUpOffer:
    made.enrollment_id, made.session_id, made.missed_session_id = person.id, session.id, missed_id
    made.starts_at, made.ends_at = session.starts_at, session.ends_at
    made.offered_at, made.offered_by_id = now, _account(by)
    db.add(made)
    db.flush()
    _tell("make_up.offered" if made.outcome is None else "make_up.placed", made, by=by, now=now)
    return made


def take(offer_id: int, participant_id: int, *, by: Actor, now: datetime) -> AnyRow:
    """Have somebody come to what they were offered; returns it. Twice changes nothing."""
    row = queries.get_own(offer_id, participant_id)
    session = _session_of(row)
    row = _held(offer_id)
    comes = session is not None and queries.is_on(session.id, participant_id, comes=True)
    if rules.is_theirs(row, comes=comes):
        return row
    refuse_if(rules.why_not_take(row, now=now))
    assert session is not None
    (person,) = people_to_plan([row.enrollment_id], scope=None)
    is_gone = any(why for why, _ in absent(session.day, [person]))
    refuse_if(rules.YOU_NOT_THERE if is_gone else None)
    refuse_if(rules.YOU_HAD_IT if queries.is_on(session.id, participant_id) else None)
    refuse_if(rules.YOU_BUSY if _is_busy(session, participant_id) else None)
    _end(offer_id, CameOfIt.TAKEN, by=by, now=now)
    refuse_if(None if seats.find_free(session.id) else rules.YOU_GIVEN_AWAY)
    guests.put_on(session, row.enrollment_id, by=by, now=now)
    return row


def decline(offer_id: int, participant_id: int, *, by: Actor, now: datetime) -> bool:
    """Have somebody not come to what they were offered; return whether they have declined it: what
    is not held for them any more they need not decline. Twice changes nothing."""
    queries.get_own(offer_id, participant_id)
    row = _held(offer_id)
    refuse_if(rules.why_not_decline(row))
    if row.outcome is None:
        _end(offer_id, CameOfIt.DECLINED, by=by, now=now)
    return row.outcome in {None, CameOfIt.DECLINED}


def withdraw(offer_id: int, *, by: Actor, now: datetime) -> None:
    """Have somebody not be offered a seat any more."""
    refuse_if(rules.ANSWERED if _held(offer_id).outcome is not None else None)
    _end(offer_id, CameOfIt.WITHDRAWN, by=by, now=now)


def take_back(offer_id: int, *, by: Actor, now: datetime) -> None:
    """Take somebody off a session again whom staff put on it."""
    session = _session_of(queries.get_row(offer_id))
    row = _held(offer_id)
    is_on_it = row.outcome is CameOfIt.PLACED and session is not None
    refuse_if(None if is_on_it else rules.NOT_ON_IT)
    assert session is not None
    guests.take_off(session, row.enrollment_id, by=by, now=now)
    _set(offer_id, CameOfIt.WITHDRAWN, by=by, now=now)


def follow(session_id: int, *, undone: str = "", by: Actor, now: datetime) -> Sequence[AnyRow]:
    """Have the offers of a session say who is on it, once somebody was put on it or taken off there
    and not by an offer; `undone` is the act that was taken back by that, if any. Return of which
    people the seat is not held any more that they had been offered: what is over, as it was."""
    over = []
    for row in map(_held, queries.to_follow(session_id, undone=undone)):
        is_on_it = queries.is_on(session_id, row.participant_id)
        outcome = rules.follows(row, is_on_it=is_on_it, now=now)
        if outcome is CameOfIt.WITHDRAWN and queries.may_offer_again(row, now=now):
            over.append(row)
        if outcome is not None:
            end = _end if row.outcome is None else _set  # nothing is held of what was answered
            end(row.id, outcome, by=by, now=now)
    return over


def is_behind() -> bool:
    """Whether anything is out that time may have ended."""
    return bool(queries.out_now())


def settle(now: datetime) -> None:
    """Let go of the seats of whom nobody heard, and of what can no longer be taken; nobody is
    written to at night, also where the mail server was away by day."""
    for row in queries.out_now():
        (person,) = people_to_plan([row.enrollment_id], scope=None)
        on_it = row.session_id is not None and queries.is_on(row.session_id, person.participant_id)
        is_there = row.day is not None and not any(why for why, _ in absent(row.day, [person]))
        is_there = is_there and not _is_busy(get_session(row.session_id), person.participant_id)
        outcome = rules.becomes(row, is_on_it=on_it, is_there=is_there, now=now)
        opens = rules.opens_at(now, ZoneInfo(row.timezone))
        if outcome is not None and _held(row.id).outcome is None:
            _end(row.id, outcome, by=SYSTEM, now=now)
        elif opens > now:
            outbox.put_off(_message_of(row), until=opens)


def _held(offer_id: int) -> AnyRow:
    """Return an offer as it stays until we are done."""
    queries.hold(offer_id)
    return queries.get_row(offer_id)


def _session_of(row: AnyRow) -> Session | None:
    """Return the session that was offered, held, if it is still there."""
    if row.session_id is None:
        return None
    session = get_session(row.session_id)
    by_hand.hold(session)
    return session


def _is_busy(session: Session, participant_id: int) -> bool:
    wanted = Span(session.starts_at, session.ends_at)
    return rules.is_busy(wanted, queries.own_at(session, participant_id))


def _refuse_on_it(person: AnyRow, session: Session) -> None:
    """Raise `Refused` where somebody has a seat, before it is said that none is free."""
    is_on = queries.is_on(session.id, person.participant_id)
    refuse_if(why_on_it_already(person.name) if is_on else None)


def _refuse_missed(missed_id: int | None, enrollment_id: int) -> None:
    if missed_id is not None and not queries.has_missed(missed_id, enrollment_id):
        raise NotFound


def _end(
    offer_id: int,
    outcome: CameOfIt,
    *,
    missed_id: int | None = None,
    by: Actor,
    now: datetime,
) -> MakeUpOffer:
    """End what is out: its seat is free, and what has not been written yet never will be.
    `missed_id`: what it makes up for, if that is known better by now."""
    ended = _set(offer_id, outcome, missed_id=missed_id, by=by, now=now)
    if ended.session_id is not None:
        seats.release_held({ended.session_id: [ended.enrollment_id]})
    outbox.withdraw(_message_of(ended), now=now)
    return ended


def _message_of(one: AnyRow | MakeUpOffer) -> Select[int | None]:
    return select(OutboxMessage.id).where(OutboxMessage.id == one.message_id)


def _set(
    offer_id: int,
    outcome: CameOfIt,
    *,
    missed_id: int | None = None,
    by: Actor,
    now: datetime,
) -> MakeUpOffer:
    ended = queries.hold(offer_id)
    ended.missed_session_id = missed_id or ended.missed_session_id
    ended.outcome, ended.ended_at, ended.ended_by_id = outcome, now, _account(by)
    db.flush()
    _tell(f"make_up.{outcome}", ended, by=by, now=now)
    return ended


def _account(by: Actor) -> int | None:
    return by.id if by.kind == "account" else None


def _tell(verb: str, made: MakeUpOffer, *, by: Actor, now: datetime) -> None:
    row = queries.get_row(made.id)
    trail.record(
        verb,
        made,
        by=by,
        now=now,
        site_id=row.site_id,
        participant=row.participant_id,
        enrollment=made.enrollment_id,
        session=made.session_id,
        missed=made.missed_session_id,
        held_until=made.held_until,
    )
