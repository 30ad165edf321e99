"""The clinic itself into the database: settings, sites, rooms, rule sets, programs, closures."""

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any

from clinic.closures import actions as closures
from clinic.errors import Refused
from clinic.exchange.actions.run import Run
from clinic.exchange.models.clinic_file import (
    ClinicFile,
    ClosureShape,
    MixShape,
    OrganizationShape,
    ProgramShape,
    RoomShape,
    RuleSetShape,
    SiteShape,
)
from clinic.exchange.models.fields import WEEKDAYS
from clinic.exchange.queries.names import find_program_whole, find_rule_set, get_site
from clinic.offerings import actions as offerings
from clinic.programs import actions as programs
from clinic.programs.models import Kind, MixItem, Room, Site
from clinic.programs.queries import find_closure, find_organization, find_site, rooms_of
from clinic.programs.rules import Figure
from clinic.setup import actions as setup

SAME = (  # of a program, in the file and in the database
    "name",
    "level",
    "population",
    "weeks",
    "breaks_count",
    "grace_minutes",
    "is_part2",
    "needs_authorization",
    "phone_check_in",
    "is_active",
)


def bring_offers(run: Run, file: ClinicFile) -> None:
    """Bring all that people and groups refer to."""
    _organization(run, file.organization)
    for path, site in run.lines("sites", file.sites):
        with run.at(path):
            _site(run, path, site)
    own = run.lines("rule_sets", file.rule_sets)
    run.in_turns({path: partial(_rule_set, run, path, rule_set) for path, rule_set in own})
    scheduled = {one.key for one in file.series} | {one.key for one in file.sessions}
    for path, program in run.lines("programs", file.programs):
        with run.at(path):
            _program(run, path, program, scheduled)
    for path, closure in run.lines("closures", file.closures):
        with run.at(path):
            _closure(run, path, closure)


def _counting(
    run: Run, change: Callable[..., Any], number: Callable[[Any], int] = int
) -> Callable[..., None]:
    """A change that tells how many sessions changed with it."""

    def counted(*records: Any, **facts: Any) -> None:
        run.counts["sessions"]["changed"] += number(change(*records, **facts))

    return counted


def _organization(run: Run, shape: OrganizationShape) -> None:
    if "organization" in run.left_out:
        shape = OrganizationShape(name=shape.name)
    parts, policy = shape.day_parts, shape.policy
    facts = {
        "name": shape.name,
        "week_starts": WEEKDAYS.index(shape.week_starts) if shape.week_starts else None,
        "doors_minutes": shape.doors_minutes,
        "clinicians_manage_rosters": shape.clinicians_manage_rosters,
        "asks_identity": shape.asks_identity,
        "closing_email": shape.closing_email,
        "phone_check_in": shape.phone_check_in,
        "amendment_minutes": shape.amendment_minutes,
        "sends_digest": shape.sends_digest,
        "hold_hours": shape.hold_hours,
        "excused_use_units": shape.excused_use_units,
        "authorization_days": shape.authorization_days,
        "authorization_percent": shape.authorization_percent,
        "afternoon_from": parts and parts.afternoon,
        "evening_from": parts and parts.evening,
        **(policy.facts() if policy else {}),
    }
    run.bring(
        "organization",
        find_organization(),
        facts,
        add=programs.set_up,
        change=_counting(run, setup.change_organization, lambda regrouped: regrouped[-1]),
    )


def _site(run: Run, path: str, shape: SiteShape) -> None:
    site: Site = run.bring(
        path,
        find_site(shape.key),
        shape.facts("name", "timezone", "address", "phone", "way_in", "is_active"),
        add=partial(programs.add_site, key=shape.key),
        change=_counting(run, partial(setup.change_site, by_file=True)),
        switch=(setup.deactivate_site, setup.reactivate_site),
    )
    rooms = {room.key: room for room in rooms_of(site.id)}
    for m, room in enumerate(shape.rooms):
        place = f"{path}.rooms[{m}]"
        run.now_or_later(place, partial(_room, run, place, room, site, rooms.get(room.key)))


def _room(run: Run, path: str, shape: RoomShape, site: Site, found: Room | None) -> None:
    name = shape.name or (None if found else shape.key)
    run.bring(
        path,
        found,
        shape.facts("seats", "is_active") | {"name": name},
        add=partial(programs.add_room, site, key=shape.key),
        change=setup.change_room,
        switch=(setup.deactivate_room, setup.reactivate_room),
    )


def _rule_set(run: Run, path: str, shape: RuleSetShape) -> None:
    found, source = find_rule_set(shape.key), find_rule_set(shape.copied_from)
    if shape.copied_from is not None and (source is None or source is found):
        raise Refused(f"there is no other rule set {shape.copied_from}", "copied_from")
    facts = shape.facts("name", "jurisdiction", "citation", "valid_from", "is_active") | {
        "copied_from_id": source and source.id,
        "figures": None
        if shape.rules is None
        else [Figure(**rule.model_dump()) for rule in shape.rules],
    }
    switch = programs.switch_rule_set
    run.bring(
        path,
        found,
        facts,
        add=partial(programs.add_rule_set, key=shape.key),
        change=offerings.change_rule_set,
        switch=(partial(switch, is_active=False), partial(switch, is_active=True)),
        figures=found and programs.figures_of(found),
    )


def _program(run: Run, path: str, shape: ProgramShape, scheduled: Collection[str]) -> None:
    """Bring a program. To another site goes with it what the file says of its schedule."""
    least, most = shape.weekly_hours.minutes
    days = shape.service_days
    rule_set = find_rule_set(shape.rule_set)
    found = find_program_whole(shape.key)
    facts = shape.facts(*SAME) | {
        "site_id": get_site(shape.site).id,
        "min_minutes": least,
        "max_minutes": most,
        "min_service_days": days and days.min,
        "max_service_days": days and days.max,
        "rule_set_id": rule_set and rule_set.id,
        "counted_kinds": None if shape.counted_kinds is None else frozenset(shape.counted_kinds),
        "mix": None if shape.mix is None else _mix(shape.mix),
    }
    run.bring(
        path,
        found,
        facts,
        add=partial(programs.add_program, key=shape.key),
        change=_counting(
            run,
            partial(offerings.change, along=scheduled, by_file=True),
            lambda changed: int(changed.sessions),
        ),
        switch=(offerings.deactivate, offerings.reactivate),
        mix=found and _mix(found.mix),
    )


def _mix(items: Iterable[MixItem | MixShape]) -> list[tuple[Kind, int, int]]:
    return sorted((one.kind, one.sessions, one.minutes) for one in items)


def _closure(run: Run, path: str, shape: ClosureShape) -> None:
    site = get_site(shape.site)

    def number(closed: closures.Closed) -> int:
        return closed.cancelled + closed.brought_back

    run.bring(
        path,
        find_closure(site.id, shape.from_on, shape.until_on),
        shape.facts("from_on", "until_on", "name"),
        add=_counting(run, partial(closures.add, site, by_file=True), number),
        change=_counting(run, partial(closures.change, by_file=True), number),
    )
