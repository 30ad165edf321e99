import pytest
from sqlalchemy import select

from clinic.accounts.models import SignIn
from clinic.db import db
from tests import make


@pytest.fixture
def now(app, at):
    make.site()
    return at("2026-03-04 12:00")


def lines(pages):
    return pages.answer.page.texts("li")[-2:]


def test_everybody_signed_in_sees_their_own_account(now, signed_in, pages):
    ana = signed_in("clinician", email="ana@example.org")
    words = ana.get("/account").page.words
    assert "E-mail ana@example.org Roles Clinician" in words
    assert "Times are those of New York." in words
    jordan = signed_in("participant", email="jo@example.org").get("/account").page.words
    assert ("jo@example.org" in jordan, "Roles" in jordan) == (True, False)
    assert pages.get("/account", status=302).location == "/sign-in?next=/account"


def test_other_sign_ins_of_ones_own_are_seen_and_ended(now, signed_in, at):
    ana = signed_in("participant")
    at("2026-03-04 12:05")
    phone = signed_in(ana.person)
    ben = signed_in("participant")
    ana.get("/account")
    assert lines(ana) == [
        "Somewhere else since today, 12:05 pm last used today, 12:05 pm",
        "Here since today, 12:00 pm now",
    ]
    ana.submit("/account/sign-ins/end")
    assert "1 other sign-in has ended." in ana.follow().page.words
    assert "End all others" not in ana.text
    phone.get("/account", status=302)
    ben.get("/account")
    ended = db.scalars(select(SignIn.account_id).where(SignIn.ended_at.is_not(None))).all()
    assert ended == [ana.account.id]


def test_ending_no_others_is_no_harm(now, signed_in):
    ana = signed_in("clinician")
    ana.post("/account/sign-ins/end")
    assert "0 other sign-ins have ended." in ana.follow().page.words


def test_the_account_is_readable_before_the_clinic_has_a_place(app, at, signed_in):
    at("2026-03-04 12:00")
    assert "Times are those of UTC." in signed_in("admin").get("/account").page.words
