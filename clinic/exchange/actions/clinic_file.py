"""A clinic file into the database: all of it or nothing, and a second time changes nothing."""

from collections import Counter
from datetime import datetime

from clinic.db import look_again
from clinic.errors import BadInput
from clinic.exchange.actions.enrollments import (
    bring_continuations,
    bring_enrollment,
    bring_rosters,
)
from clinic.exchange.actions.offers import bring_offers
from clinic.exchange.actions.people import bring_people
from clinic.exchange.actions.run import Run
from clinic.exchange.actions.timetable import bring_one_off, bring_series, clashes, lay_out_all
from clinic.exchange.models.clinic_file import ClinicFile
from clinic.exchange.queries.names import known
from clinic.exchange.rules.whole import problems
from clinic.programs.actions import provide_rule_sets
from clinic.programs.queries import programs as programs_by_name
from clinic.trail import Actor


def load(file: ClinicFile, *, by: Actor, now: datetime) -> dict[str, Counter[str]]:
    """Load or extend a clinic; what the file does not mention is left alone.

    Returns for each list of the file how many things were created, changed, unchanged. Raises
    `BadInput` with every problem, `path: sentence` each; the transaction must then be undone.
    """
    provide_rule_sets(by=by, now=now)
    found = problems(file, known())
    if found:
        raise BadInput(*found)
    run = Run(by=by, now=now)
    reach = bring_offers(run, file)
    bring_people(run, file)
    programs = {program.key: program for program in programs_by_name()}
    series, enrollments = {}, {}
    for n, plan in enumerate(file.series):
        with run.at(f"series[{n}]"):
            series[plan.key] = bring_series(run, plan, programs)
    for n, one in enumerate(file.enrollments):
        with run.at(f"enrollments[{n}]"):
            enrollments[one.key] = bring_enrollment(run, one, programs)
    if not run.problems:
        bring_continuations(run, file, enrollments)
        rosters = bring_rosters(run, file, enrollments)
        lay_out_all(run, file, series, rosters, reach)
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
