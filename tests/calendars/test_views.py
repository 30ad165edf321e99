import re
from typing import NamedTuple

import pytest
from icalendar import Calendar
from sqlalchemy import select

from clinic.accounts.models import Staff
from clinic.db import db
from clinic.feeds.models import FeedLink
from clinic.participants.models import Participant
from clinic.permissions import Role
from clinic.schedule.models import Booking, Session, Status
from clinic.tokens import fingerprint
from clinic.trail import TrailEvent, TrailLook
from tests import make
from tests.pages import Answer, Pages

ADDRESS = r"http://localhost/feeds/([\w-]{43})\.ics"


class Clinic(NamedTuple):
    ana: Staff
    ben: Staff
    jordan: Participant
    robin: Participant
    session: Session


@pytest.fixture
def clinic(app, at):
    """Ana leads Jordan's session today at ten; Robin is Ben's, in the evening, at another site."""
    at("2026-03-02 09:00")
    ana, ben = make.staff(name="Ana Rivera"), make.staff(name="Ben Ode")
    jordan, robin = make.participant(name="Jordan Avery"), make.participant(name="Robin Vale")
    session = make.session(title="Process group", leaders=[ana], room=make.room(name="Garden room"))
    make.booking(session, make.enrollment(jordan, clinician=ana))
    other = make.program(make.site(name="Hill"), name="Evening")
    enrollment = make.enrollment(robin, other, clinician=ben)
    make.booking(
        make.session("2026-03-02", "18:00", "19:00", program=other, leaders=[ben]), enrollment
    )
    return Clinic(ana, ben, jordan, robin, session)


def add(pages: Pages, path: str, name: str = "iPhone", *, status: int = 200) -> Answer:
    pages.get(path)
    return pages.submit(path, name=name, status=status)


def token_in(answer: Answer) -> str:
    return re.search(ADDRESS, answer.text)[1]


def starts_of(answer: Answer) -> list[str]:
    events = Calendar.from_ical(answer.data).walk("VEVENT")
    return [f"{event['summary']} {event.start:%H:%M}" for event in events]


def links_of(owner) -> list[tuple[str, bool]]:
    """The names of somebody's links, and whether each still holds."""
    column = FeedLink.staff_id if owner.__tablename__ == "staff" else FeedLink.participant_id
    links = db.scalars(select(FeedLink).where(column == owner.id).order_by(FeedLink.id))
    return [(link.name, link.revoked_at is None) for link in links]


def path_of(owner) -> str:
    return f"/participants/{owner.id}/calendar"


def test_a_participant_adds_a_device_and_the_link_is_their_calendar(clinic, signed_in, pages):
    phone = signed_in(clinic.jordan)
    assert "Add to my calendar" in phone.get("/me").text

    answer = add(phone, "/me/calendar", "Jo’s iPhone")

    token = token_in(answer)
    assert answer.page.heading == "Your calendar"
    assert "If it gets lost, end this one and make another." in answer.page.words
    assert answer.page.links["Add to this device"] == f"webcal://localhost/feeds/{token}.ics"
    assert answer.page.value("address") is None  # it is read, not sent
    assert answer.page.all("input", id="address")[0].get("value") == (
        f"http://localhost/feeds/{token}.ics"
    )
    assert len(answer.page.all("svg", viewbox="0 0 45 45")) == 1
    assert starts_of(pages.get(f"/feeds/{token}.ics")) == ["Appointment 15:00"]
    assert links_of(clinic.jordan) == [("Jo’s iPhone", True)]


def test_a_link_is_called_like_the_device_that_asks_for_it(clinic, signed_in):
    phone = {"User-Agent": "(iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1"}
    jordan = make.participant()
    pages, desk = signed_in(jordan), signed_in("coordinator")
    assert pages.get("/me/calendar", headers=phone).page.value("name") == "iPhone"
    given = desk.get(f"/participants/{jordan.id}/calendar", headers=phone)
    assert given.page.value("name") == ""  # not the device that it is for
    pages.post("/me/calendar", {"name": "iPhone"}, status=200)
    assert pages.get("/me/calendar", headers=phone).page.value("name") == ""


def test_a_link_says_where_only_if_its_owner_chose_so(clinic, signed_in, pages):
    clinic.session.site.address = "12 Oak Street"
    phone = signed_in(clinic.jordan)
    add(phone, "/me/calendar", "Shared tablet")
    full = token_in(phone.post("/me/calendar", {"name": "Own", "is_full": "y"}, status=200))
    (event,) = Calendar.from_ical(pages.get(f"/feeds/{full}.ics").data).walk("VEVENT")
    assert event["LOCATION"] == "12 Oak Street"
    lines = phone.get("/me/calendar").page.texts("ul", class_="lines")[0]
    assert ("Shared tablet made" in lines, "Own · says where made" in lines) == (True, True)


