"""Days that can be claimed, for the tests of claims."""

from datetime import date

from clinic.amendments import actions as amendments
from clinic.amendments.rules import Stand
from clinic.billable.rules import Figures
from clinic.claims import actions, queries
from clinic.claims.queries import Which
from clinic.days import Range
from clinic.db import db
from clinic.programs.models import Measure
from clinic.schedule.models import Status, Why
from clinic.trail import Actor
from tests import make

TUESDAY = date(2026, 3, 3)
FIGURES = {Measure.UNIT_MINUTES_MIN: 180, Measure.UNITS_DAY_MAX: 1}
WEEK = Which(Range(date(2026, 3, 2), date(2026, 3, 8)))
NOW = make.instant("2026-03-10 09:00")
LATER = make.instant("2026-03-12 09:00")


def paid(**facts):
    """A program whose rule set pays a day of three hours."""
    return make.program(rule_set_id=make.rule_set(FIGURES).id, **facts)


def attended(program, enrollment=None, *, day="2026-03-03", start="09:00", end="12:00", **facts):
    """A signed session with a licensed leader, and somebody who was there."""
    lead = make.staff(license_number="SW-1", license_expires_on=date(2027, 1, 1))
    session = make.session(day, start, end, program=program, leaders=[lead])
    facts = {"status": Status.PRESENT, "signed_at": session.ends_at} | facts
    return make.booking(session, enrollment, **facts)


def biller():
    return Actor("account", make.staff(roles=["billing"]).account_id)


def exported(which=WEEK, *, by=None, now=NOW):
    found = queries.to_export(which, now=now)
    by = by or biller()
    return actions.export(which, seen=found.sorted.digest, by=by, now=now)


def amend(booking, status=Status.NO_SHOW, *, now=LATER, **times):
    """Say something else of an attendance that was signed."""
    by, session = Actor("account", make.staff().account_id), booking.session
    proposal = amendments.propose(
        session,
        booking.enrollment_id,
        Stand(status, **times),
        booking_id=booking.id,
        version=booking.version,
        why=Why.MISTAKE,
        words=None,
        now=now,
    )
    amendments.make(session, proposal, by=by, now=now)
    make.read_afresh()


def set_to(program, minutes, *, now=LATER):
    """Have a day of a program take so many minutes to be a unit."""
    (rule,) = [one for one in program.rule_set.rules if one.measure is Measure.UNIT_MINUTES_MIN]
    figures = Figures(minutes_min=minutes, units_max=1)
    anew = queries.judged_anew({program.id: figures}, now=now)
    rule.value = minutes
    db.flush()
    actions.note_anew(anew, by=biller(), now=now)
