import pytest
from sqlalchemy import select

from clinic import trail
from clinic.db import db as stored
from clinic.permissions import STAFF_ROLES, TABLE, Permission
from clinic.schedule.models import Booking, Method, Status
from clinic.trail import TrailLook
from tests import make

DAY = "2026-03-04"


@pytest.fixture
def now(app, at):
    return at(f"{DAY} 09:30")


@pytest.fixture
def session(now):
    return make.session(
        DAY, "09:00", "10:00", room=make.room(name="Birch room"), leaders=[make.staff(name="Ana")]
    )


def person(name, session, status=Status.PRESENT, **facts):
    enrollment = make.enrollment(make.participant(name=name), session.program)
    return make.booking(session, enrollment, status, **facts)


def left(booking, version=None):
    return {"mark": f"{booking.id}.{version or booking.version}.present"}


def departure(booking):
    return f"/sessions/{booking.session_id}/departures"


def roll(page):
    return page.texts(class_="roll-name")


def test_the_page_counts_and_names_whoever_is_there(session, signed_in):
    jordan = person("Jordan Avery", session, arrived="08:55")
    kim = person("Kim Tran", session, Status.EXPECTED)
    page = signed_in("coordinator").get("/building").page
    assert page.heading == "In the building"
    assert page.texts(class_="building-number") == ["1 participant in the building"]
    assert roll(page) == ["Jordan A.", "Kim T.", "Ana"]
    assert "Birch room · since 8:55 am" in page.words
    assert "Kim T. Birch room · due 9:00 am Check in Kim T." in page.words
    desks = [f"/participants/{each.enrollment.participant_id}/desk" for each in (jordan, kim)]
    assert [page.links["Jordan A."], page.links["Kim T."]] == desks
    assert "Printed as of 9:30 am" in page.words


def test_two_with_the_same_short_name_are_told_apart(session, signed_in):
    person("Maria Garcia", session, arrived="08:55")
    person("Maria Gomez", session, Status.EXPECTED)
    assert roll(signed_in("front_desk").get("/building").page)[:2] == ["Maria Ga.", "Maria Go."]


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_everybody_who_works_here_sees_everybody(session, signed_in, role):
    person("Jordan Avery", session)
    person("Kim Tran", session)
    page = signed_in(role.value).get("/building").page
    assert roll(page)[:2] == ["Jordan A.", "Kim T."]
    may = Permission.SEE_SCHEDULE in TABLE[role] and Permission.SEE_WHOLE_CLINIC in TABLE[role]
    assert ("Jordan A." in page.links) is may
    assert "Process group" not in page.words


def test_participants_do_not(session, signed_in):
    signed_in("participant").get("/building", status=403)


def test_the_look_is_noted(session, signed_in):
    first, second = person("Jordan Avery", session), person("Kim Tran", session, Status.EXPECTED)
    signed_in("front_desk").get("/building")
    (look,) = stored.scalars(select(TrailLook))
    ids = [each.enrollment.participant_id for each in (first, second)]
    assert (look.page, look.participant_ids) == ("building.building", ids)


def test_a_page_that_renews_itself_is_one_look_until_it_shows_somebody_new(session, signed_in):
    first = person("Jordan Avery", session)
    pages = signed_in("front_desk")
    poll = {"headers": {"X-Poll": "1"}}

    def seen():
        return [look.participant_ids for look in stored.scalars(select(TrailLook))]

    ids = [first.enrollment.participant_id]
    pages.get("/building", **poll)  # nobody looked before: it is noted all the same
    assert seen() == [ids]
    pages.get("/building", **poll)
    signed_in("billing").get("/building")
    pages.get("/building", **poll)
    assert seen() == [ids, ids]
    second = person("Kim Tran", session)
    pages.get("/building", **poll)
    assert seen() == [ids, ids, [*ids, second.enrollment.participant_id]]


def test_one_site_can_be_shown_alone(now, signed_in):
    make.site(key="east", name="East")
    make.site(key="west", name="West")
    pages = signed_in("front_desk")
    assert pages.get("/building").page.texts("h2") == ["East"]
    assert pages.get("/building?site=all").page.texts("h2") == ["East", "West"]
    assert pages.get("/building?site=west").page.texts("h2") == ["West"]
    assert pages.get("/building?site=nowhere").page.texts("h2") == ["West"]  # as chosen last


def test_nobody_there_says_so(now, signed_in):
    make.site()
    assert "Nobody is known to be here" in signed_in("billing").get("/building").page.words


