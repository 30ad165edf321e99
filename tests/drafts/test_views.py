from uuid import uuid4

import pytest
from sqlalchemy import select

from clinic.accounts.models import Account
from clinic.db import db
from clinic.drafts.models import Draft
from clinic.enrollment.models import Leave
from clinic.participants.models import Participant
from clinic.permissions import Role
from tests import make
from tests.dump import number_of
from tests.pages import Pages

OPENED = "before this was saved. What you typed is here: look it over, and save it."


@pytest.fixture
def now(app, at):
    make.site()
    return at("2026-03-02 10:00")


@pytest.fixture
def bea(now):
    return make.staff(
        email="bea@example.org", roles=[Role.COORDINATOR], password=make.PASSWORD, name="Bea Lund"
    )


@pytest.fixture
def late(bea, signed_in, at):
    """Bea's browser, an hour after she was last here; `late.asks(…)` sends a form of hers."""
    browser = signed_in(bea)
    at("2026-03-02 11:00")
    return browser


def sign_in(browser, email="bea@example.org"):
    where = browser.answer.location
    page = browser.get(where).page
    browser.submit("/sign-in", email=email, password=make.PASSWORD)
    return page


def open_again(browser, path, **options):
    browser.follow()
    return browser.submit(path, status=200, **options).page


TYPED = {"name": "Jordan Avery", "birth_on": "1990-02-03", "phone": "not a number"}


def test_what_came_too_late_stands_in_its_form_again_after_signing_in(late):
    answer = late.post("/participants/new", TYPED)
    assert answer.location == "/sign-in?next=/participants/new&kept=True"
    page = sign_in(late)
    assert "You were signed out before this was saved. Sign in again: what you typed is kept" in (
        page.words
    )
    assert "Jordan" not in page.words
    assert late.answer.location == "/drafts"
    page = late.follow().page
    assert page.heading == "What you typed"
    assert "Birth 1990-02-03" in page.words
    assert "Participants, new sent " in page.words
    page = late.submit("/participants/new", status=200).page
    assert OPENED in page.words
    assert {name: page.value(name) for name in TYPED} == TYPED
    assert page.texts("div", class_="field-error") == []
    assert number_of(Participant) == 0  # nothing is saved by itself
    late.submit("/participants/new", phone="")
    assert db.scalars(select(Participant.name)).all() == ["Jordan Avery"]
    assert "Nothing is kept for you." in late.get("/drafts").page.words


def test_somebody_else_who_signs_in_there_sees_nothing_of_it(late):
    make.staff(email="eve@example.org", roles=[Role.COORDINATOR], password=make.PASSWORD)
    late.post("/participants/new", TYPED)
    sign_in(late, "eve@example.org")
    assert late.answer.location == "/participants/new"
    assert "Jordan" not in late.follow().text
    assert "Nothing is kept for you." in late.get("/drafts").page.words
    number = db.scalars(select(Draft.id)).one()
    late.post(f"/drafts/{number}/remove", status=404)
    late.post("/participants/new", {"step": "back", "draft": str(number)}, status=200)
    assert number_of(Draft) == 1
    # Its owner finds it, wherever they sign in.
    elsewhere = Pages(late.app)
    elsewhere.get("/sign-in")
    elsewhere.submit("/sign-in", email="bea@example.org", password=make.PASSWORD)
    assert "Jordan Avery" in elsewhere.follow().text


def test_it_is_kept_for_a_while_alone(late, at):
    late.post("/participants/new", TYPED)
    at("2026-03-02 23:00")
    sign_in(late)
    assert late.answer.location == "/participants/new"
    assert "Jordan" not in late.get("/drafts").text


def test_it_is_thrown_away_where_somebody_wants_that(late):
    late.post("/participants/new", TYPED)
    sign_in(late)
    late.follow()
    late.submit(f"/drafts/{db.scalars(select(Draft.id)).one()}/remove")
    assert "Nothing is kept for you." in late.follow().page.words


def test_passwords_and_pins_are_not_kept_and_files_are_not(late):
    late.post("/participants/new", TYPED | {"pin": "4711"})
    late.post("/account/password", {"current": make.PASSWORD, "password": "x", "repeated": "x"})
    typed = " ".join(db.scalars(select(Draft.typed)))
    assert "Jordan" in typed
    assert "4711" not in typed
    assert make.PASSWORD not in typed


def test_what_is_too_large_is_not_kept_and_nobody_is_told_that_it_is(late):
    answer = late.post("/participants/new", {"name": "x" * 100_001})
    assert answer.location == "/sign-in?next=/participants/new"
    assert "Your sign-in has ended." in late.follow().page.words
    assert number_of(Draft) == 0


