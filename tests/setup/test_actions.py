import json
from datetime import date

import pytest
from sqlalchemy import select

from clinic import clock
from clinic.db import db
from clinic.enrollment.models import TransitionWeek
from clinic.errors import Refused
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Session, Status
from clinic.setup import actions
from clinic.trail import SYSTEM, TrailEvent
from tests import make

NOW = make.instant("2026-03-02 10:30")
DONE = {"by": SYSTEM, "now": NOW}


def events():
    rows = db.execute(select(TrailEvent.verb, TrailEvent.facts).order_by(TrailEvent.id))
    return [(verb, json.loads(facts)) for verb, facts in rows if verb != "series.laid_out"]


def weeks():
    rows = db.execute(select(Session.day, Session.week).order_by(Session.day))
    return [(f"{day}", f"{week}") for day, week in rows]


def test_settings_change_and_only_what_changed_is_told(app):
    clinic = make.organization()
    settings = {"name": "Riverside", "doors_minutes": 20, "notice_hours": 24}
    assert actions.change_organization(clinic, **settings, **DONE) == (0, 0, 0)
    assert (clinic.name, clinic.doors_minutes) == ("Riverside", 20)
    assert events() == [("organization.changed", {"doors_minutes": 20})]
    assert actions.change_organization(clinic, **settings, **DONE) == (0, 0, 0)
    assert len(events()) == 1


def test_another_first_weekday_regroups_sessions_and_transition_weeks(app):
    clinic = make.organization()
    make.session("2026-03-01", title="Sunday")
    make.session("2026-03-02", title="Monday")
    make.session("2026-03-07", title="Saturday")
    enrollment = make.enrollment()
    make.transition_week(enrollment, "2026-03-02")
    make.transition_week(enrollment, "2026-03-09")
    assert actions.change_organization(clinic, week_starts=6, **DONE) == (3, 2, 0)
    assert weeks() == [
        ("2026-03-01", "2026-03-01"),
        ("2026-03-02", "2026-03-01"),
        ("2026-03-07", "2026-03-01"),
    ]
    assert transitions() == [date(2026, 3, 1), date(2026, 3, 8)]
    assert events() == [("organization.changed", {"week_starts": 6})]
    # And back: each transition week lies where most of its days lay.
    actions.change_organization(clinic, week_starts=0, **DONE)
    assert transitions() == [date(2026, 3, 2), date(2026, 3, 9)]


def transitions():
    return db.scalars(select(TransitionWeek.week).order_by(TransitionWeek.week)).all()


def test_coming_sessions_of_every_second_week_follow_the_new_weeks(app):
    clinic = make.organization()
    series = make.series(weekdays="06", every_weeks=2, from_on="2026-03-02", until_on="2026-03-29")
    weekly = make.series(weekdays="6", from_on="2026-03-02", until_on="2026-03-29")
    lay_out(series, **DONE)
    lay_out(weekly, **DONE)
    assert days(series) == ["2026-03-02", "2026-03-08", "2026-03-16", "2026-03-22"]
    regrouped = actions.change_organization(clinic, week_starts=6, **DONE)
    assert regrouped[2] == 4  # two come, two go; the one that has begun stays
    assert days(series) == ["2026-03-02", "2026-03-15", "2026-03-16", "2026-03-29"]
    assert len(days(weekly)) == 4


def days(series):
    rows = db.scalars(
        select(Session.day).where(Session.series_id == series.id).order_by(Session.day)
    )
    return [f"{day}" for day in rows]


CHICAGO = "America/Chicago"


def clocks(zone):
    rows = db.scalars(select(Session.starts_at).order_by(Session.day, Session.starts_at))
    return [f"{start.astimezone(clock.zone(zone)):%m-%d %H:%M}" for start in rows]


def test_where_a_site_is_reaches_the_calendars_of_coming_sessions(app):
    site, other = make.site(), make.site()
    bookings = [
        make.booking(make.session(day, program=make.program(place)))
        for day, place in (("2026-03-01", site), ("2026-03-09", site), ("2026-03-09", other))
    ]
    sessions = [booking.session for booking in bookings]
    people = [booking.enrollment.participant for booking in bookings]
    facts = {"name": site.name, "timezone": site.timezone}
    where = {"address": "12 Oak Street", "phone": "+16145550100", "way_in": "Ring.\nTwice."}
    assert actions.change_site(site, **facts, **where, **DONE) == 0
    db.expire_all()
    assert (site.address, site.phone, site.way_in) == tuple(where.values())
    assert [session.sequence for session in sessions] == [0, 1, 0]
    assert sessions[1].changed_at == NOW
    assert [person.calendar_version for person in people] == [0, 1, 0]
    assert events() == [("site.changed", {"sessions": 0})]
    actions.change_site(site, **facts, **where, **DONE)
    assert len(events()) == 1
    actions.change_site(site, **facts, **where | {"phone": None}, **DONE)
    assert (site.phone, site.address) == (None, "12 Oak Street")


def test_a_site_gets_another_name(app):
    site = make.site(name="North")
    make.site(name="South")
    make.session("2026-03-09")
    assert actions.change_site(site, name="Uptown", timezone=make.ZONE, **DONE) == 0
    assert site.name == "Uptown"
    assert actions.change_site(site, name="Uptown", timezone=make.ZONE, **DONE) == 0
    assert events() == [("site.changed", {"sessions": 0})]
    with pytest.raises(Refused, match="There is a site of this name already"):
        actions.change_site(site, name="South", timezone=make.ZONE, **DONE)