def test_a_leader_adds_a_device_from_their_account(clinic, signed_in, pages):
    laptop = signed_in(clinic.ana)
    assert laptop.get("/account").page.links["Calendar links"] == "/account/calendar"

    token = token_in(add(laptop, "/account/calendar", "Laptop"))

    assert starts_of(pages.get(f"/feeds/{token}.ics")) == [f"Appointment {clinic.session.id} 15:00"]
    assert links_of(clinic.ana) == [("Laptop", True)]


def test_staff_print_a_link_for_a_participant_that_says_on_paper_nothing_of_them(
    clinic, signed_in, pages
):
    desk = signed_in("coordinator", name="Lee Marsh")
    page = desk.get(f"/participants/{clinic.jordan.id}").page
    assert page.links["Calendar links"] == path_of(clinic.jordan)

    answer = add(desk, path_of(clinic.jordan), "Phone")

    assert starts_of(pages.get(f"/feeds/{token_in(answer)}.ics")) == ["Appointment 15:00"]
    assert "Jordan Avery" in answer.page.texts(class_="on-screen")[0]
    assert "webcal:" not in answer.text  # it belongs on no device of staff
    (sheet,) = answer.page.all("div", class_="handout")
    on_paper = sheet.text
    for each in sheet.all(class_="on-screen"):
        on_paper = on_paper.replace(each.text, "")
    telling = (
        r"(?i)jordan|avery|group|process|\biop\b|therap|clinic|treat|recover|session|program\b"
    )
    assert re.findall(telling, on_paper) == []
    assert "http://localhost/feeds/" in on_paper
    assert answer.page.title == "Your calendar · Daybook"


def test_a_link_is_shown_once_and_lies_nowhere(clinic, signed_in, caplog):
    phone = signed_in(clinic.jordan)
    with caplog.at_level("DEBUG"):
        answer = add(phone, "/me/calendar")
    token = token_in(answer)

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert token not in str(answer.headers)
    assert token not in phone.get("/me/calendar").text
    assert token not in caplog.text
    for model in (TrailEvent, TrailLook):
        rows = db.execute(select(*model.__table__.c)).all()
        assert rows != []
        assert token not in str(rows)
        assert fingerprint(token) not in str(rows)
    assert db.scalars(select(FeedLink.token_hash)).all() == [fingerprint(token)]


def test_who_made_and_who_ended_a_link_is_in_the_trail(clinic, signed_in):
    desk = signed_in("coordinator")
    add(desk, path_of(clinic.jordan))
    link = db.scalars(select(FeedLink)).one()
    phone = signed_in(clinic.jordan)
    phone.post(f"/me/calendar/{link.id}/end")

    rows = select(TrailEvent.verb, TrailEvent.actor_id, TrailEvent.subject_id)
    assert db.execute(rows.order_by(TrailEvent.id)).all() == [
        ("feed.issued", desk.account.id, link.id),
        ("feed.revoked", phone.account.id, link.id),
    ]
    looks = select(TrailLook.participant_ids, TrailLook.page)
    assert {(tuple(ids), page) for ids, page in db.execute(looks)} == {
        ((clinic.jordan.id,), "calendars.given"),
        ((clinic.jordan.id,), "calendars.own_end"),
    }


def test_each_link_says_when_it_was_fetched_and_is_ended_alone(clinic, signed_in, pages, at):
    make.feed_link(clinic.jordan, name="Tablet", token="tablet")
    make.feed_link(clinic.jordan, name="Laptop", token="laptop")
    make.feed_link(
        clinic.jordan, name="Old", token="old", revoked_at=make.instant("2026-03-01 09:00")
    )
    at("2026-03-02 10:05")
    pages.get("/feeds/tablet.ics")
    phone = signed_in(clinic.jordan)
    lines = phone.get("/me/calendar").page.all("ul", class_="lines")[0].all("li")
    assert [line.text.partition(" Change ")[0] for line in lines] == [
        "Tablet made today, 9:00 am last used today, 10:05 am",
        "Laptop made today, 9:00 am not used yet",
    ]
    tablet = db.scalars(select(FeedLink.id).where(FeedLink.name == "Tablet")).one()

    phone.submit(f"/me/calendar/{tablet}/end")

    said = "The link “Tablet” has ended. That calendar goes empty the next time it updates."
    assert said in phone.follow().text
    assert starts_of(pages.get("/feeds/tablet.ics")) == []
    assert starts_of(pages.get("/feeds/laptop.ics")) == ["Appointment 15:00"]
    phone.post(f"/me/calendar/{tablet}/end")  # pressed twice: nothing more happens
    verbs = db.scalars(select(TrailEvent.verb)).all()
    assert verbs == ["feed.revoked"]


