"""What the clinic is made of: what comes to be, and what nothing else follows from.

What a later change does to the schedule is the business of `setup.actions`.
"""

import functools
from collections.abc import Collection, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from clinic import trail
from clinic.db import db
from clinic.errors import refuse_if
from clinic.programs import queries, rules
from clinic.programs.models import (
    Kind,
    Measure,
    MixItem,
    Organization,
    Population,
    Program,
    Room,
    Rule,
    RuleSet,
    Site,
)
from clinic.programs.rules import Figure
from clinic.trail import Actor

PROVIDED = Path(__file__).with_name("rule_sets.yaml")


Mix = Sequence[tuple[Kind, int, int]]  # kind, sessions a week, minutes of each


def set_up(*, name: str, by: Actor, now: datetime, **settings: Any) -> Organization:
    """Begin the clinic: its name and settings, and the rule sets that come with the product."""
    organization = Organization(name=name, **settings)
    db.add(organization)
    db.flush()
    trail.record("organization.set_up", organization, by=by, now=now)
    provide_rule_sets(by=by, now=now)
    return organization


def add_site(*, name: str, timezone: str, by: Actor, now: datetime) -> Site:
    sites = queries.sites()
    refuse_if(rules.why_not_name(name, [site.name for site in sites], what="site"), "name")
    key = rules.key_of(name, {site.key for site in sites}, otherwise="site")
    site = Site(key=key, name=name, timezone=timezone)
    db.add(site)
    db.flush()
    trail.record("site.added", site, by=by, now=now, site_id=site.id)
    return site


def add_room(site: Site, *, name: str, seats: int, by: Actor, now: datetime) -> Room:
    rooms = queries.rooms_of(site.id)
    refuse_if(rules.why_not_name(name, [room.name for room in rooms], what="room"), "name")
    key = rules.key_of(name, {room.key for room in rooms}, otherwise="room")
    room = Room(site_id=site.id, key=key, name=name, seats=seats)
    db.add(room)
    db.flush()
    trail.record("room.added", room, by=by, now=now, seats=seats)
    return room


def add_program(*, name: str, mix: Mix = (), by: Actor, now: datetime, **facts: Any) -> Program:
    """Offer something new. `facts` are the columns of a program."""
    programs = queries.programs()
    refuse_if(
        rules.why_not_name(name, [program.name for program in programs], what="program"), "name"
    )
    key = rules.key_of(name, {program.key for program in programs}, otherwise="program")
    program = Program(key=key, name=name, mix=mix_of(mix), **facts)
    db.add(program)
    db.flush()
    trail.record("program.added", program, by=by, now=now)
    return program


def mix_of(mix: Mix) -> list[MixItem]:
    return [
        MixItem(kind=kind, sessions=sessions, minutes=minutes) for kind, sessions, minutes in mix
    ]


def provide_rule_sets(*, by: Actor, now: datetime) -> int:
    """Bring the rule sets that come with the product to what they are in this version.

    Returns how many were added or changed: none, when they were up to date. A key that a rule set
    of the clinic's own has is left to it.
    """
    shapes = _provided()
    known = {
        found.key: found
        for found in db.scalars(
            select(RuleSet)
            .where(RuleSet.key.in_([shape["key"] for shape in shapes]))
            .options(selectinload(RuleSet.rules))
        )
    }
    number = 0
    for shape in shapes:
        facts = {name: value for name, value in shape.items() if name != "rules"}
        found = known.get(shape["key"])
        if found is None:
            found = RuleSet(is_provided=True, rules=[], **facts)
            db.add(found)
        elif not found.is_provided or _is_same(found, facts, shape["rules"]):
            continue
        for name, value in facts.items():
            setattr(found, name, value)
        _set_figures(found, shape["rules"])
        db.flush()
        trail.record("rule_set.provided", found, by=by, now=now, figures=len(found.rules))
        number += 1
    return number


@functools.cache
def _provided() -> list[dict[str, Any]]:
    shapes: list[dict[str, Any]] = yaml.safe_load(PROVIDED.read_text())
    for shape in shapes:
        shape["rules"] = [
            Figure(
                measure=Measure(line["measure"]),
                value=line["value"],
                population=Population(line["population"]) if "population" in line else None,
                kind=Kind(line["kind"]) if "kind" in line else None,
                leaders=line.get("leaders"),
            )
            for line in shape["rules"]
        ]
    return shapes


def _is_same(found: RuleSet, facts: dict[str, Any], figures: Collection[Figure]) -> bool:
    return figures_of(found) == set(figures) and all(
        getattr(found, name) == value for name, value in facts.items()
    )


def figures_of(rule_set: RuleSet) -> set[Figure]:
    return {_figure(rule) for rule in rule_set.rules}


def _figure(rule: Rule) -> Figure:
    return Figure(rule.measure, rule.value, rule.population, rule.kind, rule.leaders)


def _set_figures(rule_set: RuleSet, figures: Sequence[Figure]) -> None:
    rule_set.rules.clear()
    db.flush()  # each is there once: the old ones go first
    rule_set.rules += [Rule(**figure._asdict()) for figure in figures]


def copy_rule_set(rule_set: RuleSet, *, by: Actor, now: datetime) -> RuleSet:
    """The clinic's own version of a rule set, to be changed."""
    rule_sets = queries.rule_sets()
    name = f"{rule_set.name} (our own)"
    copy = RuleSet(
        key=rules.key_of(name, {each.key for each in rule_sets}, otherwise="rule-set"),
        name=name,
        jurisdiction=rule_set.jurisdiction,
        citation=rule_set.citation,
        valid_from=rule_set.valid_from,
        copied_from_id=rule_set.id,
        rules=[Rule(**_figure(rule)._asdict()) for rule in rule_set.rules],
    )
    db.add(copy)
    db.flush()
    trail.record("rule_set.copied", copy, by=by, now=now, copied_from=rule_set.id)
    return copy


def change_rule_set(
    rule_set: RuleSet,
    *,
    name: str,
    jurisdiction: str,
    citation: str,
    valid_from: date | None,
    figures: Sequence[Figure],
    by: Actor,
    now: datetime,
) -> bool:
    """Other words or figures for a rule set of the clinic's own; whether anything changed."""
    refuse_if(rules.PROVIDED if rule_set.is_provided else None)
    facts = {
        "name": name,
        "jurisdiction": jurisdiction,
        "citation": citation,
        "valid_from": valid_from,
    }
    if _is_same(rule_set, facts, figures):
        return False
    for column, value in facts.items():
        setattr(rule_set, column, value)
    if figures_of(rule_set) != set(figures):
        _set_figures(rule_set, figures)
    db.flush()
    trail.record("rule_set.changed", rule_set, by=by, now=now, figures=len(figures))
    return True


def switch_rule_set(rule_set: RuleSet, *, is_active: bool, by: Actor, now: datetime) -> None:
    """Offer a rule set to programs, or no longer; those that follow it keep it."""
    if rule_set.is_active != is_active:
        rule_set.is_active = is_active
        verb = "rule_set.reactivated" if is_active else "rule_set.deactivated"
        trail.record(verb, rule_set, by=by, now=now)
