from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.accounts import rules
from clinic.accounts.models import Invitation, SignIn, Staff, TimeOff
from clinic.db import db
from clinic.invitations import queries as invitations
from clinic.invitations.rules import DEACTIVATED
from clinic.permissions import STAFF_ROLES, Role
from clinic.preview import CHANGED
from clinic.programs.models import Kind
from clinic.staff import queries
from clinic.trail import TrailEvent, TrailLook
from tests import make
from tests.race import race


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
    for rubbish in ("role=participant", "role=x", "sort=roles"):
        pages.get(f"/staff?{rubbish}", status=404)
    pages.get("/staff?page=x")


def test_staff_are_sorted_and_those_of_one_role_listed(now, signed_in):
    make.staff(name="Zoe", license_expires_on=date(2026, 5, 1))
    make.staff(name="Abe", license_expires_on=date(2026, 4, 1), roles=[Role.BILLING])
    pages = signed_in("admin")

    def listed(asked):
        return " ".join(row[0].split()[0] for row in pages.get(f"/staff?{asked}").page.rows[:2])

    assert listed("role=billing") == "Abe"
    assert listed("sort=license") == "Abe Zoe"
    assert listed("sort=-license") == "Zoe Abe"
    page = pages.get("/staff?sort=-seen&q=o&role=admin").page
    assert page.links["Name"] == "/staff?sort=name&q=o&role=admin"
    for column in ("seen", "license"):
        signed_in("coordinator").get(f"/staff?sort={column}", status=404)
    signed_in("coordinator").get("/staff?sort=-name")


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
    noor = queries.get_staff(noor.id)
    assert pages.answer.location == f"/staff/{noor.id}"
    assert (noor.name, noor.credentials, noor.account.email) == (
        "Noor Haddad",
        "LPC",
        "noor@example.org",
    )
    assert noor.account.roles == {Role.CLINICIAN, Role.COORDINATOR}
    assert (noor.license_number, noor.license_expires_on) == ("LPC-1", date(2026, 12, 31))
    assert queries.shifts_of(noor.id) == [(0, 540, 1020), (1, 540, 1020)]
    assert "Noor Haddad is added. Next, give them access." in pages.follow().page.words


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


@pytest.fixture
def admin(now, signed_in):
    return signed_in("admin", password=make.PASSWORD, name="Sam Whitfield")


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
    assert "Invited by a link or a code that works until Wed, Mar 11, 1:00 pm." in again.words
    assert link not in admin.text
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
    assert invitations.find_coded(codes[0], now=now) is None
    assert invitations.find_coded(codes[1], now=now).account_id == ana.account.id


def test_participants_are_invited_by_whoever_manages_them(now, signed_in):
    jordan = make.participant(name="Jordan Avery")
    pages = signed_in("coordinator")
    page = pages.post(f"/participants/{jordan.id}/invitations", {"by": "code"}, status=200).page
    assert invitations.find_coded(code_on(page), now=now).account_id == jordan.account.id
    assert page.links["Done"] == f"/participants/{jordan.id}"
    looks = db.scalars(select(TrailLook)).all()
    assert [(look.page, look.participant_ids) for look in looks] == [
        ("records.invite", [jordan.id])
    ]


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_who_may_let_in_and_out(now, signed_in, role):
    pages = signed_in(role)
    ana, jordan = make.staff(password=make.PASSWORD), make.participant()
    allowed = {
        f"/participants/{jordan.id}/invitations": {Role.ADMIN, Role.COORDINATOR},
        f"/staff/{ana.id}/invitations": {Role.ADMIN},
        f"/participants/{jordan.id}/invitations/revoke": {Role.ADMIN, Role.COORDINATOR},
        f"/staff/{ana.id}/invitations/revoke": {Role.ADMIN},
        f"/staff/{ana.id}/reset": {Role.ADMIN},
        f"/staff/{ana.id}/deactivate": {Role.ADMIN},
        f"/staff/{ana.id}/reactivate": {Role.ADMIN},
    }
    for path, roles in allowed.items():
        assert (pages.ask("POST", path, data={"csrf_token": pages.token()}).status == 403) == (
            role not in roles
        )
    assert (role is Role.ADMIN) == (ana.account.password_hash is None)


