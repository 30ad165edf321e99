from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.accounts import rules
from clinic.db import db
from clinic.participants.models import Participant
from clinic.schedule.models import Method, Status
from clinic.trail import TrailEvent, TrailLook
from tests import make


@pytest.fixture
def now(app, at):
    return at("2026-03-04 12:00")  # a Wednesday


def count(model):
    return db.scalar(select(func.count()).select_from(model))


def verbs():
    return list(db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)))


def test_people_are_found_by_any_part_of_their_name(now, signed_in):
    for name in ("Jordan Avery", "Priya Raman", "Marcus Bell"):
        make.participant(name=name)
    pages = signed_in("coordinator")
    rows = pages.get("/participants?q=AV+jor").page.all("tbody")[0].all("tr")
    assert [row.all("a")[0].text for row in rows] == ["Jordan Avery"]
    assert "Nobody found" in pages.get("/participants?q=100%25").text


def test_people_of_one_site_and_what_was_asked_for_stays(now, signed_in):
    make.enrollment(make.participant(name="Ann East"), make.program(make.site(key="east")))
    west = make.program(make.site(key="west", name="West"))
    for number in range(26):
        make.enrollment(make.participant(name=f"Ann West {number}"), west)
    make.participant(name="Ann Nowhere")
    pages = signed_in("coordinator")
    page = pages.get("/participants?q=ann&site=west").page
    assert page.texts("p", class_="sub") == ["26 people found for “ann”"]
    assert page.links["Next"] == "/participants?q=ann&site=west&page=2"
    assert page.links["All"] == "/participants?q=ann"
    assert pages.get("/participants").page.texts("p", class_="sub") == ["28 people"]


def test_a_long_list_has_pages(now, signed_in):
    for number in range(30):
        make.participant(name=f"Person {number:02d}")
    pages = signed_in("coordinator")
    first, second = pages.get("/participants").page, pages.get("/participants?page=2").page
    assert [len(page.all("tbody")[0].all("tr")) for page in (first, second)] == [25, 5]
    pages.get("/participants?page=3", status=404)
    pages.get("/participants?page=0")
    pages.get("/participants?page=x")


def test_the_list_says_where_everyone_stands(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    evening = make.program(name="Evening IOP")
    make.enrollment(make.participant(name="A Active"), evening, clinician=ana)
    make.enrollment(make.participant(name="B Planned"), evening, from_on="2026-03-09")
    make.enrollment(make.participant(name="C Completed"), evening, until_on="2026-02-28")
    away = make.enrollment(make.participant(name="D Away"), evening)
    make.leave(away, "2026-03-02", "2026-03-06")
    make.participant(name="E Nowhere")
    rows = signed_in("coordinator").get("/participants").page.all("tbody")[0].all("tr")
    cells = [[cell.text for cell in row.all("td")] for row in rows]
    assert cells == [
        ["Evening IOP", "Ana Rivera", "Active", "Out of reach"],
        ["Evening IOP", "", "Planned from Mar 9, 2026", ""],
        ["Evening IOP", "", "Completed Feb 28, 2026", ""],
        ["Evening IOP", "", "On leave through Mar 6, 2026", "No target"],
        ["", "", "", ""],
    ]


def test_a_clinician_finds_their_groups_and_their_caseload_only(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    make.enrollment(make.participant(name="On caseload"), clinician=ana)
    in_group = make.enrollment(make.participant(name="In group"))
    make.booking(make.session(leaders=[ana]), in_group)
    stranger = make.enrollment(make.participant(name="A stranger"))
    pages = signed_in(ana)
    names = [
        row.all("a")[0].text for row in pages.get("/participants").page.all("tbody")[0].all("tr")
    ]
    assert names == ["In group", "On caseload"]
    pages.get(f"/participants/{in_group.participant_id}")
    pages.get(f"/participants/{stranger.participant_id}", status=404)


@pytest.fixture
def four(now):
    """Four people, by program, clinician and where they stand."""
    ana, ben = make.staff(name="Ana Rivera"), make.staff(name="Ben Stone")
    day, evening = make.program(key="day", name="Day"), make.program(key="eve", name="Evening")
    away = make.enrollment(make.participant(name="Dora"), evening, clinician=ben)
    make.leave(away, "2026-03-02", "2026-03-06")
    make.enrollment(make.participant(name="Carl"), day, clinician=ana)
    make.enrollment(make.participant(name="Bea"), evening, until_on="2026-02-28")
    make.participant(name="Abe")
    return ana, ben


def listed(pages, asked):
    page = pages.get(f"/participants?{asked}").page
    return " ".join(row[0].split()[0] for row in page.rows)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("", "Abe Bea Carl Dora"),
        ("sort=-name", "Dora Carl Bea Abe"),
        ("sort=program", "Carl Bea Dora Abe"),
        ("sort=-program", "Bea Dora Carl Abe"),
        ("sort=clinician", "Carl Dora Abe Bea"),
        ("sort=status", "Carl Dora Bea Abe"),
        ("sort=week", "Carl Dora Abe Bea"),
        ("program=eve", "Bea Dora"),
        ("program=eve&status=enrolled", "Dora"),
        ("status=on+leave", "Dora"),
        ("status=completed&sort=-name", "Bea"),
        ("status=none", "Abe"),
        ("status=none&program=eve", ""),
        ("q=dora&sort=-name", "Dora"),
        ("q=dora&program=day", ""),
    ],
)
def test_the_list_is_sorted_and_narrowed_down(four, signed_in, asked, names):
    assert listed(signed_in("coordinator"), asked) == names


