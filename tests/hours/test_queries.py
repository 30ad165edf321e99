from datetime import date

import pytest

from clinic import clock
from clinic.db import db
from clinic.hours import queries as hours
from clinic.hours.rules import Balance, Flag, State, Target, WeekOf
from clinic.losses.rules import reasons
from clinic.programs.models import Kind, Measure
from clinic.schedule.models import Status
from clinic.schedule.queries.bookings import bookings_of
from tests import make

MONDAY = date(2026, 3, 2)
NEXT = date(2026, 3, 9)
LATER = make.instant("2026-04-01 12:00")


def evening(enrollment, day="2026-03-02", status=Status.PRESENT, *, of=None, **marks):
    """Three hours from six in the evening."""
    session = make.session(day, "18:00", "21:00", program=of or enrollment.program)
    return make.booking(session, enrollment, status, **marks)


def only(weeks):
    (week,) = weeks
    return week.hours


def keys(weeks):
    return [week.enrollment_key for week in weeks]


def test_a_week_has_the_sums_the_target_and_the_state(app):
    program = make.program(min_service_days=3)
    jordan = make.enrollment(program=program)
    evening(jordan, "2026-03-02")
    evening(jordan, "2026-03-03", left="20:00")
    evening(jordan, "2026-03-04", Status.EXPECTED)
    evening(jordan, "2026-03-05", Status.EXCUSED)
    evening(jordan, "2026-03-06", Status.EXPECTED)

    now = make.instant("2026-03-05 12:00")
    assert only(hours.weeks_on(MONDAY, now=now)) == WeekOf(
        MONDAY,
        Target(date(2026, 1, 5), 540, 720, 3),
        Balance(
            planned=900,
            delivered=300,
            unconfirmed=180,
            upcoming=180,
            service_days=2,
            possible_days=4,
        ),
        State.ON_COURSE,
        0,
        (Flag.OVER,),
    )


def test_a_week_says_whose_it_is(app):
    program = make.program(name="Evening IOP")
    jordan = make.participant(name="Jordan Avery", preferred_name="Jo", key="p-001")
    enrollment = make.enrollment(jordan, program, key="e-001")
    (week,) = hours.weeks_on(MONDAY, now=LATER)
    assert week[:-2] == (
        enrollment.id,
        "e-001",
        jordan.id,
        "p-001",
        "Jordan Avery",
        "Jo",
        None,
        None,
        program,
    )


def test_a_week_is_flagged_by_the_mix_and_the_service_days_of_the_enrollments_program(app):
    program = make.program(max_service_days=1)
    make.mix_item(program, Kind.INDIVIDUAL, sessions=1, minutes=50)
    make.mix_item(program, Kind.GROUP, sessions=2)
    other = make.program(name="Without a mix")
    ana, ben, cleo = (
        make.enrollment(program=of, min_minutes=60) for of in (program, program, other)
    )
    for enrollment in (ana, ben, cleo):
        evening(enrollment, "2026-03-02", of=program)
        evening(enrollment, "2026-03-03", of=other)
    talk = make.session("2026-03-03", "10:00", "10:50", program=other, kind=Kind.INDIVIDUAL)
    make.booking(talk, ana)
    flags = [week.hours.flags for week in hours.weeks_on(MONDAY, now=LATER)]
    assert flags == [
        (Flag.TOO_MANY_SERVICE_DAYS,),
        (Flag.TOO_MANY_SERVICE_DAYS, Flag.MIX_NOT_MET),
        (),
    ]


@pytest.mark.parametrize(
    ("arrived", "left", "minutes"),
    [
        (None, None, 180),
        ("17:50", "21:05", 180),
        ("18:00", "21:00", 180),
        ("18:00:00.000001", None, 179),
        ("17:59:59.999999", None, 180),
        (None, "20:59:59.999999", 179),
        (None, "21:00:00.000001", 180),
        ("18:20", "20:50", 150),
        ("21:10", "21:20", 0),
        ("17:10", "17:20", 0),
        ("17:10", "18:30", 30),
        ("20:30", "21:30", 30),
    ],
)
def test_what_was_delivered_follows_the_instants_stored(app, arrived, left, minutes):
    evening(make.enrollment(), arrived=arrived, left=left)
    assert only(hours.weeks_on(MONDAY, now=LATER)).balance.delivered == minutes


