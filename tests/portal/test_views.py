import pytest

from clinic.codes.queries import code_of
from clinic.codes.rules import minute_of
from clinic.db import db
from clinic.programs.models import Kind, PhoneCheckIn
from clinic.schedule.models import Method, Mode, Status
from clinic.trail import TrailLook
from tests import make


@pytest.fixture
def jordan(app, at):
    at("2026-03-04 12:00")
    make.program(name="Evening IOP")
    return make.participant(name="Jordan Avery", preferred_name="Jo")


def test_a_participant_sees_their_own_week(jordan, signed_in):
    enrollment = make.enrollment(jordan)
    done = make.session("2026-03-02", "18:00", "21:00", title="Process group")
    make.booking(done, enrollment, status=Status.PRESENT, method=Method.STAFF)
    make.booking(make.session("2026-03-05", "18:00", "21:00", title="Coping skills"), enrollment)
    page = signed_in(jordan).get("/me").page
    assert page.heading == "My week"
    text = page.words
    for words in ("Process group", "Coping skills", "Present", "Thursday, March 5"):
        assert words in text
    assert "Nothing planned today, Fri, Sat, Sun." in text
    assert text.count("3 h") == 3  # done, ahead and missing
    assert "you came, or said so in time, 1 of 1 time." in text


def test_the_first_card_says_what_when_where_and_with_whom(jordan, signed_in):
    daniel = make.staff(name="Daniel Okafor")
    session = make.session(
        "2026-03-04", "13:00", "14:00", title="DBT skills", room=make.room(), leaders=[daniel]
    )
    make.booking(session, make.enrollment(jordan))
    page = signed_in(jordan).get("/me").page
    place = f"{session.room.name}, with Daniel Okafor"
    (card,) = page.all("section", class_="next-up")
    assert card.text == f"Next: DBT skills Today, 1:00 – 2:00 pm {place}"
    assert page.texts(class_="visit-what") == [f"DBT skills {place}"]


def test_an_individual_session_is_called_by_whom_it_is_with(jordan, signed_in):
    alone = {
        "kind": Kind.INDIVIDUAL,
        "title": "Individual session",
        "leaders": [make.staff(name="Ana Rivera")],
    }
    make.booking(make.session("2026-03-04", "13:00", "14:00", **alone), make.enrollment(jordan))
    page = signed_in(jordan).get("/me").page
    assert page.texts("h2", id="next-up") == ["Next: Individual with Ana Rivera"]
    assert page.texts(class_="visit-what") == ["Individual with Ana Rivera"]


def test_nobody_sees_the_week_of_somebody_else(jordan, signed_in):
    make.booking(make.session("2026-03-05", title="Theirs alone"), make.enrollment(jordan))
    other = make.participant(name="Robin Vale")
    make.enrollment(other)
    assert "Theirs alone" not in signed_in(other).get("/me").text


def test_a_cancelled_session_says_so(jordan, signed_in):
    enrollment = make.enrollment(jordan)
    make.booking(make.session("2026-03-05", is_cancelled=True), enrollment)
    assert "Cancelled" in signed_in(jordan).get("/me").text


def test_today_is_the_day_at_the_site_of_the_enrollment(app, at, signed_in):
    at("2026-03-02 00:30")  # in New York; in Chicago it is still Sunday, of the week before
    make.program(make.site(timezone="America/New_York"))
    chicago = make.program(make.site(timezone="America/Chicago"))
    jordan = make.participant(name="Jordan Avery")
    make.booking(make.session("2026-03-01", program=chicago), make.enrollment(jordan, chicago))
    page = signed_in(jordan).get("/me").page
    assert page.texts("p", class_="sub") == ["February 23 – March 1 · Jordan"]
    assert page.texts("li", class_="is-today") == [
        "Today Sunday, March 1 10:00 – 11:00 am Process group To be confirmed"
    ]


