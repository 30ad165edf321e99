from datetime import date

import pytest

from clinic.enrollment.rules import Standing
from clinic.hours.queries import delivered_in
from clinic.records import queries
from clinic.records.queries import lived_by, story_of
from clinic.schedule.models import Method, Status
from clinic.schedule.queries.bookings import next_of
from clinic.schedule.rules.words import attendance_label
from tests import make

NOON = make.instant("2026-03-04 12:00")
MONDAY = date(2026, 3, 2)


def shown_of(person):
    (found,) = queries.shown_of([person.id], None, now=NOON).values() or [None]
    return found and [each.id for each in found]


def test_the_running_enrollment_counts_before_a_later_one_to_come(app):
    jordan, ana = make.participant(), make.staff(name="Ana Rivera")
    evening = make.enrollment(jordan, make.program(name="Evening IOP"), clinician=ana)
    later = make.enrollment(jordan, make.program(name="Aftercare"), from_on="2026-06-01")
    assert shown_of(jordan) == [evening.id]
    (shown,) = queries.shown_of(None, None, now=NOON)[jordan.id]
    assert (shown.program, shown.clinician, shown.standing) == (
        "Evening IOP",
        "Ana Rivera",
        Standing.ACTIVE,
    )
    assert queries.weeks_shown([shown], this=MONDAY, now=NOON).keys() == {evening.id}
    weeks = queries.weeks_now([evening, later], this=MONDAY, now=NOON)
    assert {one: week.state for one, week in weeks.items()} == {evening.id: "out_of_reach"}


def test_two_that_run_at_once_are_both_named(app):
    jordan = make.participant()
    first = make.enrollment(jordan, make.program(name="Evening IOP"))
    later = make.enrollment(jordan, make.program(name="Family program"), from_on="2026-02-02")
    assert shown_of(jordan) == [later.id, first.id]


def test_of_those_that_have_ended_the_latest_counts(app):
    jordan = make.participant()
    evening, aftercare = make.program(name="Evening IOP"), make.program(name="Aftercare")
    make.enrollment(jordan, evening, until_on="2026-01-31")
    last = make.enrollment(jordan, aftercare, from_on="2026-02-01", until_on="2026-02-28")
    assert shown_of(jordan) == [last.id]
    assert queries.weeks_now([last], this=MONDAY, now=NOON) == {}


def test_nobody_enrolled_stands_anywhere(app):
    make.site()
    assert shown_of(make.participant()) is None


def weeks_of(enrollment):
    return queries.weeks_so_far([enrollment], this=MONDAY, now=NOON)[enrollment.id]


def test_the_last_twelve_weeks_are_shown_with_this_one_at_the_end(app):
    enrollment = make.enrollment(from_on="2025-11-03")
    session = make.session("2026-03-02", "18:00", "21:00")
    make.booking(session, enrollment, status=Status.PRESENT)
    weeks = weeks_of(enrollment)
    assert (len(weeks), weeks[-1].week) == (12, date(2026, 3, 2))
    assert weeks[-1].balance.delivered == 180


def places_of(enrollment):
    return queries.places_of([enrollment], now=NOON)[enrollment.id]


def test_groups_that_are_over_are_left_out(app):
    enrollment = make.enrollment()
    running = make.roster_entry(make.series(title="Running", weekdays="02"), enrollment)
    make.roster_entry(make.series(title="Taken off"), enrollment, until_on="2026-03-03")
    make.roster_entry(make.series(title="Ended", until_on="2026-03-03"), enrollment)
    assert places_of(enrollment) == [running]


def test_whose_rosters_somebody_manages(app):
    ana = make.staff()
    hers, theirs = make.enrollment(clinician=ana), make.enrollment()
    led, other = make.series(leaders=[ana]), make.series()
    far = make.enrollment(program=make.program(make.site()))
    entries = [make.roster_entry(one, each) for each in (hers, theirs) for one in (led, other)]
    everybody = [hers, theirs, far]
    places = queries.places_of(everybody, now=NOON)
    ids = [entry.id for entry in entries]
    assert queries.managed(everybody, places, ana.id) == ({hers.id, theirs.id}, set(ids[:3]))
    assert queries.managed(everybody, places, None) == ({each.id for each in everybody}, set(ids))
    assert queries.managed(everybody, places, 0) == (set(), set())


