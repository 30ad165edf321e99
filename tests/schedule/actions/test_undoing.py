from datetime import time, timedelta

import pytest
from sqlalchemy import select, update

from clinic.db import db
from clinic.errors import Refused
from clinic.schedule.actions import by_hand, undoing
from clinic.schedule.models import Mode, Session
from clinic.schedule.queries.changes import changes_of
from clinic.schedule.queries.series import get_series
from clinic.schedule.queries.sessions import get_session
from clinic.schedule.rules import changes as rules
from tests import make
from tests.schedule.actions.meeting import THURSDAY, events, meeting, rearrange, relay, undo
from tests.schedule.actions.one_off import (
    NOW,
    book,
    booked,
    cancel,
    move,
    one_off,
    reinstate,
)


def test_a_change_is_undone_in_one_go_and_the_meeting_follows_its_group_again(app, ana, process):
    kim, blue = make.staff(name="Kim Tran"), make.room(name="Blue", seats=5)
    before = facts_of_all(process)
    friday = THURSDAY + timedelta(days=1)
    change = {"room": blue, "leader_ids": [kim.id], "seats": 4, "starts": time(9)}
    rearrange(meeting(process), day=friday, reason="Water", **change)
    undo(meeting(process), now=NOW + timedelta(hours=24))
    assert facts_of_all(process) == before
    session = meeting(process)
    assert (session.sequence, session.is_changed_by_hand) == (2, False)
    verb, facts = events()[-1]
    assert (verb, facts["after"]["leaders"], facts["before"]["leaders"]) == (
        "session.undone",
        [ana.id],
        [kim.id],
    )
    assert changes_of(session.id) == []


def facts_of_all(series):
    return [
        by_hand.facts_of(meeting(series, day))
        | {"day": day, "people": booked(meeting(series, day))}
        for day in db.scalars(select(Session.planned_on).order_by(Session.planned_on)).all()
        if day is not None
    ]


def test_a_cancellation_is_undone_and_two_changes_one_after_the_other(app, process):
    blue = make.room(name="Blue", seats=5)
    rearrange(meeting(process), room=blue)
    cancel(meeting(process))
    undo(meeting(process))
    session = meeting(process)
    assert (session.is_cancelled, session.room_id, session.is_changed_by_hand) == (
        False,
        blue.id,
        True,
    )
    undo(session)
    assert meeting(process).is_changed_by_hand is False
    assert [verb for verb, _ in events()][-4:] == [
        "session.changed",
        "session.cancelled",
        "session.undone",
        "session.undone",
    ]


def test_a_one_off_session_gets_its_title_and_people_back(app, ana, jo, office):
    blake = make.enrollment(from_on="2026-02-01")
    session = book(one_off(ana, office, jo))
    move(session, one_off(ana, office, blake, title="Review"))
    undo(session)
    again = get_session(session.id)
    assert (again.title, booked(again), again.is_changed_by_hand) == ("Intake", [jo.id], True)


def test_an_undo_comes_too_late_or_after_somebody_else(app, process):
    kim, blue = make.staff(name="Kim Tran"), make.room(name="Blue", seats=5)
    rearrange(meeting(process), room=blue)
    act = changes_of(meeting(process).id)[0].act
    for refused, why in (
        ({"now": NOW + timedelta(hours=24, seconds=1)}, "A change can be undone for 24 hours"),
        ({"now": make.instant("2026-03-12 10:00")}, "This session has begun"),
        ({"act": "0" * 32}, "This has been undone already"),
    ):
        with pytest.raises(Refused, match=why):
            undo(meeting(process), **refused)
    rearrange(meeting(process), leader_ids=[kim.id])
    with pytest.raises(Refused, match="is no longer the last change"):
        undo(meeting(process), act=act)
    undo(meeting(process))
    undo(meeting(process), act=act)
    with pytest.raises(Refused, match="This has been undone already"):
        undo(meeting(process), act=act)
    cancel(meeting(process))
    reinstate(meeting(process))
    with pytest.raises(Refused, match="This has been undone already"):
        undo(meeting(process))


def test_what_else_was_changed_since_is_named_and_nothing_is_undone(app, process):
    blue = make.room(name="Blue", seats=5)
    rearrange(meeting(process), room=blue)
    db.execute(update(Session).values(room_id=None))  # as a closure or a file might
    with pytest.raises(Refused, match="Since then somebody has changed the room"):
        undo(meeting(process))


def test_a_meeting_does_not_go_back_to_what_its_group_is_no_longer(app, process):
    blue = make.room(name="Blue", seats=5)
    rearrange(meeting(process), room=blue)
    get_series(process.id).plan.starts = time(9)
    relay(process)
    with pytest.raises(Refused, match="The group has been changed since"):
        undo(meeting(process))


def why_not(series):
    session = meeting(series)
    return undoing.why_not_now(session, changes_of(session.id)[0])


def test_an_undo_is_offered_only_while_it_would_be_done(app, process):
    rearrange(meeting(process), room=make.room(name="Blue", seats=5))
    assert why_not(process) is None
    get_series(process.id).plan.starts = time(9)
    relay(process)
    assert why_not(process) == rules.GROUP_CHANGED
    get_series(process.id).plan.weekdays = "4"
    relay(process)
    assert why_not(process) == rules.GROUP_CHANGED
    db.execute(update(Session).values(room_id=None))
    assert why_not(process).startswith("Since then somebody has changed the room.")


def test_a_cancellation_whose_room_is_taken_offers_no_undo(app, process):
    garden = meeting(process).room
    cancel(meeting(process))
    assert why_not(process) is None
    make.session("2026-03-12", "10:30", "11:30", title="Intake", room=garden)
    assert why_not(process) == rules.TAKEN


def test_what_has_no_room_is_in_nobodys_way(app, process):
    rearrange(meeting(process), mode=Mode.VIRTUAL, room=None)
    cancel(meeting(process))
    kim = make.staff(name="Kim Tran")
    by_video = make.session("2026-03-12", "10:00", "11:00", mode=Mode.VIRTUAL, leaders=[kim])
    assert by_video.room_id is None
    assert why_not(process) is None


def test_what_is_changed_and_was_not_as_its_group_goes_back_to_that(app, process):
    blue, red = make.room(name="Blue", seats=5), make.room(name="Red", seats=5)
    rearrange(meeting(process), room=blue)
    rearrange(meeting(process), room=red)
    assert why_not(process) is None


def test_an_undo_that_clashes_is_refused(app, process):
    blue, garden = make.room(name="Blue", seats=5), meeting(process).room
    rearrange(meeting(process), room=blue)
    make.session("2026-03-12", "10:30", "11:30", title="Intake", room=garden)
    with pytest.raises(Refused, match="Garden is wanted twice"):
        undo(meeting(process))


def test_nothing_is_put_back_into_a_room_that_is_out_of_use(app, process):
    garden = meeting(process).room
    rearrange(meeting(process), room=make.room(name="Blue", seats=5))
    garden.is_active = False
    db.flush()
    with pytest.raises(Refused, match="Garden is retired"):
        undo(meeting(process))
