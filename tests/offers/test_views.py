from datetime import date

import pytest
from sqlalchemy import delete, select

from clinic.authorizations.models import BeyondAuthorization, GoingOn
from clinic.db import db, transaction
from clinic.enrollment.models import Enrollment, Target
from clinic.offers.models import CameOfIt, MakeUpOffer
from clinic.offers.rules import NOT_HELD_ANY_MORE
from clinic.outbox import OutboxMessage
from clinic.programs.models import Site
from clinic.schedule.models import Booking, Method, Session, SessionLeader, Status
from tests import make
from tests.race import race


@pytest.fixture
def jordan(app, at):
    """Missed Monday; on Tuesday there is a seat on Thursday."""
    at("2026-03-03 10:00")
    person = make.participant(name="Jordan Avery", email="jo@example.org", password=make.PASSWORD)
    enrollment = make.enrollment(person)
    make.booking(make.session("2026-03-02"), enrollment, Status.NO_SHOW)
    make.session("2026-03-05", "09:00", "12:00", title="Process", leaders=[make.staff()])
    return person


STATES = ("At risk", "On course", "Reached")


def outcomes():
    return db.scalars(select(MakeUpOffer.outcome).order_by(MakeUpOffer.id)).all()


def number_booked():
    return len(db.scalars(select(Booking.id)).all())


def test_a_seat_is_offered_at_the_desk_and_taken_with_one_tap(jordan, signed_in, app, monkeypatch):
    monkeypatch.setitem(app.config, "CLINIC_BASE_URL", "https://clinic.example.org/")
    desk, pages = f"/participants/{jordan.id}/desk", signed_in("front_desk")
    pages.get(desk)
    pages.submit(path_of(jordan, "offer"))
    pages.follow()
    assert "Offered, held until 2:00 pm" in pages.answer.page.words
    assert "https://clinic.example.org/me\n" in db.scalar(select(OutboxMessage.body))
    theirs = signed_in(jordan)
    page = theirs.get("/me").page
    (card,) = page.all("section", class_="check-in")
    assert card.text.startswith(
        "A seat is held for you until 2:00 pm Thu, Mar 5, 9:00 am – 12:00 pm Process. "
        "It makes up for 3 h on Mon, Mar 2."
    )
    theirs.submit("/me/offers/1/take")
    theirs.follow()
    page = theirs.answer.page
    assert "The seat is yours: Thu, Mar 5, 9:00 am – 12:00 pm." in page.words
    assert (outcomes(), number_booked()) == ([CameOfIt.TAKEN], 2)
    assert page.all("section", class_="check-in") == []
    assert "Taken today, 10:00 am" in pages.get(desk).page.words


def test_a_second_tap_says_that_the_seat_is_theirs(jordan, signed_in):
    desk = signed_in("front_desk")
    desk.get(f"/participants/{jordan.id}/desk")
    desk.submit(path_of(jordan, "offer"))
    for _ in range(2):
        theirs = signed_in(jordan)
        theirs.post("/me/offers/1/take")
        theirs.follow()
        assert "The seat is yours: Thu, Mar 5, 9:00 am – 12:00 pm." in theirs.answer.page.words
    assert (outcomes(), number_booked()) == ([CameOfIt.TAKEN], 2)


def test_what_was_declined_stays_so_however_much_was_offered_since(jordan, signed_in):
    desk, pages = f"/participants/{jordan.id}/desk", signed_in("front_desk")
    asks = path_of(jordan, "offer")
    pages.get(desk)
    pages.submit(asks)
    signed_in(jordan).post("/me/offers/1/decline")
    make.session("2026-03-05", "13:00", "16:00", leaders=[make.staff()])
    for number in range(2, 7):
        pages.get(desk)
        pages.submit(asks)
        pages.follow()
        pages.post(f"/make-ups/{number}/withdraw")
    asked = db.scalars(select(MakeUpOffer.session_id).order_by(MakeUpOffer.id)).all()
    assert asked == [2, 3, 3, 3, 3, 3]
    assert pages.get(desk).page.words.count("if not, ask the next person") == 1