def test_visits_are_told_apart_by_now_the_nearest_first(app):
    enrollment = make.enrollment()
    for day, facts in (
        ("2026-03-02", {"status": Status.PRESENT, "arrived": "10:12", "method": Method.STAFF}),
        ("2026-03-03", {"status": Status.NO_SHOW}),
        ("2026-03-04", {}),
        ("2026-03-05", {}),
        ("2026-03-06", {}),
        ("2026-06-01", {}),
    ):
        make.booking(make.session(day), enrollment, **facts)
    all_, today, coming, past, _ = queries.visits_of(
        queries.lived_by(enrollment.participant_id), today=date(2026, 3, 4), now=NOON
    )
    found = (all_, today, coming)
    assert [[visit.day.day for visit in visits] for visits in found] == [
        [*range(2, 7)],
        [4],
        [5, 6],
    ]
    assert [
        (visit.day.day, visit.status, attendance_label(visit, visit), delivered_in(visit, now=NOON))
        for visit in past
    ] == [
        (4, "expected", "Expected", 0),
        (3, "no-show", "No-show", 0),
        (2, "present", "Late, 12 min", 48),
    ]


@pytest.mark.parametrize(
    ("days", "due"),
    [
        ({"2026-03-04": {}, "2026-03-05": {}}, 4),  # it has begun, and is not over
        ({"2026-03-03": {}, "2026-03-04": {"status": Status.EXCUSED}, "2026-03-06": {}}, 6),
        ({"2026-03-04": {"status": Status.PRESENT, "arrived": "11:30", "left": "11:50"}}, None),
        ({"2026-03-04": {"status": Status.PRESENT, "arrived": "11:30"}}, 4),
        ({"2026-03-05": None, "2026-03-06": {}}, 6),
        ({"2026-03-02": {}}, None),
        ({}, None),
    ],
)
def test_where_somebody_is_to_be_next_is_as_it_is_elsewhere(app, days, due):
    enrollment = make.enrollment()
    for day, facts in days.items():
        session = make.session(day, "11:30", "12:30", is_cancelled=facts is None)
        make.booking(session, enrollment, **facts or {})
    person = enrollment.participant_id
    found = queries.visits_of(queries.lived_by(person), today=date(2026, 3, 4), now=NOON).due
    assert (found.day.day if found else None) == due
    elsewhere = next_of([person], now=NOON).get(person)
    assert (elsewhere and elsewhere.booking_id) == (found and found.booking_id)


def told(enrollment, **facts):
    enrollments = lived_by(enrollment.participant_id)
    return story_of(enrollments, **{"with_reasons": True, "now": NOON} | facts)


def test_without_an_enrollment_there_is_no_story(app):
    assert story_of([], with_reasons=True, now=NOON) is None


def test_amendments_say_who_made_them_and_on_which_day_there(app):
    ana = make.staff(name="Ana Rivera")
    enrollment = make.enrollment()
    late = make.instant("2026-03-02 23:30")  # the next day already in UTC
    make.amendment(enrollment, ana, made_at=late, reason="The letter came late")
    make.amendment(enrollment, made_at=NOON, reason="From a file")
    make.amendment(make.enrollment(), ana, reason="Of somebody else")
    ((_, lines),) = told(enrollment).episodes
    assert [(line.day, line.note) for line in lines[1:]] == [
        (date(2026, 3, 2), "Ana Rivera: “The letter came late”"),
        (date(2026, 3, 4), "Daybook: “From a file”"),
    ]


def test_today_is_the_day_at_the_site(app):
    enrollment = make.enrollment(from_on="2026-03-02", until_on="2026-03-29")
    late = make.instant("2026-03-08 23:30")
    found = told(enrollment, now=late)
    assert found.at(found.today) == 21.43


def test_reasons_can_be_left_out(app):
    enrollment = make.enrollment()
    make.amendment(enrollment, made_at=NOON, reason="The letter came late")
    ((_, lines),) = told(enrollment, with_reasons=False).episodes
    assert [line.note for line in lines[1:]] == ["Daybook"]