@pytest.mark.parametrize("by", ["link", "code"])
def test_whoever_has_no_address_is_asked_for_it_where_they_are_invited(now, admin, by):
    ana, jordan = make.staff(name="Ana Rivera"), make.participant(name="Jordan Avery")
    ana.account.email = jordan.account.email = None
    places = {f"/staff/{ana.id}": ana, f"/participants/{jordan.id}": jordan}
    for number, (place, who) in enumerate(places.items()):
        path, email = f"{place}/invitations", f"new-{number}@example.org"
        assert path in admin.get(place).text
        assert admin.get(path).page.heading == f"Invite {who.name}"
        answer = admin.submit(path, by=by, status=422)
        assert "Enter their e-mail address: they sign in with it." in answer.page.words
        for typed, sentence in (
            ("nobody", "This is not an e-mail address. Write it like name@example.org."),
            (admin.account.email, rules.EMAIL_TAKEN),
        ):
            assert sentence in admin.submit(path, email=typed, by=by, status=422).page.words
        assert who.account.email is None
        page = admin.submit(path, email=email, by=by, status=200).page
        assert (code_on(page) if by == "code" else link_on(page)) != ""
        assert page.links["Done"] == place
        assert who.account.email == email
    assert len(db.scalars(select(Invitation)).all()) == 2


def test_whoever_has_no_access_is_not_invited(now, admin):
    ana = make.staff(is_active=False)
    answer = admin.post(f"/staff/{ana.id}/invitations", {"by": "link"}, status=422)
    assert DEACTIVATED in answer.page.words
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
    group = make.series(title="Evening group")
    for day in ("2026-03-10", "2026-03-17"):
        make.session(day, series=group, leaders=[ana])
    jordan = make.enrollment(clinician=ana)
    make.enrollment(make.participant(name="Over Already"), clinician=ana, until_on="2026-03-01")
    page = admin.get(path).page
    assert "3 coming sessions, among them those of 1 group." in page.words
    assert "Process group 1 session from Mon, Mar 9" in page.words
    assert "Evening group 2 sessions from Tue, Mar 10" in page.words
    assert "Their caseload 1 person. Each needs another primary clinician." in page.words
    person = f"/participants/{jordan.participant_id}"
    edit = f"/groups/{group.id}/edit"
    assert (page.links["Jordan Avery"], page.links["Evening group"]) == (person, edit)
    admin.submit(path)
    assert (ana.account.is_active, session.is_cancelled) == (False, False)
    words = admin.follow().page.words
    assert "Ana Rivera no longer has access." in words
    assert "Access ended" in words
    assert "leaves work to others. Still to lead 3 coming sessions" in words
    assert "no longer has access" in admin.get(path).page.words


@pytest.mark.parametrize(
    ("role", "sees"), [("coordinator", True), ("front_desk", False), ("clinician", False)]
)
def test_what_somebody_left_is_for_those_who_see_the_whole_clinic(now, signed_in, role, sees):
    ana = make.staff(is_active=False)
    make.session("2026-03-09", leaders=[ana], title="Process group")
    make.enrollment(clinician=ana)
    pages = signed_in(role)
    words = pages.get(f"/staff/{ana.id}").page.words
    assert ("Process group" in words, "Jordan Avery" in words) == (sees, sees)
    looks = db.scalars(select(TrailLook.participant_ids)).all()
    assert bool(looks) is sees


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


AWAY = {"from_on": "2026-03-09", "until_on": "2026-03-13", "reason": "course"}
SAVE = AWAY | {"step": "save"}


def kept():
    rows = db.scalars(select(TimeOff).order_by(TimeOff.id))
    return [(str(away.from_on), str(away.until_on), away.reason) for away in rows]


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_who_plans_the_schedule_notes_time_off(now, signed_in, role):
    ana = make.staff()
    away = make.time_off(ana, "2026-04-01")
    pages = signed_in(role)
    may = role in {Role.ADMIN, Role.COORDINATOR}
    for path in (f"/staff/{ana.id}/time-off", f"/time-off/{away.id}"):
        pages.get(path, status=200 if may else 403)
        pages.post(path, AWAY, status=200 if may else 403)
    pages.post(f"/time-off/{away.id}/remove", status=302 if may else 403)
    assert kept() == ([] if may else [("2026-04-01", "2026-04-01", None)])