def test_credit_grace_and_kinds_are_the_sessions_programs_and_the_target_the_enrollments(app):
    own = make.program(grace_minutes=0, min_minutes=60, max_minutes=90)
    other = make.program(
        grace_minutes=10, breaks_count=True, counted_kinds=frozenset(Kind) - {Kind.FAMILY}
    )
    jordan = make.enrollment(program=own, min_minutes=180, max_minutes=300)

    def session(day, program, **facts):
        return make.session(day, "10:00", "11:00", program=program, **facts)

    make.booking(session("2026-03-02", other), jordan, Status.PRESENT, arrived="10:10")
    make.booking(session("2026-03-03", own), jordan, Status.PRESENT, arrived="10:10")
    make.booking(session("2026-03-04", other, break_minutes=20), jordan, Status.PRESENT)
    make.booking(session("2026-03-05", own, break_minutes=20), jordan, Status.PRESENT)
    make.booking(session("2026-03-06", other, kind=Kind.FAMILY), jordan, Status.PRESENT)
    make.booking(session("2026-03-07", own, kind=Kind.OTHER), jordan, Status.PRESENT)
    make.booking(session("2026-03-08", other, kind=Kind.OTHER), jordan, Status.PRESENT)

    week = only(hours.weeks_on(MONDAY, now=LATER))
    assert week.balance.delivered == 60 + 50 + 60 + 40 + 0 + 0 + 60
    assert week.balance.planned == 60 + 60 + 60 + 40 + 0 + 0 + 60
    assert week.balance.service_days == 5
    assert (week.target.min_minutes, week.target.max_minutes) == (180, 300)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_can_be_made_to_count_or_not(app, kind):
    for program, minutes in (
        (make.program(counted_kinds=frozenset()), 0),
        (make.program(counted_kinds=frozenset({kind})), 60),
    ):
        jordan = make.enrollment(program=program)
        make.booking(make.session(program=program, kind=kind), jordan, Status.PRESENT)
        (week,) = hours.weeks_of([jordan.id], now=LATER, first=MONDAY, last=MONDAY)
        assert week.hours.balance.delivered == minutes


def test_a_cancelled_session_contributes_nothing(app):
    jordan = make.enrollment()
    evening(jordan)
    cancelled = make.session("2026-03-03", is_cancelled=True, cancel_reason="Snow")
    make.booking(cancelled, jordan, Status.EXPECTED)
    assert only(hours.weeks_on(MONDAY, now=LATER)).balance == Balance(180, 180, 0, 0, 1, 1)


def test_as_of_moves_only_now(app):
    evening(make.enrollment(), status=Status.PRESENT, left="20:00")
    ended = make.instant("2026-03-02 21:00")
    before = make.instant("2026-03-02 20:59")
    assert only(hours.weeks_on(MONDAY, now=before)).balance == Balance(180, 0, 0, 180, 0, 1)
    assert only(hours.weeks_on(MONDAY, now=ended)).balance == Balance(180, 120, 0, 0, 1, 1)


@pytest.mark.parametrize(
    ("from_on", "until_on", "state"),
    [
        ("2026-03-02", "2026-03-08", State.SHORT),
        ("2026-03-02", None, State.SHORT),
        ("2026-03-08", None, State.PARTIAL),
        ("2026-01-05", "2026-03-02", State.PARTIAL),
        ("2026-03-09", None, None),
        ("2026-01-05", "2026-03-01", None),
    ],
)
def test_a_week_lists_the_enrollments_that_it_touches(app, from_on, until_on, state):
    make.enrollment(from_on=from_on, until_on=until_on)
    states = [week.hours.state for week in hours.weeks_on(MONDAY, now=LATER)]
    assert states == ([] if state is None else [state])


