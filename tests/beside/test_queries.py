from datetime import date
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from clinic.beside.queries import week_beside
from clinic.programs.queries import Home
from tests import make

NOON = make.instant("2026-03-04 12:00")  # a Wednesday
HOME = Home(ZoneInfo("America/New_York"), date(2026, 3, 4), date(2026, 3, 2), 0)


@pytest.fixture
def jo(app):
    enrollment = make.enrollment()
    ana = make.staff(name="Ana Rivera")
    for day in ("2026-03-02", "2026-03-05", "2026-03-10", "2026-03-17"):
        make.booking(make.session(day=day, leaders=[ana]), enrollment)
    make.saved()
    return enrollment


def days(beside):
    return [[day.day for day, _ in one.days] for one in beside.weeks]


def test_this_week_and_that_of_the_act_with_their_hours_and_leaders(jo):
    other = make.enrollment(make.participant(name="Sam Lee"))
    make.booking(make.session(day="2026-03-06"), other)
    found = week_beside(jo.participant_id, None, home=HOME, now=NOON)
    assert days(found) == [[2, 5]]
    ((program, week),) = found.weeks[0].hours
    assert (program, week.week) == (jo.program.name, HOME.week)
    assert {each[0].name for each in found.leaders.values()} == {"Ana Rivera"}
    assert len(found.leaders) == 2
    found = week_beside(jo.participant_id, date(2026, 3, 16), home=HOME, now=NOON)
    assert days(found) == [[2, 5], [17]]
    assert [one.week.day for one in found.weeks] == [2, 16]


def test_what_an_act_took_away_is_still_there_and_marked(jo):
    before = week_beside(jo.participant_id, None, home=HOME, now=NOON).rows
    gone = next(row for row in before if row.day.day == 5)._asdict() | {"session_id": 0}
    make.booking(make.session(day="2026-03-06"), jo)
    were = [*before, SimpleNamespace(**gone)]
    after = week_beside(jo.participant_id, None, were, home=HOME, now=NOON)
    marks = [[line.change for line in lines] for _, lines in after.weeks[0].days]
    assert marks == [[""], ["removed", ""], ["added"]]
    assert not after.weeks[0].hours


def test_a_person_and_one_with_more_need_the_same_statements(jo, queries):
    with queries() as few:
        week_beside(jo.participant_id, None, home=HOME, now=NOON)
    for day in ("2026-03-06", "2026-03-07", "2026-03-08"):
        make.booking(make.session(day=day), jo)
    make.enrollment(jo.participant, program=make.program(name="Day IOP"))
    make.saved()
    with queries() as many:
        week_beside(jo.participant_id, None, home=HOME, now=NOON)
    assert few() == many()
