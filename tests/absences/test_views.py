import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.offers.models import CameOfIt
from clinic.schedule.models import Booking, Status
from clinic.trail import TrailEvent
from tests import make

PATH = "/me/absence"


@pytest.fixture
def jo(app, at):
    """With a session this evening and two on Thursday."""
    at("2026-03-02 10:30")
    person = make.participant(name="Jordan Avery")
    enrollment = make.enrollment(person)
    for day, start, end in (
        ("2026-03-02", "18:00", "21:00"),
        ("2026-03-05", "10:00", "11:00"),
        ("2026-03-05", "18:00", "21:00"),
    ):
        make.booking(make.session(day, start, end, title="Process group"), enrollment)
    return person


def marks():
    return list(db.scalars(select(Booking.status).order_by(Booking.id)))


def test_one_session_is_called_off_from_ones_own_week_and_taken_back(jo, signed_in):
    pages = signed_in(jo)
    page = pages.get("/me").page
    assert page.links["I can’t come on Mon, Mar 2, 6:00 pm"] == f"{PATH}?session=1"
    page = pages.get(f"{PATH}?session=1").page
    assert "Mon, Mar 2, 6:00 – 9:00 pm: Process group" in page.words
    assert "With less than 24 hours of notice, an absence reported now is a late cancel." in (
        page.words
    )
    page = pages.submit(PATH, status=200, reason="car").page
    assert "Expected after: Late cancel" in page.words
    assert "Today: “car”. This is what changes. Nothing is saved yet." in page.words
    assert "Free seats" not in page.words
    assert marks()[0] is Status.EXPECTED
    assert pages.submit(PATH, step="save").location == "/me?week=2026-03-02"
    words = pages.follow().page.words
    assert "You are not expected today: 1 session, a late cancel. Undo" in words
    assert marks() == [Status.LATE_CANCEL, Status.EXPECTED, Status.EXPECTED]
    pages.submit("/me/sessions/1/coming")
    assert "You are expected again on Mon, Mar 2, 6:00 pm." in pages.follow().page.words
    assert marks()[0] is Status.EXPECTED


def test_a_day_is_called_off_in_all_its_sessions_and_undone_at_once(jo, signed_in):
    pages = signed_in(jo)
    page = pages.get(PATH).page
    assert "Tell us at least 24 hours before a session begins" in page.words
    pages.submit(PATH, status=200, from_on="2026-03-05")
    pages.submit(PATH, step="save")
    assert marks() == [Status.EXPECTED, Status.EXCUSED, Status.EXCUSED]
    assert "You are not expected on Thu, Mar 5: 2 sessions." in pages.follow().page.words
    pages.submit("/me/absence/undo")
    assert "Undone: you are expected again in 2 sessions." in pages.follow().page.words
    assert marks() == [Status.EXPECTED] * 3
    pages.post("/me/absence/undo", {"change": "0" * 32}, status=404)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("/me/absence/undo", "Undone: you are expected again in 2 sessions."),
        ("/me/sessions/2/coming", "You are expected again on Thu, Mar 5, 10:00 am."),
    ],
)
def test_who_comes_after_all_is_told_that_their_make_up_stays(jo, signed_in, how, said):
    pages, enrollment = signed_in(jo), db.scalars(select(Enrollment)).one()
    pages.get(PATH)
    pages.submit(PATH, status=200, from_on="2026-03-05")
    pages.submit(PATH, step="save")
    there = make.session("2026-03-06", "13:00", "14:00")
    facts = {"missed_session_id": 2, "outcome": CameOfIt.TAKEN, "ended_at": there.starts_at}
    make.offer(enrollment, there, **facts)
    make.booking(there, enrollment)
    pages.get("/me")
    pages.submit(how)
    words = pages.follow().page.words
    assert f"{said} Your make-up on Fri, Mar 6, 1:00 – 2:00 pm stays." in words
    assert marks()[3] is Status.EXPECTED


def test_a_second_tap_says_that_they_are_expected(jo, signed_in):
    pages = signed_in(jo)
    pages.get(PATH)
    pages.submit(PATH, status=200, from_on="2026-03-05")
    pages.submit(PATH, step="save")
    pages.follow()
    change = {"change": db.scalar(select(TrailEvent.act).order_by(TrailEvent.id.desc()))}
    for says in ("you are expected again in 2 sessions", "Nothing is left to take back."):
        pages.post("/me/absence/undo", change)
        assert says in pages.follow().page.words
    pages.post("/me/sessions/2/coming")
    assert "You are expected again on Thu, Mar 5, 10:00 am." in pages.follow().page.words
    assert marks() == [Status.EXPECTED] * 3


