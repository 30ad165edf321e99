import json

import pytest
from sqlalchemy import select

from clinic import clock
from clinic.db import db
from clinic.errors import Refused
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Session, Status
from clinic.setup.actions import sites as actions
from clinic.trail import SYSTEM, TrailEvent
from tests import make

NOW = make.instant("2026-03-02 10:30")
DONE = {"by": SYSTEM, "now": NOW}
CHICAGO = "America/Chicago"


def events():
    rows = db.execute(select(TrailEvent.verb, TrailEvent.facts).order_by(TrailEvent.id))
    return [(verb, json.loads(facts)) for verb, facts in rows if verb != "series.laid_out"]


def clocks(zone):
    rows = db.scalars(select(Session.starts_at).order_by(Session.day, Session.starts_at))
    return [f"{start.astimezone(clock.zone(zone)):%m-%d %H:%M}" for start in rows]


def test_a_site_gets_another_name(app):
    site = make.site(name="North")
    make.site(name="South")
    make.session("2026-03-09")
    assert actions.change(site, name="Uptown", timezone=make.ZONE, **DONE) == 0
    assert site.name == "Uptown"
    assert actions.change(site, name="Uptown", timezone=make.ZONE, **DONE) == 0
    assert events() == [("site.changed", {"sessions": 0})]
    with pytest.raises(Refused, match="There is a site of this name already"):
        actions.change(site, name="South", timezone=make.ZONE, **DONE)


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

    assert actions.change(site, name=site.name, timezone=CHICAGO, **DONE) == 4
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
    assert actions.change(site, name=site.name, timezone="America/Detroit", **DONE) == 0
    assert site.timezone == "America/Detroit"


def test_the_night_on_which_the_clocks_change_there_is_told_by_the_plan(app):
    plan = {"weekdays": "6", "start": "01:30", "end": "03:30", "from_on": "2026-03-08"}
    series = make.series(until_on="2026-03-08", **plan)
    lay_out(series, **DONE)
    session = db.scalars(select(Session)).one()
    assert session.credit_minutes == 60  # from half past one over the gap to half past three
    actions.change(series.site, name="There", timezone="America/Phoenix", **DONE)
    db.expire_all()
    assert session.credit_minutes == 120


def test_a_site_is_taken_out_of_use_and_used_again(app):
    make.site()
    site = make.site()
    for _ in range(2):
        actions.deactivate(site, **DONE)
    assert not site.is_active
    for _ in range(2):
        actions.reactivate(site, **DONE)
    assert site.is_active
    assert events() == [("site.deactivated", {}), ("site.reactivated", {})]


def test_a_site_that_is_needed_stays_in_use(app):
    site = make.site(name="North")
    with pytest.raises(Refused, match="North is the only site"):
        actions.deactivate(site, **DONE)
    make.site()
    program = make.program(site, name="IOP")
    with pytest.raises(Refused, match="IOP is offered at North"):
        actions.deactivate(site, **DONE)
    program.is_active = False
    make.session("2026-03-09", title="Intake")
    with pytest.raises(Refused, match="needed by Intake, 1 coming session in all"):
        actions.deactivate(site, **DONE)
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
