import json
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import inspect, select

from clinic import clock
from clinic.db import db
from clinic.errors import Refused
from clinic.programs.models import Kind
from clinic.schedule.actions import series as actions
from clinic.schedule.actions.rosters import fill
from clinic.schedule.models import Booking, Mode, Session, SessionLeader, Status
from clinic.trail import Actor, TrailEvent
from tests import make
from tests.dump import changed, dump

DESK = Actor("account", 7)
MONDAY = make.instant("2026-03-02 10:00")
ZONE = clock.zone(make.ZONE)


def lay_out(series, now=MONDAY):
    return actions.lay_out(series, by_file=True, by=DESK, now=now)


def sessions_of(series):
    found = db.scalars(
        select(Session).where(Session.series_id == series.id).order_by(Session.planned_on)
    ).all()
    for each in found:
        db.refresh(each)
    return found


def days_of(series):
    return [each.day.isoformat() for each in sessions_of(series)]


def on(series, day):
    (found,) = [each for each in sessions_of(series) if each.planned_on.isoformat() == day]
    return found


def times_of(session):
    return [
        instant.astimezone(ZONE).strftime("%H:%M")
        for instant in (session.starts_at, session.ends_at)
    ]


def series_of_march(**facts):
    """Mondays from March 2 to 23."""
    facts = {"from_on": "2026-03-02", "until_on": "2026-03-23"} | facts
    return make.series(**facts)


def put(person, series, *days):
    """Book somebody by the roster, on the whole series."""
    entry = make.roster_entry(series, person)
    fill(series.id)
    return entry


def versions(*people):
    for person in people:
        db.refresh(person, ["calendar_version"])
    return [person.calendar_version for person in people]


def seats_of(series, day):
    session = on(series, day)
    rows = db.execute(
        select(Booking.enrollment_id, Booking.seat_no)
        .where(Booking.session_id == session.id)
        .order_by(Booking.enrollment_id)
    )
    return dict(rows.all())


# From a plan to sessions


def test_a_session_has_what_its_plan_says(app):
    ana, ben = make.staff(), make.staff()
    program = make.program()
    series = series_of_march(
        program=program,
        start="18:00",
        end="21:00",
        break_minutes=15,
        title="Skills",
        kind=Kind.EDUCATION,
        mode=Mode.HYBRID,
        seats=9,
        room=make.room(),
        leaders=[ben, ana],
    )
    assert lay_out(series) == (4, 0, 0)
    session = on(series, "2026-03-09")
    assert {
        name: getattr(session, name)
        for name in inspect(Session).columns.keys()  # noqa: SIM118 - iterating gives columns
        if name not in {"id", "uid"}
    } == {
        "series_id": series.id,
        "planned_on": date(2026, 3, 9),
        "key": None,
        "program_id": program.id,
        "site_id": program.site_id,
        "room_id": series.plan.room_id,
        "title": "Skills",
        "kind": Kind.EDUCATION,
        "mode": Mode.HYBRID,
        "starts_at": make.instant("2026-03-09 18:00"),
        "ends_at": make.instant("2026-03-09 21:00"),
        "day": date(2026, 3, 9),
        "week": date(2026, 3, 9),
        "break_minutes": 15,
        "credit_minutes": 165,
        "grace_minutes": 0,
        "is_counted": True,
        "seats": 9,
        "is_cancelled": False,
        "cancel_reason": None,
        "closure_id": None,
        "is_changed_by_hand": False,
        "sequence": 0,
        "changed_at": MONDAY,
        "held_from": None,
        "held_until": None,
        "topic": None,
        "join_link": None,
    }
    leaders = db.execute(
        select(SessionLeader.staff_id, SessionLeader.position)
        .where(SessionLeader.session_id == session.id)
        .order_by(SessionLeader.position)
    ).all()
    assert [tuple(row) for row in leaders] == [(ben.id, 0), (ana.id, 1)]
    assert len({each.uid for each in sessions_of(series)}) == 4