def test_in_another_time_zone_all_that_comes_keeps_its_wall_clock_time(app):
    series = make.series(from_on="2026-03-02", until_on="2026-03-16", start="10:00", end="11:00")
    lay_out(series, by=SYSTEM, now=make.instant("2026-03-01 10:00"))
    site = series.site
    enrollment = make.enrollment()
    by_hand, ahead = db.scalars(
        select(Session).where(Session.day > NOW.date()).order_by(Session.day)
    ).all()
    by_hand.starts_at = make.instant("2026-03-09 09:00")
    by_hand.ends_at = make.instant("2026-03-09 10:00")
    by_hand.is_changed_by_hand = True
    make.booking(ahead, enrollment, Status.EXCUSED)
    make.session("2026-03-10", "14:00", "15:00", title="Intake")
    make.session("2026-03-10", "16:00", "17:00", title="Called off", is_cancelled=True)
    elsewhere = make.session("2026-03-11", program=make.program(make.site()))

    assert actions.change_site(site, name=site.name, timezone=CHICAGO, **DONE) == 4
    db.expire_all()
    assert clocks(CHICAGO) == [
        "03-02 09:00",  # it had begun
        "03-09 09:00",
        "03-10 14:00",
        "03-10 16:00",
        "03-11 09:00",  # another site's
        "03-16 10:00",
    ]
    assert elsewhere.sequence == 0
    assert {each.sequence for each in (by_hand, ahead)} == {1}
    assert events()[-1] == ("site.changed", {"sessions": 4})


def test_a_zone_with_the_same_clock_moves_nothing(app):
    site = make.session("2026-03-09").site
    assert actions.change_site(site, name=site.name, timezone="America/Detroit", **DONE) == 0
    assert site.timezone == "America/Detroit"


def test_the_night_on_which_the_clocks_change_there_is_told_by_the_plan(app):
    plan = {"weekdays": "6", "start": "01:30", "end": "03:30", "from_on": "2026-03-08"}
    series = make.series(until_on="2026-03-08", **plan)
    lay_out(series, **DONE)
    session = db.scalars(select(Session)).one()
    assert session.credit_minutes == 60  # from half past one over the gap to half past three
    actions.change_site(series.site, name="There", timezone="America/Phoenix", **DONE)
    db.expire_all()
    assert session.credit_minutes == 120


def test_a_site_is_taken_out_of_use_and_used_again(app):
    make.site()
    site = make.site()
    for _ in range(2):
        actions.deactivate_site(site, **DONE)
    assert not site.is_active
    for _ in range(2):
        actions.reactivate_site(site, **DONE)
    assert site.is_active
    assert events() == [("site.deactivated", {}), ("site.reactivated", {})]


def test_a_site_that_is_needed_stays_in_use(app):
    site = make.site(name="North")
    with pytest.raises(Refused, match="North is the only site"):
        actions.deactivate_site(site, **DONE)
    make.site()
    program = make.program(site, name="IOP")
    with pytest.raises(Refused, match="IOP is offered at North"):
        actions.deactivate_site(site, **DONE)
    program.is_active = False
    make.session("2026-03-09", title="Intake")
    with pytest.raises(Refused, match="needed by Intake, 1 coming session in all"):
        actions.deactivate_site(site, **DONE)
    assert site.is_active
    assert events() == []


def test_a_room_gets_another_name_and_other_seats(app):
    room = make.room(name="Room 1", seats=10)
    make.room(name="Room 2")
    make.series(room=room, seats=8, title="Process group")
    actions.change_room(room, name="Blue room", seats=8, **DONE)
    assert (room.name, room.seats) == ("Blue room", 8)
    actions.change_room(room, name="Blue room", seats=8, **DONE)
    actions.change_room(room, name="Blue room", seats=20, **DONE)
    assert events() == [("room.changed", {"seats": 8}), ("room.changed", {"seats": 20})]
    with pytest.raises(Refused, match="Process group meets there with 8 seats"):
        actions.change_room(room, name="Blue room", seats=7, **DONE)
    with pytest.raises(Refused, match="There is a room of this name already"):
        actions.change_room(room, name="Room 2", seats=20, **DONE)


def test_a_room_is_taken_out_of_use_and_used_again(app):
    room = make.room(name="Room 1")
    for _ in range(2):
        actions.deactivate_room(room, **DONE)
    assert not room.is_active
    for _ in range(2):
        actions.reactivate_room(room, **DONE)
    assert room.is_active
    assert events() == [("room.deactivated", {}), ("room.reactivated", {})]
    make.series(room=room, title="Process group")
    with pytest.raises(Refused, match="Room 1 is still needed by Process group"):
        actions.deactivate_room(room, **DONE)


def test_where_closing_values_are_mailed_is_told_by_a_digest(app):
    clinic = make.organization()
    actions.change_organization(clinic, closing_email="auditor@example.org", **DONE)
    assert clinic.closing_email == "auditor@example.org"
    facts = json.loads(db.scalars(select(TrailEvent.facts)).one())
    assert len(facts["closing_email"]) == 32
    assert "example" not in str(facts)