def path_of(person, act):
    enrollment_id = db.scalars(select(Booking.enrollment_id)).first()
    return f"/enrollments/{enrollment_id}/make-ups/{act}"


def test_what_is_declined_is_told_to_staff(jordan, signed_in):
    desk, pages = f"/participants/{jordan.id}/desk", signed_in("front_desk")
    pages.get(desk)
    pages.submit(path_of(jordan, "offer"))
    pages.follow()
    theirs = signed_in(jordan)
    theirs.get("/me")
    theirs.submit("/me/offers/1/decline")
    theirs.follow()
    assert "You have declined the seat." in theirs.answer.page.words
    assert "Declined today, 10:00 am" in pages.get(desk).page.words


@pytest.mark.parametrize(
    ("phone", "links"), [("+15135550123", {"Call (513) 555-0123": "tel:+15135550123"}), (None, {})]
)
def test_who_is_too_late_reads_whom_to_call(jordan, signed_in, at, phone, links):
    db.scalars(select(Site)).one().phone = phone
    desk = signed_in("front_desk")
    desk.get(f"/participants/{jordan.id}/desk")
    desk.submit(path_of(jordan, "offer"))
    at("2026-03-03 14:00")
    theirs = signed_in(jordan)
    page = theirs.post("/me/offers/1/take", status=409).page
    assert "This seat was held for you until 2:00 pm. Call us about another one." in page.words
    assert {words: to for words, to in page.links.items() if to.startswith("tel:")} == links
    assert (outcomes(), number_booked()) == ([None], 1)
    theirs.post("/me/offers/1/decline")
    assert "You have declined the seat." in theirs.follow().page.words


def test_no_comes_too_late_and_is_taken_as_it_is_meant(jordan, signed_in):
    desk = signed_in("coordinator")
    desk.get(f"/participants/{jordan.id}/desk")
    desk.submit(path_of(jordan, "offer"))
    desk.post("/make-ups/1/withdraw")
    theirs = signed_in(jordan)
    theirs.post("/me/offers/1/decline")
    assert "Thank you. That seat is no longer held for you." in theirs.follow().page.words
    desk.get(f"/participants/{jordan.id}/desk")
    desk.submit(path_of(jordan, "offer"))
    theirs.post("/me/offers/2/take")
    answer = theirs.post("/me/offers/2/decline", status=409)
    assert "If you can’t come, say so beside it in your week." in answer.page.words
    assert outcomes() == [CameOfIt.WITHDRAWN, CameOfIt.TAKEN]


def test_every_free_seat_can_be_offered_or_says_why_not(jordan, signed_in):
    for number, day in enumerate((5, 6, 7, 8)):
        start = f"{13 + number:02}:00"
        make.session(f"2026-03-0{day}", start, f"{14 + number:02}:00", title="Skills")
    desk, pages = f"/participants/{jordan.id}/desk", signed_in("front_desk")
    asking = path_of(jordan, "offer")

    def offering():
        return [form for form in pages.get(desk).page.all("form") if form.get("action") == asking]

    assert len(offering()) == 5
    pages.submit(asking)
    signed_in(jordan).post("/me/offers/1/decline")
    assert len(offering()) == 4
    words = pages.answer.page.words
    assert (
        "12 free seats Declined today, 10:00 am. To ask again, call them. Add Thu, Mar 5, 9:00 am"
        in words
    )
    assert "use their own page" not in words


def test_who_has_no_page_is_called(app, at, signed_in):
    at("2026-03-03 10:00")
    person = make.participant()
    make.enrollment(person)
    make.session("2026-03-05", "09:00", "12:00")
    words = signed_in("front_desk").get(f"/participants/{person.id}/desk").page.words
    assert "They do not use their own page yet, so call them." in words


