"""A clinic file into the database: all of it or nothing, and a second time changes nothing."""

from collections import Counter
from datetime import datetime

from sqlalchemy import select

from clinic.errors import BadInput
from clinic.exchange.actions.authorizations import bring_authorizations
from clinic.exchange.actions.enrollments import (
    bring_enrollments,
    bring_rosters,
)
from clinic.exchange.actions.offers import bring_offers
from clinic.exchange.actions.people import bring_people
from clinic.exchange.actions.run import Run
from clinic.exchange.actions.timetable import (
    bring_meeting,
    bring_one_off,
    bring_series,
    clashes,
    lay_out_all,
)
from clinic.exchange.models.clinic_file import ClinicFile
from clinic.exchange.queries.names import by_key, known
from clinic.exchange.rules.whole import problems
from clinic.offerings.actions import provide_rule_sets
from clinic.programs.queries import programs as programs_by_name
from clinic.schedule.models import Series
from clinic.trail import Actor


def load(
    file: ClinicFile, *, reason: str | None = None, by: Actor, now: datetime
) -> dict[str, Counter[str]]:
    """Load or extend a clinic; what the file does not mention is left alone.

    The reason is kept as an amendment where the file reaches into weeks that are over. Returns for
    each list of the file how many things were created, changed, unchanged. Raises `BadInput` with
    every problem, `path: sentence` each; the transaction must then be undone.
    """
    provide_rule_sets(by=by, now=now)
    run = Run(by=by, now=now, amends=reason)
    run.leave_out(problems(file, known()))
    bring_offers(run, file)
    bring_people(run, file)
    programs = {program.key: program for program in programs_by_name()}
    series = {}
    for path, plan in run.lines("series", file.series):
        with run.at(path):
            if one := bring_series(run, path, plan, programs[plan.program]):
                series[plan.key] = one
    brought = bring_enrollments(run, file, programs)
    if not run.problems:
        bring_authorizations(run, file, brought)
        everyone = by_key(select(Series))
        rosters = bring_rosters(run, file, brought, everyone)
        lay_out_all(run, file, series, rosters)
    if not run.problems:
        for path, meeting in run.lines("meetings", file.meetings):
            with run.at(path):
                bring_meeting(run, meeting)
    for path, one_off in run.lines("sessions", file.sessions):
        with run.at(path):
            bring_one_off(run, one_off, programs[one_off.program])
    if not run.problems:
        run.catch_up()
    if run.has_changed and not run.problems:
        run.problems += clashes(file)
    if run.problems:
        raise BadInput(*run.problems)
    return run.counts