def test_what_a_list_is_narrowed_down_to_stays_in_every_link_and_form(four, signed_in):
    ana, ben = four
    page = signed_in(ana).get(f"/participants?clinician={ana.id}&sort=-name&q=c").page
    assert [row[:3] for row in page.rows] == [["Carl participant-2", "Day", "Ana Rivera"]]
    assert page.links["Status"] == f"/participants?clinician={ana.id}&sort=status&q=c"
    assert page.links["Name ↓"] == f"/participants?clinician={ana.id}&sort=name&q=c"
    clinicians = page.all("select", id="by-clinician")[0].all("option")
    assert [each.text for each in clinicians] == ["All clinicians", "My caseload"]
    forms = page.all("form", method="get")[-2:]
    assert len(forms) == 2
    for form in forms:
        fields = {each.get("name") for each in form.all("input", "select")}
        assert fields >= {"q", "clinician", "sort"}
    assert listed(signed_in(ana), f"clinician={ben.id}") == ""


@pytest.mark.parametrize(
    "rubbish", ["sort=phone", "status=gone", "program=x", "clinician=x", "clinician=0"]
)
def test_what_no_list_has_is_no_address(four, signed_in, rubbish):
    signed_in("coordinator").get(f"/participants?{rubbish}", status=404)


@pytest.mark.parametrize(
    "path",
    [
        "/participants",
        "/participants?q=jordan",
        "/participants?sort=program&status=enrolled",
        "/participants?sort=week",
    ],
)
def test_one_person_and_many_need_the_same_statements(now, signed_in, queries, path):
    pages = signed_in("coordinator")
    make.enrollment()
    pages.get(path)
    with queries() as one:
        pages.get(path)
    for _ in range(8):
        make.enrollment()
    with queries() as many:
        pages.get(path)
    assert many() == one()
    assert one() <= 12


def test_attendance_of_somebody_needs_as_many_statements_however_much_there_is(
    now, signed_in, queries
):
    session = make.session()
    enrollment = make.enrollment(program=session.program)
    path = f"/participants/{enrollment.participant_id}/attendance"
    make.booking(session, enrollment, Status.PRESENT)
    make.saved()
    pages = signed_in("coordinator")
    with queries() as one:
        pages.get(path)
    for day in ("2026-02-02", "2026-02-03"):
        make.booking(make.session(day, program=session.program), enrollment)
    make.saved()
    with queries() as many:
        pages.get(path)
    assert many() == one() <= 12


def test_everyone_on_the_list_was_looked_at(now, signed_in):
    people = [make.participant() for _ in range(3)]
    signed_in("coordinator").get("/participants")
    looks = db.query(TrailLook).all()
    assert [(look.page, look.participant_ids) for look in looks] == [
        ("records.participants", [person.id for person in people])
    ]


def test_whoever_is_added_can_be_enrolled_at_once(now, signed_in):
    pages = signed_in("coordinator")
    pages.get("/participants/new")
    pages.submit("/participants/new", name="Jordan Avery", then="enroll")
    assert pages.answer.location == "/participants/1/enroll"