def test_leave_and_transition_weeks_make_weeks_partial(app):
    away, stepping_down, other, leaving = (make.enrollment(key=key) for key in "abcd")
    make.leave(leaving, "2026-03-08", "2026-03-20")
    make.leave(away, "2026-02-20", "2026-03-02")
    make.leave(away, "2026-03-14", "2026-03-20")
    make.leave(other, "2026-02-20", "2026-03-01")
    make.transition_week(stepping_down, MONDAY)
    make.transition_week(other, "2026-02-23")
    states = [(week.enrollment_key, week.hours.state) for week in hours.weeks_on(MONDAY, now=LATER)]
    assert states == [
        ("a", State.PARTIAL),
        ("b", State.PARTIAL),
        ("c", State.SHORT),
        ("d", State.PARTIAL),
    ]
    # Other weeks of theirs are judged, a second leave makes its own weeks partial.
    assert [
        week.hours.state
        for week in hours.weeks_of(
            [away.id], now=LATER, first=date(2026, 2, 23), last=date(2026, 3, 23)
        )
    ] == [State.PARTIAL, State.PARTIAL, State.PARTIAL, State.PARTIAL, State.SHORT]


def test_a_change_of_target_leaves_past_weeks_as_they_were(app):
    jordan = make.enrollment(min_minutes=540, max_minutes=720)
    make.target(jordan, "2026-03-09", min_minutes=360, max_minutes=540)
    weeks = hours.weeks_of([jordan.id], now=LATER, first=date(2026, 2, 23), last=date(2026, 3, 16))
    assert [week.hours.target.min_minutes for week in weeks] == [540, 540, 360, 360]
    assert only(hours.weeks_on(MONDAY, now=LATER)).target.max_minutes == 720
    assert only(hours.weeks_on(NEXT, now=LATER)).target.max_minutes == 540


def test_a_week_is_over_at_its_sites_midnight_also_when_the_clocks_change(app):
    east = make.program(make.site(timezone="America/New_York"))
    west = make.program(make.site(timezone="America/Los_Angeles"))
    make.enrollment(program=east, key="east")
    make.enrollment(program=west, key="west")

    def states(now):
        return [week.hours.state for week in hours.weeks_on(MONDAY, now=now)]

    running, over = State.OUT_OF_REACH, State.SHORT
    assert states(make.instant("2026-03-08 23:59")) == [running, running]
    assert states(make.instant("2026-03-09 00:00")) == [over, running]  # 04:00 in UTC, not 05:00
    assert states(make.instant("2026-03-08 23:59", "America/Los_Angeles")) == [over, running]
    assert states(make.instant("2026-03-09 00:00", "America/Los_Angeles")) == [over, over]


def test_a_week_is_ahead_until_its_first_day_begins_at_the_site(app):
    make.enrollment(program=make.program(make.site(timezone="America/Los_Angeles")))

    def is_ahead(now):
        return only(hours.weeks_on(NEXT, now=make.instant(now, "America/Los_Angeles"))).is_ahead

    assert is_ahead("2026-03-08 23:59")
    assert not is_ahead("2026-03-09 00:00")


def test_sessions_of_other_weeks_and_people_stay_out(app):
    jordan, alex = make.enrollment(key="jordan"), make.enrollment(key="alex")
    evening(jordan, "2026-03-01")
    evening(jordan, "2026-03-02")
    evening(jordan, "2026-03-09")
    evening(alex, "2026-03-03", left="19:00")
    weeks = hours.weeks_on(MONDAY, now=LATER)
    assert [(week.enrollment_key, week.hours.balance.delivered) for week in weeks] == [
        ("alex", 60),
        ("jordan", 180),
    ]


