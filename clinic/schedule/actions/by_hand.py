"""What every change of one session by hand does: hold it, arrange it, say what became of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import inspect, select, update

from clinic import outbox, trail
from clinic.days import Range
from clinic.db import AnyRow, db
from clinic.errors import refuse_any, refuse_if
from clinic.programs.models import Kind, Program
from clinic.programs.queries import closures_of, get_program
from clinic.schedule.actions import one_offs, sessions
from clinic.schedule.actions.calendars import raise_versions
from clinic.schedule.actions.one_offs import absent, refuse_clashes, values_of
from clinic.schedule.actions.rosters import fill
from clinic.schedule.actions.series import planned_on
from clinic.schedule.models import Booking, Mode, SeriesPlan, Session, SessionChange
from clinic.schedule.queries.bookings import who_is_on
from clinic.schedule.queries.changes import called_off, guests_of, is_attended, is_signed
from clinic.schedule.queries.offers import find_room
from clinic.schedule.queries.people import expected_people, people_to_plan
from clinic.schedule.queries.series import get_series
from clinic.schedule.queries.sessions import get_session
from clinic.schedule.queries.usage import gone_from
from clinic.schedule.rules import changes as rules
from clinic.schedule.rules.sessions import why_closed, why_gone
from clinic.schedule.rules.telling import SUBJECT, letter, told_of
from clinic.trail import Actor


def hold(session: Session) -> None:
    """Hold the session and its bookings as they are now, and as they stay until we are done."""
    columns = [column.key for column in inspect(Session).column_attrs]
    db.refresh(session, columns, with_for_update={"key_share": True})
    db.execute(
        select(Booking.id)
        .where(Booking.session_id == session.id)
        .order_by(Booking.id)
        .with_for_update()
    )
    afresh(session)


def afresh(session: Session) -> None:
    """Have a session, and all that belongs to it, be what is stored now."""
    db.expire(session)
    get_session(session.id)


def facts_of(session: Session) -> dict[str, Any]:
    return rules.facts_of(session, guests_of(session.id))


def plan_of(session: Session, facts: Mapping[str, Any]) -> tuple[SeriesPlan, date]:
    """Return a session that is as these facts say, as if it were planned, and its day."""
    zone = session.site.zone
    starts, ends = (
        datetime.fromisoformat(facts[name]).astimezone(zone) for name in ("starts_at", "ends_at")
    )
    plan = SeriesPlan(
        kind=Kind(facts["kind"]),
        mode=Mode(facts["mode"]),
        room=find_room(facts["room_id"]),
        room_id=facts["room_id"],
        starts=starts.time(),
        ends=ends.time(),
        break_minutes=session.break_minutes,
        seats=facts["seats"],
        leader_ids=facts["leaders"],
    )
    return plan, starts.date()


def why_not_touch(session: Session) -> str | None:
    """Why nothing of a session can be changed, or None when something can."""
    return rules.why_not_touch(is_cancelled=session.is_cancelled, is_signed=is_signed(session.id))


def why_fixed(session: Session, *, now: datetime) -> str | None:
    """Why a session keeps its day and times, or None when it can be moved."""
    return rules.why_fixed(has_begun=session.starts_at <= now, is_attended=is_attended(session.id))


def why_not_cancel(session: Session, *, now: datetime) -> str | None:
    """Why a session cannot be cancelled, or None when it can."""
    return rules.why_not_cancel(
        is_attended=is_attended(session.id), is_over=session.day < session.site.today(now)
    )


def follows_group(session: Session) -> bool:
    """Whether a session is what its group's plan says of its day; one by itself has none."""
    if session.series_id is None or session.planned_on is None:
        return False
    planned = planned_on(get_series(session.series_id), session.planned_on)
    if planned is None:
        return False
    leader_ids, values = planned
    return leader_ids == session.leader_ids and not sessions.differs(values, session)


def doubts(
    session: Session, plan: SeriesPlan, day: date, people: Collection[int] | None
) -> list[str]:
    """What speaks against a change without forbidding it, and not against the session as it is."""
    program, on_it = get_program(session.program_id), who_is_on(session.id)
    there, today = plan_of(session, facts_of(session))
    known = one_offs.doubts(program, there, day=today, people=on_it)
    found = one_offs.doubts(program, plan, day=day, people=on_it if people is None else people)
    is_moved = (day, plan.starts, plan.ends) != (today, there.starts, there.ends)
    off = called_off(session.id) if is_moved else []
    return [
        *(each for each in found if each not in known),
        *([rules.called_off_words(off)] if off else []),
    ]


def arrange(
    session: Session,
    plan: SeriesPlan,
    program: Program,
    title: str,
    day: date,
    people: Collection[int] | None,
    *,
    by: Actor,
    now: datetime,
) -> bool:
    """Bring a session to this, as far as it may still be changed; whether that changed anything."""
    sequence, is_of_group = session.sequence, session.series_id is not None
    fixed = why_fixed(session, now=now)
    if fixed is None:
        by_themselves = guests_of(session.id) if people is None else people
        values = values_of(
            program,
            plan,
            title=title,
            day=day,
            people=by_themselves,
            is_of_group=is_of_group,
            now=now,
        )
    else:
        refuse_any(*((fixed, name) for name in _moved(session, plan, title, day, people)))
        refuse_any(*sessions.why_not_held(plan, session.site_id))
        sessions.lock_for(plan.leader_ids, plan.room_id, [])
        values = {"room_id": plan.room_id, "seats": plan.seats, "title": title, "day": day}
    if not sessions.arrange(session, values, plan.leader_ids, people, by=by, now=now):
        return False
    _raise_sequence(session, sequence, now=now)
    settle_in(session)
    return True