def test_a_button_pressed_twice_leaves_one_link_that_works(clinic, signed_in, pages):
    phone = signed_in(clinic.jordan)
    first, second = (token_in(add(phone, "/me/calendar")) for _ in range(2))

    assert links_of(clinic.jordan) == [("iPhone", False), ("iPhone", True)]
    assert starts_of(pages.get(f"/feeds/{first}.ics")) == []
    assert starts_of(pages.get(f"/feeds/{second}.ics")) == ["Appointment 15:00"]


def test_a_name_in_use_is_refused_at_its_field_and_kept(clinic, signed_in, pages):
    make.feed_link(clinic.jordan, name="iPhone")
    pages.get("/feeds/a-feed-token.ics")
    phone = signed_in(clinic.jordan)

    page = add(phone, "/me/calendar", "iPhone", status=422).page

    wrong = "A link named “iPhone” is in use. Choose another name, or end that one first."
    assert page.texts(id="name-error") == [wrong]
    assert page.value("name") == "iPhone"
    assert links_of(clinic.jordan) == [("iPhone", True)]


def test_no_more_than_twenty_links_and_the_page_says_why(clinic, signed_in):
    for number in range(20):
        make.feed_link(clinic.jordan, token=f"{number}", name=f"{number}")
    phone = signed_in(clinic.jordan)
    assert "20 links are the most. End one first." in phone.get("/me/calendar").text
    phone.post("/me/calendar", {"name": "One more"}, status=422)
    assert len(links_of(clinic.jordan)) == 20


def test_a_closed_account_gets_no_link_by_page_either(clinic, signed_in):
    clinic.robin.account.is_active = False
    desk = signed_in("coordinator")
    sentence = "This account is closed: its calendars stay empty."
    assert sentence in desk.get(path_of(clinic.robin)).text
    assert sentence in desk.post(path_of(clinic.robin), {"name": "Phone"}, status=422).text


def test_a_link_gets_another_name_and_stays_as_it_is(clinic, signed_in, pages):
    phone = signed_in(clinic.jordan)
    token = token_in(add(phone, "/me/calendar"))
    pages.get(f"/feeds/{token}.ics")
    add(phone, "/me/calendar", "Laptop")
    link = db.scalars(select(FeedLink)).first()
    path = f"/me/calendar/{link.id}/name"
    phone.get("/me/calendar")
    phone.submit(path, **{f"{link.id}-name": "Old phone"})
    assert "The link is called “Old phone” now." in phone.follow().page.words
    phone.post(path, {f"{link.id}-name": "Old phone"})
    phone.get("/me/calendar")
    assert links_of(clinic.jordan) == [("Old phone", True), ("Laptop", True)]
    assert len(starts_of(pages.get(f"/feeds/{token}.ics"))) == 1
    for name, sentence in (
        ("Laptop", "A link named “Laptop” is in use. Choose another name, or end that one first."),
        ("", "Enter a name."),
    ):
        page = phone.submit(path, **{f"{link.id}-name": name}, status=422).page
        assert page.texts("div", class_="field-error") == [sentence]
        assert page.value(f"{link.id}-name") == name
    assert [each.verb for each in db.scalars(select(TrailEvent))].count("feed.renamed") == 1
    phone.post(f"/me/calendar/{link.id}/end")
    phone.post(path, {f"{link.id}-name": "New"}, status=409)


def test_nobody_ends_the_link_of_somebody_else(clinic, signed_in):
    theirs = make.feed_link(clinic.robin, token="robin")
    anas = make.feed_link(clinic.ana, token="ana")
    for who, path in (
        (clinic.jordan, "/me/calendar"),
        (clinic.ben, "/account/calendar"),
        (clinic.ana, path_of(clinic.jordan)),
    ):
        pages = signed_in(who)
        for link in (theirs, anas):
            pages.post(f"{path}/{link.id}/end", status=404)
    assert (theirs.revoked_at, anas.revoked_at) == (None, None)


def test_a_clinician_gives_links_to_their_own_people_and_knows_of_no_others(clinic, signed_in):
    robins = make.feed_link(clinic.robin, token="robin")
    ana = signed_in(clinic.ana)
    add(ana, path_of(clinic.jordan))
    ana.get(path_of(clinic.robin), status=404)
    ana.post(path_of(clinic.robin), {"name": "Mine"}, status=404)
    ana.post(f"{path_of(clinic.robin)}/{robins.id}/end", status=404)
    assert links_of(clinic.robin) == [("Phone", True)]
    assert db.scalars(select(TrailLook.participant_ids).distinct()).all() == [[clinic.jordan.id]]


