import json

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.drafts.models import Draft
from clinic.schedule.models import Session, SessionLeader, Status
from clinic.trail import TrailEvent
from tests import make
from tests.sessions.meetings import saved


@pytest.fixture
def now(at):
    return at("2026-03-02 11:30")


@pytest.fixture
def session(app):
    """From ten to eleven on a Monday; Ana and Ben were to lead it, and Jo was there."""
    ana, ben = make.staff(name="Ana Rivera"), make.staff(name="Ben Cole")
    session = make.session(leaders=[ana, ben])
    jo = make.participant(name="Jordan Avery")
    make.booking(session, make.enrollment(jo, session.program), Status.PRESENT)
    make.saved()
    return session


def path(session):
    return f"/sessions/{session.id}/held"


def stored(session):
    return db.execute(
        select(Session.held_from, Session.held_until, Session.topic).where(Session.id == session.id)
    ).one()


def leaders(session):
    rows = select(SessionLeader.has_led, SessionLeader.stood_in)
    its = rows.where(SessionLeader.session_id == session.id).order_by(SessionLeader.position)
    return [tuple(row) for row in db.execute(its)]


def facts_shown(pages, session):
    (held,) = pages.get(f"/sessions/{session.id}").page.all("div", id="held")
    return " ".join(held.text.split())


def events(verb="session.held"):
    rows = db.scalars(select(TrailEvent.facts).where(TrailEvent.verb == verb))
    return [json.loads(facts) for facts in rows]


def test_topic_and_leaders_are_saved_at_once_and_stand_on_the_sheet(now, signed_in, session):
    cam = make.staff(name="Cam Diaz")
    pages = signed_in("coordinator")
    assert "Topic, times and who led" in facts_shown(pages, session)
    pages.get(path(session))
    ana, ben = (each.staff_id for each in session.leaders)
    typed = {"topic": "Coping with  urges", "led_by": [str(ben)], "stood_in": str(cam.id)}
    pages.submit(path(session), **typed)
    assert pages.answer.location == f"/sessions/{session.id}#held"
    shown = facts_shown(pages, session)
    assert "Topic Coping with urges" in shown
    assert "Led by Ben Cole and Cam Diaz (stood in), not Ana Rivera" in shown
    assert "Ana Rivera, Ben Cole ·" in pages.answer.page.words  # who was to lead it
    assert leaders(session) == [(False, False), (True, False), (True, True)]
    (facts,) = events()
    assert facts["after"] | {"topic": None} == {
        "held_from": None,
        "held_until": None,
        "topic": None,
        "led_by": [ben, cam.id],
        "not_led_by": [ana],
        "stood_in": [cam.id],
    }
    assert "urges" not in json.dumps(facts)
    assert facts["before"]["topic"] is None
    assert len(facts["after"]["topic"]) == 32

    pages.get(path(session))
    pages.submit(path(session))  # nothing else
    assert len(events()) == 1
    other = signed_in(cam)
    assert "Topic Coping with urges" in facts_shown(other, session)  # whose session it is now
    pages.get(path(session))
    pages.submit(path(session), topic="", led_by=[], stood_in="")
    assert stored(session).topic is None
    assert leaders(session) == [(None, False), (None, False)]


def test_other_times_show_first_what_they_count(now, signed_in, session):
    pages = signed_in("coordinator")
    pages.get(path(session))
    words = saved(pages, path(session), held_from="10:15", held_until="10:45", topic="Relapse")
    assert "It counts 30 of 60 minutes for whoever was there all the time." in words
    assert "Jordan Avery" in words
    assert "before: 1 h done" in words
    assert "after: 30 min done" in words
    assert "Times Began 10:15 am, ended 10:45 am" in facts_shown(pages, session)
    assert stored(session) == (
        make.instant("2026-03-02 10:15"),
        make.instant("2026-03-02 10:45"),
        "Relapse",
    )
    pages.get(path(session))
    pages.submit(path(session), topic="Relapse prevention")  # the times stay, to the second
    assert stored(session).topic == "Relapse prevention"
    wrong = pages.post(
        path(session), {"held_from": "11:00", "held_until": "09:00", "topic": "x"}, status=422
    ).page.words
    assert "By then it was to be over." in wrong
    assert "That is before it was to begin." in wrong
    assert stored(session).topic == "Relapse prevention"


def test_of_two_who_record_it_the_second_is_told_and_keeps_what_they_typed(now, signed_in, session):
    first, second = signed_in("coordinator"), signed_in("admin")
    for pages in (first, second):
        pages.get(path(session))
    first.submit(path(session), topic="Coping")
    page = second.submit(path(session), status=422, topic="Urges").page
    assert "Somebody has changed this since you opened it. Now it has: Topic covered, Coping." in (
        page.words
    )
    assert page.value("topic") == "Urges"
    assert stored(session).topic == "Coping"
    second.submit(path(session))
    assert stored(session).topic == "Urges"


def test_a_sign_in_that_ran_out_loses_neither_topic_nor_times(at, signed_in, session):
    at("2026-03-02 10:30")
    pages = signed_in("coordinator")
    pages.get(path(session))
    at("2026-03-03 10:30")  # by morning
    pages.submit(path(session), topic="Coping", held_from="10:10")
    assert "/sign-in" in pages.answer.location
    (draft,) = db.scalars(select(Draft)).all()
    assert draft.path == path(session)
    kept = dict(json.loads(draft.typed))
    assert (kept["topic"], kept["held_from"]) == ("Coping", "10:10")
    assert stored(session).topic is None


def test_the_desk_sees_no_topic_and_takes_none_away(now, signed_in, session):
    session.topic = "Coping"
    make.saved()
    pages = signed_in("front_desk")
    assert "Coping" not in pages.get(path(session)).page.words
    saved(pages, path(session), held_until="10:50")
    assert "Coping" not in facts_shown(pages, session)
    assert "Ended 10:50 am" in facts_shown(pages, session)
    assert stored(session).topic == "Coping"


def test_what_has_not_opened_or_is_signed_or_is_somebody_elses_cannot_be_recorded(
    at, signed_in, session
):
    at("2026-03-02 09:30")
    pages = signed_in("coordinator")
    assert "Check-in has not opened yet." in pages.get(path(session)).page.words
    assert "Topic, times" not in facts_shown(pages, session)
    at("2026-03-02 09:45")
    page = pages.get(path(session)).page.words
    assert "Ended at" in page
    (booking,) = db.scalars(select(make.Booking)).all()
    booking.signed_at = make.instant("2026-03-02 10:00")
    make.saved()
    assert "signed off" in pages.submit(path(session), status=422, topic="Late").page.words
    assert "signed off" in pages.get(path(session)).page.words
    signed_in("clinician").get(path(session), status=404)


def test_who_was_planned_or_stood_in_before_is_not_offered_again(now, signed_in, session):
    cam, dee = make.staff(name="Cam Diaz"), make.staff(name="Dee Ellis")
    pages = signed_in("coordinator")
    for each, left in ((cam, ["Dee Ellis"]), (dee, [])):
        pages.get(path(session))
        pages.submit(path(session), stood_in=str(each.id))
        options = pages.get(path(session)).page.all("option")
        assert [option.text for option in options] == ["Nobody", *left]
    assert leaders(session)[2:] == [(True, True)] * 2
    pages.submit(path(session), led_by=[str(dee.id)])
    assert leaders(session)[2:] == [(True, True)]
    pages.get(path(session))
    pages.submit(path(session), stood_in=str(cam.id), led_by=[str(dee.id)])
    assert leaders(session)[2:] == [(True, True)] * 2