def test_a_session_at_another_site_counts_too(app):
    jordan = make.enrollment(program=make.program(make.site()))
    elsewhere = make.program(make.site(timezone="America/Chicago"))
    evening(jordan, of=elsewhere)
    (week,) = [
        week for week in hours.weeks_on(MONDAY, now=LATER) if week.enrollment_id == jordan.id
    ]
    assert week.hours.balance.delivered == 180


def test_weeks_are_in_order_of_enrollment_key_on_every_database(app):
    for key in ("e-10", "E-1", "e-2", "é", "a", "_"):
        make.enrollment(key=key)
    assert keys(hours.weeks_on(MONDAY, now=LATER)) == ["E-1", "_", "a", "e-10", "e-2", "é"]


def test_one_programs_weeks(app):
    day, evening_ = make.program(key="day"), make.program(key="evening")
    make.enrollment(program=day, key="a")
    make.enrollment(program=evening_, key="b")
    assert keys(hours.weeks_on(MONDAY, now=LATER)) == ["a", "b"]
    assert keys(hours.weeks_on(MONDAY, now=LATER, program_key="evening")) == ["b"]
    assert keys(hours.weeks_on(MONDAY, now=LATER, program_key="no such")) == []


def test_a_clinicians_weeks_are_their_caseload_and_the_people_of_their_sessions(app):
    rivera, chen = make.staff(), make.staff()
    caseload = make.enrollment(key="caseload", clinician=rivera)
    led, co_led, theirs = (make.enrollment(key=key) for key in ("led", "co-led", "chen's"))
    make.booking(make.session("2026-02-02", leaders=[rivera]), led)
    make.booking(make.session("2026-04-02", leaders=[chen, rivera]), co_led)
    make.booking(make.session("2026-03-02", leaders=[chen]), theirs)
    evening(caseload)

    def seen_by(staff_id):
        return keys(hours.weeks_on(MONDAY, now=LATER, scope=staff_id))

    assert seen_by(rivera.id) == ["caseload", "co-led", "led"]
    assert seen_by(chen.id) == ["chen's", "co-led"]
    assert seen_by(0) == []
    (week,) = [
        week
        for week in hours.weeks_on(MONDAY, now=LATER, scope=rivera.id)
        if week.enrollment_id == caseload.id
    ]
    assert week.hours.balance.delivered == 180
    assert keys(hours.weeks_on(MONDAY, now=LATER, scope=chen.id, program_key="no such")) == []


def test_weeks_of_a_few_enrollments_are_by_week_and_key_and_only_those_touched(app):
    jordan = make.enrollment(key="b", until_on="2026-03-10")
    alex = make.enrollment(key="a", from_on="2026-03-04")
    make.enrollment(key="c")
    evening(jordan, "2026-02-23")
    evening(jordan, "2026-03-08")
    evening(alex, "2026-03-16")
    weeks = hours.weeks_of(
        [jordan.id, alex.id], now=LATER, first=date(2026, 2, 23), last=date(2026, 3, 16)
    )
    assert [
        (
            str(week.hours.week),
            week.enrollment_key,
            week.hours.balance.delivered,
            week.hours.state,
        )
        for week in weeks
    ] == [
        ("2026-02-23", "b", 180, State.SHORT),
        ("2026-03-02", "a", 0, State.PARTIAL),
        ("2026-03-02", "b", 180, State.SHORT),
        ("2026-03-09", "a", 0, State.SHORT),
        ("2026-03-09", "b", 0, State.PARTIAL),
        ("2026-03-16", "a", 180, State.SHORT),
    ]


def test_weeks_of_people_and_weeks_of_the_clinic_are_the_same(app):
    program = make.program(grace_minutes=5, min_service_days=2)
    people = [make.enrollment(program=program, key=key) for key in "abc"]
    for number, status in enumerate(Status):
        for enrollment in people:
            facts = {"arrived": "18:06", "left": "20:58"} if status is Status.PRESENT else {}
            evening(enrollment, f"2026-03-{2 + number:02}", status, **facts)
    make.leave(people[0], "2026-03-03", "2026-03-03")
    ids = [enrollment.id for enrollment in people]
    for now in (make.instant("2026-03-04 12:00"), LATER):
        theirs = hours.weeks_of(ids, now=now, first=MONDAY, last=NEXT)
        assert theirs == [*hours.weeks_on(MONDAY, now=now), *hours.weeks_on(NEXT, now=now)]


