import json
from datetime import date, time

import pytest
from sqlalchemy import func, select

from clinic.db import db, savepoint
from clinic.errors import Refused
from clinic.programs.models import Kind, Measure
from clinic.schedule.actions import groups as actions
from clinic.schedule.actions.rosters import fill
from clinic.schedule.models import Booking, Mode, Series, SeriesPlan, Session, SessionLeader, Status
from clinic.schedule.queries.series import get_series
from clinic.trail import Actor, TrailEvent
from tests import make
from tests.dump import changed, dump

DESK = Actor("account", 7)
NOW = make.instant("2026-03-04 12:00")  # a Wednesday


@pytest.fixture
def ana(app):
    return make.staff(name="Ana Rivera")


def wanted(ana, *, weekdays="0", every_weeks=1, first="2026-03-09", last="2026-03-30", **facts):
    program = facts.pop("program", None) or make._first_program()
    program.site = make._site_of(program)
    room = facts.pop("room") if "room" in facts else make.room()
    plan = {
        "kind": Kind.GROUP,
        "mode": Mode.IN_PERSON,
        "room": room,
        "room_id": room.id if room else None,
        "weekdays": weekdays,
        "every_weeks": every_weeks,
        "from_on": date.fromisoformat(first),
        "starts": time(10),
        "ends": time(11),
        "break_minutes": 0,
        "seats": 12,
        "leader_ids": [ana.id],
    }
    return Series(
        program=program,
        program_id=program.id,
        site_id=program.site_id,
        title=facts.pop("title", "Process group"),
        from_on=date.fromisoformat(first),
        until_on=date.fromisoformat(last) if last else None,
        is_open_to_make_ups=False,
        plans=[SeriesPlan(**plan | facts)],
    )


def set_up(plan):
    series, _ = actions.set_up(plan, by=DESK, now=NOW)
    return series


def refusal(act):
    """Every sentence that it is refused with; what it had begun is undone."""
    with pytest.raises(Refused) as refused, savepoint():
        act()
    return [refused.value.sentence, *(each.sentence for each in refused.value.more)]


def rearrange(series, plan, now=NOW):
    return actions.rearrange(get_series(series.id), plan, by=DESK, now=now)


def days():
    return [day.day for day in db.scalars(select(Session.day).order_by(Session.day))]


def verbs():
    return list(db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)))


def test_setting_up_lays_out_the_sessions_with_their_leaders(app, ana):
    kim = make.staff()
    series = set_up(wanted(ana, leader_ids=[ana.id, kim.id]))
    assert (series.key, days()) == ("process-group", [9, 16, 23, 30])
    leaders = select(SessionLeader.staff_id, func.count()).group_by(SessionLeader.staff_id)
    assert dict(db.execute(leaders).all()) == {ana.id: 4, kim.id: 4}
    assert verbs() == ["series.set_up", "series.laid_out"]
    facts = json.loads(db.scalars(select(TrailEvent.facts)).first())
    assert facts == {"from_on": "2026-03-09"}


def test_a_first_day_in_the_past_makes_the_past_sessions_too(app, ana):
    set_up(wanted(ana, first="2026-02-16", last="2026-03-09"))
    assert days() == [16, 23, 2, 9]


def test_keys_are_titles_and_numbers(app, ana):
    keys = [
        set_up(wanted(ana, title=title, starts=time(hour), ends=time(hour + 1))).key
        for hour, title in enumerate(("Grief & loss", "Grief, loss", "悲しみ"))
    ]
    assert keys == ["grief-loss", "grief-loss-2", "group"]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"ends": time(10)}, "The end, 10:00 am, is not after the start, 10:00 am."),
        ({"break_minutes": 60}, "A break of 60 minutes leaves nothing of 60."),
        ({"last": "2026-03-01"}, "The last day is before the first."),
        ({"last": "2026-03-09", "weekdays": "1"}, "The group would never meet between these days."),
        ({"seats": 15}, "The room has 14 seats, not 15."),
        ({"last": "9999-12-31"}, "That day is more than five years ahead."),
        ({"first": "9999-12-30", "last": None}, "That day is more than five years ahead."),
        ({"first": "0001-01-01"}, "That day is more than two years ago."),
        ({"first": "1926-03-09"}, "That day is more than two years ago."),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(app, ana, facts, sentence):
    plan = wanted(ana, **facts)
    before = dump()
    with pytest.raises(Refused, match=sentence):
        set_up(plan)
    assert changed(before, dump()) == set()


def test_a_room_of_another_site_or_none_is_refused(app, ana):
    make.program()
    elsewhere = make.room(site=make.site())
    with pytest.raises(Refused, match="This room is at a different site than the program"):
        set_up(wanted(ana, room=elsewhere))
    with pytest.raises(Refused, match="Choose a room, or make it virtual"):
        set_up(wanted(ana, room=None))
    assert set_up(wanted(ana, room=None, mode=Mode.VIRTUAL)).plan.room_id is None