@pytest.mark.parametrize(
    ("starts", "facts", "words"),
    [
        ("12:01", {"status": Status.PRESENT, "arrived": "11:51"}, "Checked in 11:51 am"),
        ("12:00", {"status": Status.PRESENT}, "Present"),
        ("11:45", {"status": Status.PRESENT, "arrived": "11:57"}, "Late, 12 min"),
        ("12:01", {"status": Status.EXCUSED}, "Excused"),
    ],
)
def test_nobody_is_present_at_what_has_not_begun(jordan, signed_in, starts, facts, words):
    session = make.session("2026-03-04", starts, "13:00")
    make.booking(session, make.enrollment(jordan), **facts)
    assert signed_in(jordan).get("/me").page.texts(class_="badge") == [words]


def test_another_week_is_a_step_away(jordan, signed_in):
    make.booking(make.session("2026-03-19", title="A later one"), make.enrollment(jordan))
    pages = signed_in(jordan)
    assert pages.get("/me").page.texts(class_="visit-what") == []
    assert pages.get("/me?week=2026-03-18").page.texts(class_="visit-what") == ["A later one"]


def test_once_nothing_more_is_to_come_next_week_is_there_at_once(jordan, signed_in, at):
    enrollment = make.enrollment(jordan)
    for day, title in (("2026-03-02", "Over"), ("2026-03-06", "Last"), ("2026-03-10", "Coming")):
        make.booking(make.session(day, "10:00", "11:00", title=title), enrollment)
    pages = signed_in(jordan)
    page = pages.get("/me").page
    assert page.texts(class_="visit-what") == ["Last", "Over"]
    assert page.links["Next week"] == "/me?week=2026-03-09"
    at("2026-03-06 18:00")
    pages = signed_in(jordan)
    page = pages.get("/me").page
    assert page.texts(class_="visit-what") == ["Last", "Coming", "Over"]
    assert page.texts("h2", id="following") == ["Next week"]
    assert pages.get("/me?week=2026-03-02").page.words.count("Coming") == 2  # its card and its day


def test_the_next_session_says_where_it_is_and_how_to_get_in(jordan, signed_in):
    other = make.program(make.site(name="Lakeside"))
    for site, number in ((make.room().site, 1), (other.site, 2)):
        site.address, site.phone = f"{number} Oak Street", f"+1614555010{number}"
        site.way_in = "Side door.\nSecond floor."
    make.booking(make.session("2026-03-04", is_cancelled=True), make.enrollment(jordan))
    enrollment = make.enrollment(jordan, other)
    excused = make.session("2026-03-05", program=other)
    make.booking(excused, enrollment, Status.EXCUSED)
    make.booking(make.session("2026-03-16", title="Coping", program=other), enrollment)
    pages = signed_in(jordan)
    page = pages.get("/me").page
    (card,) = page.all("section", class_="next-up")
    assert card.text == (
        "Next: Coping Monday, March 16, 10:00 – 11:00 am Lakeside"
        " 2 Oak Street Side door. Second floor. Running late, or cannot come? Call (614) 555-0102"
    )
    assert page.links["(614) 555-0102"] == "tel:+16145550102"
    assert pages.get("/me?week=2026-03-09").page.all("section", class_="next-up") == []


def test_a_session_at_a_site_with_another_clock_names_it(jordan, signed_in):
    west = make.program(make.site(name="West", timezone="America/Chicago"))
    make.enrollment(jordan)
    second = make.enrollment(jordan, west, from_on="2026-02-02")
    make.booking(make.session("2026-03-06", program=west), second)
    page = signed_in(jordan).get("/me").page
    assert page.texts("p", class_="session-time") == ["10:00 – 11:00 am, Chicago time"]
    assert "Friday, March 6, 10:00 – 11:00 am, Chicago time" in page.words