def test_while_a_seat_is_offered_no_other_is_to_be_offered(jordan, signed_in):
    make.session("2026-03-06", "09:00", "12:00")
    desk, pages = f"/participants/{jordan.id}/desk", signed_in("front_desk")

    def offering(page):
        return [form for form in page.all("form") if form.get("action") == path_of(jordan, "offer")]

    assert len(offering(pages.get(desk).page)) == 2
    pages.submit(path_of(jordan, "offer"))
    pages.follow()
    assert offering(pages.answer.page) == []
    assert "or withdraw it to offer another." in pages.answer.page.words


def test_who_says_yes_on_the_telephone_is_added_where_the_offer_stands(jordan, signed_in):
    db.get_one(Session, 2).seats = 1  # the one that is held
    desk, pages = f"/participants/{jordan.id}/desk", signed_in("front_desk")
    pages.get(desk)
    pages.submit(path_of(jordan, "offer"))
    pages.follow()
    words = pages.answer.page.words
    assert "for Mon, Mar 2 Add Thu, Mar 5, 9:00 am – 12:00 pm Withdraw" in words
    assert words.count("Add Thu, Mar 5") == 1
    assert "No other one is free." in words
    theirs = signed_in(jordan)
    pages.submit(path_of(jordan, "place"))
    words = pages.follow().page.words
    assert "Added today, 10:00 am, for Mon, Mar 2" in words
    theirs.post("/me/offers/1/decline", status=409)
    theirs.post("/me/offers/1/take")
    assert "The seat is yours: Thu, Mar 5" in theirs.follow().page.words
    assert (outcomes(), number_booked()) == ([CameOfIt.PLACED], 2)


def test_who_is_taken_off_what_they_were_offered_can_be_offered_it_again(jordan, signed_in, at):
    desk, pages = f"/participants/{jordan.id}/desk", signed_in("front_desk")
    pages.get(desk)
    pages.submit(path_of(jordan, "offer"))
    pages.follow()
    pages.submit(path_of(jordan, "place"))
    pages.follow()
    pages.submit("/make-ups/1/undo")
    page = pages.follow().page
    assert f"{UNDONE} {NOT_HELD_ANY_MORE} Offer it again" in page.words
    assert page.links["Offer it again"] == f"{desk}#seats"
    assert (outcomes(), number_booked()) == ([CameOfIt.WITHDRAWN], 1)
    pages.submit(path_of(jordan, "offer"))
    assert outcomes() == [CameOfIt.WITHDRAWN, None]
    pages.follow()
    pages.submit(path_of(jordan, "place"))
    at("2026-03-05 09:01")  # it has begun: nothing of it can be offered
    pages.post("/make-ups/2/undo")
    assert "Offer it again" not in pages.follow().page.links


def test_what_they_were_offered_elsewhere_ends_and_that_is_said(jordan, signed_in, at):
    ours = db.scalars(select(Enrollment)).one()
    theirs = make.enrollment(jordan, make.program(db.scalars(select(Site)).one()))
    ours.clinician_id = (ana := make.staff(name="Ana Quinn", roles=["clinician"])).id
    facts = {"program": theirs.program, "seats": 1, "title": "Dialectics"}
    friday = make.session("2026-03-06", "09:00", "12:00", **facts)
    make.offer(theirs, friday)
    desk, pages = f"/participants/{jordan.id}/desk", signed_in(ana)
    ends = "What they were offered on Fri, Mar 6, 9:00 am – 12:00 pm, ends."
    missing = make.authorization(ours, until_on="2026-03-04")
    pages.get(desk)
    words = pages.submit(path_of(jordan, "place"), status=200).page.words
    assert f"{ADDED} {ends} 1 session" in words
    assert outcomes() == [None]
    missing.until_on = date(2026, 3, 31)
    make.saved()
    pages.get(desk)
    pages.submit(path_of(jordan, "place"))
    page = pages.follow().page
    assert f"{ADDED} {ends}" in page.words
    assert outcomes() == [CameOfIt.WITHDRAWN, CameOfIt.PLACED]
    at("2026-03-03 10:01")
    pages.submit("/make-ups/2/undo")
    page = pages.follow().page
    assert f"{UNDONE} {NOT_HELD_ANY_MORE} Offer it again" in page.words
    assert page.links["Offer it again"] == f"{desk}#seats"
    assert outcomes() == [CameOfIt.WITHDRAWN, CameOfIt.WITHDRAWN]
    pages.get(desk)
    pages.submit(path_of(jordan, "place"))
    pages.follow()
    pages.submit("/make-ups/3/undo")
    assert "not held for them" not in pages.follow().page.words


