from datetime import date

import pytest

from clinic.coverage.queries import covers_of
from clinic.days import DAY
from clinic.desk import queries
from clinic.enrollment.queries import enrollments_of
from clinic.hours.queries import weeks_of
from clinic.programs.models import Kind
from clinic.programs.queries import find_clinic, home
from clinic.schedule.models import Status
from tests import make

MONDAY = date(2026, 3, 2)
NOW = make.instant("2026-03-02 08:55")


@pytest.fixture
def jo(app):
    return make.participant(name="Jordan Avery")


def enrolled(person):
    return enrollments_of([person.id])


def days_of(rows):
    return [(row.day.day, f"{row.starts_at:%H}", row.free) for row in rows]


def offered(person, weeks=(MONDAY,), now=NOW):
    return queries.free_seats(enrolled(person), weeks, now=now).places


def test_visits_are_those_from_today_on(jo):
    enrollment = make.enrollment(jo)
    for day in ("2026-02-27", "2026-03-02", "2026-03-23", "2026-03-24"):
        make.booking(make.session(day), enrollment)
    assert [row.day.day for row in queries.visits_of(enrolled(jo), MONDAY)] == [2, 23]
    found = queries.visits_of(enrolled(jo), MONDAY, date(2026, 3, 24))
    assert [row.day.day for row in found] == [2, 23, 24]


def test_clinicians_mark_what_they_lead_and_whom_they_care_for(jo):
    ana, ben, eve = make.staff(), make.staff(), make.staff()
    first, second = make.session(leaders=[ana]), make.session("2026-03-03", leaders=[ben])
    enrollment = make.enrollment(jo, clinician=ben)
    for session in (first, second):
        make.booking(session, enrollment)
    rows = queries.visits_of(enrolled(jo), MONDAY)
    found = {
        who: queries.own_of(rows, enrolled(jo), scope)
        for who, scope in (("all", None), ("ana", ana.id), ("ben", ben.id), ("eve", eve.id))
    }
    assert found == {
        "all": {first.id, second.id},
        "ana": {first.id},
        "ben": {first.id, second.id},
        "eve": set(),
    }


def test_weeks_are_those_that_a_call_reaches(jo):
    make.enrollment(jo)
    found = queries.weeks_until(enrolled(jo), date(2026, 3, 11), home(NOW), now=NOW)
    assert [each.hours.week for each in found] == [MONDAY, MONDAY + 7 * DAY]


def test_free_seats_are_of_the_program_and_still_to_come(jo):
    own, other = make.program(), make.program()
    make.enrollment(jo, own)
    make.session("2026-03-02", "07:00", "08:00", program=own)  # is over
    make.session("2026-03-02", "08:00", "09:00", program=own, seats=2)  # has begun
    make.session("2026-03-02", "10:00", "11:00", program=own, seats=3)
    make.session("2026-03-03", program=other)
    make.session("2026-03-03", program=own, is_cancelled=True)
    make.session("2026-03-03", program=own, kind=Kind.INDIVIDUAL)
    make.session("2026-03-03", program=own, is_counted=False)
    make.session("2026-03-09", program=own)
    full = make.session("2026-03-04", program=own, seats=1)
    make.booking(full)
    left = make.session("2026-03-05", program=own, seats=1)
    make.booking(left, status=Status.EXCUSED)
    assert days_of(offered(jo)) == [(2, "13", 2), (2, "15", 3), (5, "15", 1)]
    assert days_of(offered(jo, weeks=[MONDAY + 7 * DAY])) == [(9, "14", 12)]
    assert offered(make.participant()) == []