def test_nobodys_weeks_and_no_weeks_are_none(app):
    jordan = make.enrollment()
    assert hours.weeks_of([], now=LATER, first=MONDAY, last=NEXT) == []
    assert hours.weeks_of([jordan.id], now=LATER, first=NEXT, last=MONDAY) == []


def test_weeks_take_the_same_few_statements_for_one_person_and_for_twenty(app, queries):
    rivera = make.staff()
    session = make.session(leaders=[rivera], seats=30)
    sent = []
    for number in range(20):
        jordan = make.enrollment(clinician=rivera)
        make.booking(session, jordan, Status.PRESENT, arrived="10:05")
        make.leave(jordan, "2026-04-06", "2026-04-07")
        make.target(jordan, "2026-03-09")
        if number in {0, 2, 19}:
            with queries() as count:
                assert len(hours.weeks_on(MONDAY, now=LATER)) == number + 1
                everyone = count()
                hours.weeks_on(MONDAY, now=LATER, scope=rivera.id, program_key="program-1")
                in_scope = count() - everyone
                ids = range(1, number + 2)
                assert (
                    len(hours.weeks_of(ids, now=LATER, first=MONDAY, last=NEXT)) == 2 * number + 2
                )
                sent.append((everyone, in_scope, count() - everyone - in_scope))
    assert sent == [(4, 4, 4)] * 3


def test_a_week_may_start_on_a_sunday(app):
    make.organization(week_starts=6)
    jordan = make.enrollment(from_on="2026-03-01")
    evening(jordan, "2026-03-01")
    evening(jordan, "2026-03-07")
    evening(jordan, "2026-03-08")
    week = only(hours.weeks_on(date(2026, 3, 1), now=LATER))
    assert (week.balance.delivered, week.state) == (360, State.SHORT)


def test_what_was_delivered_in_a_session_is_read_off_its_row(app):
    program = make.program(grace_minutes=5)
    jordan = make.enrollment(program=program)
    marks = [
        ("2026-03-02", {}, {"status": Status.PRESENT, "arrived": "10:30"}),
        ("2026-03-03", {"kind": Kind.OTHER}, {"status": Status.PRESENT}),
        ("2026-03-04", {"is_cancelled": True}, {"status": Status.PRESENT}),
        ("2026-03-05", {}, {"status": Status.NO_SHOW}),
        ("2026-03-06", {}, {}),
    ]
    for day, facts, mark in marks:
        make.booking(make.session(day, program=program, **facts), jordan, **mark)

    rows = bookings_of([jordan.id], date(2026, 3, 1), date(2026, 3, 6))
    later, sooner = make.instant("2026-03-07 12:00"), make.instant("2026-03-02 10:45")
    assert [hours.delivered_in(row, now=later) for row in rows] == [30, 0, 0, 0, 0]
    assert hours.delivered_in(rows[0], now=sooner) == 0  # it has not ended


def why(enrollment, at="2026-04-01 12:00", *, reader=make.ZONE):
    """The reasons for that Monday's week, and what each session lacks."""
    now = make.instant(at)
    losses = hours.losses_of([enrollment.id], MONDAY, now=now)[enrollment.id]
    week = next(
        each.hours
        for each in hours.weeks_on(MONDAY, now=now)
        if each.enrollment_id == enrollment.id
    )
    return reasons(
        losses,
        planned=week.balance.planned,
        least=week.target.min_minutes,
        called=lambda row: row.title,
        reader=clock.zone(reader),
    )


