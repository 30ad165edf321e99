from datetime import date

import pytest

from clinic.db import db
from clinic.losses.rules import Cause
from clinic.schedule.models import Status
from clinic.shortweeks import queries as weeks
from clinic.shortweeks.rules import Name
from tests import make

TODAY = date(2026, 3, 11)
MONDAY = make.instant("2026-03-09 08:00")


@pytest.fixture
def ana(app):
    make.organization()
    return make.staff(name="Ana Rivera")


def test_open_weeks_stand_oldest_first_and_closed_ones_latest_first(ana):
    one, other = make.enrollment(clinician=ana), make.enrollment(program=make.program(make.site()))
    for whose, week in ((one, "2026-02-23"), (other, "2026-02-16"), (one, "2026-03-09")):
        make.week_closing(whose, week)
    for week in ("2026-02-02", "2026-02-09"):
        make.week_closing(one, week, closed_at=MONDAY, closed_by_id=ana.account_id)

    def ids(**asked):
        return [row.id for row in weeks.listed(**{"scope": None} | asked)]

    assert ids(is_open=True) == [2, 1, 3]
    assert ids(is_open=True, site_id=one.program.site_id) == [1, 3]
    assert ids(is_open=True, scope=ana.id) == [1, 3]
    assert ids(is_open=False) == [5, 4]
    row = weeks.get_row(5, scope=ana.id)
    assert (row.closed_by, row.clinician, row.clinician_id) == ("Ana Rivera", "Ana Rivera", ana.id)

    def number(**asked):
        limits = {"site_id": None, "scope": None} | asked
        return [
            tuple(row) for row in db.execute(weeks.open_weeks(make._day("2026-03-11"), **limits))
        ]

    days = [date(2026, 2, 16), date(2026, 2, 23)]
    assert number() == [(*days, 2)]  # the running one is not over
    assert number(scope=ana.id) == [(days[1], days[1], 1)]
    assert number(site_id=other.program.site_id) == [(days[0], days[0], 1)]
    assert number(scope=make.staff().id) == []


def test_what_was_decided_is_done_once_the_hours_changed_or_somebody_follows(ana):
    enrollment = make.enrollment()
    make.week_closing(enrollment, "2026-02-23")
    row = weeks.get_row(1, scope=None)
    assert (row.is_target_changed, row.is_followed) == (False, False)
    make.target(enrollment, "2026-02-23")
    assert not weeks.get_row(1, scope=None).is_target_changed  # before it was decided
    make.target(enrollment, "2026-03-16")
    make.enrollment(enrollment.participant, continues_id=enrollment.id)
    row = weeks.get_row(1, scope=None)
    assert (row.is_target_changed, row.is_followed) == (True, True)


def test_how_weeks_stand_and_why_takes_as_many_statements_for_all_of_them(ana, queries):
    people = [make.enrollment(min_minutes=120, max_minutes=180) for _ in range(3)]
    for number, enrollment in enumerate(people):
        for day in ("2026-02-24", "2026-03-03"):
            make.booking(make.session(day), enrollment, Status.NO_SHOW)
        make.week_closing(enrollment, ("2026-02-23", "2026-03-02")[number % 2])
    db.flush()
    rows = weeks.listed(is_open=True, scope=None)
    counts = []
    for some in (rows[:1], rows):
        with queries() as count:
            stands = weeks.stands_of(some, now=MONDAY)
            losses = weeks.losses_of(some, now=MONDAY)
        counts.append(count())
    assert counts[0] == counts[1]
    assert {Name(row.enrollment_id, row.week) for row in rows} <= stands.keys()
    assert {name: [one.cause for one in each] for name, each in losses.items()} == {
        Name(row.enrollment_id, row.week): [Cause.MISSED] for row in rows
    }
    assert weeks.stands_of([], now=MONDAY) == weeks.losses_of([], now=MONDAY) == {}
