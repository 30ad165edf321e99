from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.accounts import queries as accounts
from clinic.accounts import rules
from clinic.accounts.models import SignIn, Staff
from clinic.db import db
from clinic.permissions import STAFF_ROLES, Role
from clinic.trail import TrailEvent
from tests import make


@pytest.fixture
def now(app, at):
    make.site()
    return at("2026-03-04 12:00")


def verbs():
    return list(db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)))


def errors(pages):
    return pages.answer.page.texts("div", class_="field-error")


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_everybody_who_works_here_sees_who_has_access(now, signed_in, role):
    pages = signed_in(role, name="Zoe Zander")
    ana = make.staff(name="Ana Rivera", license_expires_on=date(2026, 3, 31))
    rows = pages.get("/staff").page.rows
    cells = ["Ana Rivera LCSW", "Clinician", "No access yet", "Expires Mar 31, 2026"]
    if role is Role.ADMIN:
        cells.insert(3, "")
    assert rows[0] == cells
    text = pages.get(f"/staff/{ana.id}").text
    assert ("Make a link" in text, "Change details" in text, ana.account.email in text) == (
        (role is Role.ADMIN,) * 3
    )


def test_participants_and_strangers_do_not_see_staff(now, signed_in, pages):
    ana = make.staff()
    for path in ("/staff", f"/staff/{ana.id}"):
        signed_in("participant").get(path, status=403)
        pages.get(path, status=302)


@pytest.mark.parametrize("role", [role for role in STAFF_ROLES if role is not Role.ADMIN])
def test_only_an_admin_takes_people_on_and_changes_them(now, signed_in, role):
    pages = signed_in(role)
    for path in ("/staff/new", f"/staff/{pages.person.id}/edit"):
        pages.get(path, status=403)
        pages.post(path, {"name": "Ana", "roles": "admin"}, status=403)
    assert pages.account.roles == {role}


def test_the_list_is_searched_and_paged(now, signed_in):
    pages = signed_in("admin", name="Sam Whitfield")
    for number in range(30):
        make.staff(name=f"Person {number:02d}")
    assert len(pages.get("/staff").page.rows) == 25
    assert len(pages.get("/staff?page=2").page.rows) == 6
    assert [row[0] for row in pages.get("/staff?q=sam+whit").page.rows] == ["Sam Whitfield LCSW"]
    assert "Nobody found" in pages.get("/staff?q=nobody").text
    pages.get("/staff?page=3", status=404)
    pages.get("/staff?page=x")


def test_an_admin_sees_when_somebody_was_here_last(now, signed_in):
    pages = signed_in("admin", name="Sam", credentials=None)
    assert pages.get("/staff").page.rows[0][:4] == [
        "Sam",
        "Admin",
        "No access yet",
        "seen today, 12:00 pm",
    ]


def test_the_list_needs_the_same_statements_for_one_person_and_for_many(now, signed_in, queries):
    pages = signed_in("admin")
    pages.get("/staff")
    with queries() as one:
        pages.get("/staff")
    for _ in range(8):
        who = make.staff()
        make.sign_in(who.account)
        make.invitation(who.account, token=who.key)
    with queries() as many:
        pages.get("/staff")
    assert many() == one()
    assert one() <= 12


def test_a_persons_page_shows_hours_time_off_and_license(now, signed_in):
    ana = make.staff(
        name="Ana Rivera", license_number="SW-20311", license_expires_on=date(2026, 3, 1)
    )
    make.working_hours(ana, 1)
    make.time_off(ana, "2026-03-09", "2026-03-13", reason="surgery")
    shown = {}
    for role in ("admin", "coordinator", "clinician"):
        page = signed_in(role).get(f"/staff/{ana.id}").page
        assert page.heading == "Ana Rivera"
        for words in ("Tuesday 9:00 am – 5:00 pm", "Mon, Mar 9 – Fri, Mar 13", "Expired Mar 1, 20"):
            assert words in page.words
        shown[role] = [words in page.words for words in ("SW-20311", "surgery", "Add time off")]
    assert shown == {
        "admin": [True, True, True],
        "coordinator": [False, True, True],
        "clinician": [False, False, False],
    }


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_whoever_plans_sessions_goes_on_to_a_persons_week(now, signed_in, role):
    ana = make.staff(name="Ana Rivera")
    pages = signed_in(role)
    found = pages.get(f"/staff/{ana.id}").page.links.get("Their week")
    plans = role in {Role.ADMIN, Role.COORDINATOR, Role.CLINICIAN}
    assert found == (f"/staff/{ana.id}/week" if plans else None)
    if found:
        assert "Ana Rivera" in pages.get(found).page.heading


def test_an_unknown_person_is_not_found(now, signed_in):
    pages = signed_in("admin")
    for path in ("/staff/99", "/staff/99/edit"):
        pages.get(path, status=404)