def test_the_sessions_of_those_days_are_shown_before_anything_is_saved(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    session = make.session("2026-03-10", leaders=[ana], title="Process group")
    make.booking(session)
    make.session("2026-03-16", leaders=[ana], title="Later group")
    pages = signed_in("coordinator")
    path = f"/staff/{ana.id}/time-off"
    pages.get(path)
    page = pages.submit(path, status=200, **AWAY).page
    assert "1 session in these days" in page.words
    assert "Tue, Mar 10, 10:00 – 11:00 am: Process group, 1 person" in page.words
    assert (kept(), db.scalars(select(TrailEvent)).all()) == ([], [])
    assert page.value("reason") == "course"
    pages.submit(path, step="save")
    assert pages.answer.location == f"/staff/{ana.id}"
    assert kept() == [("2026-03-09", "2026-03-13", "course")]
    assert "Ana Rivera is away from Mon, Mar 9 to Fri, Mar 13." in pages.follow().page.words
    assert not session.is_cancelled
    links = pages.get(f"/staff/{ana.id}").page.links
    assert links["1 session to hand over or cancel"] == "/today?day=2026-03-10&site=all"


def test_time_off_begins_with_today(now, signed_in):
    ana = make.staff()
    away = make.time_off(ana, "2026-03-09", reason="surgery")
    pages = signed_in("coordinator")
    assert "None from today on. What they lead" in pages.get(f"/time-off/{away.id}").page.words
    page = pages.get(f"/staff/{ana.id}/time-off").page
    assert "Time off so far Mon, Mar 9 surgery What they lead" in page.words
    assert (page.value("from_on"), page.value("until_on")) == ("2026-03-04", "2026-03-04")


def test_other_days_than_the_ones_seen_are_shown_first(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    pages = signed_in("coordinator")
    path = f"/staff/{ana.id}/time-off"
    pages.post(path, AWAY, status=200)
    page = pages.submit(path, until_on="2026-03-20", step="save", status=409).page
    assert CHANGED in page.words
    assert "Nothing Ana Rivera leads is planned then." in page.words
    assert kept() == []


def test_sessions_on_days_off_say_with_whom(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    session = make.session(
        "2026-03-09", leaders=[ana], title="Individual session", kind=Kind.INDIVIDUAL
    )
    make.booking(session, make.enrollment(make.participant(name="Jordan Avery")))
    one = {"from_on": "2026-03-09", "until_on": "2026-03-09"}
    page = signed_in("coordinator").post(f"/staff/{ana.id}/time-off", one, status=200).page
    assert "10:00 – 11:00 am: Individual with Jordan A., 1 person" in page.words


def test_a_single_day_is_said_as_one(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    pages = signed_in("coordinator")
    one = {"from_on": "2026-03-09", "until_on": "2026-03-09"}
    pages.post(f"/staff/{ana.id}/time-off", one, status=200)
    pages.submit(f"/staff/{ana.id}/time-off", step="save")
    assert "Ana Rivera is away on Mon, Mar 9." in pages.follow().page.words


def test_what_makes_no_sense_is_said_at_its_field(now, signed_in):
    pages = signed_in("coordinator")
    ana = make.staff()
    path = f"/staff/{ana.id}/time-off"
    page = pages.post(path, SAVE | {"until_on": "2026-03-01"}, status=422).page
    assert page.texts("div", class_="field-error") == ["The last day is before the first."]
    assert (page.value("from_on"), page.value("reason")) == ("2026-03-09", "course")
    page = pages.post(path, {"from_on": "soon"}, status=422).page
    assert page.texts("div", class_="field-error") == [
        "This is not a date. Write it like 2026-03-09.",
        "Enter the last day.",
    ]


def test_days_that_are_off_already_are_refused_before_the_sessions_are_shown(now, signed_in):
    ana = make.staff()
    make.time_off(ana, "2026-03-13", "2026-03-20")
    page = signed_in("coordinator").post(f"/staff/{ana.id}/time-off", AWAY, status=422).page
    (error,) = page.texts("div", class_="field-error")
    assert error.startswith("There is already time off from Mar 13, 2026 to Mar 20, 2026.")
    assert page.value("shown") is None


def test_time_off_is_shortened(now, signed_in):
    away = make.time_off(make.staff(), "2026-03-09", "2026-03-13", reason="course")
    pages = signed_in("coordinator")
    path = f"/time-off/{away.id}"
    assert pages.get(path).page.value("until_on") == "2026-03-13"
    pages.submit(path, status=200, until_on="2026-03-10")
    assert away.until_on == date(2026, 3, 13)
    pages.submit(path, step="save")
    assert kept() == [("2026-03-09", "2026-03-10", "course")]


def test_removing_can_be_undone(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    away = make.time_off(ana, "2026-03-09", "2026-03-13", reason="course")
    pages = signed_in("coordinator")
    pages.get(f"/staff/{ana.id}")
    pages.submit(f"/time-off/{away.id}/remove")
    assert kept() == []
    pages.follow()
    pages.submit(f"/staff/{ana.id}/time-off")
    assert kept() == [("2026-03-09", "2026-03-13", "course")]


def test_unknown_time_off_and_people_are_not_found(now, signed_in):
    pages = signed_in("coordinator")
    for path in ("/staff/99/time-off", "/time-off/99"):
        pages.get(path, status=404)
        pages.post(path, SAVE, status=404)
    pages.post("/time-off/99/remove", status=404)
