"""The clinic itself into the database: settings, sites, rooms, rule sets, programs, closures."""

from datetime import datetime
from typing import Any, NamedTuple

from clinic.db import db
from clinic.exchange.actions.run import Run
from clinic.exchange.models.clinic_file import (
    ClinicFile,
    ClosureShape,
    OrganizationShape,
    ProgramShape,
    RuleSetShape,
    RuleShape,
    SiteShape,
)
from clinic.exchange.models.fields import WEEKDAYS
from clinic.exchange.queries.names import find_program_whole, find_rule_set, get_site_id
from clinic.programs.actions import set_up
from clinic.programs.models import (
    Closure,
    MixItem,
    Organization,
    Program,
    Room,
    Rule,
    RuleSet,
    Site,
)
from clinic.programs.queries import find_closure, find_organization, find_site, rooms_of
from clinic.schedule.actions import sessions
from clinic.setup.actions import change_organization
from clinic.trail import Actor


class Reach(NamedTuple):
    """Whose coming sessions a change is about: ids of programs and sites."""

    programs: set[int]
    sites: set[int]


def bring_offers(run: Run, file: ClinicFile) -> Reach:
    """All that people and groups refer to; returns which coming sessions are to be laid anew."""
    reach = Reach(set(), set())
    _organization(run, file.organization)
    for path, site in run.lines("sites", file.sites):
        with run.at(path):
            _site(run, site, reach)
    own = list(run.lines("rule_sets", file.rule_sets))
    for bring in (_rule_set, _copied_from):
        for path, rule_set in own:
            with run.at(path):
                bring(run, rule_set)
    for path, program in run.lines("programs", file.programs):
        with run.at(path):
            _program(run, program, reach)
    for path, closure in run.lines("closures", file.closures):
        with run.at(path):
            _closure(run, closure)
    return reach


def _organization(run: Run, shape: OrganizationShape) -> None:
    if "organization" in run.left_out:
        shape = OrganizationShape(name=shape.name)
    parts, policy = shape.day_parts, shape.policy
    facts = {
        "name": shape.name,
        "week_starts": WEEKDAYS.index(shape.week_starts) if shape.week_starts else None,
        "doors_minutes": shape.doors_minutes,
        "afternoon_from": parts and parts.afternoon,
        "evening_from": parts and parts.evening,
        "notice_hours": policy and policy.notice_hours,
        "alert_in_a_row": policy and policy.in_a_row,
        "alert_misses": policy and policy.misses,
        "alert_days": policy and policy.days,
        "alert_in_episode": policy and policy.in_episode,
    }

    def change(organization: Organization, *, by: Actor, now: datetime, **settings: Any) -> None:
        *_, laid_anew = change_organization(organization, settings=settings, by=by, now=now)
        run.counts["sessions"]["changed"] += laid_anew

    run.bring("organization", find_organization(), facts, add=set_up, change=change)


def _site(run: Run, shape: SiteShape, reach: Reach) -> None:
    """Bring a site and its rooms; what is to come is laid anew where its clocks are others."""
    found = find_site(shape.key)
    before = found.timezone if found else None
    values = {
        "key": shape.key,
        "name": shape.name,
        "timezone": shape.timezone,
        "is_active": shape.active,
    }
    site: Site = run.put("sites", found, Site, values)
    rooms = {room.key: room for room in rooms_of(site.id)}
    for room in shape.rooms:
        there = rooms.get(room.key)
        facts = {
            "site_id": site.id,
            "key": room.key,
            "name": room.name or (None if there else room.key),
            "seats": room.seats,
            "is_active": room.active,
        }
        run.put("rooms", there, Room, facts)
    if before not in (None, site.timezone):
        reach.sites.add(site.id)


