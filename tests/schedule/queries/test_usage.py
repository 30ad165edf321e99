from datetime import date

import pytest

from clinic.programs.models import Kind
from clinic.schedule.models import Mode
from clinic.schedule.queries import usage
from tests import make

NOW = make.instant("2026-03-02 10:00")
TODAY = date(2026, 3, 2)
WHEN = {"today": TODAY, "now": NOW}


@pytest.fixture
def room(app):
    return make.room(name="Room 1", seats=20)


def test_groups_that_run_and_sessions_that_come_need_a_room(room):
    group = make.series(title="Process group", room=room)
    make.series(title="Ended", room=room, until_on="2026-03-01")
    make.series(title="Elsewhere", room=make.room())
    for day in ("2026-03-09", "2026-03-16"):
        make.session(day, series=group)
    make.session("2026-03-09", "14:00", "15:00", title="Intake", room=room)
    make.session("2026-03-01", title="Past", room=room)
    make.session("2026-03-10", title="Called off", room=room, is_cancelled=True)
    wanted = [("Intake", 1), ("Process group", 2)]
    assert list(usage.of_room(room.id, **WHEN).items()) == wanted
    make.session("2026-03-11", title="Virtual", mode=Mode.VIRTUAL)
    at_site = list(usage.of_site(room.site_id, **WHEN).items())
    assert at_site == [("Elsewhere", 0), *wanted, ("Virtual", 1)]
    assert list(usage.of_program(group.program_id, **WHEN).items()) == at_site


def test_a_session_that_goes_on_still_needs_its_room(room):
    make.session("2026-03-02", "09:30", "10:30", title="Now", room=room)
    make.session("2026-03-02", "08:30", "10:00", title="Just over", room=room)
    assert usage.of_room(room.id, **WHEN) == {"Now": 1}


def test_the_largest_use_in_person_is_named(room):
    assert usage.most_seats_in(room.id, **WHEN) is None
    make.series(title="Webinar", room=room, mode=Mode.VIRTUAL, seats=200)
    make.series(title="Group", room=room, seats=9)
    assert usage.most_seats_in(room.id, **WHEN) == ("Group", 9)
    make.session("2026-03-09", title="Lecture", room=room, seats=15, kind=Kind.EDUCATION)
    make.session("2026-03-01", title="Past", room=room, seats=18)
    assert usage.most_seats_in(room.id, **WHEN) == ("Lecture", 15)


def test_groups_that_still_meet_are_those_of_the_day_at_their_site(app):
    kolkata = make.program(make.site(timezone="Asia/Kolkata"))
    group = make.series(kolkata, title="Skills", until_on="2026-03-02")
    late = make.instant("2026-03-02 18:00")  # half past four in the morning of the day after
    assert [row.title for row in usage.planned_in([kolkata.id], now=NOW)] == ["Skills"]
    assert usage.planned_in([kolkata.id], now=late) == []
    make.series(kolkata, title="Art", leaders=[make.staff(), make.staff()], seats=9)
    make.series_plan(group, "2026-03-16", seats=15)
    rows = usage.planned_in([kolkata.id], now=NOW)
    assert [(row.title, row.seats, row.leaders) for row in rows] == [
        ("Art", 9, 2),
        ("Skills", 15, 0),
    ]
    assert usage.planned_in([kolkata.id + 1], now=NOW) == []
