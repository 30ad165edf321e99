"""The hold list: what everybody's days of three months are worth, and what holds them back."""

from contextlib import ExitStack
from datetime import date, timedelta

from sqlalchemy import update

from bench.clinics import NOON, Clinic, Size, asking, clinic, sign_in, statements, stopped_clock
from bench.measure import Bench, Result, Row, cpu_in_turn, measures
from clinic.accounts.models import Staff
from clinic.db import db, transaction
from clinic.programs.models import Measure, Program, Rule, RuleSet
from clinic.schedule.models import Booking

FEW, MANY = 50, 500
WEEKS = 13
LIST = Row(
    25,
    f"the hold list of {MANY} people × 3 months",
    f"ten times that of {FEW}",
    "ms CPU",
    1.2,
    most=1000.0,
)
COUNT = Row(
    8,
    f"SQL of the hold list with {MANY} people",
    f"itself with {FEW}",
    "statements",
    1.0,
    most=12,
)


@measures(LIST, COUNT)
def holds(bench: Bench) -> list[Result]:
    with ExitStack() as stack:
        stack.enter_context(stopped_clock(NOON))
        many, few = (stack.enter_context(clinic(bench, _size(each))) for each in (MANY, FEW))
        ask_many, ask_few = _asking(many), _asking(few)
        listed = cpu_in_turn(bench, LIST, ask_many, lambda: [ask_few() for _ in range(10)])
        counts = []
        for ask in (ask_many, ask_few):
            with statements() as sent:
                ask()
            counts.append(float(len(sent)))
    return [listed, Result(COUNT, *([each] for each in counts))]


def _size(people: int) -> Size:
    """Twice two hours on three days a week."""
    last = NOON.date()
    first: date = last - timedelta(weeks=WEEKS)
    return Size(people=people, group=10, first=first, last=last, weekdays="024", hours=(9, 11))


def _asking(made: Clinic):
    with made.app.app_context(), transaction():
        figures = {Measure.UNIT_MINUTES_MIN: 180, Measure.UNITS_DAY_MAX: 1}
        rules = [Rule(measure=measure, value=value) for measure, value in figures.items()]
        pays = RuleSet(
            key="payer", name="Payer", jurisdiction="Ohio", citation="Its manual", rules=rules
        )
        db.add(pays)
        db.flush()
        db.execute(update(Program).values(rule_set_id=pays.id))
        license_ = {"license_number": "SW-1", "license_expires_on": date(2030, 1, 1)}
        db.execute(update(Staff).values(license_))
        signed = {"signed_at": NOON - timedelta(days=3)}
        db.execute(
            update(Booking).where(Booking.recorded_at < NOON - timedelta(days=3)).values(signed)
        )
    return asking(made.app, "/billing", cookie=sign_in(made, now=NOON))