def test_of_rubbish_nothing_breaks(late):
    for typed in ({}, {"x" * 500: "\u202e😀"}, {"step": "back"}, {"draft": "x"}):
        late.post("/participants/new", typed)
    sign_in(late)
    late.follow()
    late.submit("/participants/new", status=200)
    for draft in ("x", "-1", "9" * 30):
        late.post("/participants/new", {"step": "back", "draft": draft}, status=200)


def test_a_forged_form_is_not_kept(late):
    late.post("/participants/new", TYPED, token="forged", status=400)
    Pages(late.app).post("/participants/new", TYPED)  # of nobody who was signed in
    assert number_of(Draft) == 0


def test_of_somebody_without_access_nothing_is_kept(late, bea):
    bea.account.is_active = False
    late.post("/participants/new", TYPED)
    assert number_of(Draft) == 0


def test_an_address_that_cannot_be_opened_leads_to_the_page_it_came_from(late):
    session = make.session()
    person = make.participant()
    tap = f"/kiosk/taps/{uuid4()}/seen"
    answer = late.post(f"/sessions/{session.id}/marks", {"mark": "1.1.present"})
    assert answer.location == f"/sign-in?next=/sessions/{session.id}&kept=True"
    answer = late.post(tap, {"next": f"/participants/{person.id}"})
    assert answer.location == f"/sign-in?next=/participants/{person.id}&kept=True"
    answer = late.post("/account/sign-ins/end", {"next": "//example.com"})
    assert answer.location == "/sign-in?next=/account&kept=True"


def test_nobody_is_led_to_a_page_that_is_not_theirs_or_none(now, pages, bea):
    for target in ("/sessions/1/marks", "/nowhere", "//example.com", "/setup", "/participants/"):
        pages.get("/sign-in", query_string={"next": target})
        pages.submit("/sign-in", email="bea@example.org", password=make.PASSWORD)
        assert pages.answer.location == "/today"
        pages.post("/sign-out")


def test_an_act_that_is_shown_first_gets_its_form_back(late):
    enrollment = make.enrollment()
    path = f"/enrollments/{enrollment.id}/leave"
    days = {"from_on": "2026-03-16", "until_on": "2026-03-20"}
    late.post(path, days | {"step": "save", "shown": "x"})
    sign_in(late)
    page = open_again(late, path)
    assert {name: page.value(name) for name in days} == days
    assert number_of(Leave) == 0


def test_times_typed_on_a_sheet_stand_in_their_row_again(late):
    booking = make.booking()
    path = f"/sessions/{booking.session_id}/marks"
    row = {
        f"{booking.id}-arrived": "10:20",
        f"{booking.id}-left": "",
        f"{booking.id}-reason": "bus",
    }
    late.post(path, {"mark": f"{booking.id}.{booking.version}.present"} | row)
    sign_in(late)
    page = open_again(late, path)
    assert OPENED in page.words
    assert page.value(f"{booking.id}-reason") == "bus"
    assert booking.status == "expected"


def test_what_has_no_form_to_stand_in_is_sent_again_by_hand(late):
    contact = make.contact(make.participant())
    late.post(f"/contacts/{contact.id}/end", {})
    sign_in(late)
    page = open_again(late, f"/contacts/{contact.id}/end")
    assert page.heading == "Not saved yet"
    assert contact.ended_at is None
    late.submit(f"/contacts/{contact.id}/end")
    assert contact.ended_at is not None
    assert "You were signed out" not in late.follow().page.words


def test_participants_are_kept_theirs_too(now, signed_in, at):
    jordan = make.participant(email="jo@example.org", password=make.PASSWORD)
    theirs = signed_in(jordan)
    at("2026-03-03 11:00")
    theirs.post("/me/calendar", {"name": "My phone"})
    sign_in(theirs, "jo@example.org")
    page = open_again(theirs, "/me/calendar")
    assert page.value("name") == "My phone"


def test_a_page_that_asks_by_script_is_told_and_keeps_it_itself(late):
    for path in ("/participants/new", "/sessions/1/marks"):
        assert late.post(path, {}, headers={"X-Fetch": "1"}, status=401).data == b""
    assert number_of(Draft) == 0


def test_accounts_of_one_person_alone_own_a_draft(late):
    late.post("/participants/new", TYPED)
    owner = db.scalars(select(Account.email).join(Draft, Draft.account_id == Account.id)).one()
    assert owner == "bea@example.org"
