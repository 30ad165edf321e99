"""Authorizations and certifications: added, changed, removed; each undone for a day.

Values stand in the trail, words of somebody's in `act_words` as long as it can be undone.
"""

import json
from datetime import date, datetime
from typing import Any, TypeAlias, cast
from uuid import uuid4

from sqlalchemy import Table, delete, insert, select, update

from clinic import trail
from clinic.authorizations import queries, rules
from clinic.authorizations.models import BeyondAuthorization, Certification, GoingOn
from clinic.authorizations.rules import More
from clinic.coverage.models import Authorization, Unit
from clinic.coverage.queries import of_enrollments
from clinic.days import Range
from clinic.db import db
from clinic.enrollment.actions import lock
from clinic.enrollment.models import Enrollment
from clinic.errors import refuse_any, refuse_if
from clinic.schedule.models import ActWords
from clinic.trail import Actor

Paper: TypeAlias = Authorization | Certification
Facts = dict[str, Any]
ALWAYS = Range(date.min, None)
TABLES = {
    table.name: table
    for table in (cast(Table, model.__table__) for model in (Authorization, Certification))
}


def authorize(
    enrollment: Enrollment,
    one: Authorization | None = None,
    *,
    payer: str,
    number: str,
    code: str,
    unit: Unit,
    units: int,
    from_on: date,
    until_on: date,
    review_on: date | None = None,
    by_file: bool = False,
    by: Actor,
    now: datetime,
) -> str | None:
    """Note what a payer authorized, or correct one; return by what name that is undone.

    A file may bring one that the enrollment has ended before.
    """
    lock(enrollment)
    enrolled, code = ALWAYS if by_file else enrollment.days, code.upper()
    refuse_any(
        (rules.why_not_code(code), "code"),
        (rules.why_not_units(units), "units"),
        (rules.why_not_days(from_on, until_on, enrolled=enrolled), "until_on"),
    )
    others = [
        each
        for each in of_enrollments([enrollment.id])[enrollment.id]
        if (each.number, each.code) == (number, code) and each is not one
    ]
    refuse_if(rules.why_not_again(others, from_on, until_on), "number")
    facts = {
        "payer": payer,
        "number": number,
        "code": code,
        "unit": unit,
        "units": units,
        "from_on": from_on,
        "until_on": until_on,
        "review_on": review_on,
    }
    return _keep(enrollment, one or Authorization(enrollment_id=enrollment.id), facts, by, now)


def certify(
    enrollment: Enrollment,
    one: Certification | None = None,
    *,
    certified_on: date,
    name: str,
    license_text: str | None = None,
    review_on: date | None = None,
    by_file: bool = False,
    by: Actor,
    now: datetime,
) -> str | None:
    """Note that somebody was certified, or correct it; return by what name that is undone."""
    lock(enrollment)
    today = date.max if by_file else enrollment.program.site.today(now)
    refuse_any(
        (rules.why_not_certified(certified_on, today=today), "certified_on"),
        (rules.why_not_review(review_on, certified_on=certified_on), "review_on"),
    )
    but = one.id if one else None
    is_there = queries.is_certified(enrollment.id, certified_on=certified_on, but=but)
    refuse_if(rules.CERTIFIED_TWICE if is_there else None, "certified_on")
    facts = {
        "certified_on": certified_on,
        "name": name,
        "license": license_text,
        "review_on": review_on,
    }
    return _keep(enrollment, one or Certification(enrollment_id=enrollment.id), facts, by, now)


def remove(enrollment: Enrollment, one: Paper, *, by: Actor, now: datetime) -> str:
    """Take away what was noted by mistake; return by what name that is undone."""
    lock(enrollment)
    before = _values(one)
    db.delete(one)
    db.flush()
    return _write_down("removed", enrollment, one, before, None, by=by, now=now)


def _keep(enrollment: Enrollment, one: Paper, facts: Facts, by: Actor, now: datetime) -> str | None:
    before = _values(one) if one.id else None
    for name, value in facts.items():
        setattr(one, name, value)
    db.add(one)
    db.flush()
    after = _values(one)
    if before == after:
        return None
    verb = "changed" if before else "added"
    return _write_down(verb, enrollment, one, before, after, by=by, now=now)


def _values(one: Paper) -> Facts:
    table = TABLES[one.__tablename__]
    return {column.name: trail.plain(getattr(one, column.name)) for column in table.columns}


def _write_down(
    verb: str,
    enrollment: Enrollment,
    one: Paper,
    before: Facts | None,
    after: Facts | None,
    *,
    by: Actor,
    now: datetime,
) -> str:
    act, person = uuid4().hex, enrollment.participant_id
    sides = {"before": before, "after": after}
    words = {side: rules.words_of(values) for side, values in sides.items() if values}
    kept = ActWords(participant_id=person, act=act, words=json.dumps(words), kept_at=now)
    db.add(kept)
    db.flush()
    trail.record(
        f"{one.__tablename__}.{verb}",
        one,
        by=by,
        now=now,
        site_id=enrollment.program.site_id,
        act=act,
        participant=person,
        enrollment=enrollment.id,
        **{side: rules.without_words(values) if values else None for side, values in sides.items()},
    )
    return act


def undo(enrollment: Enrollment, act: str, *, by: Actor, now: datetime) -> None:
    """Put an authorization or certification back as it was; refused once it has changed again."""
    lock(enrollment)
    event = queries.find_act(act)
    is_ours = event is not None and json.loads(event.facts)["enrollment"] == enrollment.id
    refuse_if(None if is_ours else rules.UNDONE_ALREADY)
    assert event is not None
    refuse_if(rules.why_not_undo(event.happened_at, now=now))
    facts, words = json.loads(event.facts), json.loads(event.words)
    before, after = (facts[side] and facts[side] | words[side] for side in ("before", "after"))
    table, its = TABLES[event.subject_kind], event.subject_id
    row = db.execute(select(table).where(table.c.id == its)).one_or_none()
    there = row and {name: trail.plain(value) for name, value in row._asdict().items()}
    refuse_if(rules.CHANGED_SINCE if there != after else None)
    if before is None:
        db.execute(delete(table).where(table.c.id == its))
    else:
        values = {name: _typed(table, name, value) for name, value in before.items()}
        to = insert(table) if after is None else update(table).where(table.c.id == its)
        db.execute(to.values(values))
    db.expire_all()
    db.execute(delete(ActWords).where(ActWords.act == act))
    trail.record_row(
        f"{table.name}.undone",
        table.name,
        its,
        by=by,
        now=now,
        chain=event.chain,
        act=act,
        facts={"participant": enrollment.participant_id, "enrollment": enrollment.id},
    )


def _typed(table: Table, name: str, value: Any) -> Any:
    kind = table.c[name].type.python_type
    return date.fromisoformat(value) if value is not None and kind is date else value


def go_on(more: More, why: GoingOn, *, by: Actor, now: datetime) -> None:
    """Keep why somebody is booked beyond what is authorized."""
    one = BeyondAuthorization(
        enrollment_id=more.enrollment_id,
        made_at=now,
        account_id=by.id if by.kind == "account" else None,
        why=why,
        sessions=more.sessions,
        first_on=more.first_on,
    )
    db.add(one)
    db.flush()
    trail.record(
        "authorization.exceeded",
        one,
        by=by,
        now=now,
        site_id=queries.site_of(more.enrollment_id),
        enrollment=more.enrollment_id,
        why=why,
        sessions=more.sessions,
        first_on=more.first_on,
    )
