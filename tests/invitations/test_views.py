import re
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select, update

from clinic import clock, passwords
from clinic.accounts.models import Account
from clinic.db import db
from clinic.invitations import actions, rules
from clinic.invitations.views import WRONG_CODE
from clinic.messages.actions import deliver_due
from clinic.outbox import OutboxMessage
from clinic.trail import SYSTEM
from tests import make
from tests.accounts.test_views import COMMON, EASY, HERONS, SHORT, links_alive, rows_of, verbs
from tests.messages.test_actions import Inbox, listening
from tests.pages import Pages
from tests.race import race


@pytest.fixture
def ten(at):
    return at("2026-03-02 10:00")


@pytest.fixture
def ana(ten):
    return make.staff(email="ana@example.org", name="Ana Rivera", password=make.PASSWORD)


@pytest.fixture
def jordan(ten):
    return make.participant(email="jo@example.org", password=make.PASSWORD)


def set_password(pages, token="a-token", *, status=302, password=HERONS, repeated=None):
    typed = {"password": password, "repeated": password if repeated is None else repeated}
    return pages.post(f"/invitations/{token}", typed, status=status)


def test_who_is_invited_chooses_a_password_and_is_signed_in(pages, ten):
    jordan = make.participant(email="jo@example.org")
    make.invitation(jordan.account, token="a-token")
    answer = pages.get("/invitations/a-token")
    assert answer.page.heading == "Choose a password"
    assert answer.page.all("input", id="email")[0].get("value") == "jo@example.org"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    pages.submit("/invitations/a-token", password=HERONS, repeated=HERONS)
    assert pages.answer.location == "/me"
    assert passwords.is_password(HERONS, jordan.account.password_hash)
    assert verbs() == ["account.password_set", "account.signed_in"]
    assert pages.get("/account/password").page.texts("div", class_="notice") == [
        "Your password is set, and you are signed in."
    ]


def test_an_account_without_an_address_is_not_shown_one(pages, ten):
    make.invitation(make.account(roles=["clinician"]), token="a-token")
    assert pages.get("/invitations/a-token").page.all("input", id="email") == []


def test_looking_at_an_invitation_does_not_use_it(pages, ana):
    make.invitation(ana.account, token="a-token")
    for _ in range(3):
        pages.get("/invitations/a-token")
    set_password(pages)


def test_a_used_an_expired_an_unknown_and_a_deactivated_one_look_the_same(pages, ana):
    make.invitation(ana.account, token="used", used_at=clock.now())
    make.invitation(ana.account, token="expired", expires_at=clock.now())
    make.invitation(make.staff(is_active=False).account, token="deactivated")
    pages_seen = set()
    for token in ("used", "expired", "unknown", "deactivated"):
        pages_seen.add(pages.get(f"/invitations/{token}", status=404).page.words)
        pages_seen.add(set_password(pages, token, status=404).page.words)
    assert list(pages_seen) == [
        (
            "Daybook This link cannot be used A link like this works once, and only for a while. "
            "Ask whoever gave you your account for a new one. "
            "If you have set your password already, you can sign in with it. Sign in"
        )
    ]


def test_an_invitation_works_once(pages, ana):
    make.invitation(ana.account, token="a-token")
    set_password(pages)
    first = ana.account.password_hash
    set_password(Pages(pages.app), password="eight noisy geese", status=404)
    assert ana.account.password_hash == first


def test_of_two_that_use_one_invitation_at_once_one_is_signed_in(app, ana):
    make.invitation(ana.account, token="a-token")
    browsers = [Pages(app), Pages(app)]
    tokens = [browser.token() for browser in browsers]

    def use(place):
        typed = {"password": HERONS, "repeated": HERONS, "csrf_token": tokens[place]}
        return browsers[place].client.post("/invitations/a-token", data=typed).status_code

    assert sorted(race(app, lambda: use(0), lambda: use(1))) == [302, 404]