def test_what_was_missed_excused_cancelled_and_not_recorded_is_named_by_its_day(app):
    jordan = make.enrollment()
    evening(jordan, "2026-03-02", Status.NO_SHOW)
    evening(jordan, "2026-03-03", Status.LATE_CANCEL)
    evening(jordan, "2026-03-04", Status.EXPECTED)
    evening(jordan, "2026-03-05", Status.EXCUSED)
    evening(jordan, "2026-03-06", Status.PRESENT)
    evening(jordan, "2026-03-09", Status.NO_SHOW)  # of the next week
    for facts in ({"is_cancelled": True}, {"is_counted": False}):
        make.booking(make.session("2026-03-07", **facts), jordan)
    make.booking(make.session("2026-03-07", is_counted=False, is_cancelled=True), jordan)
    announced = [
        "Cancelled: Sat Process group",
        "Missed Mon Process group",
        "Called off late: Tue Process group",
        "Excused from Thu Process group",
    ]
    assert why(jordan) == [*announced, "Not recorded yet: Wed Process group"]
    assert why(jordan, "2026-03-04 20:00") == announced
    assert hours.losses_of([], MONDAY, now=LATER) == {}


def test_coming_late_and_leaving_early_are_told_with_their_times_or_summed_up(app):
    jordan = make.enrollment()
    evening(jordan, "2026-03-02", arrived="18:50")
    evening(jordan, "2026-03-03", arrived="18:30", left="20:00")
    assert why(jordan) == [
        "Arrived Mon 6:50 pm, 130 of 180 min",
        "Arrived Tue 6:30 pm and left Tue 8:00 pm, 90 of 180 min",
        "6 h of 9 h planned",
    ]
    assert why(jordan, reader="America/Chicago")[0] == (
        "Arrived Mon 6:50 pm, New York time, 130 of 180 min"
    )
    evening(jordan, "2026-03-04", left="20:30")
    assert why(jordan) == ["Late or left early Mon, Tue and Wed: 2 h 50 min missed"]


def test_who_only_left_early_is_not_said_to_have_come_late(app):
    jordan = make.enrollment()
    evening(jordan, "2026-03-02", left="20:30")
    assert why(jordan)[0] == "Left Mon 8:30 pm, 150 of 180 min"


def test_a_session_that_began_late_or_ended_early_is_not_told_as_theirs(app):
    jordan = make.enrollment()
    late = evening(jordan, "2026-03-02")
    late.session.held_from = make.instant("2026-03-02 18:20")
    early = evening(jordan, "2026-03-03", arrived="18:30", left="20:30")
    early.session.held_until = make.instant("2026-03-03 20:00")
    make.saved()
    assert why(jordan) == [
        "Session began Mon 6:20 pm, 160 of 180 min",
        "Arrived Tue 6:30 pm and session ended Tue 8:00 pm, 90 of 180 min",
        "6 h of 9 h planned",
    ]
    (week,) = [each.hours for each in hours.weeks_on(MONDAY, now=LATER)]
    assert (week.balance.planned, week.balance.delivered) == (360, 250)
    rows = bookings_of([jordan.id], MONDAY, date(2026, 3, 8))
    assert [hours.delivered_in(row, now=LATER) for row in rows] == [160, 90]


def test_a_week_without_sessions_says_so(app):
    assert why(make.enrollment()) == ["Nothing planned"]


def findings(week, now=LATER):
    return {
        each.enrollment_key: [found.words for found in each.hours.findings]
        for each in hours.weeks_on(week, now=now)
    }