def test_a_room_or_leader_that_is_taken_is_refused_with_both_names(app, ana):
    room, kim = make.room(name="Room 2"), make.staff(name="Kim Tran")
    make.session("2026-03-16", "10:30", "11:30", room=room, leaders=[kim], title="Intake")
    twice = "is wanted twice: Process group and Intake are at the same time on Mon, Mar 16."
    with pytest.raises(Refused, match=f"Room 2 {twice}"):
        set_up(wanted(ana, room=room))


def test_every_clash_is_told_and_nothing_changes(app, ana):
    room = make.room(name="Room 2")
    make.session("2026-03-16", "10:30", "11:30", room=room, leaders=[ana], title="Intake")
    make.session("2026-03-23", "10:30", "11:30", room=room, title="Intake", is_cancelled=True)
    plan = wanted(ana, room=room)
    before = dump()
    found = refusal(lambda: set_up(plan))
    twice = "is wanted twice: Process group and Intake are at the same time on Mon, Mar 16."
    assert found == [f"Room 2 {twice}", f"Ana Rivera {twice}"]
    assert changed(before, dump()) == set()


def test_changing_the_plan_changes_what_has_not_begun(app, ana):
    series = set_up(wanted(ana, first="2026-02-23", last="2026-03-23"))
    entry = make.roster_entry(series, make.enrollment(from_on="2026-02-01"))
    fill(series.id)
    kim = make.staff()
    plan = wanted(
        ana, first="2026-02-23", last="2026-03-23", weekdays="02", leader_ids=[kim.id, ana.id]
    )
    assert rearrange(series, plan) == (2, 3, 0)
    assert days() == [23, 2, 9, 11, 16, 18, 23]
    booked = select(Session.day).join(Booking).where(Booking.enrollment_id == entry.enrollment_id)
    assert len(db.scalars(booked).all()) == 7
    lead = (
        select(Session.day)
        .join(SessionLeader)
        .where(SessionLeader.staff_id == kim.id, SessionLeader.position == 0)
    )
    assert sorted(day.day for day in db.scalars(lead)) == [9, 11, 16, 18, 23]
    assert verbs()[-2:] == ["series.changed", "series.laid_out"]


def test_a_group_may_have_begun_long_ago_but_does_not_begin_anew_then(app, ana):
    room = make.room()
    series = make.series(from_on="2020-01-06", until_on="2026-03-30", leaders=[ana], room=room)
    old = wanted(ana, first="2020-01-06", room=room)
    assert rearrange(series, old) == (326, 0, 0)
    with pytest.raises(Refused, match="That day is more than two years ago"):
        rearrange(series, wanted(ana, first="2020-01-13", room=room))


def test_changing_nothing_leaves_no_line(app, ana):
    room = make.room()
    series = set_up(wanted(ana, room=room))
    before = dump()
    assert rearrange(series, wanted(ana, room=room)) == (0, 0, 0)
    assert changed(before, dump()) == set()


def test_what_was_attended_stays_as_it_was(app, ana):
    series = set_up(wanted(ana))
    session = db.scalars(select(Session).order_by(Session.day)).first()
    make.booking(session, status=Status.EXCUSED)
    assert rearrange(series, wanted(ana, weekdays="1")) == (3, 0, 3)
    assert days() == [9, 10, 17, 24]


def test_too_few_seats_for_those_who_are_on_it_are_refused(app, ana):
    series = set_up(wanted(ana))
    make.roster_entry(series, make.enrollment(from_on="2026-02-01"))
    make.roster_entry(series, make.enrollment(from_on="2026-02-01"))
    rearrange(series, wanted(ana, seats=2))
    plan = wanted(ana, seats=1)
    before = dump()
    found = refusal(lambda: rearrange(series, plan))
    assert found == ["Process group on Mon, Mar 9 has 2 people on its roster, 1 seats."]
    assert changed(before, dump()) == set()


def test_people_who_would_be_at_two_places_are_refused(app, ana):
    series = set_up(wanted(ana))
    jo = make.enrollment(from_on="2026-02-01", participant=make.participant(name="Jordan Avery"))
    make.roster_entry(series, jo)
    make.booking(make.session("2026-03-16", "13:00", "14:00", title="Intake"), jo)
    with pytest.raises(Refused) as refused:
        rearrange(series, wanted(ana, starts=time(13), ends=time(14)))
    assert refused.value.sentence == (
        "Jordan Avery is wanted twice: Process group and Intake are at the same time on"
        " Mon, Mar 16."
    )


def test_a_group_does_not_move_to_another_site(app, ana):
    series = set_up(wanted(ana))
    site = make.site()
    plan = wanted(ana, program=make.program(site=site), room=make.room(site=site))
    with pytest.raises(Refused, match="A group stays at its site"):
        rearrange(series, plan)


def test_ending_a_group_takes_the_later_sessions_away(app, ana):
    series = set_up(wanted(ana, last=None))
    make.roster_entry(series, make.enrollment(from_on="2026-02-01"))
    rearrange(series, wanted(ana, last=None))
    gone = db.scalar(select(func.count(Session.id))) - 2
    assert actions.end(series, until_on=date(2026, 3, 16), by=DESK, now=NOW) == gone
    assert (days(), db.scalar(select(func.count(Booking.id)))) == ([9, 16], 2)
    assert verbs()[-2:] == ["series.laid_out", "series.ended"]


