from datetime import date

import pytest

from clinic.programs.models import Kind
from clinic.schedule.models import Mode
from clinic.setup.queries import usage
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
    assert usage.of_room(room.id, **WHEN) == wanted
    make.session("2026-03-11", title="Virtual", mode=Mode.VIRTUAL)
    at_site = usage.of_site(room.site_id, **WHEN)
    assert at_site == [("Elsewhere", 0), *wanted, ("Virtual", 1)]
    assert usage.of_program(group.program_id, **WHEN) == at_site


def test_a_session_that_goes_on_still_needs_its_room(room):
    make.session("2026-03-02", "09:30", "10:30", title="Now", room=room)
    make.session("2026-03-02", "08:30", "10:00", title="Just over", room=room)
    assert usage.of_room(room.id, **WHEN) == [("Now", 1)]


def test_the_largest_use_in_person_is_named(room):
    assert usage.most_seats_in(room.id, **WHEN) is None
    make.series(title="Webinar", room=room, mode=Mode.VIRTUAL, seats=200)
    make.series(title="Group", room=room, seats=9)
    assert usage.most_seats_in(room.id, **WHEN) == ("Group", 9)
    make.session("2026-03-09", title="Lecture", room=room, seats=15, kind=Kind.EDUCATION)
    make.session("2026-03-01", title="Past", room=room, seats=18)
    assert usage.most_seats_in(room.id, **WHEN) == ("Lecture", 15)


def test_programs_in_use_are_named(app):
    site = make.site()
    make.program(site, name="PHP")
    make.program(site, name="IOP")
    make.program(site, name="Old", is_active=False)
    make.program(make.site(), name="Elsewhere")
    assert usage.programs_at(site.id) == ["IOP", "PHP"]


def test_enrollments_that_run_or_are_to_begin_count(app):
    program = make.program()
    make.enrollment(program=program, until_on="2026-03-01")
    make.enrollment(program=program, until_on="2026-03-02")
    make.enrollment(program=program, from_on="2026-04-01")
    make.enrollment(program=make.program())
    assert usage.number_enrolled(program.id, today=TODAY) == 2