def test_a_week_is_told_what_the_rule_set_of_its_program_says_of_it_and_the_weeks_before(app):
    asked = {
        Measure.DAY_MINUTES_MIN: 180,
        Measure.GAP_DAYS_MAX: 3,
        Measure.AVERAGE_WEEKS: 2,
        Measure.WEEK_DAYS_MAX: 2,
    }
    strict = make.program(rule_set_id=make.rule_set(asked).id)
    ana = make.enrollment(program=strict, key="ana")
    ben = make.enrollment(program=make.program(), key="ben")
    for enrollment in (ana, ben):
        for day in ("2026-03-02", "2026-03-03", "2026-03-05", "2026-03-06"):
            evening(enrollment, day)
        evening(enrollment, "2026-03-11", left="20:00")
        evening(enrollment, "2026-03-13")
        evening(enrollment, "2026-03-15", Status.NO_SHOW)
    assert findings(NEXT) == {
        "ana": [
            "Not a full day (3 h or more): Wed 2 h",
            "Nothing Mar 7 to Mar 10: 4 days in a row, 3 at most",
            "Averages 8 h 30 min over 2 weeks, below 9 h",
        ],
        "ben": [],
    }
    assert findings(MONDAY)["ana"] == []
    flags = [each.hours.flags for each in hours.weeks_on(MONDAY, now=LATER)]
    assert flags == [(Flag.TOO_MANY_SERVICE_DAYS,), ()]
    make.leave(ana, "2026-03-12", "2026-03-12")
    assert findings(NEXT)["ana"] == []  # nothing is judged of a week with leave


def test_a_week_that_runs_is_averaged_with_what_is_booked(app):
    program = make.program(rule_set_id=make.rule_set({Measure.AVERAGE_WEEKS: 3}).id)
    jordan = make.enrollment(program=program, from_on="2026-03-02", key="jordan")
    for day in ("2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"):
        evening(jordan, day)
    evening(jordan, "2026-03-09")
    evening(jordan, "2026-03-12", Status.EXPECTED)
    monday = make.instant("2026-03-10 12:00")
    said = "average 9 h over 2 weeks, which is enough"
    assert findings(NEXT, monday) == {"jordan": [f"Would {said}"]}
    assert findings(NEXT) == {"jordan": ["Averages 7 h 30 min over 2 weeks, below 9 h"]}
    assert findings(MONDAY) == {"jordan": []}  # reached


def test_figures_that_go_back_some_weeks_take_no_statement_more(app, queries):
    asked = {Measure.GAP_DAYS_MAX: 2, Measure.AVERAGE_WEEKS: 8}
    program = make.program()
    sent = []
    for number in range(3):
        evening(make.enrollment(program=program), "2026-03-09")
        if number == 2:
            program.rule_set_id = make.rule_set(asked).id
        make.saved()
        with queries() as count:
            hours.weeks_on(NEXT, now=LATER)
            sent.append(count())
    assert sent == [4] * 3


def test_what_somebody_has_in_another_time_zone_is_in_the_way_over_the_edge_of_a_week(app):
    hawaii, guam = (make.site(timezone=f"Pacific/{name}") for name in ("Honolulu", "Guam"))
    person = make.participant()
    west, east = (
        make.enrollment(person, make.program(site, min_minutes=600)) for site in (hawaii, guam)
    )
    # Sunday evening in Honolulu is Monday afternoon in Guam.
    sunday = make.session("2026-03-08", "20:00", "21:00", program=west.program)
    monday = make.session("2026-03-09", "16:30", "17:30", program=east.program)
    assert (sunday.week, monday.week) == (MONDAY, NEXT)
    assert sunday.starts_at < monday.starts_at < sunday.ends_at
    now = make.instant("2026-03-05 12:00")

    def free(enrollment, week):
        weeks, places = hours.weeks_and_places_on(week, now=now)
        (each,) = (each for each in weeks if each.enrollment_id == enrollment.id)
        found = [place.session_id for place in hours.places_in(places, each)]
        (alone,) = hours.weeks_of([enrollment.id], now=now, first=week, last=week)
        assert alone.hours == each.hours
        assert each.hours.balance.make_up == 60 * len(found)
        return found

    assert (free(west, MONDAY), free(east, NEXT)) == ([sunday.id], [monday.id])
    booking = make.booking(monday, east)
    assert (free(west, MONDAY), free(east, NEXT)) == ([], [])
    monday.is_cancelled = True
    assert free(west, MONDAY) == [sunday.id]
    monday.is_cancelled = False
    db.delete(booking)
    make.booking(sunday, west)
    assert free(east, NEXT) == []
