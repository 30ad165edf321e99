"""Acts on somebody's enrollments and places in groups, each undone in one go for a day.

What an act changed is read off: the rows of a person before it and after it. Their values stand in
the trail, their words in `act_words`. Bookings that follow from rosters are not among them: `fill`
makes them again.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Table, delete, insert, select, update

from clinic import trail
from clinic.days import Range, week_of
from clinic.db import AnyRow, db
from clinic.enrollment import actions as enrollments
from clinic.enrollment.models import Amendment, Enrollment
from clinic.enrollment.queries import get_enrollment, read_afresh
from clinic.enrollment.rules import NOTED_ON, why_not_last_day, why_not_reach_back
from clinic.errors import refuse_if
from clinic.participants.models import Participant
from clinic.programs.queries import get_organization
from clinic.schedule.actions import by_hand, seats
from clinic.schedule.actions.enrollments import follow, recorded
from clinic.schedule.actions.rosters import refuse_clashes
from clinic.schedule.models import ActWords, Booking, Session
from clinic.schedule.queries import acts as queries
from clinic.schedule.queries.acts import BOOKING, TABLES
from clinic.schedule.queries.clashes import double_booked_participants
from clinic.schedule.queries.sessions import get_session
from clinic.schedule.rules import acts as rules
from clinic.schedule.rules.acts import Difference, State, ids_in
from clinic.schedule.rules.changes import REINSTATED, UNDO
from clinic.trail import Actor


class Act(NamedTuple):
    """What an act did, as it is kept of one person."""

    found: Difference
    there: State  # their rows now
    lists: dict[str, list[int]]
    amendment: int | None
    by: Actor
    now: datetime


def keep(
    act: Callable[[], object],
    *,
    what: str,
    about: str,
    participant_ids: Iterable[int],
    by: Actor,
    now: datetime,
) -> str | None:
    """Do something about these people and write down what it changed, so that it can be undone.

    Return the name that it can be undone by; None where it changed nothing.
    """
    people = sorted(participant_ids)
    before, amended = queries.state_of(people, now=now), queries.last_amendment(people)
    act()
    db.flush()
    after, amendment = queries.state_of(people, now=now), queries.last_amendment(people)
    name = uuid4().hex
    facts = {"what": what, "amendment": None if amendment == amended else amendment}
    kept = [
        _write_down(name, person, before[person], after[person], about, facts, by=by, now=now)
        for person in people
    ]
    return name if any(kept) else None


def _write_down(
    name: str,
    person: int,
    before: State,
    after: State,
    about: str,
    facts: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
) -> bool:
    after = queries.sessions_now(ids_in(before.keys() - after.keys(), "session")) | after
    found = rules.difference(before, after)
    if not found.before:
        return False
    plain, words = rules.without_words(found)
    if words:
        text = json.dumps(words)
        db.add(ActWords(participant_id=person, act=name, words=text, kept_at=now))
        db.flush()
    more = {
        "lists": rules.lists_touched(before, after, found.before),
        "places": rules.places_in(before, after, found.before),
    }
    chain = queries.site_of(rules.program_in(before | after, found))
    facts = {**facts, **plain._asdict(), **more}
    _record(f"{about}.changed", person, facts, act=name, chain=chain, by=by, now=now)
    return True


def _record(verb: str, person: int, facts: dict[str, Any], **circumstances: Any) -> None:
    trail.record_row(verb, Participant.__tablename__, person, facts=facts, **circumstances)


def undo(
    act: str, *, about: str, participant_ids: Collection[int], by: Actor, now: datetime
) -> str:
    """Put back what an act changed about these people, and nothing else.

    Return what is to be said of it. Raises `Refused` when that is too long ago, or when something
    that it touched has been changed since, attendance would be lost, or a seat is gone.
    """
    for person in sorted(participant_ids):
        enrollments.lock_person(person)
    parts = [one for one in queries.parts_of(act, about) if one.participant_id in participant_ids]
    refuse_if(None if parts else rules.UNDONE_ALREADY)
    stays = [_undo_part(part, by=by, now=now) for part in sorted(parts, key=_person)]
    for part in parts:
        facts = {"what": json.loads(part.facts)["what"]}
        where = {"act": act, "chain": part.chain, "by": by, "now": now}
        _record(f"{about}.undone", part.participant_id, facts, **where)
    db.execute(
        delete(ActWords).where(ActWords.act == act, ActWords.participant_id.in_(participant_ids))
    )
    return " ".join(["Undone.", *([rules.STAYS_OFF] if any(stays) else ())])


def _person(part: AnyRow) -> int:
    return int(part.participant_id)


def _undo_part(part: AnyRow, *, by: Actor, now: datetime) -> bool:
    """Undo it for one person. Return whether a session stays cancelled that was theirs."""
    refuse_if(rules.why_not_lately(part.happened_at, now=now))
    facts, person = json.loads(part.facts), part.participant_id
    found = rules.with_words(Difference(facts["before"], facts["after"]), part.words)
    there = queries.state_of([person], now=now)[person]
    there |= queries.bookings_now(ids_in(found.after, "booking"))
    there |= queries.sessions_now(ids_in(found.after, "session"))
    done = Act(found, there, facts["lists"], facts["amendment"], by, now)
    _refuse_changed(done)
    since = _reach_back(done)
    first = since or date.max
    before = set(double_booked_participants(first, participant_id=person)) if since else set()
    late = _late(ids_in(found.changed, "session"), now=now)
    _take_away(done)
    _bring_back(done, but=late)
    for enrollment_id in _enrollments_of(done):
        read_afresh(enrollment_id)
        _settle(get_enrollment(enrollment_id), since, done)
    if since:
        after = double_booked_participants(since, participant_id=person)
        refuse_clashes([clash for clash in after if clash not in before])
    return bool(late)


def _refuse_changed(done: Act) -> None:
    created = ids_in(done.found.created, "enrollment")
    entries = ids_in(done.found.created, "roster_entry")
    refuse_if(rules.why_not_as_left(done.found.after, done.there, done.lists))
    refuse_if(rules.GONE_ON if queries.is_continued(created) else None)
    refuse_if(NOTED_ON if queries.is_noted_on(created) else None)
    refuse_if(rules.why_not_lost(queries.touched_on(enrollments=created, entries=entries)))
    refuse_if(rules.why_not_attached(created, done.found.after, done.there))
    for key, row in rules.rows_gone(done.found).items():
        if rules.table_of(key) != "enrollment":
            continue
        theirs = _typed(TABLES["enrollment"], row)
        days = Range(theirs["from_on"], theirs["until_on"])
        enrollments.refuse_beside(theirs["program_id"], theirs["participant_id"], days)


def _reach_back(done: Act) -> date | None:
    """Return the first day that becomes another; refused in a week that is over, unless the act
    amended it: then that is amended once more."""
    week_starts = get_organization().week_starts
    gone = ids_in(done.found.gone, "enrollment")  # had not begun when it went
    there = [get_enrollment(each) for each in _enrollments_of(done) if each not in gone]
    begins = {one.id: one.from_on for one in there}
    since = rules.first_day(done.found, done.there, begins=begins, week_starts=week_starts)
    if since is None:
        return None
    amends = queries.reason_of(done.amendment)
    for enrollment in there:
        week = week_of(enrollment.program.site.today(done.now), week_starts)
        refuse_if(rules.WEEK_OVER if why_not_reach_back(since, week=week, amends=amends) else None)
        acting: enrollments.Acting = {"by": done.by, "now": done.now, "amends": amends}
        enrollments.reach_back(enrollment, since, "enrollment.undone", acting)
    return since


def _enrollments_of(done: Act) -> list[int]:
    """The enrollments that it changed something of, and that stay."""
    there = done.there | rules.rows_gone(done.found)
    begun = ids_in(done.found.created, "enrollment")
    return sorted(rules.enrollments_in(there, done.found) - {*begun})


def _late(session_ids: Collection[int], *, now: datetime) -> set[int]:
    begun = Session.id.in_(session_ids), Session.starts_at <= now
    return set(db.scalars(select(Session.id).where(*begun)))


def _take_away(done: Act) -> None:
    """Take out what the act brought; nothing hangs on it that anybody marked."""
    entries = ids_in(done.found.created, "roster_entry")
    begun = ids_in(done.found.created, "enrollment")
    theirs = Booking.roster_entry_id.in_(entries) | Booking.enrollment_id.in_(begun)
    seats.release(theirs, by=done.by, now=done.now)
    db.execute(delete(Amendment).where(Amendment.enrollment_id.in_(begun)))
    for name, table in reversed(TABLES.items()):
        _delete(table, ids_in(done.found.created, name))


def _delete(table: Table, ids: Collection[int]) -> None:
    if ids:
        db.execute(delete(table).where(table.c.id.in_(ids)))


def _bring_back(done: Act, *, but: Collection[int]) -> None:
    """Write what was there before, rows that went under the ids that they had."""
    found = done.found
    for name, table in TABLES.items():
        for key in found.gone:
            if rules.table_of(key) == name:
                db.execute(insert(table).values(_new(table, found.before[key])))
        _update(table, found)
    _update(BOOKING, found)
    gone = [
        _typed(BOOKING, found.before[key]) for key in found.gone if rules.table_of(key) == "booking"
    ]
    there = [row for row in gone if row["session_id"] not in but]
    seats.put_back(there, by=done.by, now=done.now)
    for session_id in ids_in(found.changed, "session"):
        if session_id not in but:
            _reinstate(get_session(session_id), by=done.by, now=done.now)


def _new(table: Table, values: Mapping[str, Any] | None) -> dict[str, Any]:
    """The row as it was, but for a key that was given to another one meanwhile."""
    row = _typed(table, values)
    return row | {"key": enrollments.free_key(row["key"])} if "key" in row else row


def _update(table: Table, found: Difference) -> None:
    for key in found.changed:
        if rules.table_of(key) == table.name:
            values = _typed(table, found.before[key])
            db.execute(update(table).where(table.c.id == rules.id_of(key)).values(values))


def _typed(table: Table, values: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        name: _read(table.c[name].type.python_type, each) for name, each in (values or {}).items()
    }


def _read(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    return kind.fromisoformat(value) if issubclass(kind, date) else kind(value)


def _reinstate(session: Session, *, by: Actor, now: datetime) -> None:
    """Have a session take place again that was cancelled as nobody was left in it."""
    was_by_hand = session.is_changed_by_hand
    by_hand.bring_back(session, now=now)
    by_hand.touched(session, is_by_hand=was_by_hand)
    trail.record(REINSTATED, session, by=by, now=now, day=session.day)


def _settle(enrollment: Enrollment, since: date | None, done: Act) -> None:
    """Have bookings follow from what an enrollment is again."""
    days, person_id = enrollment.days, enrollment.participant_id
    enrollments.refuse_beside(enrollment.program_id, person_id, days, but=enrollment.id)
    if enrollment.until_on is not None:
        later = Booking.session_id.in_(select(Session.id).where(Session.day > enrollment.until_on))
        theirs = (Booking.enrollment_id == enrollment.id) & later
        refuse_if(why_not_last_day(recorded(theirs, now=done.now)))
    if since is not None:
        follow(enrollment, Range(since, None), by=done.by, now=done.now)


def sweep(*, now: datetime) -> None:
    """Forget the words of acts that can no longer be undone."""
    db.execute(delete(ActWords).where(ActWords.kept_at <= now - UNDO))