def test_a_group_cannot_end_in_the_past_or_before_it_begins(app, ana):
    series = set_up(wanted(ana, first="2026-02-16"))
    with pytest.raises(Refused, match="The last day cannot be earlier than yesterday"):
        actions.end(series, until_on=date(2026, 3, 2), by=DESK, now=NOW)
    with pytest.raises(Refused, match="The last day is before the first"):
        actions.end(series, until_on=date(2026, 2, 2), by=DESK, now=NOW)


def test_doubts_are_the_rule_set_and_when_leaders_work(app, ana):
    program = make.program(rule_set=make.rule_set({Measure.SEATS_MAX: 10}))
    make.working_hours(ana, 0, "09:00", "10:30")
    make.time_off(ana, "2026-03-16")
    make.time_off(ana, "2026-02-23")
    plan = wanted(ana, program=program, first="2026-02-23")
    assert actions.doubts(plan, now=NOW) == [
        "The rule set allows 10 in a session of this kind with 1 leader, not 12.",
        "Ana Rivera does not work at that time on Mon.",
        "Ana Rivera has time off on Mon, Mar 16.",
    ]
    assert actions.doubts(wanted(make.staff(), program=make.program()), now=NOW) == []


def test_the_days_of_a_group_that_ends_too_far_ahead_are_not_counted_for_doubts(app, ana):
    make.working_hours(ana, 0, "09:00", "10:30")
    program = make.program()
    soon, never = (wanted(ana, program=program, last=last) for last in ("2026-03-30", "9999-12-31"))
    assert actions.doubts(soon, now=NOW) == ["Ana Rivera does not work at that time on Mon."]
    assert actions.doubts(never, now=NOW) == []


def test_who_is_told_of_a_set_up_knows_how_many_sessions_it_makes(app, ana):
    _, laid = actions.set_up(wanted(ana), by=DESK, now=NOW)
    assert laid == (4, 0, 0)


# What was planned at the time


def plans(series):
    db.expire_all()
    return [
        (plan.from_on.isoformat(), plan.weekdays, plan.starts.hour, plan.seats)
        for plan in get_series(series.id).plans
    ]


@pytest.fixture
def room(app):
    return make.room()


@pytest.fixture
def march(ana, room):
    """What a group on Mondays in March is to be, but for what is said."""

    def march(*, first="2026-03-02", **facts):
        return wanted(ana, first=first, room=room, **facts)

    return march


def test_another_plan_holds_from_today_and_leaves_what_was_planned_before(march):
    series = set_up(march())
    rearrange(series, march(weekdays="2", seats=10))
    assert plans(series) == [("2026-03-02", "0", 10, 12), ("2026-03-04", "2", 10, 10)]
    assert days() == [2, 11, 18, 25]


@pytest.mark.parametrize(("now", "from_on"), [("09:59", "2026-03-09"), ("10:00", "2026-03-10")])
def test_on_a_day_whose_session_has_begun_it_holds_from_the_next_one_on(march, now, from_on):
    series = set_up(march())
    rearrange(series, march(starts=time(9)), make.instant(f"2026-03-09 {now}"))
    assert plans(series) == [("2026-03-02", "0", 10, 12), (from_on, "0", 9, 12)]


def test_a_plan_that_has_not_begun_is_replaced(march):
    series = set_up(march())
    rearrange(series, march(seats=10))
    rearrange(series, march(seats=9))
    assert plans(series) == [("2026-03-02", "0", 10, 12), ("2026-03-04", "0", 10, 9)]
    rearrange(series, march())
    assert plans(series) == [("2026-03-02", "0", 10, 12)]


def test_a_group_that_has_not_begun_has_one_plan(march):
    series = set_up(march(first="2026-03-09"))
    rearrange(series, march(first="2026-03-09", seats=10))
    assert plans(series) == [("2026-03-09", "0", 10, 10)]
    rearrange(series, march(first="2026-03-16", seats=10))
    assert plans(series) == [("2026-03-16", "0", 10, 10)]


def test_a_group_that_begins_on_another_day_forgets_what_was_planned_before(march):
    series = set_up(march())
    rearrange(series, march(seats=10))
    rearrange(series, march(first="2026-03-16", seats=10))
    assert plans(series) == [("2026-03-16", "0", 10, 10)]
    rearrange(series, march(seats=10))
    assert plans(series) == [("2026-03-02", "0", 10, 10)]


def test_leaders_belong_to_a_plan(march, ana):
    kim = make.staff(name="Kim Tran")
    series = set_up(march())
    rearrange(series, march(leader_ids=[kim.id]))
    first, then = get_series(series.id).plans
    assert [[each.staff_id for each in plan.leaders] for plan in (first, then)] == [
        [ana.id],
        [kim.id],
    ]


def test_every_other_week_counts_from_the_week_of_the_first_day_under_a_later_plan_too(march):
    series = set_up(march())
    rearrange(series, march(weekdays="4", every_weeks=2))
    assert days() == [2, 6, 20]
