"""A clinic file into the database: all of it or nothing, and a second time changes nothing."""

from collections import Counter
from datetime import datetime

from clinic.db import look_again, session
from clinic.errors import BadInput
from clinic.exchange import rules
from clinic.exchange.actions.enrollments import bring_enrollment, bring_rosters
from clinic.exchange.actions.people import bring_participant, bring_staff
from clinic.exchange.actions.run import Run
from clinic.exchange.actions.timetable import bring_one_off, bring_series, clashes, lay_out_all
from clinic.exchange.models import WEEKDAYS, ClinicFile, ClosureShape, ProgramShape, SiteShape
from clinic.exchange.queries import get_site_id, known
from clinic.programs.models import Closure, Organization, Program, Room, Site
from clinic.programs.queries import (
    find_closure,
    find_organization,
    find_program,
    find_site,
    rooms_of,
)
from clinic.programs.queries import programs as programs_by_name
from clinic.schedule.actions import sessions
from clinic.trail import Actor


def load(file: ClinicFile, *, by: Actor, now: datetime) -> dict[str, Counter[str]]:
    """Load or extend a clinic; what the file does not mention is left alone.

    Returns for each list of the file how many things were created, changed, unchanged. Raises
    `BadInput` with every problem, `path: sentence` each; the transaction must then be undone.
    """
    found = rules.problems(file, known())
    if found:
        raise BadInput(*found)
    run = Run(by=by, now=now)
    _what_is_offered(run, file)
    _people(run, file)
    programs = {program.key: program for program in programs_by_name()}
    series, enrollments = {}, {}
    for n, plan in enumerate(file.series):
        with run.at(f"series[{n}]"):
            series[plan.key] = bring_series(run, plan, programs)
    for n, one in enumerate(file.enrollments):
        with run.at(f"enrollments[{n}]"):
            enrollments[one.key] = bring_enrollment(run, one, programs)
    if not run.problems:
        rosters = bring_rosters(run, file, enrollments)
        lay_out_all(run, file, series, rosters)
        for n, one_off in enumerate(file.sessions):
            with run.at(f"sessions[{n}]"):
                bring_one_off(run, one_off, programs)
    if run.has_changed and not run.problems:
        run.problems += clashes(file)
    if run.problems:
        raise BadInput(*run.problems)
    if run.has_changed:
        look_again()
    return run.counts


def _what_is_offered(run: Run, file: ClinicFile) -> None:
    _organization(run, file)
    for site in file.sites:
        _site(run, site)
    for program in file.programs:
        _program(run, program)
    for closure in file.closures:
        _closure(run, closure)


def _people(run: Run, file: ClinicFile) -> None:
    for n, person in enumerate(file.staff):
        with run.at(f"staff[{n}]"):
            bring_staff(run, person)
    for n, one in enumerate(file.participants):
        with run.at(f"participants[{n}]"):
            bring_participant(run, one)


def _organization(run: Run, file: ClinicFile) -> None:
    starts = file.organization.week_starts
    found = find_organization()
    before = found.week_starts if found else None
    values = {
        "name": file.organization.name,
        "week_starts": WEEKDAYS.index(starts) if starts else None,
    }
    organization = run.put("organization", found, Organization, values)
    if before is not None and before != organization.week_starts:
        sessions.regroup_weeks(organization.week_starts)


def _site(run: Run, shape: SiteShape) -> None:
    values = {"key": shape.key, "name": shape.name, "timezone": shape.timezone}
    site: Site = run.put("sites", find_site(shape.key), Site, values)
    rooms = {room.key: room for room in rooms_of(site.id)}
    for room in shape.rooms:
        there = rooms.get(room.key)
        name = room.name or (None if there else room.key)
        facts = {"site_id": site.id, "key": room.key, "name": name, "seats": room.seats}
        run.put("rooms", there, Room, facts)


def _program(run: Run, shape: ProgramShape) -> None:
    least, most = shape.weekly_hours.minutes
    values = {
        "key": shape.key,
        "name": shape.name,
        "site_id": get_site_id(shape.site),
        "level": shape.level,
        "population": shape.population,
        "min_minutes": least,
        "max_minutes": most,
        "min_service_days": shape.service_days.min if shape.service_days else None,
        "weeks": shape.weeks,
        "breaks_count": shape.breaks_count,
        "grace_minutes": shape.grace_minutes,
        "is_part2": shape.part2,
    }
    program: Program = run.put("programs", find_program(shape.key), Program, values)
    session.expire(program, ["site"])  # the id may be another now


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