@pytest.mark.parametrize(
    ("password", "repeated", "sentences"),
    [
        ("", "", ["Choose a password.", "Enter the new password a second time."]),
        (HERONS, "seven quiet heron", ["This is not the same as above."]),
        ("short", "other", [SHORT, "This is not the same as above."]),
        ("quiet herons", "quiet herons", [SHORT]),
        ("Ana Rivera is Ana Rivera", "Ana Rivera is Ana Rivera", [EASY]),
        ("password1234567", "password1234567", [COMMON]),
    ],
)
def test_a_bad_choice_gets_a_sentence_at_the_field(pages, ana, password, repeated, sentences):
    make.invitation(ana.account, token="a-token")
    before = ana.account.password_hash
    answer = set_password(pages, password=password, repeated=repeated, status=422)
    assert answer.page.texts("div", class_="field-error") == sentences
    assert ana.account.password_hash == before
    set_password(pages)


def test_a_new_password_in_place_of_a_forgotten_one_is_told_and_ends_what_was(
    signed_in, pages, ana
):
    elsewhere = signed_in(ana)
    make.invitation(ana.account, token="a-token")
    set_password(pages)
    elsewhere.get("/account/password", status=302)
    assert db.scalars(select(OutboxMessage.recipient)).all() == ["ana@example.org"]


def test_whoever_forgot_their_password_may_end_calendar_links_with_it(pages, jordan):
    make.feed_link(jordan)
    make.invitation(jordan.account, token="a-token")
    assert "your 1 calendar link keeps working" in pages.get("/invitations/a-token").text
    pages.submit("/invitations/a-token", password=HERONS, repeated=HERONS, ends_links="y")
    assert links_alive() == 0


def test_staff_end_at_once_what_a_lost_phone_opens(signed_in, jordan):
    make.feed_link(jordan)
    theirs = signed_in(jordan)
    desk = signed_in("coordinator")
    path = f"/participants/{jordan.id}/invitations"
    page = desk.get(path).page
    assert (
        "Tick this to end their password, every sign-in and 1 calendar link at once." in page.words
    )
    desk.submit(path, by="code", ends_all="y", status=200)
    assert (links_alive(), jordan.account.password_hash) == (0, None)
    theirs.get("/me", status=302)
    assert "phone" not in desk.get(path).text


def test_an_invitation_alone_ends_nothing(signed_in, jordan):
    make.feed_link(jordan)
    theirs = signed_in(jordan)
    desk = signed_in("coordinator")
    path = f"/participants/{jordan.id}/invitations"
    desk.get(path)
    desk.submit(path, by="code", status=200)
    theirs.get("/me")
    assert (links_alive(), jordan.account.password_hash is None) == (1, False)


def test_more_fields_than_the_form_has_change_nothing(pages, ana):
    make.invitation(ana.account, token="a-token")
    typed = {
        "password": HERONS,
        "repeated": HERONS,
        "roles": "admin",
        "email": "x@example.org",
        "account_id": "99",
        "is_active": "",
    }
    pages.post("/invitations/a-token", typed)
    account = db.get_one(Account, ana.account.id)
    assert (account.email, account.roles, account.is_active) == (
        "ana@example.org",
        {"clinician"},
        True,
    )


def enter(pages, code, *, status=302):
    return pages.post("/invitations", {"code": code}, status=status)


def coded(person):
    return actions.invite_by_code(person.account, by=SYSTEM, now=clock.now())


def test_the_page_for_a_code_says_nothing_of_the_place(pages, ten):
    assert pages.get("/invitations").page.words == (
        "Daybook Enter your code Code The twelve letters and digits on your sheet. Dashes and "
        "capitals do not matter. Continue Next you choose a password. Sign in instead if you have "
        "one."
    )