def _moved(
    session: Session, plan: SeriesPlan, title: str, day: date, people: Collection[int] | None
) -> list[str]:
    """Return what this wants to be otherwise of the facts that are fixed, by their names."""
    zone = session.site.zone
    starts, ends = (at.astimezone(zone).time() for at in (session.starts_at, session.ends_at))
    pairs = {
        "day": (day, session.day),
        "starts": (plan.starts, starts),
        "ends": (plan.ends, ends),
        "mode": (plan.mode, session.mode),
        "kind": (plan.kind, session.kind),
        "title": (title, session.title),
    }
    if people is not None:
        pairs["people"] = ({*people}, {*who_is_on(session.id)})
    return [name for name, (one, other) in pairs.items() if one != other]


def _raise_sequence(session: Session, sequence: int, *, now: datetime) -> None:
    """Have its calendar's number rise by whatever was changed: it tells who looked before."""
    db.execute(
        update(Session)
        .where(Session.id == session.id, Session.sequence == sequence)
        .values(sequence=sequence + 1, changed_at=now),
        execution_options={"synchronize_session": False},
    )
    raise_versions([session.id])


def settle_in(session: Session) -> None:
    """Have on a session whom its roster expects on that day; refuse who is wanted elsewhere."""
    afresh(session)
    if session.series_id is not None:
        fill(session.series_id, days=Range(session.day, session.day))
    refuse_clashes(session.id, session.day)
    touched(session, is_by_hand=not follows_group(session))


def bring_back(session: Session, *, now: datetime) -> None:
    today = session.site.today(now)
    refuse_if(rules.OVER if session.day < today else None)
    refuse_if(why_closed(session.day, closures_of(session.site_id)))
    refuse_if(why_gone(gone_from(session.id)))
    people = people_to_plan(who_is_on(session.id), scope=None)
    by_themselves = {*guests_of(session.id)}
    sessions.lock_for(
        session.leader_ids, session.room_id, [person.participant_id for person in people]
    )
    refuse_any(*absent(session.day, [each for each in people if each.id in by_themselves]))
    sessions.reinstate([session.id], now=now)
    settle_in(session)


def touched(session: Session, *, is_by_hand: bool) -> None:
    """Later edits of the group, and a file that is loaded again, leave alone what somebody has
    changed by hand."""
    db.execute(
        update(Session).where(Session.id == session.id).values(is_changed_by_hand=is_by_hand),
        execution_options={"synchronize_session": False},
    )
    afresh(session)


class Before(NamedTuple):
    """A session before it is changed."""

    facts: dict[str, Any]
    followed: bool  # its group's plan
    title: str
    people: Sequence[AnyRow]


class Concerned(NamedTuple):
    """Whom a change concerns: who can be told by mail, and who has no address."""

    by_mail: list[AnyRow]
    others: list[AnyRow]


def before(session: Session) -> Before:
    """Return what a session is before it is changed; it is held."""
    people = expected_people(session.id)
    return Before(facts_of(session), follows_group(session), session.title, people)


def record(
    verb: str,
    session: Session,
    was: Before,
    *,
    reason: str | None = None,
    tell: bool = False,
    by: Actor,
    now: datetime,
) -> Concerned:
    """Note what was changed: its values in the trail, its words beside it; and tell the people."""
    act = uuid4().hex
    words = SessionChange(session_id=session.id, act=act, reason=reason)
    words.title = was.title if was.title != session.title else None
    db.add(words)
    db.flush()
    concerned = tell_people(session, was, tell=tell, now=now)
    told = len(concerned.by_mail) if tell else 0
    note(verb, session, was, act=act, told=told, by=by, now=now)
    return concerned


def note(
    verb: str, session: Session, was: Before, *, act: str, told: int, by: Actor, now: datetime
) -> None:
    """Write into the trail what became of a session."""
    after = facts_of(session)
    names = rules.differing(was.facts, after)
    trail.record(
        verb,
        session,
        by=by,
        now=now,
        act=act,
        day=session.day,
        followed=was.followed,
        told=told,
        before={name: was.facts[name] for name in names},
        after={name: after[name] for name in names},
    )


def tell_people(session: Session, was: Before, *, tell: bool, now: datetime) -> Concerned:
    """Find whom a change concerns and, if they are to be told, put a message to each into the
    outbox."""
    concerned, after = Concerned([], []), facts_of(session)
    there = {row.id: row for row in expected_people(session.id)}
    everyone = {row.id: row for row in was.people} | there
    were = {row.id for row in was.people}
    for each, person in everyone.items():
        sentence = told_of(
            was.facts, after, was_on=each in were, is_on=each in there, zone=session.site.zone
        )
        if sentence is None:
            continue
        (concerned.by_mail if person.email else concerned.others).append(person)
        if tell and person.email:
            outbox.enqueue(person.email, subject=SUBJECT, body=letter(sentence), now=now)
    return concerned
