from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from clinic import trail
from clinic.claims.actions import note_anew
from clinic.claims.rules import Anew
from clinic.db import db
from clinic.enrollment.queries import number_enrolled
from clinic.errors import refuse_if
from clinic.offerings import queries, rules
from clinic.programs import actions as programs_actions
from clinic.programs.actions import Mix, Newer, mix_of, refuse_figures
from clinic.programs.models import Program, RuleSet
from clinic.programs.queries import get_rule_set, programs, take_turns
from clinic.programs.rules import Figure, why_not_name
from clinic.schedule.models import Session
from clinic.schedule.queries import usage
from clinic.schedule.queries.bookings import reached
from clinic.schedule.rules.sessions import credit
from clinic.trail import Actor

# What a session takes from its program when it is laid out.
COUNTING = frozenset({"breaks_count", "grace_minutes", "counted_kinds"})
# What says which figures its days are judged by.
JUDGING = frozenset({"rule_set_id", "population"})


# What other figures make of days, where it was worked out before, with the last event then.
Before = tuple[int, Anew]


class Changed(NamedTuple):
    """For how many sessions time is counted otherwise, and what days come to."""

    sessions: int = 0
    anew: Anew = Anew()


def change(
    program: Program,
    *,
    mix: Mix,
    along: Collection[str] = (),
    by_file: bool = False,
    by: Actor,
    now: datetime,
    **facts: Any,
) -> Changed:
    """Bring a program, loaded with its site and mix, up to date.

    How time is counted changes for sessions that have not begun, but those that a file leaves
    alone. Other figures hold for days that are over, too. Targets that were written down with
    enrollments stay. `along` are the keys of what goes with it to another site.
    """
    changed = {name for name, value in facts.items() if getattr(program, name) != value}
    anew = _judged_anew(program, facts, now=now) if changed & JUDGING else Anew()
    if "name" in changed:
        others = [each.name for each in programs() if each.id != program.id]
        refuse_if(why_not_name(facts["name"], others, what="program"), "name")
    refuse_figures(facts)
    if "site_id" in changed:
        uses = usage.of_program(program.id, but=along, today=program.site.today(now), now=now)
        refuse_if(rules.why_not_elsewhere(program.name, uses), "site")
    has_other_mix = _set_mix(program, mix)
    if not (changed or has_other_mix):
        return Changed()
    for name in changed:
        setattr(program, name, facts[name])
    db.flush()
    db.expire(program, ["site", "rule_set"])  # the ids may be others now
    number = _recount(program, by_file=by_file, now=now) if changed & COUNTING else 0
    values = {name: facts[name] for name in changed - {"name", "site_id"}}
    trail.record("program.changed", program, by=by, now=now, sessions=number, **values)
    note_anew(anew, by=by, now=now)
    return Changed(number, anew)


def _judged_anew(program: Program, facts: Mapping[str, Any], *, now: datetime) -> Anew:
    take_turns()  # with whoever exports or settles a claim
    wanted = {name: facts.get(name, getattr(program, name)) for name in JUDGING}
    return queries.anew_in(program, **wanted, now=now)


def change_rule_set(
    rule_set: RuleSet,
    *,
    figures: Collection[Figure],
    seen: Sequence[Figure] | None = None,
    before: Before | None = None,
    by: Actor,
    now: datetime,
    **facts: Any,
) -> Anew | None:
    """Other words or figures for a rule set of the clinic's own; None where nothing changed.

    Figures hold for days that are over, too: of claims that come to something else by them it is
    noted, so that somebody corrects them. `before` is worked out again where the trail has gone
    on since. Raises `Refused` where it has other figures by now than were `seen`, if any were.
    """
    take_turns()  # with whoever exports or settles a claim, or changes figures
    rule_set = _anew_read(rule_set)
    is_as_seen = seen is None or programs_actions.figures_of(rule_set) == seen
    refuse_if(None if is_as_seen else rules.MEANWHILE)
    head, anew = before or (None, Anew())
    if head != trail.last_id():
        anew = queries.anew_by([(rule_set, figures)], now=now)
    if not programs_actions.change_rule_set(rule_set, figures=figures, by=by, now=now, **facts):
        return None
    note_anew(anew, by=by, now=now)
    return anew


