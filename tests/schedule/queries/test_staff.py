from datetime import date

from clinic.days import DAY
from clinic.programs.models import Kind
from clinic.schedule.models import Status
from clinic.schedule.queries.people import busy_of, leaves_of
from clinic.schedule.queries.staff import hours_of, led_after, led_between, site_of, time_off_of
from tests import make

MONDAY = date(2026, 3, 2)


def test_times_are_kept_apart_by_person(app):
    ana, kim = make.staff(), make.staff()
    make.working_hours(ana, 2, "09:00", "12:00")
    make.time_off(kim, "2026-03-02", "2026-03-03")
    assert hours_of([ana.id, kim.id]) == {ana.id: [(2, 540, 720)], kim.id: []}
    assert time_off_of([ana.id, kim.id]) == {ana.id: [], kim.id: [(MONDAY, MONDAY + DAY)]}
    jo = make.enrollment()
    make.unavailability(jo, 0)
    make.leave(jo, "2026-03-02", "2026-03-03")
    assert busy_of([jo.id]) == {jo.id: [(0, 480, 960)]}
    assert leaves_of([jo.id]) == {jo.id: [(MONDAY, MONDAY + DAY)]}


def test_what_somebody_leads_meanwhile_comes_with_the_number_expected(app):
    ana = make.staff()
    session = make.session("2026-03-09", leaders=[make.staff(), ana], title="Process group")
    make.booking(session)
    make.booking(session)
    make.booking(session, status=Status.EXCUSED)
    make.session("2026-03-09", leaders=[ana], is_cancelled=True)
    make.session("2026-03-09")
    make.session("2026-03-14", leaders=[ana])
    rows = led_between(ana.id, date(2026, 3, 9), date(2026, 3, 13))
    assert [row._asdict() for row in rows] == [
        {
            "id": session.id,
            "title": "Process group",
            "kind": Kind.GROUP,
            "day": date(2026, 3, 9),
            "starts_at": session.starts_at,
            "ends_at": session.ends_at,
            "timezone": "America/New_York",
            "expected": 2,
        }
    ]


def test_what_somebody_is_still_to_lead_comes_by_start(app):
    ana = make.staff()
    begun, alone = (make.session(day, leaders=[ana]) for day in ("2026-03-04", "2026-03-06"))
    make.session("2026-03-06", leaders=[ana], is_cancelled=True)
    make.session("2026-03-06")
    group = make.series()
    of_group = make.session("2026-03-05", series=group, leaders=[make.staff(), ana])
    rows = led_after(ana.id, begun.starts_at)
    assert [(row.id, row.series_id) for row in rows] == [
        (of_group.id, group.id),
        (alone.id, None),
    ]


def test_where_somebody_works_is_read_off_what_they_lead_and_then_whom_they_care_for(app):
    now = make.instant("2026-03-02 12:00")
    ana, east, west = make.staff(), make.program(make.site()), make.program(make.site())
    assert site_of(ana.id, now) is None
    for program in (east, east, west):
        make.enrollment(program=program, clinician=ana)
    assert site_of(ana.id, now) == east.site_id
    make.session("2026-03-09", program=west, leaders=[make.staff(), ana])
    assert site_of(ana.id, now) == west.site_id
    for day in ("2026-03-10", "2026-03-11"):
        make.session(day, program=east, leaders=[ana])
    assert site_of(ana.id, now) == east.site_id
    assert site_of(ana.id, make.instant("2026-06-01 12:00")) == east.site_id
