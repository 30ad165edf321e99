import pytest
from sqlalchemy import select

from clinic.accounts import queries as accounts
from clinic.accounts import rules
from clinic.accounts.models import Invitation
from clinic.db import db
from clinic.permissions import STAFF_ROLES, Role
from clinic.trail import TrailEvent, TrailLook
from tests import make
from tests.race import race


@pytest.fixture
def now(app, at):
    make.site()
    return at("2026-03-04 12:00")


@pytest.fixture
def admin(now, signed_in):
    return signed_in("admin", password=make.PASSWORD, name="Sam Whitfield")


def verbs():
    return list(db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)))


def link_on(page):
    return page.all("input", id="link")[0].get("value")


def code_on(page):
    return page.texts("p", class_="handout-code")[0]


def test_a_link_is_shown_once_and_works(now, admin, pages):
    ana = make.staff(name="Ana Rivera")
    page = admin.post(f"/staff/{ana.id}/invitations", {"by": "link"}, status=200).page
    link = link_on(page)
    assert page.heading == "A link for Ana Rivera"
    assert "until Wed, Mar 11, 1:00 pm" in page.words
    assert link.startswith("http://localhost/invitations/")
    assert pages.get(link.removeprefix("http://localhost")).page.heading == "Choose a password"
    again = admin.get(f"/staff/{ana.id}").page
    assert ("Invited holds until Wed, Mar 11, 1:00 pm" in again.words, link in again.words) == (
        True,
        False,
    )
    assert admin.account.email not in pages.text


def test_a_link_names_the_address_that_others_know_us_by(now, admin):
    ana = make.staff()
    admin.app.config["CLINIC_BASE_URL"] = "https://daybook.example/"
    try:
        answer = admin.post(f"/staff/{ana.id}/invitations", status=200)
    finally:
        admin.app.config["CLINIC_BASE_URL"] = ""
    assert link_on(answer.page).startswith("https://daybook.example/invitations/")


def test_a_sheet_with_a_code_names_nobody_and_works(now, admin, pages):
    ana = make.staff(name="Ana Rivera")
    page = admin.post(f"/staff/{ana.id}/invitations", {"by": "code"}, status=200).page
    assert page.heading == "Your account"
    main = page.all("main")[0]
    hidden = [part.text for part in main.all(class_="on-screen")]
    printed = main.text
    for words in hidden:
        printed = printed.replace(words, "")
    assert (
        printed.split()
        == (
            "Your account Open this address: http://localhost/invitations Enter this code: "
            f"{code_on(page)} Choose a password. From then on you sign in with it and your e-mail "
            "address. The code works once, until Wed, Mar 11, 1:00 pm. Show it to nobody, and "
            "throw this sheet away afterwards."
        ).split()
    )
    pages.post("/invitations", {"code": code_on(page)})
    assert pages.follow().page.heading == "Choose a password"


def test_a_new_invitation_ends_the_one_before(now, admin, pages):
    ana = make.staff()
    codes = [
        code_on(admin.post(f"/staff/{ana.id}/invitations", {"by": "code"}, status=200).page)
        for _ in range(2)
    ]
    assert accounts.find_coded(codes[0], now=now) is None
    assert accounts.find_coded(codes[1], now=now).account_id == ana.account.id


def test_participants_are_invited_by_whoever_manages_them(now, signed_in):
    jordan = make.participant(name="Jordan Avery")
    pages = signed_in("coordinator")
    page = pages.post(f"/participants/{jordan.id}/invitations", {"by": "code"}, status=200).page
    assert accounts.find_coded(code_on(page), now=now).account_id == jordan.account.id
    assert page.links["Done"] == f"/participants/{jordan.id}"
    looks = db.scalars(select(TrailLook)).all()
    assert [(look.page, look.participant_ids) for look in looks] == [
        ("setup.invite_participant", [jordan.id])
    ]


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_who_may_let_in_and_out(now, signed_in, role):
    pages = signed_in(role)
    ana, jordan = make.staff(password=make.PASSWORD), make.participant()
    allowed = {
        f"/participants/{jordan.id}/invitations": {Role.ADMIN, Role.COORDINATOR},
        f"/staff/{ana.id}/invitations": {Role.ADMIN},
        f"/staff/{ana.id}/reset": {Role.ADMIN},
        f"/staff/{ana.id}/deactivate": {Role.ADMIN},
        f"/staff/{ana.id}/reactivate": {Role.ADMIN},
    }
    for path, roles in allowed.items():
        assert (pages.ask("POST", path, data={"csrf_token": pages.token()}).status == 403) == (
            role not in roles
        )
    assert (role is Role.ADMIN) == (ana.account.password_hash is None)


def test_without_an_address_there_is_a_sentence_instead_of_an_invitation(now, admin):
    ana, jordan = make.staff(), make.participant()
    ana.account.email = jordan.account.email = None
    assert rules.NO_EMAIL in admin.get(f"/staff/{ana.id}").page.words
    for path in (f"/staff/{ana.id}/invitations", f"/participants/{jordan.id}/invitations"):
        assert rules.NO_EMAIL in admin.post(path, status=409).page.words
    assert db.scalars(select(Invitation)).all() == []