def _anew_read(rule_set: RuleSet) -> RuleSet:
    """The same as it is by now: whoever was faster may have changed it."""
    db.expire(rule_set)
    return get_rule_set(rule_set.id)


def newer_figures(now: datetime) -> Before | None:
    """What rule sets that come with the product make of days as they are in this version; None
    where they are so."""
    newer = programs_actions.newer_rule_sets()
    return (trail.last_id(), _anew_by(newer, now=now)) if newer else None


def _anew_by(newer: Sequence[Newer], *, now: datetime) -> Anew:
    there = [(each.rule_set, each.figures) for each in newer if each.rule_set.id is not None]
    return queries.anew_by(there, now=now)


def provide_rule_sets(*, before: Before | None = None, by: Actor, now: datetime) -> None:
    """Bring the rule sets that come with the product to what they are in this version, and note
    of claims what becomes of them by that. `before` is as `newer_figures` gives it."""
    if not programs_actions.newer_rule_sets():
        return  # and nobody has waited
    take_turns()  # with whoever exports or settles a claim, or changes figures
    newer = programs_actions.newer_rule_sets()  # another server may have been faster
    head, anew = before or (None, Anew())
    if head != trail.last_id():
        anew = _anew_by(newer, now=now)
    programs_actions.provide_rule_sets(newer, by=by, now=now)
    note_anew(anew, by=by, now=now)


def _set_mix(program: Program, mix: Mix) -> bool:
    """Make the mix of a program this one; whether it was another."""
    if sorted((item.kind, item.sessions, item.minutes) for item in program.mix) == sorted(mix):
        return False
    program.mix.clear()
    db.flush()  # each kind is there once: the old ones go first
    program.mix += mix_of(mix)
    return True


def _recount(program: Program, *, by_file: bool, now: datetime) -> int:
    """Count the sessions that have not begun as the program says now; return how many change."""
    rows = db.execute(
        select(
            Session.id,
            Session.kind,
            Session.starts_at,
            Session.ends_at,
            Session.break_minutes,
            Session.credit_minutes,
            Session.grace_minutes,
            Session.is_counted,
        ).where(Session.program_id == program.id, Session.starts_at > now, reached(by_file=by_file))
    ).all()
    changes = []
    for row in rows:
        minutes = credit(
            row.starts_at,
            row.ends_at,
            break_minutes=row.break_minutes,
            breaks_count=program.breaks_count,
        )
        counts = (minutes, program.grace_minutes, row.kind in program.counted_kinds)
        if counts != (row.credit_minutes, row.grace_minutes, row.is_counted):
            changes.append(dict(zip(("_id", *_COUNTS), (row.id, *counts), strict=True)))
    if changes:
        table = Session.__table__
        db.connection().execute(
            table.update()  # type: ignore[attr-defined]  # typed as a FromClause
            .where(table.c.id == bindparam("_id"))
            .values({name: bindparam(name) for name in _COUNTS}),
            changes,
        )
    return len(changes)


_COUNTS = ("credit_minutes", "grace_minutes", "is_counted")


def deactivate(program: Program, *, by: Actor, now: datetime) -> None:
    """Enroll nobody into it any more; what was stays to be seen."""
    if not program.is_active:
        return
    today = program.site.today(now)
    refuse_if(
        rules.why_not_retire_program(
            program.name,
            enrolled=number_enrolled(program.id, today=today),
            groups=usage.of_program(program.id, today=today, now=now),
        )
    )
    program.is_active = False
    trail.record("program.deactivated", program, by=by, now=now)


def reactivate(program: Program, *, by: Actor, now: datetime) -> None:
    if not program.is_active:
        program.is_active = True
        trail.record("program.reactivated", program, by=by, now=now)