@pytest.mark.parametrize(
    ("role", "own", "given"),
    [
        (Role.ADMIN, 200, 200),
        (Role.COORDINATOR, 200, 200),
        (Role.CLINICIAN, 200, 404),  # neither in their groups nor on their caseload
        (Role.FRONT_DESK, 200, 403),
        (Role.BILLING, 403, 403),
        (Role.AUDITOR, 200, 403),
        (Role.PARTICIPANT, 403, 403),
    ],
)
@pytest.mark.parametrize("whose", ["jordan", "robin"])
def test_who_may_make_a_link_for_whom(clinic, signed_in, role, own, given, whose):
    somebody = getattr(clinic, whose)
    pages = signed_in(role.value)
    assert pages.ask("GET", "/account/calendar").status == own
    assert pages.ask("GET", "/me/calendar").status == (200 if role is Role.PARTICIPANT else 403)
    pages.post("/account/calendar", {"name": "Mine"}, status=own)
    pages.get(path_of(somebody), status=given)
    pages.post(path_of(somebody), {"name": "Theirs"}, status=given)
    assert links_of(somebody) == ([("Theirs", True)] if given == 200 else [])


def test_whoever_is_not_signed_in_is_asked_to(clinic, pages):
    for path in ("/me/calendar", "/account/calendar", path_of(clinic.jordan), "/sessions/1.ics"):
        assert pages.get(path, status=302).location.startswith("/sign-in")


def test_a_record_that_was_merged_leads_to_the_one_that_stays(clinic, signed_in):
    again = make.participant(name="J. Avery", merged_into_id=clinic.jordan.id)
    desk = signed_in("coordinator")
    desk.post(path_of(again), {"name": "Phone"}, status=200)
    assert links_of(clinic.jordan) == [("Phone", True)]


def test_a_session_is_downloaded_by_who_is_on_it_as_an_appointment(clinic, signed_in):
    phone = signed_in(clinic.jordan)
    path = f"/me/sessions/{clinic.session.id}.ics"
    assert path in phone.get("/me").text

    answer = phone.get(path)

    assert starts_of(answer) == ["Appointment 15:00"]
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="appointment.ics"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert re.findall("(?i)process|garden|rivera|jordan", answer.text) == []
    signed_in(clinic.robin).get(path, status=404)


@pytest.mark.parametrize("status", [Status.EXCUSED, Status.LATE_CANCEL])
def test_who_said_that_they_do_not_come_has_no_file_of_it(clinic, signed_in, status):
    booking = db.scalars(select(Booking).where(Booking.session_id == clinic.session.id)).one()
    booking.status, booking.seat_no, booking.method = status, None, "staff"
    signed_in(clinic.jordan).get(f"/me/sessions/{clinic.session.id}.ics", status=404)


def test_a_session_is_downloaded_by_staff_who_may_see_its_sheet(clinic, signed_in):
    path = f"/sessions/{clinic.session.id}.ics"
    for who in (clinic.ana, "coordinator", "front_desk", "auditor", "admin"):
        pages = signed_in(who)
        assert path in pages.get(f"/sessions/{clinic.session.id}").text
        answer = pages.get(path)
        assert starts_of(answer) == [f"Appointment {clinic.session.id} 15:00"]
        assert "Garden room" in answer.text
        assert re.findall("(?i)process|jordan", answer.text) == []
    signed_in(clinic.ben).get(path, status=404)
    for role in ("billing", "participant"):
        signed_in(role).get(path, status=403)
    signed_in("coordinator").get("/sessions/999.ics", status=404)


def test_whose_session_was_downloaded_is_in_the_trail(clinic, signed_in):
    signed_in(clinic.ana).get(f"/sessions/{clinic.session.id}.ics")
    signed_in(clinic.jordan).get(f"/me/sessions/{clinic.session.id}.ics")
    looks = select(TrailLook.page, TrailLook.participant_ids).order_by(TrailLook.id)
    assert db.execute(looks).all() == [
        ("calendars.session", [clinic.jordan.id]),
        ("calendars.own_session", [clinic.jordan.id]),
    ]


def test_a_cancelled_session_is_offered_to_nobody_and_its_file_says_so(clinic, signed_in):
    clinic.session.is_cancelled = True
    phone, path = signed_in(clinic.jordan), f"/me/sessions/{clinic.session.id}.ics"
    assert path not in phone.get("/me").text
    assert starts_of(phone.get(path)) == ["Cancelled: Appointment 15:00"]
    ana = signed_in(clinic.ana)
    assert ".ics" not in ana.get(f"/sessions/{clinic.session.id}").text