def test_an_offer_is_withdrawn_and_undone_in_one_press(jordan, signed_in):
    desk, pages = f"/participants/{jordan.id}/desk", signed_in("coordinator")
    pages.get(desk)
    pages.submit(path_of(jordan, "offer"))
    pages.follow()
    pages.submit("/make-ups/1/withdraw")
    pages.follow()
    assert "The offer is withdrawn, and the seat is free again." in pages.answer.page.words
    assert outcomes() == [CameOfIt.WITHDRAWN]


def test_somebody_on_the_telephone_is_put_on_a_session_in_one_press(jordan, signed_in):
    desk, pages = f"/participants/{jordan.id}/desk", signed_in("front_desk")
    pages.get(desk)
    pages.submit(path_of(jordan, "place"))
    pages.follow()
    said = "Jordan Avery is added to Thu, Mar 5, 9:00 am – 12:00 pm."
    assert said in pages.answer.page.words
    assert (outcomes(), number_booked()) == ([CameOfIt.PLACED], 2)
    pages.submit("/make-ups/1/undo")
    pages.follow()
    assert (
        "Undone: Jordan Avery is not on Thu, Mar 5, 9:00 am – 12:00 pm any more."
        in pages.answer.page.words
    )
    assert (outcomes(), number_booked()) == ([CameOfIt.WITHDRAWN], 1)


@pytest.mark.parametrize("act", ["place", "offer"])
def test_a_second_press_in_an_old_tab_says_what_is_so_and_leads_back(jordan, signed_in, act):
    thursday = db.scalars(select(Session).where(Session.title == "Process")).one()
    thursday.seats = 1  # theirs now: nobody else was given it
    pages, from_hours = signed_in("coordinator"), "/hours?week=2026-03-02&state=all"
    pages.post(path_of(jordan, "place"), {"session": thursday.id, "next": from_hours})
    again = {"session": thursday.id, "next": from_hours}
    page = pages.post(path_of(jordan, act), again, status=409).page
    assert "Jordan Avery is on this session already." in page.words
    assert page.links["Go back to where you were"] == from_hours
    assert (outcomes(), number_booked()) == ([CameOfIt.PLACED], 2)


def test_who_leads_a_session_no_more_puts_nobody_on_it(jordan, signed_in, app, monkeypatch):
    ana = make.staff()
    thursday = make.session("2026-03-05", "13:00", "16:00", leaders=[ana])
    seen = make.session("2026-03-02", "13:00", "14:00", leaders=[ana])
    make.booking(seen, db.scalars(select(Enrollment)).one())
    why_beyond, its = app.extensions["why_beyond"], SessionLeader.session_id == thursday.id

    def leave():
        with transaction():
            db.execute(delete(SessionLeader).where(its))

    def meanwhile(now):  # between what is read first and the lock
        race(app, leave)
        return why_beyond(now)

    monkeypatch.setitem(app.extensions, "why_beyond", meanwhile)
    signed_in(ana).post(path_of(jordan, "place"), {"session": thursday.id}, status=404)
    assert (outcomes(), number_booked()) == ([], 2)


WHEN = "Thu, Mar 5, 9:00 am – 12:00 pm"
ADDED = f"Jordan Avery is added to {WHEN}."
UNDONE = f"Undone: Jordan Avery is not on {WHEN} any more."
ASKED = f"A seat on {WHEN} is held for Jordan Avery, who is asked on their page."