def test_a_code_leads_on_to_the_password_and_in(pages, ten):
    ana = make.staff(email="ana@example.org")
    code = coded(ana)
    enter(pages, f" {code.lower()} ")
    page = pages.follow().page
    assert page.heading == "Choose a password"
    assert [field.get("value") for field in page.all("input", id="email")] == ["ana@example.org"]
    assert code not in pages.text
    pages.submit(pages_path(page), password=HERONS, repeated=HERONS)
    assert pages.answer.location == "/today"
    assert WRONG_CODE in enter(Pages(pages.app), code, status=422).page.words


def pages_path(page):
    return page.all("form")[0].get("action")


def test_a_code_of_a_participant_leads_to_their_week(pages, jordan):
    jordan.account.password_hash = None
    enter(pages, coded(jordan))
    pages.submit(pages_path(pages.follow().page), password=HERONS, repeated=HERONS)
    assert pages.answer.location == "/me"


def test_no_code_a_wrong_one_and_one_that_is_over_get_their_sentence(pages, ten, at):
    code = coded(make.staff())
    page = enter(pages, "", status=422).page
    assert page.texts("div", class_="field-error") == ["Enter the code from your sheet."]
    wrong = enter(pages, "7K3M-9QXW-2DHT", status=422).page
    at("2026-03-09 11:00")
    over = enter(pages, code, status=422).page
    for page in (wrong, over):
        assert page.texts("div", class_="field-error") == [WRONG_CODE]
    assert over.value("code") == code


def test_a_code_of_somebody_deactivated_leads_nowhere(pages, ten):
    ana = make.staff()
    code = coded(ana)
    ana.account.is_active = False
    assert WRONG_CODE in enter(pages, code, status=422).page.words


def test_a_code_is_no_path_of_its_own(pages, ten):
    pages.get(f"/invitations/{coded(make.staff())}", status=404)


def test_wrong_codes_of_others_keep_nobody_waiting(pages, ten):
    code = coded(make.staff())
    for _ in range(120):
        enter(pages, "7K3M-9QXW-2DHT", status=422)
    enter(pages, code)


@pytest.mark.parametrize("password", ["larkspur house 11", "jordan avery jordan 1"])
def test_nobodys_password_rests_on_their_name_or_that_of_the_clinic(pages, ten, password):
    make.organization(name="Larkspur House")
    jordan = make.participant(name="Jordan Avery")
    make.invitation(jordan.account, token="a-token")
    typed = {"password": password, "repeated": password}
    page = pages.post("/invitations/a-token", typed, status=422).page
    assert page.texts("div", class_="field-error") == [EASY]


# By mail


@pytest.fixture
def mails(app, ten, monkeypatch):
    monkeypatch.setitem(app.config, "CLINIC_MAILS_LINKS", True)
    monkeypatch.setitem(app.config, "CLINIC_BASE_URL", "https://our.example")


@pytest.fixture(params=["staff", "participants"])
def who(request, ten):
    make.site()
    return make.staff() if request.param == "staff" else make.participant()


@pytest.fixture
def place(request, who):
    return f"/{request.node.callspec.params['who']}/{who.id}"


def deliver(now):
    """Send what is due by a real server; give the letters."""
    make.saved()
    inbox = Inbox()
    with listening(inbox) as port:
        deliver_due(f"smtp://127.0.0.1:{port}?from=notices@example.org", now=now)
    make.read_afresh()
    return [
        (mail.rcpt_tos, message_from_bytes(mail.content, policy=policy.default).get_content())
        for mail in inbox.mails
    ]


def test_somebody_is_invited_by_mail_in_one_press(mails, signed_in, ten, who, place):
    who.account.email, first = "new@example.org", "/today" if place == "/staff/1" else "/me"
    admin = signed_in("admin")
    admin.get(place)
    assert admin.submit(f"{place}/invitations", by="mail").location == place
    words = admin.follow().page.words
    assert "An invitation goes to new@example.org now." in words
    assert "Revoke invitation" in words
    assert deliver(ten) == []
    ((to, letter),) = deliver(ten + rules.LEAVES_AFTER)
    assert to == ["new@example.org"]
    (path,) = re.findall(r"^https://our\.example(/invitations/\S+)\r?$", letter, re.MULTILINE)
    theirs = Pages(admin.app)
    theirs.get(path)
    assert theirs.submit(path, password=HERONS, repeated=HERONS).location == first
    assert "Revoke invitation" not in admin.get(place).text


