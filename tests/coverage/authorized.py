"""Authorizations and what is used of them, as plain values."""

from datetime import date, timedelta
from itertools import count
from typing import NamedTuple

from clinic.coverage import rules
from clinic.coverage.models import Unit
from clinic.coverage.rules import Stage, Use
from clinic.days import Range

MONDAY = date(2026, 3, 2)
ALWAYS = Range(MONDAY - timedelta(days=100), None)


def day(number):
    """So many days after the Monday."""
    return MONDAY + timedelta(days=number)


class Authorized(NamedTuple):
    id: int
    from_on: date
    until_on: date
    unit: Unit = Unit.DAY
    units: int = 20
    payer: str = "Blue Plan"
    code: str = "H0015"
    number: str = "A1"
    review_on: date | None = None


def authorized(first, last, *, number=1, **facts):
    return Authorized(number, day(first), day(last), **facts)


def uses(*days, stage=Stage.USED, minutes=180, ids=count(1)):  # noqa: B008  # goes on counting
    return [Use(next(ids), day(each), minutes, stage) for each in days]


def outlook(authorizations, used, *, enrolled=ALWAYS, today=0, figures=None):
    facts = {"enrolled": enrolled, "today": day(today), "figures": figures}
    return rules.outlook(authorizations, used, **facts)


def sums(found):
    return [(each.used, each.open, each.booked) for each in found.reaches]
