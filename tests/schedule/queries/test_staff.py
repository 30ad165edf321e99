from datetime import date, timedelta

from clinic.schedule.queries.people import away_of
from clinic.schedule.queries.staff import led_while_away, times_of_staff
from tests import make

MONDAY = date(2026, 3, 2)
DAY = timedelta(days=1)


def test_sessions_led_by_somebody_who_is_away_are_told_once_a_leader(app):
    ana, ben = make.staff(name="Ana"), make.staff(name="Ben")
    make.time_off(ana, "2026-03-09", "2026-03-10")
    make.time_off(ben, "2026-03-10", "2026-03-12")
    both = make.session("2026-03-10", leaders=[ana, ben])
    first = make.session("2026-03-09", leaders=[ana, ben])
    make.session("2026-03-11", leaders=[ana])
    make.session("2026-03-10", leaders=[ana], is_cancelled=True)
    make.session("2026-03-12", leaders=[ben])
    rows = led_while_away(date(2026, 3, 9), date(2026, 3, 11))
    assert [(row.id, row.staff_name, row.timezone) for row in rows] == [
        (first.id, "Ana", make.ZONE),
        (both.id, "Ana", make.ZONE),
        (both.id, "Ben", make.ZONE),
    ]


def test_times_are_kept_apart_by_person(app):
    ana, kim = make.staff(), make.staff()
    make.working_hours(ana, 2, "09:00", "12:00")
    make.time_off(kim, "2026-03-02", "2026-03-03")
    times = times_of_staff([ana.id, kim.id])
    assert times == (
        {ana.id: [(2, 540, 720)], kim.id: []},
        {ana.id: [], kim.id: [(MONDAY, MONDAY + DAY)]},
    )
    jo = make.enrollment()
    make.unavailability(jo, 0)
    make.leave(jo, "2026-03-02", "2026-03-03")
    away = away_of([jo.id])
    assert away == ({jo.id: [(0, 480, 960)]}, {jo.id: [(MONDAY, MONDAY + DAY)]})