@pytest.mark.parametrize(
    ("enrolled", "signed_in_at"),
    [
        (True, "11:00 am Times are those of Chicago."),
        (False, "12:00 pm Times are those of New York."),
    ],
)
def test_the_account_goes_by_the_clock_of_the_site_of_the_enrollment(
    jordan, signed_in, enrolled, signed_in_at
):
    west = make.program(make.site(timezone="America/Chicago"))
    if enrolled:
        make.enrollment(jordan, west)
    assert f"signed in today, {signed_in_at}" in signed_in(jordan).get("/account").page.words


def test_with_nothing_to_come_the_site_still_says_where_it_is(jordan, signed_in):
    site = make.site()
    make.enrollment(jordan, make.program(site))
    pages = signed_in(jordan)
    assert pages.get("/me").page.all("section", class_="next-up") == []
    site.address = "1 Oak Street"
    (card,) = pages.get("/me").page.all("section", class_="next-up")
    assert card.text == f"{site.name} 1 Oak Street"


@pytest.mark.parametrize("week", ["soon", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_a_week_that_is_none_is_not_found(jordan, signed_in, week):
    make.enrollment(jordan)
    signed_in(jordan).get(f"/me?week={week}", status=404)


def test_without_an_enrollment_the_page_says_what_will_stand_there(jordan, signed_in):
    assert "Nothing is planned this week" in signed_in(jordan).get("/me").text


def test_after_the_last_day_the_page_says_so_and_whom_to_ask(jordan, signed_in):
    site = make.site(phone="+16145550101")
    make.enrollment(jordan, make.program(site, name="Day IOP"), until_on="2026-03-01")
    pages = signed_in(jordan)
    page = pages.get("/me").page
    (card,) = page.all("section", class_="next-up")
    assert card.text == (
        f"{site.name} Your last day in Day IOP was Mar 1, 2026."
        " Questions, or a copy of your record? Call (614) 555-0101"
    )
    assert "As soon as something is arranged" not in page.words
    assert "Add to my calendar" not in page.links
    assert "Nothing in this week." in pages.get("/me?week=2026-03-16").page.words


def test_staff_have_no_week_of_their_own(jordan, signed_in):
    signed_in("clinician").get("/me", status=403)


def test_the_look_is_recorded(jordan, signed_in):
    make.enrollment(jordan)
    signed_in(jordan).get("/me")
    looks = db.query(TrailLook).all()
    assert [(look.page, look.participant_ids) for look in looks] == [("portal.week", [jordan.id])]


# Checking in by phone


@pytest.fixture
def here(jordan):
    """Jordan's place in a session whose doors have just opened."""
    session = make.session("2026-03-04", "12:10", "13:00", leaders=[make.staff(name="Ana Rivera")])
    return make.booking(session, make.enrollment(jordan))


def test_one_button_checks_in_while_the_window_is_open(jordan, here, signed_in, at):
    make.organization(phone_check_in=PhoneCheckIn.BUTTON)
    pages = signed_in(jordan)
    page = pages.get("/me").page
    assert page.texts("section", class_="check-in") == [
        "Check in 12:10 – 1:00 pm Process group I am here"
    ]
    pages.submit("/me/check-ins")
    assert pages.follow().page.words.count("You are checked in: 12:00 pm.") == 1
    assert pages.get("/me").page.texts(class_="check-in") == []
    at("2026-03-04 12:04")
    pages.post("/me/check-ins")
    assert "You had checked in at 12:00 pm." in pages.follow().page.words
    pages.get("/me?week=2026-03-11")
    at("2026-03-04 13:01")
    pages = signed_in(jordan)
    pages.post("/me/check-ins", status=422)
    assert "Nothing of yours is open for check-in now." in pages.text


def test_the_code_in_the_room_is_typed_as_it_is_shown(jordan, here, signed_in, at):
    pages = signed_in(jordan)
    pages.get("/me")
    pages.submit("/me/check-ins", status=422)
    assert "Enter the code on the screen in the room." in pages.text
    pages.submit("/me/check-ins", code="12345", status=422)
    assert "Enter the 6 digits on the screen." in pages.text
    code = code_of(here.session_id, minute_of(make.instant("2026-03-04 11:59")))
    pages.submit("/me/check-ins", code=f"{code[:3]} {code[3:]}")
    assert "You are checked in: 12:00 pm." in pages.follow().page.words
    leader = signed_in(here.session.leaders[0].staff)
    sheet = leader.get(f"/sessions/{here.session_id}").page
    assert sheet.texts("small") == ["phone"]


def test_a_code_that_has_run_out_is_refused_in_words_and_the_leader_is_told(
    jordan, here, signed_in, at
):
    code = code_of(here.session_id, minute_of(make.instant("2026-03-04 12:00")))
    at("2026-03-04 12:05")
    pages = signed_in(jordan)
    pages.get("/me")
    pages.submit("/me/check-ins", code=code)
    assert "That code has run out. Enter the one that is on the screen now." in pages.follow().text
    leader = signed_in(here.session.leaders[0].staff)
    assert leader.get(f"/sessions/{here.session_id}").page.texts("div", id="phones") == [
        "Jo A. tried to check in with a code that had run out at 12:05 pm, and is not checked in."
    ]


def test_one_phone_for_two_people_is_let_in_and_told_to_the_leader(jordan, here, signed_in):
    make.organization(phone_check_in=PhoneCheckIn.BUTTON)
    sam = make.participant(name="Sam Brook")
    make.booking(here.session, make.enrollment(sam))
    cookie = {"key": "clinic-device", "value": "a-name", "path": "/"}
    for person in (jordan, sam):
        pages = signed_in(person)
        pages.client.set_cookie(**cookie)
        pages.post("/me/check-ins")
        assert "You are checked in" in pages.follow().text
    leader = signed_in(here.session.leaders[0].staff)
    assert leader.get(f"/sessions/{here.session_id}").page.texts("div", id="phones") == [
        "Jo A. and Sam B. checked in on the same device."
    ]


def test_a_hybrid_session_offers_both_ways_until_one_is_taken(jordan, signed_in):
    link = "https://video.example.org/j/1"
    session = make.session("2026-03-04", "12:10", "13:00", mode=Mode.HYBRID, join_link=link)
    make.booking(session, make.enrollment(jordan))
    pages = signed_in(jordan)
    page = pages.get("/me").page
    assert page.texts(class_="check-in") == [
        "Check in 12:10 – 1:00 pm Process group Code on the screen in the room I am here",
        "Process group 12:10 – 1:00 pm. Not in the room? Join by video",
    ]
    pages.submit(f"/me/sessions/{session.id}/join", status=200)
    assert pages.get("/me").page.texts(class_="check-in") == [
        "Process group 12:10 – 1:00 pm, by video. You are checked in Join again"
    ]


def test_a_meeting_by_video_is_joined_and_left_on_the_page(jordan, signed_in, at):
    link = "https://video.example.org/j/1"
    session = make.session("2026-03-04", "12:10", "13:00", mode=Mode.VIRTUAL, join_link=link)
    make.booking(session, make.enrollment(jordan))
    pages = signed_in(jordan)
    page = pages.get("/me").page
    assert page.texts(class_="check-in") == ["Process group 12:10 – 1:00 pm, by video Join"]
    join, leave = (f"/me/sessions/{session.id}/{verb}" for verb in ("join", "leave"))
    joining = pages.submit(join, status=200).page
    assert joining.links["Open the meeting"] == link
    page = pages.get("/me").page
    assert page.texts(class_="check-in") == [
        "Process group 12:10 – 1:00 pm, by video. You are checked in Join again"
    ]
    at("2026-03-04 12:30")
    pages = signed_in(jordan)
    pages.get("/me")
    pages.submit(leave)
    assert "You left at 12:30 pm" in pages.follow().page.words
    session.join_link = None
    pages.submit(join)
    assert "Ask whoever leads it how to join." in pages.follow().page.words
