from sqlalchemy import select

from clinic.db import db as stored
from clinic.schedule.models import Session
from clinic.schedule.queries.bookings import who_is_on
from tests import make
from tests.html import fields_of
from tests.sessions.meetings import saved


def test_the_session_that_brings_most_people_their_hours_is_planned_with_them(
    short, signed_in, ana
):
    pages = signed_in("coordinator")
    assert "One more session" in pages.get("/hours").page.words
    page = pages.get("/hours/one-more").page
    assert (
        "Thu, Mar 5, 2:00 – 4:00 pm, Room B with Ana Rivera: 5 people reach their hours"
        ", 1 more comes closer."
    ) in page.words
    assert "Gray 5 h missing, 3 h still" in page.words
    assert "Finley" not in page.words
    page = pages.get(page.links["Change it first"]).page
    assert page.links["Cancel"] == "/hours/one-more"
    fields = fields_of(page)
    assert fields["next"] == "/hours/one-more"
    assert (fields["starts"], fields["ends"]) == ("14:00", "16:00")
    pages.get("/hours/one-more")
    words = saved(pages, "/sessions/book")
    assert "Who after: Avery, Day IOP; Blake, Day IOP; Casey" in words
    assert words.count("On course") == 5  # of those who reach their hours
    assert "Gray week of Mar 2" in words
    page = pages.follow().page
    assert "6 people are on it. Its sheet" in page.words
    planned = stored.scalars(select(Session).where(Session.title == "Make-up group")).one()
    assert page.links["Its sheet"] == f"/sessions/{planned.id}"
    assert (planned.seats, len(who_is_on(planned.id))) == (8, 6)
    assert "No single session does it" in pages.get("/hours/one-more").page.words


def test_one_seat_more_in_a_full_group_is_given_with_its_preview(short, signed_in, program):
    for each in short.values():
        make.unavailability(each, 3, "14:00", "16:00")
    hall = make.room(name="Hall", seats=2)
    full = make.session("2026-03-06", "09:00", "10:30", program=program, seats=1, room=hall)
    make.booking(full, short["Finley"])
    pages = signed_in("coordinator")
    page = pages.get("/hours/one-more").page
    assert "One more seat in Process group" in page.words
    assert (
        "Fri, Mar 6, 9:00 – 10:30 am, Hall: 1 person reaches their hours. Who they are Avery"
        in page.words
    )
    saved(pages, f"/sessions/{full.id}/guests/add")
    make.read_afresh()
    assert (full.seats, who_is_on(full.id)) == (2, [short["Finley"].id, short["Avery"].id])


def test_one_site_is_looked_at_the_one_most_in_need_unless_another_is_asked_for(short, signed_in):
    make.site(key="north", name="North")
    pages = signed_in("coordinator")
    assert "Room B with Ana Rivera" in pages.get("/hours/one-more").page.words
    assert "Nobody lacks hours" in pages.get("/hours/one-more?site=north").page.words


def test_this_week_and_the_next_can_be_asked_for(short, signed_in):
    pages = signed_in("coordinator")
    assert "Mar 12, 2:00 – 4:00 pm" not in pages.get("/hours/one-more?week=2026-03-09").page.words
    assert "No single session" in pages.get("/hours/one-more?week=2026-03-09").page.words
    pages.get("/hours/one-more?week=2026-03-16", status=404)
    pages.get("/hours/one-more?week=2026-02-23", status=404)
    assert "/hours/one-more?week=2026-03-09" in str(pages.get("/hours?week=2026-03-09").text)
    assert "/hours/one-more" not in str(pages.get("/hours?week=2026-03-16").text)


def test_a_week_that_somebody_has_closed_needs_no_session(short, signed_in):
    week, done = "2026-03-02", make.instant("2026-03-03 12:00")
    for name in ("Avery", "Blake", "Casey", "Drew", "Gray"):
        make.week_closing(short[name], week, closed_at=done)
    pages = signed_in("coordinator")
    assert "One more session" not in pages.get("/hours").page.words
    words = pages.get("/hours/one-more").page.words
    assert "1 person lacks hours this week." in words
    assert "Avery" not in words


def test_without_a_site_there_is_no_such_page(app, signed_in):
    signed_in("coordinator").get("/hours/one-more", status=404)


def test_more_people_take_no_more_statements(short, signed_in, queries, program):
    pages = signed_in("coordinator")
    pages.get("/hours/one-more")
    with queries() as count:
        pages.get("/hours/one-more")
    few = count()
    other = make.program(key="other", name="Other IOP")
    for number in range(6):
        make.enrollment(make.participant(name=f"More {number}"), other if number % 2 else program)
    make.room(name="Room C")
    with queries() as count:
        pages.get("/hours/one-more")
    assert count() == few
