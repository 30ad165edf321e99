import pytest
from sqlalchemy import select

from clinic import clock, passwords
from clinic.accounts.models import Account
from clinic.db import db
from clinic.invitations import actions
from clinic.invitations.views import WRONG_CODE
from clinic.outbox import OutboxMessage
from clinic.trail import SYSTEM
from tests import make
from tests.accounts.test_views import COMMON, EASY, HERONS, SHORT, links_alive, verbs
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
    assert "your 1 calendar link alive" in pages.get("/invitations/a-token").text
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