TYPED = {
    "name": " Noor Haddad ",
    "email": "Noor@Example.org",
    "credentials": "LPC",
    "roles": ["clinician", "coordinator"],
    "license_number": "LPC-1",
    "license_expires_on": "2026-12-31",
    "working_hours-0-days": ["0", "1"],
    "working_hours-0-from": "09:00",
    "working_hours-0-until": "17:00",
}
CHECKED = [
    ("roles", "coordinator"),
    ("roles", "clinician"),
    ("working_hours-0-days", "0"),
    ("working_hours-0-days", "1"),
]


def checked(page):
    boxes = page.all("input", type="checkbox", checked="")
    return [(box.get("name"), box.get("value")) for box in boxes]


def test_somebody_new_is_kept_with_all_that_was_typed(now, signed_in):
    pages = signed_in("admin")
    pages.get("/staff/new")
    pages.post("/staff/new", TYPED)
    noor = db.scalars(select(Staff).where(Staff.key == "noor")).one()
    noor = accounts.get_staff(noor.id)
    assert pages.answer.location == f"/staff/{noor.id}"
    assert (noor.name, noor.credentials, noor.account.email) == (
        "Noor Haddad",
        "LPC",
        "noor@example.org",
    )
    assert noor.account.roles == {Role.CLINICIAN, Role.COORDINATOR}
    assert (noor.license_number, noor.license_expires_on) == ("LPC-1", date(2026, 12, 31))
    assert accounts.shifts_of(noor.id) == [(0, 540, 1020), (1, 540, 1020)]
    assert "Noor Haddad is on the list. Give them access next." in pages.follow().page.words


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(now, signed_in):
    pages = signed_in("admin")
    wrong = TYPED | {"name": "", "email": "noor", "working_hours-0-until": ""}
    page = pages.post("/staff/new", wrong, status=422).page
    assert errors(pages) == [
        "Enter their name.",
        "This is not an e-mail address. Write it like name@example.org.",
        "Enter from when until when in row 1.",
    ]
    assert "Working hours: Enter from when until when in row 1." in page.words
    assert (page.value("email"), page.value("working_hours-0-from")) == ("noor", "09:00")
    assert checked(page) == CHECKED
    assert db.scalar(select(func.count()).select_from(Staff)) == 1


def test_an_address_of_somebody_else_is_said_at_the_field(now, signed_in):
    pages = signed_in("admin")
    make.participant(email="noor@example.org")
    pages.post("/staff/new", TYPED, status=422)
    assert "belongs to a participant" in pages.answer.page.words
    ben = make.staff()
    typed = TYPED | {"email": pages.account.email}
    pages.post(f"/staff/{ben.id}/edit", typed, status=422)
    assert errors(pages) == [rules.EMAIL_TAKEN]
    assert (ben.name, pages.answer.page.value("email")) == ("Ana Rivera", typed["email"])


def test_the_form_holds_what_is_known_and_saving_it_changes_nothing(now, signed_in):
    pages = signed_in("admin")
    pages.post("/staff/new", TYPED)
    noor = db.scalars(select(Staff).where(Staff.key == "noor")).one()
    before = verbs()
    page = pages.get(f"/staff/{noor.id}/edit").page
    assert checked(page) == CHECKED
    pages.submit(
        f"/staff/{noor.id}/edit",
        **{name: TYPED[name] for name in ("roles", "working_hours-0-days")},
    )
    assert pages.answer.location == f"/staff/{noor.id}"
    assert verbs() == before


def test_hours_that_overlap_are_said_at_the_field_and_kept(now, signed_in):
    pages = signed_in("admin")
    again = {
        "working_hours-1-days": "1",
        "working_hours-1-from": "16:00",
        "working_hours-1-until": "18:00",
    }
    page = pages.post("/staff/new", TYPED | again, status=422).page
    assert errors(pages) == ["Two of the working hours are at the same time on Tuesday."]
    assert page.value("working_hours-1-until") == "18:00"


def test_other_roles_end_the_sign_ins_at_the_next_request(now, signed_in):
    pages = signed_in("admin")
    ana = signed_in("clinician", name="Ana Rivera")
    ana.get("/staff")
    typed = {"name": "Ana Rivera", "email": ana.account.email, "roles": "billing"}
    pages.post(f"/staff/{ana.person.id}/edit", typed)
    assert ana.get("/staff", status=302).location == "/sign-in?next=/staff"
    assert ana.account.roles == {Role.BILLING}
    open_ones = db.scalars(select(SignIn.account_id).where(SignIn.ended_at.is_(None))).all()
    assert open_ones == [pages.account.id]


def test_the_last_admin_cannot_take_away_their_own_role(now, signed_in):
    pages = signed_in("admin", password=make.PASSWORD, name="Sam")
    typed = {"name": "Sam", "email": pages.account.email, "roles": "billing"}
    pages.post(f"/staff/{pages.person.id}/edit", typed, status=422)
    assert errors(pages) == [rules.LAST_ADMIN]
    assert pages.account.roles == {Role.ADMIN}
    make.staff(roles=[Role.ADMIN], password=make.PASSWORD)
    pages.post(f"/staff/{pages.person.id}/edit", typed)
    assert pages.account.roles == {Role.BILLING}