def test_laying_out_is_one_line_in_the_trail_of_the_site(app):
    series = series_of_march()
    lay_out(series)
    event = db.scalars(select(TrailEvent)).one()
    assert (event.verb, event.subject_kind, event.subject_id, event.chain) == (
        "series.laid_out",
        "series",
        series.id,
        series.site_id,
    )
    assert json.loads(event.facts) == {
        "until": "2026-03-23",
        "created": 4,
        "changed": 0,
        "removed": 0,
    }


def test_laying_out_twice_changes_nothing(app):
    series = series_of_march(leaders=[make.staff(), make.staff()], room=make.room())
    put(make.enrollment(), series)
    lay_out(series)
    before = dump()
    assert lay_out(series, now=MONDAY + timedelta(hours=1)) == (0, 0, 0)
    assert changed(before, dump()) == set()


def test_wall_clock_times_stay_when_the_clocks_change(app):
    series = series_of_march(start="18:00", end="21:00")
    lay_out(series)
    starts = [each.starts_at for each in sessions_of(series)]
    assert [start.hour for start in starts] == [23, 22, 22, 22]
    assert [times_of(each) for each in sessions_of(series)] == [["18:00", "21:00"]] * 4


def test_an_occurrence_on_the_night_the_clocks_go_forward_moves_by_the_gap(app):
    series = series_of_march(weekdays="6", start="02:30", end="04:00")
    lay_out(series)
    shifted, regular = on(series, "2026-03-08"), on(series, "2026-03-15")
    assert (times_of(shifted), shifted.credit_minutes) == (["03:30", "05:00"], 90)
    assert (times_of(regular), regular.credit_minutes) == (["02:30", "04:00"], 90)


def test_breaks_count_where_the_program_says_so(app):
    series = series_of_march(program=make.program(breaks_count=True), break_minutes=15)
    lay_out(series)
    assert {each.credit_minutes for each in sessions_of(series)} == {60}


def test_every_second_week_counts_from_the_organizations_week_of_the_first_day(app):
    plan = {
        "weekdays": "06",
        "every_weeks": 2,
        "from_on": "2026-03-01",  # a Sunday
        "until_on": "2026-03-31",
    }
    monday_first = make.series(**plan)
    lay_out(monday_first)
    make.organization(week_starts=6)
    sunday_first = make.series(**plan)
    lay_out(sunday_first)
    assert days_of(monday_first) == [
        "2026-03-01",
        "2026-03-09",
        "2026-03-15",
        "2026-03-23",
        "2026-03-29",
    ]
    assert days_of(sunday_first) == [
        "2026-03-01",
        "2026-03-02",
        "2026-03-15",
        "2026-03-16",
        "2026-03-29",
        "2026-03-30",
    ]
    assert on(sunday_first, "2026-03-02").week == date(2026, 3, 1)


def test_sessions_on_closed_days_are_cancelled_and_their_roster_is_booked_all_the_same(app):
    series = series_of_march()
    make.closure("2026-03-09", "2026-03-10", name="Staff retreat")
    make.closure("2026-03-16", site_id=make.site().id)
    enrollment = make.enrollment()
    make.roster_entry(series, enrollment)
    lay_out(series)
    assert [(each.is_cancelled, each.cancel_reason) for each in sessions_of(series)] == [
        (False, None),
        (True, "Staff retreat"),
        (False, None),
        (False, None),
    ]
    assert seats_of(series, "2026-03-09") == {enrollment.id: 1}


# How far


def test_a_series_with_a_last_day_reaches_to_that_day(app):
    series = series_of_march(until_on="2027-12-31")
    lay_out(series)
    assert (days_of(series)[-1], series.laid_out_until) == ("2027-12-27", date(2027, 12, 31))