def _rule_set(run: Run, shape: RuleSetShape) -> None:
    found = find_rule_set(shape.key)
    values: dict[str, Any] = {
        "key": shape.key,
        "name": shape.name,
        "jurisdiction": shape.jurisdiction,
        "citation": shape.citation,
        "valid_from": shape.valid_from,
        "is_active": shape.active,
    }
    wanted = [_figure(rule) for rule in shape.rules or []]
    if found is None:
        run.put("rule_sets", None, RuleSet, values | {"rules": [Rule(**one) for one in wanted]})
        return
    there = [{name: getattr(rule, name) for name in FIGURE} for rule in found.rules]
    has_other_rules = shape.rules is not None and there != wanted
    if has_other_rules:
        found.rules.clear()
        db.flush()  # each stands once: the old ones go first
        found.rules += [Rule(**one) for one in wanted]
    run.put("rule_sets", found, RuleSet, values, has_changed=has_other_rules)


FIGURE = ("measure", "value", "population", "kind", "leaders")


def _figure(rule: RuleShape) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in FIGURE}


def _copied_from(run: Run, shape: RuleSetShape) -> None:
    source = find_rule_set(shape.copied_from)
    copy = find_rule_set(shape.key)
    assert copy is not None
    if source is not None and copy.copied_from_id != source.id:
        copy.copied_from_id = source.id
        db.flush()
        run.note_change("rule_sets", copy)


def _program(run: Run, shape: ProgramShape, reach: Reach) -> None:
    """Bring a program; its coming sessions are laid anew when they count otherwise than before."""
    least, most = shape.weekly_hours.minutes
    days = shape.service_days
    rule_set = find_rule_set(shape.rule_set)
    found = find_program_whole(shape.key)
    before = _counting(found) if found else None
    values: dict[str, Any] = {
        "key": shape.key,
        "name": shape.name,
        "site_id": get_site_id(shape.site),
        "level": shape.level,
        "population": shape.population,
        "min_minutes": least,
        "max_minutes": most,
        "min_service_days": days.min if days else None,
        "max_service_days": days.max if days else None,
        "weeks": shape.weeks,
        "breaks_count": shape.breaks_count,
        "grace_minutes": shape.grace_minutes,
        "is_part2": shape.part2,
        "rule_set_id": rule_set.id if rule_set else None,
        "is_active": shape.active,
    }
    if shape.counts is not None:
        values["counted_kinds"] = frozenset(shape.counts)
    has_other_mix = found is not None and _mix(found, shape)
    program: Program = run.put("programs", found, Program, values, has_changed=has_other_mix)
    db.expire(program, ["site", "rule_set"])  # the ids may be others now
    if found is None:
        for item in shape.mix or []:
            db.add(MixItem(program_id=program.id, **item.model_dump()))
        db.flush()
        db.expire(program, ["mix"])
    if before not in (None, _counting(program)):
        reach.programs.add(program.id)


def _counting(program: Program) -> tuple[Any, ...]:
    return program.breaks_count, program.grace_minutes, program.counted_kinds


def _mix(program: Program, shape: ProgramShape) -> bool:
    """Give a program the mix that the file names; whether it is another than before."""
    if shape.mix is None:
        return False
    wanted = {item.kind: (item.sessions, item.minutes) for item in shape.mix}
    if {item.kind: (item.sessions, item.minutes) for item in program.mix} == wanted:
        return False
    program.mix.clear()
    db.flush()  # each kind stands once: the old ones go first
    program.mix += [
        MixItem(kind=kind, sessions=number, minutes=minutes)
        for kind, (number, minutes) in wanted.items()
    ]
    return True


def _closure(run: Run, shape: ClosureShape) -> None:
    site_id = get_site_id(shape.site)
    values = {
        "site_id": site_id,
        "from_on": shape.from_,
        "until_on": shape.until,
        "name": shape.name,
    }
    there = find_closure(site_id, shape.from_, shape.until)
    closure: Closure = run.put("closures", there, Closure, values)
    run.counts["sessions"]["changed"] += sessions.close(closure, now=run.now)
