import re

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.outbox import OutboxMessage
from tests import make

MAILED = (
    "Daybook Check your e-mail If somebody signs in with the address you entered, a link is on its"
    " way to it. It works once, for an hour. Nothing after a few minutes? Look in the spam folder."
    " If you have never had a password, or nothing comes, ask whoever gave you your account for a"
    " link or a code. Back to sign in"
)


@pytest.fixture
def jordan(app, at, monkeypatch):
    at("2026-03-02 10:00")
    monkeypatch.setitem(app.config, "CLINIC_MAILS_LINKS", True)
    monkeypatch.setitem(app.config, "CLINIC_BASE_URL", "https://our.example")
    return make.participant(email="jo@example.org", password=make.PASSWORD)


def ask(pages, email="jo@example.org", **options):
    return pages.post("/forgotten-password", {"email": email}, **options)


def test_a_forgotten_password_is_set_again_by_mail(pages, jordan):
    assert pages.get("/sign-in").page.links["Forgot your password?"] == "/forgotten-password"
    pages.get("/forgotten-password")
    pages.submit("/forgotten-password", email="jo@example.org", headers={"Host": "evil.example"})
    assert pages.follow().page.words == MAILED
    message = db.scalars(select(OutboxMessage)).one()
    (path,) = re.findall(r"^https://our\.example(/invitations/\S+)$", message.body, re.MULTILINE)
    pages.get(path)
    new = {"password": "seven quiet herons", "repeated": "seven quiet herons"}
    assert pages.submit(path, **new).location == "/me"
    pages.get(path, status=404)


def test_an_address_that_nobody_has_gets_the_same_answer(pages, jordan):
    assert ask(pages, "nobody@example.org").location == ask(pages).location
    assert pages.follow().page.words == MAILED
    assert db.scalars(select(OutboxMessage.recipient)).all() == ["jo@example.org"]


def test_whoever_asks_too_often_waits(pages, jordan, at):
    for number in range(5):
        ask(pages, f"nobody-{number}@example.org")
    answer = ask(pages, status=429)
    assert "There have been too many tries. Please try again in 1 second." in answer.page.words
    assert answer.page.value("email") == "jo@example.org"
    at("2026-03-02 10:00:01")
    ask(pages)


def test_where_nothing_can_be_mailed_nothing_is_offered(pages, app, at):
    assert "Forgot your password?" not in pages.get("/sign-in").page.links
    for path in ("/forgotten-password", "/forgotten-password/mailed"):
        pages.get(path, status=404)
    ask(pages, status=404)