@pytest.mark.parametrize(
    ("act", "says", "outcome"), [("place", ADDED, CameOfIt.PLACED), ("offer", ASKED, None)]
)
def test_beyond_what_is_authorized_one_says_why(jordan, signed_in, act, says, outcome):
    make.authorization(db.scalars(select(Enrollment)).one(), until_on="2026-03-04")
    desk, pages = f"/participants/{jordan.id}/desk", signed_in("coordinator")
    path = path_of(jordan, act)
    assert "+3 h, for Mon, Mar 2 · not authorized" in pages.get(desk).page.words
    page = pages.submit(path, status=200).page
    assert f"{says} 1 session on Thu, Mar 5 is beyond authorization A1." in page.words
    assert page.links["Cancel"] == desk
    page = pages.submit(path, status=422, step="save").page
    assert "Choose why you go on." in page.words
    assert pages.submit(path, step="back").location == desk
    assert (outcomes(), reasons()) == ([], [])
    pages.get(desk)
    pages.submit(path, status=200)
    assert pages.submit(path, step="save", going_on="not billed").location == desk
    assert (outcomes(), reasons()) == ([outcome], [GoingOn.NOT_BILLED])


def reasons():
    return db.scalars(select(BeyondAuthorization.why)).all()


def test_what_an_authorization_covers_is_done_at_once_and_a_no_is_one_beyond_it(jordan, signed_in):
    enrollment = db.scalars(select(Enrollment)).one()
    authorization = make.authorization(enrollment, until_on="2026-03-05")
    pages, offering = signed_in("coordinator"), path_of(jordan, "offer")
    pages.get(f"/participants/{jordan.id}/desk")
    pages.submit(offering)
    assert (outcomes(), reasons()) == ([None], [])
    authorization.until_on = date(2026, 3, 4)
    page = pages.post(offering, {"session": 2}, status=409).page
    assert "They have been offered a seat already." in page.words


def test_who_takes_a_seat_that_they_were_offered_is_never_asked_for_authorization(
    jordan, signed_in
):
    staff, theirs = signed_in("front_desk"), signed_in(jordan)
    staff.get(f"/participants/{jordan.id}/desk")
    staff.submit(path_of(jordan, "offer"))
    make.authorization(db.scalars(select(Enrollment)).one(), until_on="2026-03-04")
    theirs.get("/me")
    theirs.submit("/me/offers/1/take")
    words = theirs.follow().page.words
    assert "The seat is yours: Thu, Mar 5, 9:00 am – 12:00 pm." in words
    assert "authoriz" not in words
    assert (outcomes(), number_booked()) == ([CameOfIt.TAKEN], 2)


def test_a_form_that_says_nothing_is_refused(jordan, signed_in):
    pages = signed_in("coordinator")
    pages.get(f"/participants/{jordan.id}/desk")
    assert pages.post(path_of(jordan, "place"), status=409).page.words.count("Reload the page") == 1


def test_the_week_turns_as_the_seat_is_taken_and_hours_follow_as_they_come(jordan, signed_in, at):
    db.scalars(select(Target)).one().min_minutes = 180
    staff, session = (
        signed_in("coordinator"),
        db.scalars(select(Session).where(Session.id == 2)).one(),
    )

    def week():
        ((_, done, state, *_),) = staff.get("/hours?state=all").page.rows
        return done.partition(" of ")[0], next(each for each in STATES if state.startswith(each))

    assert week() == ("0 min done", "At risk")
    staff.get(f"/participants/{jordan.id}/desk")
    staff.submit(path_of(jordan, "offer"))
    assert week() == ("0 min done", "At risk")  # it is not theirs before they say so
    theirs = signed_in(jordan)
    theirs.get("/me")
    theirs.submit("/me/offers/1/take")
    assert week() == ("0 min done + 3 h ahead,", "On course")
    at("2026-03-05 12:30")
    booking = db.scalars(select(Booking).where(Booking.session_id == session.id)).one()
    booking.status, booking.method = Status.PRESENT, Method.STAFF
    staff = signed_in("coordinator")
    assert week() == ("3 h done", "Reached")


def test_an_account_without_a_record_has_no_offers(app, at, signed_in):
    at("2026-03-03 10:00")
    pages = signed_in("participant")
    assert pages.post("/me/offers/1/take", status=404)
