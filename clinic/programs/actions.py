"""What the clinic is made of: what comes to be, and what nothing else follows from.

What a later change does to the schedule is the business of `setup.actions`.
"""

import functools
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

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


def add_site(*, name: str, key: str | None = None, by: Actor, now: datetime, **facts: Any) -> Site:
    """`facts` are the columns of a site, as of rooms and programs below.

    They get a key by their name, which must be their own, unless they come with one.
    """
    site = Site(key=key or _free_key(name, queries.sites(), what="site"), name=name, **facts)
    db.add(site)
    db.flush()
    trail.record("site.added", site, by=by, now=now, site_id=site.id)
    return site


def add_room(
    site: Site, *, name: str, key: str | None = None, by: Actor, now: datetime, **facts: Any
) -> Room:
    key = key or _free_key(name, queries.rooms_of(site.id), what="room")
    room = Room(site_id=site.id, key=key, name=name, **facts)
    db.add(room)
    db.flush()
    trail.record("room.added", room, by=by, now=now, seats=room.seats)
    return room


def add_program(
    *,
    name: str,
    key: str | None = None,
    mix: Mix = (),
    by: Actor,
    now: datetime,
    **facts: Any,
) -> Program:
    key = key or _free_key(name, queries.programs(), what="program")
    refuse_figures(facts)
    program = Program(key=key, name=name, mix=mix_of(mix), **facts)
    db.add(program)
    db.flush()
    trail.record("program.added", program, by=by, now=now)
    return program


def refuse_figures(facts: Mapping[str, Any]) -> None:
    """Raise `Refused` where what a program asks of a week is more than it allows."""
    for what, least, most in (
        ("hours", "min_minutes", "max_minutes"),
        ("days", "min_service_days", "max_service_days"),
    ):
        sentence = rules.why_not_between(facts.get(least), facts.get(most), what=what)
        refuse_if(sentence, most)


def _free_key(name: str, others: Sequence[Any], *, what: str) -> str:
    refuse_if(rules.why_not_name(name, [each.name for each in others], what=what), "name")
    return rules.key_of(name, {each.key for each in others}, otherwise=what)


def mix_of(mix: Mix) -> list[MixItem]:
    return [
        MixItem(kind=kind, sessions=sessions, minutes=minutes) for kind, sessions, minutes in mix
    ]


class Newer(NamedTuple):
    """A rule set that comes with the product, and what it is in this version."""

    rule_set: RuleSet
    facts: dict[str, Any]
    figures: Collection[Figure]


def provide_rule_sets(newer: Sequence[Newer] | None = None, *, by: Actor, now: datetime) -> int:
    """Bring the rule sets that come with the product to what they are in this version; `newer` are
    those, where they were read before.

    Returns how many were added or changed: none, when they were up to date. What that makes of
    claimed days is the business of `offerings.actions`.
    """
    newer = newer_rule_sets() if newer is None else newer
    for each in newer:
        for name, value in each.facts.items():
            setattr(each.rule_set, name, value)
        _set_figures(each.rule_set, each.figures)
        db.add(each.rule_set)
    db.flush()
    for found, *_ in newer:
        trail.record("rule_set.provided", found, by=by, now=now, figures=len(found.rules))
    return len(newer)


def newer_rule_sets() -> list[Newer]:
    """Those that are not as in this version, or not there yet. A key that a rule set of the
    clinic's own has is left to it."""
    shapes = _provided()
    known = {
        found.key: found
        for found in db.scalars(
            select(RuleSet)
            .where(RuleSet.key.in_([shape["key"] for shape in shapes]))
            .options(selectinload(RuleSet.rules))
            .execution_options(populate_existing=True)  # what another server has done, too
        )
    }
    newer = []
    for shape in shapes:
        facts = {name: value for name, value in shape.items() if name != "rules"}
        found = known.get(shape["key"]) or RuleSet(is_provided=True, rules=[])
        if found.is_provided and not _is_same(found, facts, shape["rules"]):
            newer.append(Newer(found, facts, shape["rules"]))
    return newer


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
    return figures_of(found) == list(figures) and all(
        getattr(found, name) == value for name, value in facts.items()
    )


def figures_of(rule_set: RuleSet) -> list[Figure]:
    return [_figure(rule) for rule in rule_set.rules]


def _figure(rule: Rule) -> Figure:
    return Figure(rule.measure, rule.value, rule.population, rule.kind, rule.leaders)


def _set_figures(rule_set: RuleSet, figures: Collection[Figure]) -> None:
    if rule_set.rules:
        rule_set.rules.clear()
        db.flush()  # each is there once: the old ones go first
    rule_set.rules += [Rule(**figure._asdict()) for figure in figures]


def add_rule_set(
    *, figures: Collection[Figure] = (), by: Actor, now: datetime, **facts: Any
) -> RuleSet:
    """Note figures of the clinic's own. `facts` are the columns of a rule set."""
    rule_set = RuleSet(rules=[Rule(**figure._asdict()) for figure in figures], **facts)
    db.add(rule_set)
    db.flush()
    verb = "rule_set.copied" if rule_set.copied_from_id else "rule_set.added"
    trail.record(verb, rule_set, by=by, now=now, copied_from=rule_set.copied_from_id)
    return rule_set


def copy_rule_set(rule_set: RuleSet, *, by: Actor, now: datetime) -> RuleSet:
    """The clinic's own version of a rule set, to be changed."""
    name = f"{rule_set.name} (our own)"
    keys = {each.key for each in queries.rule_sets()}
    return add_rule_set(
        key=rules.key_of(name, keys, otherwise="rule-set"),
        name=name,
        jurisdiction=rule_set.jurisdiction,
        citation=rule_set.citation,
        valid_from=rule_set.valid_from,
        copied_from_id=rule_set.id,
        figures=figures_of(rule_set),
        by=by,
        now=now,
    )


def change_rule_set(
    rule_set: RuleSet, *, figures: Collection[Figure], by: Actor, now: datetime, **facts: Any
) -> bool:
    """Other words or figures for a rule set of the clinic's own; whether anything changed."""
    refuse_if(rules.PROVIDED if rule_set.is_provided else None)
    if _is_same(rule_set, facts, figures):
        return False
    for column, value in facts.items():
        setattr(rule_set, column, value)
    if figures_of(rule_set) != list(figures):
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
