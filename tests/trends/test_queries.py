from datetime import date

from clinic.days import WEEK
from clinic.programs.models import DayPart
from clinic.trends.queries import parts_of, weeks_of_all
from tests import make

MONDAY = date(2026, 3, 2)
WEEKS = [MONDAY - WEEK, MONDAY]


def test_the_weeks_of_everybody_at_a_site_or_of_a_caseload(app):
    ana, sam = make.staff(), make.staff()
    here, there = make.program(make.site()), make.program(make.site())
    one = make.enrollment(program=here, clinician=ana)
    other = make.enrollment(program=there, clinician=sam)
    make.booking(make.session("2026-03-02", program=there, leaders=[ana]), other)
    now = make.instant("2026-03-10 12:00")
    for asked, found in (
        ({}, [one.id, other.id] * 2),
        ({"site_id": there.site_id}, [other.id] * 2),
        ({"scope": ana.id}, [one.id] * 2),  # to lead a session of theirs is no caseload
    ):
        weeks = weeks_of_all(WEEKS, now=now, **{"site_id": None, "scope": None} | asked)
        assert [each.enrollment_id for each in weeks] == found
    assert {each.hours.week for each in weeks} == set(WEEKS)


def test_the_part_of_the_day_is_that_of_the_clock_there_and_of_what_counts(app):
    policy = make.organization(afternoon_from=720, evening_from=1020)
    west = make.program(make.site(timezone="America/Los_Angeles"))
    one = make.enrollment(program=west)
    for day, start, end, facts in (
        ("2026-03-02", "11:00", "13:00", {}),
        ("2026-03-03", "18:00", "21:00", {"is_cancelled": True}),
        ("2026-03-04", "18:00", "21:00", {"is_counted": False}),
        ("2026-03-09", "11:00", "13:00", {}),
        ("2026-02-23", "17:00", "18:00", {}),
    ):
        make.booking(make.session(day, start, end, program=west, **facts), one)
    assert parts_of(WEEKS, policy) == {
        (one.id, WEEKS[0]): DayPart.EVENING,
        (one.id, MONDAY): DayPart.MORNING,
    }