def test_adding_somebody_keeps_them(now, signed_in):
    pages = signed_in("coordinator")
    pages.get("/participants/new")
    pages.submit(
        "/participants/new",
        name=" Jordan Avery ",
        preferred_name="Jo",
        birth_on="1990-02-03",
        email="Jo@Example.org",
        pin="482913",
    )
    added = db.scalars(select(Participant)).one()
    assert (added.key, added.name, added.preferred_name) == ("p-001", "Jordan Avery", "Jo")
    assert added.pin_digest not in {None, "482913"}
    assert verbs() == ["account.added", "participant.added"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": " "}, "Enter the person's name."),
        ({"birth_on": "1990-02-30"}, "This is not a date. Write it like 2026-03-09."),
        ({"email": "jo at home"}, "This is not an e-mail address."),
        ({"pin": "12"}, "A PIN is 4 to 10 digits."),
        ({"pin": "111111"}, "A PIN of one repeated digit is too easy to guess."),
        ({"pin": "482913"}, "This PIN is someone else’s, or was. Choose another."),
        ({"birth_on": "2040-01-01"}, "This day is in the future."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(now, signed_in, typed, sentence):
    make.participant(pin="482913")
    pages = signed_in("coordinator")
    pages.get("/participants/new")
    filled = {"name": "Robin Vale", "preferred_name": "Rob", "pin": "775533"} | typed
    page = pages.submit("/participants/new", status=422, **filled).page
    assert sentence in page.words
    fields = {box.get("name"): box.get("value") for box in page.all("input")}
    assert {name: fields[name] for name in filled} == filled | {"name": filled["name"].strip()}
    assert count(Participant) == 1


def test_an_address_that_somebody_has_is_refused(now, signed_in):
    make.staff(email="ana@example.org")
    pages = signed_in("coordinator")
    pages.get("/participants/new")
    page = pages.submit("/participants/new", status=422, name="Jo", email="ANA@example.org").page
    assert rules.EMAIL_TAKEN in page.words
    assert count(Participant) == 0


def test_details_are_changed_and_an_empty_pin_keeps_the_old_one(now, signed_in):
    jordan = make.participant(name="Jordan Avery", pin="482913")
    digest = jordan.pin_digest
    pages = signed_in("coordinator")
    path = f"/participants/{jordan.id}/edit"
    pages.get(path)
    pages.submit(path, name="Jordan Amari")
    assert (jordan.name, jordan.pin_digest) == ("Jordan Amari", digest)
    assert verbs() == ["participant.changed"]


def test_details_that_cannot_be_are_refused(now, signed_in):
    make.participant(pin="482913")
    jordan = make.participant(name="Jordan Avery")
    pages = signed_in("coordinator")
    path = f"/participants/{jordan.id}/edit"
    pages.get(path)
    pages.submit(path, status=422, name="Jordan Amari", pin="482913")
    pages.submit(path, status=422, name="")
    assert (jordan.name, jordan.pin_digest) == ("Jordan Avery", None)


def test_somebody_is_found_by_a_phone_number_which_only_some_may_see(now, signed_in):
    make.participant(name="Jordan Avery", preferred_name="Jo", phone="+12025550123")
    make.participant(name="Priya Raman")
    for role, shown in (("coordinator", True), ("billing", False)):
        page = signed_in(role).get("/participants?q=555+0123").page
        [row] = page.all("tbody")[0].all("tr")
        assert row.all("a")[0].text == "Jordan Avery"
        assert ("(202) 555-0123" in row.text, "“Jo”" in row.text) == (shown, True)


def test_a_clinician_finds_by_typing_whom_they_may_know_of_only(now, signed_in):
    ana = make.staff(name="Ana Rivera")
    make.enrollment(make.participant(name="Jordan Avery"), clinician=ana)
    make.enrollment(make.participant(name="Jordan Averill"))
    rows = signed_in(ana).get("/participants?q=jordna").page.all("tbody")[0].all("tr")
    assert [row.all("a")[0].text for row in rows] == ["Jordan Avery"]


def test_what_was_searched_for_is_kept_from_page_to_page(now, signed_in):
    for number in range(26):
        make.participant(name=f"Avery {number:02d}")
    pages = signed_in("coordinator")
    [on] = pages.get("/participants?q=avry").page.all("a", rel="next")
    page = pages.get(on.get("href")).page
    assert [row.all("a")[0].text for row in page.all("tbody")[0].all("tr")] == ["Avery 25"]
    assert [box.get("value") for box in page.all("input", id="q")] == ["avry"]
    pages.get("/participants?q=avry&page=3", status=404)


def test_all_details_are_kept_and_shown_again(now, signed_in):
    pages = signed_in("coordinator")
    pages.get("/participants/new")
    typed = {"name": "Jordan Avery", "pronouns": "they/them", "phone": "202 555 0123"}
    pages.submit("/participants/new", **typed, language="other", language_code="sw")
    jo = db.scalars(select(Participant)).one()
    assert (jo.pronouns, jo.language, jo.phone) == ("they/them", "sw", "+12025550123")
    page = pages.get(f"/participants/{jo.id}/edit").page
    fields = {box.get("name"): box.get("value") for box in page.all("input")}
    assert fields["phone"] == "(202) 555-0123"
    assert (fields["pronouns"], fields["language_code"]) == ("they/them", "sw")
    pages.submit(f"/participants/{jo.id}/edit", language="es", language_code="", phone="")
    assert (jo.language, jo.phone) == ("es", None)
    assert "Spanish" in pages.follow().page.words


BORN = {"name": "Jordon Avery", "birth_on": "1990-02-03"}


def test_whoever_may_be_on_the_list_already_is_shown_first(now, signed_in):
    jo = make.participant(name="Jordan Avery", key="p-007", birth_on=date(1990, 2, 3))
    pages = signed_in("coordinator")
    pages.get("/participants/new")
    page = pages.submit("/participants/new", status=422, **BORN).page
    [doubt] = page.all("div", class_="doubts")
    assert doubt.all("a")[0].get("href") == f"/participants/{jo.id}"
    for words in ("p-007 · born Feb 3, 1990", "a similar name and the same birth date"):
        assert words in doubt.text
    assert {box.get("name"): box.get("value") for box in page.all("input")} | BORN == {
        box.get("name"): box.get("value") for box in page.all("input")
    }
    assert count(Participant) == 1
    pages.submit("/participants/new", is_somebody_else="y")
    assert count(Participant) == 2


def test_at_most_a_few_doubts_are_shown(now, signed_in):
    for _ in range(7):
        make.participant(name="Jordan Avery")
    pages = signed_in("coordinator")
    pages.get("/participants/new")
    page = pages.submit("/participants/new", status=422, name="Jordan Avery").page
    assert len(page.all("div", class_="doubts")[0].all("a")) == 5


def test_a_doubt_does_not_hide_what_is_wrong(now, signed_in):
    make.participant(name="Jordan Avery", email="jo@example.org")
    pages = signed_in("coordinator")
    pages.get("/participants/new")
    typed = {"name": "Somebody", "email": "jo@example.org"}
    page = pages.submit("/participants/new", status=422, **typed).page
    assert "the same e-mail address" in page.words
    page = pages.submit("/participants/new", status=422, is_somebody_else="y").page
    assert rules.EMAIL_TAKEN in page.words
    assert count(Participant) == 1


def test_changing_somebody_warns_only_of_what_is_new(now, signed_in):
    make.participant(name="Priya Raman", phone="+12025550123")
    make.participant(name="Jordan Avery")
    jo = make.participant(name="Jordan Avery")
    pages = signed_in("coordinator")
    path = f"/participants/{jo.id}/edit"
    pages.get(path)
    pages.submit(path, pronouns="they/them")
    assert jo.pronouns == "they/them"
    pages.get(path)
    page = pages.submit(path, status=422, phone="202-555-0123").page
    assert "the same phone number" in page.words
    assert jo.phone is None
    pages.submit(path, is_somebody_else="y")
    assert jo.phone == "+12025550123"


def test_sessions_say_who_has_checked_in_and_why_somebody_was_away(now, signed_in):
    jo = make.enrollment(make.participant(name="Jordan Avery"))
    present = {"status": Status.PRESENT}
    morning = make.session("2026-03-04", "09:00", "11:55", program=jo.program)
    noon = make.session("2026-03-04", "12:15", "13:00", program=jo.program)
    tuesday = make.session("2026-03-03", program=jo.program)
    make.booking(morning, jo, arrived="08:51", method=Method.KIOSK, **present)
    make.booking(noon, jo, arrived="12:15", method=Method.CARRIED, **present)
    make.booking(tuesday, jo, status=Status.EXCUSED, reason="hospital")
    path = f"/participants/{jo.participant_id}"
    words = signed_in("coordinator").get(path).page.words
    assert "Checked in 8:51 am" in words
    assert "Excused “hospital”" in words
    assert "hospital" not in signed_in("billing").get(path).page.words