def test_nobody_unknown_is_let_in_or_out(now, admin):
    for path in ("invitations", "reset", "deactivate", "reactivate"):
        admin.post(f"/staff/99/{path}", status=404)
    admin.post("/participants/99/invitations", status=404)
    admin.get("/staff/99/deactivate", status=404)


def test_a_reset_ends_the_old_password_and_its_sign_ins(now, admin, signed_in, pages):
    ana = signed_in("clinician", password=make.PASSWORD, email="ana@example.org")
    admin.get(f"/staff/{ana.person.id}")
    page = admin.submit(f"/staff/{ana.person.id}/reset", status=200, by="link").page
    assert ana.get("/staff", status=302).location == "/sign-in?next=/staff"
    typed = {"email": "ana@example.org", "password": make.PASSWORD, "next": ""}
    pages.post("/sign-in", typed, status=422)
    assert pages.get(link_on(page).removeprefix("http://localhost")).status == 200


def test_nobody_resets_themselves(now, admin):
    path = f"/staff/{admin.person.id}"
    assert rules.OWN_PASSWORD in admin.get(path).page.words
    assert rules.OWN_PASSWORD in admin.post(f"{path}/reset", status=409).page.words
    assert admin.account.password_hash is not None


def test_ending_access_shows_what_is_still_to_lead_and_cancels_nothing(now, admin):
    ana = make.staff(name="Ana Rivera")
    session = make.session("2026-03-09", leaders=[ana], title="Process group")
    path = f"/staff/{ana.id}/deactivate"
    words = admin.get(path).page.words
    assert "Process group 1 session from Mon, Mar 9" in words
    admin.submit(path)
    assert (ana.account.is_active, session.is_cancelled) == (False, False)
    words = admin.follow().page.words
    assert "Ana Rivera has no access any more." in words
    assert "Access ended" in words
    assert "has no access any more" in admin.get(path).page.words


def test_who_has_nothing_to_lead_is_said_so(now, admin):
    ben = make.staff(name="Ben Okoye")
    words = admin.get(f"/staff/{ben.id}/deactivate").page.words
    assert "No coming session has Ben Okoye as its leader." in words


def test_the_next_request_of_somebody_deactivated_is_out_with_links_and_calendar(
    now, admin, signed_in, pages
):
    ana = signed_in("clinician", name="Ana Rivera")
    make.session("2026-03-09", leaders=[ana.person])
    make.feed_link(ana.person, token="her-calendar")
    make.invitation(ana.account, token="her-link")
    assert b"BEGIN:VEVENT" in pages.get("/feeds/her-calendar.ics").data
    admin.post(f"/staff/{ana.person.id}/deactivate")
    assert ana.get("/staff", status=302).location == "/sign-in?next=/staff"
    ana.post("/account/sign-ins/end", status=302)
    assert ana.answer.location.startswith("/sign-in")
    pages.get("/invitations/her-link", status=404)
    assert b"BEGIN:VEVENT" not in pages.get("/feeds/her-calendar.ics").data


def test_access_can_be_given_back(now, admin):
    ana = make.staff(is_active=False, password=make.PASSWORD)
    admin.get(f"/staff/{ana.id}")
    admin.submit(f"/staff/{ana.id}/reactivate")
    assert ana.account.is_active
    assert "Has access" in admin.follow().page.words


def test_the_last_admin_cannot_leave_and_is_told_why(now, admin):
    path = f"/staff/{admin.person.id}"
    button = admin.get(path).page.all("button", disabled="")[0]
    assert (button.text, button.get("title")) == ("End access", rules.LAST_ADMIN)
    assert rules.LAST_ADMIN in admin.get(f"{path}/deactivate").page.words
    assert rules.LAST_ADMIN in admin.post(f"{path}/deactivate", status=409).page.words
    assert admin.account.is_active


def test_one_of_two_admins_may_leave_and_is_out(now, admin):
    make.staff(roles=[Role.ADMIN], password=make.PASSWORD)
    path = f"/staff/{admin.person.id}/deactivate"
    assert "You will be signed out." in admin.get(path).page.words
    admin.submit(path)
    admin.get("/staff", status=302)
    assert not admin.account.is_active


def test_of_two_admins_who_press_at_once_one_stays(now, admin, signed_in):
    other = signed_in("admin", password=make.PASSWORD)

    def deactivating(pages, whom):
        token = pages.token()
        path = f"/staff/{whom.person.id}/deactivate"
        return lambda: pages.client.post(path, data={"csrf_token": token}).status_code

    answers = race(admin.app, deactivating(admin, other), deactivating(other, admin))
    # Whose turn comes second is refused, or is signed out already when they are looked up.
    assert sorted(answers) in ([302, 302], [302, 409])
    assert [admin.account.is_active, other.account.is_active].count(True) == 1
    assert verbs().count("account.deactivated") == 1