def test_whoever_has_no_address_is_asked_for_it_in_the_same_place(mails, signed_in, who, place):
    who.account.email = None
    admin = signed_in("admin")
    admin.get(place)
    answer = admin.submit(f"{place}/invitations", by="mail", email="nobody", status=422)
    assert "This is not an e-mail address." in answer.page.words
    admin.get(place)
    admin.submit(f"{place}/invitations", by="mail", email="new@example.org")
    assert who.account.email == "new@example.org"
    assert db.scalars(select(OutboxMessage.recipient)).all() == ["new@example.org"]


def test_what_was_mailed_too_early_is_undone(mails, signed_in, ten, place):
    admin = signed_in("admin")
    admin.post(f"{place}/invitations", {"by": "mail"})
    admin.follow()
    admin.submit(f"{place}/invitations/revoke")
    assert "The invitation is revoked. Nothing was sent." in admin.follow().page.words
    admin.post(f"{place}/invitations", {"by": "code"}, status=200)
    admin.post(f"{place}/invitations/revoke")
    assert "It opens nothing any more." in admin.follow().page.words
    admin.post(f"{place}/invitations/revoke")
    assert "Nothing invites" in admin.follow().page.words
    assert deliver(ten + rules.LEAVES_AFTER) == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "The invitation leaves in a minute; its link works until Mon, Mar 9, 11:00 am."),
        ({"attempts": 1}, "has not taken the invitation yet. Next try: today, 10:01 am."),
        ({"sent_at": make.instant("2026-03-02 10:02")}, "Invited by e-mail today, 10:02 am;"),
        ({"given_up_at": make.instant("2026-03-02 10:02")}, "could not be sent. Check the e-mail"),
    ],
)
def test_how_far_an_invitation_has_come_is_said(mails, signed_in, place, facts, words):
    admin = signed_in("admin")
    admin.post(f"{place}/invitations", {"by": "mail"})
    db.execute(update(OutboxMessage).values(facts or {"attempts": 0}))
    assert words in admin.get(f"{place}/invitations").page.words


def test_a_phone_that_is_lost_is_sent_nothing(mails, signed_in, jordan):
    desk = signed_in("coordinator")
    path = f"/participants/{jordan.id}"
    assert desk.get(path).page.links["Reset password"] == f"{path}/invitations"
    typed = {"by": "mail", "ends_all": "y"}
    answer = desk.post(f"{path}/invitations", typed, status=422)
    assert rules.IN_ANOTHERS_HANDS in answer.page.words
    desk.post(f"{path}/invitations", {"by": "mail"}, status=422)
    desk.post(f"{path}/invitations", {"by": "code", "ends_all": "y"}, status=200)
    assert "Invite by e-mail" not in desk.get(path).text
    assert rows_of(OutboxMessage) == 0


def test_where_nothing_can_be_mailed_it_is_not_offered(signed_in, place):
    admin = signed_in("admin")
    assert "Invite by e-mail" not in admin.get(place).text
    admin.post(f"{place}/invitations", {"by": "mail"}, status=404)


def test_after_an_enrollment_the_invitation_is_one_press(mails, signed_in, ten):
    enrollment = make.enrollment()
    desk = signed_in("coordinator")
    path, invite = (
        f"/enrollments/{enrollment.id}/next",
        f"/participants/{enrollment.participant_id}/invitations",
    )
    desk.get(path)
    desk.submit(invite, by="mail")
    assert "The invitation leaves in a minute" in desk.get(path).page.words
    enrollment.participant.account.password_hash = "a hash"
    assert "They sign in and see their week." in desk.get(path).page.words