def test_free_seats_are_at_a_time_when_they_can_and_have_no_other_session(jo):
    enrollment = make.enrollment(jo)
    for day in ("02", "03", "04", "05", "06"):
        make.session(f"2026-03-{day}", "10:00", "11:00")
    make.booking(make.session("2026-03-02", "10:30", "12:00", title="Other"), enrollment)
    called_off = make.session("2026-03-03", "10:30", "12:00", title="Called off")
    make.booking(called_off, enrollment, status=Status.EXCUSED)
    off = make.session("2026-03-04", "10:30", "12:00", title="Off", is_cancelled=True)
    make.booking(off, enrollment)
    make.leave(enrollment, "2026-03-05", "2026-03-05")
    make.unavailability(enrollment, 4, "08:00", "12:00")
    assert [row.day.day for row in offered(jo)] == [4]


def test_what_is_offered_first_makes_up_for_what_was_missed_and_is_authorized(jo):
    program = make.program(min_minutes=180)
    enrollment = make.enrollment(jo, program)
    make.booking(
        missed := make.session("2026-03-02", "07:00", "08:30", program=program),
        enrollment,
        Status.NO_SHOW,
    )
    tuesday, thursday, friday = (
        make.session(f"2026-03-0{day}", "09:00", "12:00", program=program, title=title)
        for day, title in ((3, missed.title), (5, missed.title), (6, "Skills"))
    )
    make.session("2026-03-09", program=program)  # next week makes up for nothing

    def uncovered(free):
        return queries.uncovered_of(free, covers_of([enrollment.id], find_clinic(), now=NOW))

    def best():
        free = queries.free_seats(enrolled(jo), [MONDAY, MONDAY + 7 * DAY], now=NOW)
        weeks = weeks_of([enrollment.id], now=NOW, first=MONDAY, last=MONDAY)
        standing = {each.enrollment_id: each.hours for each in weeks}
        found = queries.best_of(free, standing, [], uncovered(free), now=NOW)
        return [(each.place.session_id, each.missed.session_id) for each in found]

    assert best() == [(each.id, missed.id) for each in (tuesday, thursday, friday)]
    one = make.authorization(enrollment, from_on=date(2026, 3, 5), until_on=date(2026, 3, 31))
    assert best() == [(each.id, missed.id) for each in (thursday, friday, tuesday)]
    free = queries.free_seats(enrolled(jo), [MONDAY], now=NOW)

    assert uncovered(free) == {tuesday.id}
    make.booking(make.session("2026-03-20", program=program), enrollment)
    one.units = 1  # booked for that Friday
    assert uncovered(free) == {tuesday.id, thursday.id, friday.id}
    one.units = 2
    assert uncovered(free) == {tuesday.id}
    make.booking(make.session("2026-03-06", "18:00", "19:00", program=program), enrollment)
    assert uncovered(free) == {tuesday.id, thursday.id}  # a day that is used anyhow


def test_of_two_programs_the_hours_go_where_they_are_missing(jo):
    day, evening = make.program(), make.program()
    one, two = make.enrollment(jo, day), make.enrollment(jo, evening)
    open_to_all = make.series(day, is_open_to_make_ups=True)
    both = make.session("2026-03-03", series=open_to_all)
    only_day = make.session("2026-03-04", program=day)
    make.booking(make.session("2026-03-05", "09:00", "20:00", program=day), one)
    make.session("2026-03-05", "19:30", "20:30", program=evening)  # they are in the other one

    def joined(**facts):
        return queries.free_seats(enrolled(jo), [MONDAY], now=NOW, **facts).joined_by

    of_the_day = {both.id: one.id, only_day.id: one.id}
    assert joined() == of_the_day
    assert joined(short=[one.id, two.id]) == of_the_day
    assert joined(short=[two.id]) == {both.id: two.id, only_day.id: one.id}


def test_who_lacks_nothing_is_offered_nothing_first(jo):
    enrollment = make.enrollment(jo, make.program(min_minutes=0))
    make.session("2026-03-03")
    free = queries.free_seats(enrolled(jo), [MONDAY], now=NOW)
    weeks = weeks_of([enrollment.id], now=NOW, first=MONDAY, last=MONDAY)
    standing = {each.enrollment_id: each.hours for each in weeks}
    assert queries.best_of(free, standing, [], (), now=NOW) == []