def test_an_open_ended_series_reaches_26_weeks_ahead_and_the_next_day_one_more(app):
    series = make.series(weekdays="0123456", from_on="2026-03-01")
    lay_out(series)
    assert days_of(series)[-1] == "2026-08-31"
    assert actions.series_behind(MONDAY) == []
    tuesday = MONDAY + timedelta(days=1)
    assert actions.series_behind(tuesday) == [series.id]
    actions.top_up(series.id, now=tuesday)
    assert days_of(series)[-1] == "2026-09-01"
    assert actions.series_behind(tuesday) == []


@pytest.mark.parametrize(
    ("zone", "wall"),
    [
        ("America/New_York", "2026-03-03 00:00"),
        ("Pacific/Auckland", "2026-03-03 00:00"),
        ("America/New_York", "2026-03-03 23:59"),
        ("Pacific/Kiritimati", "2026-03-03 12:00"),
    ],
)
def test_a_day_more_is_due_when_the_day_begins_at_the_site(app, zone, wall):
    series = make.series(make.program(make.site(timezone=zone)), weekdays="0123456")
    lay_out(series, now=make.instant("2026-03-02 12:00", zone))
    just_before = make.instant("2026-03-02 23:59", zone)
    assert actions.series_behind(just_before) == []
    assert actions.series_behind(make.instant(wall, zone)) == [series.id]


def test_only_series_that_could_reach_further_are_behind(app):
    untouched = series_of_march()
    whole = series_of_march()
    lay_out(whole)
    later = series_of_march()
    lay_out(later)
    later.until_on = date(2026, 4, 30)
    db.flush()
    assert actions.series_behind(MONDAY + timedelta(days=30)) == [untouched.id, later.id]


def test_topping_up_books_the_roster_into_the_new_sessions_and_says_who_did_it(app):
    series = make.series()
    enrollment = make.enrollment()
    put(enrollment, series)
    lay_out(series)
    actions.top_up(series.id, now=MONDAY + timedelta(weeks=1))
    assert seats_of(series, "2026-09-07") == {enrollment.id: 1}
    last = db.scalars(select(TrailEvent).order_by(TrailEvent.id.desc())).first()
    assert (last.verb, last.actor_kind, json.loads(last.facts)["created"]) == (
        "series.laid_out",
        "system",
        1,
    )
    before = dump()
    actions.top_up(series.id, now=MONDAY + timedelta(weeks=1))
    assert changed(before, dump()) == set()


# When the plan changes


@pytest.mark.parametrize(
    ("name", "value", "is_shown"),
    [
        ("title", "Skills", False),
        ("kind", Kind.EDUCATION, False),
        ("mode", Mode.HYBRID, False),
        ("seats", 14, False),
        ("break_minutes", 10, False),
        ("starts", time(9, 30), True),
        ("ends", time(11, 30), True),
    ],
)
def test_a_change_reaches_all_sessions_and_counts_in_calendars_only_if_shown(
    app, name, value, is_shown
):
    series = series_of_march()
    lay_out(series)
    setattr(series if name == "title" else series.plan, name, value)
    db.flush()
    later = MONDAY + timedelta(hours=1)
    assert lay_out(series, now=later) == (0, 4, 0)
    column = {"starts": "starts_at", "ends": "ends_at"}.get(name, name)
    sessions = sessions_of(series)
    assert len(sessions) == 4
    for each in sessions:
        there = getattr(each, column)
        if isinstance(there, datetime):
            there = there.astimezone(ZONE).time()
        since = later if is_shown else MONDAY  # the calendar's, not the record's
        assert (there, each.sequence, each.changed_at) == (value, int(is_shown), since)


def test_another_room_counts_in_calendars(app):
    series = series_of_march(room=make.room())
    lay_out(series)
    series.plan.room = other = make.room()
    db.flush()
    lay_out(series)
    assert [(each.room_id, each.sequence) for each in sessions_of(series)] == [(other.id, 1)] * 4


