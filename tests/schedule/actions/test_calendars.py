from clinic.db import db
from clinic.schedule.actions import calendars
from tests import make


def versions(*people):
    for person in people:
        db.refresh(person, ["calendar_version"])
    return [person.calendar_version for person in people]


def test_a_session_raises_the_calendars_of_everyone_in_it_once(app):
    ana, ben = make.staff(), make.staff()
    jo, blake = make.enrollment(), make.enrollment()
    series = make.series(leaders=[ana])
    sessions = [make.session(day, series=series) for day in ("2026-03-02", "2026-03-09")]
    other = make.session(series=None, leaders=[ben])
    for each in sessions:
        make.booking(each, jo)
    make.booking(other, blake)
    people = [ana, ben, jo.participant, blake.participant]
    calendars.raise_versions([each.id for each in sessions])
    assert versions(*people) == [1, 0, 1, 0]
    calendars.raise_versions([other.id])
    assert versions(*people) == [1, 1, 1, 1]
    calendars.raise_versions([])
    assert versions(*people) == [1, 1, 1, 1]


def test_the_calendars_of_some_can_be_raised_by_themselves(app):
    ana, ben = make.staff(), make.staff()
    jo = make.participant()
    one, two = make.enrollment(jo), make.enrollment(jo, make.program())
    blake = make.enrollment()
    people = [ana, ben, jo, blake.participant]
    calendars.raise_booked([one.id, two.id])
    calendars.raise_leaders([ben.id])
    assert versions(*people) == [0, 1, 1, 0]
    calendars.raise_booked([])
    calendars.raise_leaders([])
    assert versions(*people) == [0, 1, 1, 0]