def test_what_is_refused_stays_on_the_page_with_what_was_typed(jo, signed_in):
    pages = signed_in(jo)
    pages.get(PATH)
    page = pages.submit(PATH, status=422, from_on="2026-03-04", reason="car").page
    assert "You have no sessions on Wed, Mar 4." in page.words
    assert 'value="car"' in pages.text


def test_only_ones_own_sessions_are_ones_to_call_off(jo, signed_in):
    other = make.participant(name="Robin Vale")
    make.enrollment(other)
    pages = signed_in(other)
    pages.get(f"{PATH}?session=1", status=404)
    pages.post(PATH, {"session": "1", "step": "save"}, status=404)
    pages.post("/me/sessions/1/coming", status=404)
    nobody = signed_in(make.participant(name="Sam Doe"))
    nobody.get(PATH)


def test_what_staff_announced_is_not_theirs_to_take_back(jo, signed_in):
    desk = signed_in("front_desk")
    desk.get(f"/participants/{jo.id}/absence")
    absence = f"/participants/{jo.id}/absence"
    desk.submit(absence, status=200, from_on="2026-03-05", until_on="2026-03-05")
    desk.submit(absence, step="save")
    assert "is not expected on Thu, Mar 5: 2 sessions called off." in desk.follow().page.words
    pages = signed_in(jo)
    assert "I can come" not in pages.get("/me").page.words
    refused = pages.post("/me/sessions/2/coming", status=409)
    assert "Staff have changed this since." in refused.page.words


def test_what_was_called_off_in_one_go_is_taken_back_by_one_press_later_too(jo, signed_in, at):
    far = make.session("2026-05-04", "18:00", "21:00", seats=1)
    make.booking(far, db.get_one(Enrollment, 1))
    pages = signed_in(jo)
    pages.get(PATH)
    pages.submit(PATH, status=200, from_on="2026-03-05", until_on="2026-05-31")
    pages.submit(PATH, step="save")
    pages.follow()
    at("2026-03-03 09:00")
    pages = signed_in(jo)
    words = pages.get("/me").page.words
    assert "You are not coming Thu, Mar 5 – Mon, May 4: 3 sessions I can come after all" in words
    assert words.count("I can come on") == 2
    make.booking(far, make.enrollment(make.participant(name="Robin Vale")))
    pages.submit("/me/absence/undo")
    words = pages.follow().page.words
    assert (
        "Undone: you are expected again in 2 sessions. Not on Mon, May 4, 6:00 pm: Your seat"
        in (words)
    )
    assert marks() == [Status.EXPECTED] * 3 + [Status.EXCUSED, Status.EXPECTED]
    assert "I can come" not in words


def test_a_week_shows_no_call_but_those_of_its_own_sessions(jo, signed_in):
    far = [make.session(day, "18:00", "21:00") for day in ("2026-05-04", "2026-05-05")]
    for session in far:
        make.booking(session, db.get_one(Enrollment, 1))
    pages = signed_in(jo)
    for first, last in (("2026-03-05", "2026-03-05"), ("2026-05-04", "2026-05-05")):
        pages.get(PATH)
        pages.submit(PATH, status=200, from_on=first, until_on=last)
        pages.submit(PATH, step="save")
    near, later = (f"You are not coming {days}" for days in ("Thu, Mar 5", "Mon, May 4"))
    words = pages.get("/me").page.words
    assert near in words
    assert later not in words
    words = pages.get("/me?week=2026-05-04").page.words
    assert later in words
    assert near not in words
    assert "You are not coming" not in pages.get("/me?week=2026-03-16").page.words


def test_one_session_alone_has_its_own_press(jo, signed_in):
    pages = signed_in(jo)
    pages.get(f"{PATH}?session=1")
    pages.submit(PATH, status=200)
    pages.submit(PATH, step="save")
    pages.follow()
    words = pages.get("/me").page.words
    assert "You are not coming" not in words
    assert "I can come on" in words