def test_a_change_that_no_calendar_shows_raises_none(app):
    ana, jo = make.staff(), make.enrollment()
    series = series_of_march(leaders=[ana])
    lay_out(series)
    put(jo, series)
    before = versions(ana, jo.participant)
    series.title = "Skills"
    db.flush()
    lay_out(series)
    assert versions(ana, jo.participant) == before


def test_a_change_raises_the_calendars_of_exactly_those_in_it(app):
    ana, ben = make.staff(), make.staff()
    series, other = series_of_march(leaders=[ana]), series_of_march(leaders=[ben])
    jo, blake = make.enrollment(), make.enrollment()
    for each in (series, other):
        lay_out(each)
    put(jo, series)
    put(blake, other)
    people = [ana, ben, jo.participant, blake.participant]
    before = versions(*people)
    series.plan.starts = time(9)
    db.flush()
    lay_out(series)
    assert [now > then for now, then in zip(versions(*people), before, strict=True)] == [
        True,
        False,
        True,
        False,
    ]


def test_other_leaders_concern_only_those_who_came_or_went(app):
    ana, ben, cleo = make.staff(), make.staff(), make.staff()
    series = series_of_march(leaders=[ana, ben])
    jo = make.enrollment()
    lay_out(series)
    put(jo, series)
    people = [ana, ben, cleo, jo.participant]
    before = versions(*people)
    series.plan.leaders.clear()
    db.flush()
    series.plan.leaders = [
        make.SeriesLeader(staff_id=who.id, position=place) for place, who in enumerate([ben, cleo])
    ]
    db.flush()
    assert lay_out(series) == (0, 4, 0)
    assert [now > then for now, then in zip(versions(*people), before, strict=True)] == [
        True,
        False,
        True,
        False,
    ]
    positions = db.execute(select(SessionLeader.staff_id, SessionLeader.position).distinct()).all()
    assert {tuple(row) for row in positions} == {(ben.id, 0), (cleo.id, 1)}


def test_without_leaders_sessions_lose_theirs(app):
    ana = make.staff()
    series = series_of_march(leaders=[ana])
    lay_out(series)
    before = versions(ana)
    series.plan.leaders.clear()
    db.flush()
    lay_out(series)
    assert db.scalars(select(SessionLeader)).all() == []
    assert versions(ana) > before


def test_sessions_with_attendance_or_changed_by_hand_are_left_alone(app):
    series = series_of_march(leaders=[make.staff()])
    jo = make.enrollment()
    lay_out(series)
    put(jo, series)
    session, moved = on(series, "2026-03-02"), on(series, "2026-03-09")
    booking = db.scalars(select(Booking).where(Booking.session_id == session.id)).one()
    booking.status, booking.method = Status.PRESENT, "staff"
    moved.is_changed_by_hand = True
    series.plan.starts, series.title, series.plan.weekdays = time(9), "Skills", "1"
    series.plan.leaders.clear()
    db.flush()
    assert lay_out(series) == (3, 0, 2)
    assert [(each.day.isoformat(), each.title, times_of(each)) for each in sessions_of(series)] == [
        ("2026-03-02", "Process group", ["10:00", "11:00"]),
        ("2026-03-03", "Skills", ["09:00", "11:00"]),
        ("2026-03-09", "Process group", ["10:00", "11:00"]),
        ("2026-03-10", "Skills", ["09:00", "11:00"]),
        ("2026-03-17", "Skills", ["09:00", "11:00"]),
    ]
    led = db.scalars(select(SessionLeader.session_id)).all()
    assert sorted(led) == sorted([session.id, moved.id])


def test_a_weekday_taken_out_takes_its_sessions_and_bookings_along(app):
    ana, jo = make.staff(), make.enrollment()
    series = series_of_march(weekdays="02", leaders=[ana])
    lay_out(series)
    put(jo, series)
    before = versions(ana, jo.participant)
    series.plan.weekdays = "0"
    db.flush()
    assert lay_out(series) == (0, 0, 3)
    assert days_of(series) == ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"]
    assert len(db.scalars(select(Booking)).all()) == 4
    assert len(db.scalars(select(SessionLeader)).all()) == 4
    assert versions(ana, jo.participant) > before


