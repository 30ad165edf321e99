from datetime import date

import pytest

from clinic.days import DAY, WEEK, WeeklyTime
from clinic.hours.queries import weeks_of, weeks_on
from clinic.hours.rules import State
from clinic.makeups import queries
from clinic.programs.models import Kind
from clinic.schedule.models import Status
from tests import make

MONDAY = date(2026, 3, 2)
NOW = make.instant("2026-03-04 12:00")
LEFT = make.instant("2026-03-09 00:00")


def found(now=NOW, **asked):
    return [each.session_id for each in queries.places(MONDAY, MONDAY, now=now, **asked)]


def test_places_have_a_free_seat_count_and_have_not_begun(app):
    running = make.session("2026-03-04", "11:00", "13:00")
    make.session("2026-03-04", "09:00", "12:00")  # is over
    begins = make.session("2026-03-04", "12:00", "14:00")
    later = make.session("2026-03-05", seats=2)
    for facts in ({"is_cancelled": True}, {"is_counted": False}, {"credit_minutes": 0}):
        make.session("2026-03-05", **facts)
    make.session("2026-03-09")
    full, left = make.session("2026-03-06", seats=1), make.session("2026-03-07", seats=1)
    make.booking(full)
    make.booking(left, status=Status.EXCUSED)
    make.booking(later)
    assert found() == [later.id, left.id]
    assert found(make.instant("2026-03-04 11:59")) == [begins.id, later.id, left.id]
    assert found(begun=True) == [running.id, begins.id, later.id, left.id]
    (place, _) = queries.places(MONDAY, MONDAY, now=NOW)
    assert (place.free, place.credit, place.at) == (1, 60, WeeklyTime(3, 600, 660))
    assert (place.series_id, place.is_open, place.room) == (None, False, None)
    assert [each.week for each in queries.places(MONDAY, MONDAY + WEEK, now=NOW)][
        -1
    ] == MONDAY + WEEK


@pytest.mark.parametrize("kind", [Kind.INDIVIDUAL, Kind.FAMILY])
def test_an_individual_session_is_offered_only_where_it_is_nobodys(app, kind):
    weekly = make.series(kind=kind, seats=2)
    jordan = make.enrollment()
    make.roster_entry(weekly, jordan, until_on="2026-03-05")  # on leave just then, maybe
    make.session("2026-03-05", series=weekly)
    make.session("2026-03-06", kind=kind)  # by itself
    on, called_off = (make.session(f"2026-03-{day}", series=weekly) for day in ("06", "07"))
    make.booking(on)
    make.booking(called_off, status=Status.EXCUSED)
    free = make.session("2026-03-08", series=weekly)
    assert found() == [free.id]


@pytest.mark.parametrize(("people", "is_offered"), [(2, False), (3, True)])
def test_a_family_group_is_offered_as_groups_are(app, people, is_offered):
    night = make.session("2026-03-05", series=make.series(kind=Kind.FAMILY, seats=12))
    for _ in range(people):
        make.booking(night)
    assert found() == ([night.id] if is_offered else [])


def reach(enrollment, *, first=MONDAY, now=NOW):
    """The minutes to be made up, the same by either way of reading them."""
    (week,) = weeks_of([enrollment.id], now=now, first=first, last=first)
    all_ = {each.enrollment_id: each for each in weeks_on(first, now=now)}
    assert all_[enrollment.id] == week
    return week.hours.balance.make_up


def test_the_hours_reach_as_far_as_the_best_sessions_that_somebody_could_come_to(app):
    own, other = make.program(), make.program()
    jordan = make.enrollment(program=own, min_minutes=180, max_minutes=600)
    make.session("2026-03-05", "09:00", "11:00", program=own)
    make.session("2026-03-05", "10:00", "11:30", program=own)  # at the same time
    make.session("2026-03-06", "09:00", "11:00", program=other)
    assert reach(jordan) == 120
    (week,) = weeks_of([jordan.id], now=NOW, first=MONDAY, last=MONDAY)
    assert (week.hours.state, week.hours.missing) == (State.OUT_OF_REACH, 180)
    open_ = make.series(other, is_open_to_make_ups=True)
    make.session("2026-03-07", "09:00", "10:00", series=open_)
    assert reach(jordan) == 180
    (week,) = weeks_of([jordan.id], now=NOW, first=MONDAY, last=MONDAY)
    assert (week.hours.state, week.hours.missing) == (State.NEEDS_MAKE_UP, 180)
    assert (week.hours.balance.reachable, week.hours.balance.booked) == (180, 0)
    assert reach(jordan, now=make.instant("2026-03-07 09:00")) == 0
    assert reach(jordan, now=LEFT) == 0
    far = make.enrollment(program=make.program(make.site()))
    assert reach(far) == 0  # open to those of its site


def test_the_last_seat_is_still_to_be_had_by_whom_it_is_held_for(app):
    own = make.program()
    jordan, casey = (make.enrollment(program=own, min_minutes=60) for _ in range(2))
    last = make.session("2026-03-05", "09:00", "11:00", program=own, seats=1)
    make.offer(jordan, last)
    assert (reach(jordan), reach(casey)) == (120, 0)
    (week,) = weeks_of([jordan.id], now=NOW, first=MONDAY, last=MONDAY)
    assert week.hours.state is State.NEEDS_MAKE_UP
    assert found() == []


def test_what_else_somebody_has_in_whatever_program_and_cannot_do_stands_in_the_way(app):
    evening, day = make.program(), make.program()
    jo = make.participant()
    jordan, also = make.enrollment(jo, evening), make.enrollment(jo, day)
    make.enrollment(jo, day, from_on="2026-01-05", until_on="2026-02-01")
    offered = {
        number: make.session(f"2026-03-0{number}", "18:00", "19:00", program=evening)
        for number in (5, 6, 7, 8)
    }
    assert reach(jordan) == 240
    clashing = make.session("2026-03-05", "18:30", "19:30", program=day)
    booking = make.booking(clashing, also)
    assert reach(jordan) == 180
    booking.status, booking.seat_no, booking.method = Status.EXCUSED, None, "staff"
    make.saved()
    assert reach(jordan) == 180  # at a time that they called off they do not come either
    clashing.is_cancelled = True
    make.saved()
    assert reach(jordan) == 240
    make.booking(offered[6], also, status=Status.LATE_CANCEL)  # not that one again
    assert reach(jordan) == 180
    make.unavailability(jordan, 5, "08:00", "18:30")
    assert reach(jordan) == 120
    make.leave(jordan, "2026-03-08", "2026-03-09")
    assert reach(jordan) == 60
    ids = [jordan.id, also.id]
    theirs = queries.places_for(ids, MONDAY, MONDAY, now=NOW)
    assert [each.session_id for each in theirs[jordan.id]] == [offered[5].id]
    assert [each.session_id for each in theirs[also.id]] == []
    assert queries.places_for([], MONDAY, MONDAY, now=NOW) == {}
    assert queries.places_for(ids, MONDAY, MONDAY, now=LEFT) == {each: [] for each in ids}
    two = queries.places_for(ids, MONDAY - WEEK, MONDAY, now=NOW - 9 * DAY)
    assert len(two[jordan.id]) == 1