def test_a_clinic_that_is_not_set_up_says_what_to_do(now, signed_in):
    assert "Nothing is set up yet" in signed_in("admin").get("/building").text


def test_somebody_is_marked_as_left_in_one_click_and_that_can_be_undone(session, signed_in, now):
    booking = person("Jordan Avery", session, arrived="08:55", method=Method.KIOSK)
    pages = signed_in("front_desk")
    pages.get("/building")
    assert pages.submit(departure(booking), **left(booking)).location == "/building"
    assert (booking.status, booking.left_at) == (Status.PRESENT, now)
    page = pages.follow().page
    assert "Jordan A. has left." in page.words
    assert page.texts(class_="building-number") == ["0 participants in the building"]
    pages.submit(f"/sessions/{session.id}/departures/undo")
    assert booking.left_at is None
    assert roll(pages.follow().page) == ["Jordan A.", "Ana"]
    assert trail.broken_chains() == []


def test_who_leaves_before_the_session_begins_is_marked_on_its_sheet(session, signed_in, at):
    booking = person("Jo Avery", session)
    at(f"{DAY} 08:55")
    page = signed_in("front_desk").get("/building").page
    assert page.links["Left… before it began: Jo A."] == (
        f"/sessions/{session.id}#row-{booking.id}"
    )


def test_pressing_twice_says_so_and_changes_nothing(session, signed_in, now):
    booking = person("Jordan Avery", session, left="09:20")
    before = booking.left_at
    pages = signed_in("front_desk")
    pages.post(departure(booking), left(booking))
    assert booking.left_at == before
    assert "Jordan A. has left already." in pages.get("/building").page.words


def test_who_is_not_there_any_more_cannot_leave(session, signed_in):
    booking = person("Jordan Avery", session, Status.NO_SHOW)
    pages = signed_in("front_desk")
    typed = left(booking)
    answer = pages.post(departure(booking), typed, status=409)
    assert "Jordan A. has just been marked no-show. Look again." in answer.page.words


def test_who_was_changed_meanwhile_is_looked_at_again(session, signed_in):
    booking = person("Jordan Avery", session)
    pages = signed_in("front_desk")
    pages.post(departure(booking), left(booking, version=99), status=409)
    assert booking.left_at is None


def test_of_a_place_that_is_gone_the_page_says_so(session, signed_in):
    pages = signed_in("front_desk")
    pages.post(f"/sessions/{session.id}/departures", {"mark": "99.1.present"})
    assert "is no longer on this session, so nothing was saved" in pages.follow().page.words
    pages.post("/sessions/99/departures", {"mark": "99.1.present"}, status=404)
    assert stored.scalars(select(Booking)).all() == []


def test_a_clinician_marks_only_those_in_sessions_they_lead(now, signed_in):
    ana = make.staff()
    hers = person("Her Own", make.session(DAY, "09:00", "10:00", leaders=[ana]))
    other = person("Some Other", make.session(DAY, "09:00", "10:00"))
    pages = signed_in(ana)
    page = pages.get("/building").page
    assert [form.get("action") for form in page.all("form", data_swap="building")] == [
        departure(hers)
    ]
    typed = left(other)
    pages.post(departure(other), typed, status=404)
    pages.post(f"{departure(other)}/undo", {"change": "0" * 32}, status=404)


def test_an_auditor_has_no_button(session, signed_in):
    person("Jordan Avery", session)
    assert signed_in("auditor").get("/building").page.all("form", data_swap="building") == []


def test_many_need_as_many_statements_as_one(session, signed_in, queries):
    session.seats = 70
    pages = signed_in("front_desk")
    sent = []
    for number in (1, 59):
        for _ in range(number):
            person("Jordan Avery", session)
        pages.get("/building")
        with queries() as count:
            pages.get("/building")
        sent.append(count())
    assert sent[0] == sent[1] <= 12


def test_today_leads_there(session, signed_in):
    page = signed_in("front_desk").get("/today").page
    assert page.links["In the building"] == "/building"
    assert page.texts("a", data_key="b") == ["In the building"]


def test_each_site_shows_its_own_clock(app, at, signed_in):
    at("2026-03-04 12:00")
    make.site(key="east")
    make.site(key="west", timezone="America/Los_Angeles")
    words = signed_in("coordinator").get("/building?site=all").page.words
    assert "as of 12:00 pm, New York time" in words
    assert "as of 9:00 am, Los Angeles time" in words