def test_a_series_that_ends_earlier_or_begins_later_loses_what_is_outside(app):
    series = series_of_march()
    lay_out(series)
    series.from_on, series.until_on = date(2026, 3, 9), date(2026, 3, 16)
    db.flush()
    assert lay_out(series) == (0, 0, 2)
    assert days_of(series) == ["2026-03-09", "2026-03-16"]
    assert series.laid_out_until == date(2026, 3, 16)


# Fewer seats


def three_on(series):
    people = [make.enrollment() for _ in range(3)]
    for person in people:
        put(person, series)
    return people


def test_seats_are_not_lowered_below_those_in_use(app):
    series = series_of_march()
    lay_out(series)
    three_on(series)
    series.plan.seats = 2
    db.flush()
    with pytest.raises(Refused) as refused:
        lay_out(series)
    assert refused.value.sentence == (
        "Process group on Mon, Mar 2 has 3 people on its roster, 2 seats."
    )


def test_lowering_seats_moves_those_beyond_to_free_ones_below(app):
    series = series_of_march()
    lay_out(series)
    one, two, three = three_on(series)
    db.execute(Booking.__table__.delete().where(Booking.enrollment_id == one.id))
    db.execute(make.RosterEntry.__table__.delete().where(make.RosterEntry.enrollment_id == one.id))
    series.plan.seats = 2
    db.flush()
    assert lay_out(series) == (0, 4, 0)
    assert seats_of(series, "2026-03-09") == {two.id: 2, three.id: 1}
    assert {each.seats for each in db.scalars(select(Booking))} == {2}


def test_somebody_who_leaves_makes_room_for_fewer_seats(app):
    series = series_of_march()
    lay_out(series)
    one, two, three = three_on(series)
    one.until_on = date(2026, 3, 1)
    series.plan.seats = 2
    db.flush()
    lay_out(series)
    assert seats_of(series, "2026-03-09") == {two.id: 2, three.id: 1}


def test_more_seats_can_be_filled_at_once(app):
    series = series_of_march(seats=1)
    lay_out(series)
    put(make.enrollment(), series)
    make.roster_entry(series, make.enrollment())
    series.plan.seats = 2
    db.flush()
    lay_out(series)
    assert sorted(seats_of(series, "2026-03-23").values()) == [1, 2]


def test_a_roster_larger_than_the_seats_is_refused(app):
    series = series_of_march(seats=1)
    for _ in range(2):
        make.roster_entry(series, make.enrollment())
    with pytest.raises(Refused) as refused:
        lay_out(series)
    assert refused.value.sentence == (
        "Process group has 1 free seat on Mon, Mar 2; Mon, Mar 9; Mon, Mar 16 and 1 more day,"
        " not 2."
    )


def test_what_has_begun_stays_as_it_was_held(app):
    series = series_of_march(start="10:00", end="11:00")
    actions.lay_out(series, by=DESK, now=MONDAY)
    now = make.instant("2026-03-16 10:30")
    series.plan.starts, series.plan.ends, series.plan.weekdays = time(14), time(16), "02"
    assert actions.lay_out(series, by=DESK, now=now) == (1, 1, 0)
    assert [
        (each.planned_on.isoformat(), each.starts_at.astimezone(ZONE).hour)
        for each in sessions_of(series)
    ] == [
        ("2026-03-02", 10),
        ("2026-03-09", 10),
        ("2026-03-16", 10),
        ("2026-03-18", 14),
        ("2026-03-23", 14),
    ]
    assert actions.lay_out(series, by=DESK, now=now) == (0, 0, 0)
    assert lay_out(series, now=now) == (2, 3, 0)
