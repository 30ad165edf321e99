from datetime import date

import pytest
from sqlalchemy import select

from clinic.authorizations.models import BeyondAuthorization, GoingOn
from clinic.coverage.models import Authorization
from clinic.db import db
from clinic.enrollment.models import Outcome
from clinic.permissions import Role
from clinic.programs.models import Measure
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Status
from clinic.trail import SYSTEM
from tests import make


@pytest.fixture
def ana(app, at):
    at("2026-03-05 12:00")
    return make.staff(name="Ana Rivera")


@pytest.fixture
def jo(ana):
    """On Ana's caseload; came on Monday and is booked for Friday."""
    rules = make.rule_set({Measure.CERTIFICATION_DAYS: 60})
    program = make.program(rule_set_id=rules.id)
    who = make.participant(name="Jordan Avery")
    enrollment = make.enrollment(who, program, clinician=ana, from_on="2026-03-02")
    make.booking(make.session("2026-03-02"), enrollment, Status.PRESENT)
    make.booking(make.session("2026-03-06"), enrollment)
    return enrollment


ALL = "/enrollments/1/authorizations"
NEW = f"{ALL}/new"
TYPED = {
    "payer": "Blue Plan",
    "number": "A123",
    "code": "h0015",
    "unit": "day",
    "units": "20",
    "from_on": "2026-03-02",
    "until_on": "2026-03-31",
}


def test_billing_adds_an_authorization_changes_it_and_takes_that_back(jo, signed_in):
    pages = signed_in(make.staff(roles={Role.BILLING}))
    page = pages.get("/participants/1").page
    assert page.links["Authorizations and certification in Evening IOP"] == ALL
    assert "Certification was due Mon, Mar 2" in page.words
    pages.get(NEW)
    page = pages.submit(NEW, **TYPED | {"units": "-2", "until_on": "2026-03-01"}, status=422).page
    assert "Enter how many units are authorized: 1 or more." in page.words
    assert "The last day is before the first." in page.words
    page = pages.submit(NEW, **TYPED | {"unit": "week"}, status=422).page
    assert "Choose one from the list." in page.words
    assert pages.submit(NEW, **TYPED).location == ALL
    page = pages.follow().page
    assert "The authorization is added. Undo" in page.words
    line = "20 days authorized · 1 used · 1 booked · ends Tue, Mar 31 with 14 left at this pace"
    assert line in page.words
    assert line in pages.get("/participants/1").page.words
    assert db.get_one(Authorization, 1).code == "H0015"
    pages.get("/authorizations/1")
    pages.submit("/authorizations/1", units="1")
    page = pages.follow().page
    assert "1 day authorized · 1 used · used up Mon, Mar 2" in page.words
    assert "Nothing authorized after Mon, Mar 2" in page.words
    pages.submit(f"{ALL}/undo")
    assert "Undone." in pages.follow().page.words
    assert db.get_one(Authorization, 1).units == 20
    assert pages.post(f"{ALL}/undo", status=409).page.words
    pages.get(NEW)
    assert pages.answer.page.value("payer") == "Blue Plan"
    assert pages.answer.page.value("from_on") == "2026-04-01"
    pages.get("/authorizations/1")
    pages.submit("/authorizations/1")
    assert "Nothing has changed." in pages.follow().page.words
    pages.get("/authorizations/1")
    pages.submit("/authorizations/1/remove")
    assert "The authorization is removed. Undo" in pages.follow().page.words


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("until_on", "2026-03-01", "The last day is before the first."),
        ("units", "-2", "Enter how many units are authorized: 1 or more."),
        ("units", "ten", "This is not a whole number."),
        ("units", "0", "Enter how many units are authorized: 1 or more."),
        ("code", "H0015 HF", "Write the code without spaces, like H0015 or H0015-HF."),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field_and_what_was_typed_stays(
    jo, signed_in, name, text, said
):
    pages = signed_in("coordinator")
    pages.get(NEW)
    page = pages.submit(NEW, **TYPED | {name: text}, status=422).page
    assert page.words.count(said) == 2  # above the form, and at its field
    assert {each: page.value(each) for each in TYPED} == TYPED | {name: text}
    assert db.scalars(select(Authorization)).all() == []


def test_units_are_not_there_twice_and_another_number_follows_on_the_last_day(jo, signed_in):
    pages = signed_in("coordinator")
    pages.get(NEW)
    pages.submit(NEW, **TYPED)
    renewed = {"from_on": "2026-03-31", "until_on": "2026-04-30"}
    pages.get(NEW)
    words = pages.submit(NEW, **TYPED | renewed, status=422).page.words
    said = "are on the list from Mar 2, 2026 to Mar 31, 2026. Change that one, or choose days after"
    assert said in words
    pages.submit(NEW, **TYPED | renewed | {"number": "A124"})
    assert "Nothing authorized" not in pages.follow().page.words
    pages.get("/authorizations/1")
    pages.submit("/authorizations/1", until_on="2026-04-15")  # extended: it is that one itself
    assert "The authorization is saved." in pages.follow().page.words


def test_for_whom_was_discharged_only_days_of_the_enrollment_are_authorized(jo, signed_in, at):
    jo.until_on, jo.outcome = date(2026, 3, 6), Outcome.DISCHARGED
    at("2026-03-20 12:00")
    pages = signed_in("coordinator")
    pages.get(NEW)
    after = {"from_on": "2026-03-07", "until_on": "2026-03-31"}
    words = pages.submit(NEW, **TYPED | after, status=422).page.words
    assert "The enrollment runs from Mar 2, 2026 to Mar 6, 2026: choose days of it." in words
    pages.submit(NEW, **TYPED)  # late, but for days on which they came
    assert "The authorization is added." in pages.follow().page.words


def test_an_authorization_that_has_ended_is_on_the_page_of_whose_it_is(jo, ana, signed_in):
    make.authorization(jo, until_on="2026-03-04")
    words = signed_in(ana).get("/participants/1").page.words
    assert "20 days authorized · 1 used · ended Wed, Mar 4 with 19 left" in words
    assert "Nothing authorized after Wed, Mar 4" in words


def test_a_certification_is_added_changed_and_removed(jo, signed_in):
    pages = signed_in(make.staff(roles={Role.COORDINATOR}))
    new = "/enrollments/1/certifications/new"
    pages.get(new)
    page = pages.submit(new, name="Dr. Ortiz", certified_on="2026-03-06", status=422).page
    assert "The certification has not been made yet" in page.words
    pages.submit(new, certified_on="2026-03-02")
    page = pages.follow().page
    assert "Certified Mar 2, 2026 by Dr. Ortiz" in page.words
    assert "Due again Fri, May 1" in page.words
    pages.get("/certifications/1")
    pages.submit("/certifications/1", license="OH 1", review_on="2026-03-30")
    assert "OH 1 plan of care to review Mon, Mar 30" in pages.follow().page.words
    pages.get("/certifications/1")
    pages.submit("/certifications/1/remove")
    assert "The certification is removed. Undo" in pages.follow().page.words


def test_what_is_due_leads_to_what_is_to_be_done(jo, ana, signed_in):
    make.authorization(jo, number="A123", until_on="2026-03-10", review_on="2026-03-09")
    other = make.enrollment(make.participant(name="Kim Novak"), from_on="2026-03-02")
    make.certification(other, "2026-02-01", review_on="2026-03-04")
    pages = signed_in(make.staff(roles={Role.BILLING}))
    page = pages.get("/authorizations").page
    assert [row[:2] for row in page.rows] == [
        ["Jordan Avery Evening IOP · Ana Rivera", "Certification was due Mon, Mar 2"],
        ["Kim Novak Evening IOP", "Review of the plan of care was due Wed, Mar 4"],
        ["Jordan Avery Evening IOP · Ana Rivera", "Review by the payer due Mon, Mar 9"],
        ["Jordan Avery Evening IOP · Ana Rivera", "Nothing authorized from Wed, Mar 11 on"],
    ]
    assert page.rows[3][2].startswith("Blue Plan A123 20 days authorized · 1 used · 1 booked")
    assert page.links["Add certification of Jordan Avery"] == "/enrollments/1/certifications/new"
    assert page.links["Add authorization of Jordan Avery"] == NEW
    assert page.links["Enter the next review of Jordan Avery"] == "/authorizations/1"
    assert page.links["Enter the next review of Kim Novak"] == "/enrollments/2/authorizations"
    assert len(pages.get("/authorizations?what=review").page.rows) == 2
    pages = signed_in(ana)
    page = pages.get("/authorizations").page
    assert len(page.rows) == 3  # of her own
    assert "Add authorization of Jordan Avery" not in page.links
    assert "Nothing here" in pages.get("/authorizations?what=ended").page.words
    assert NEW not in pages.get(ALL).text
    pages.get("/enrollments/2/authorizations", status=404)
    pages.get(NEW, status=403)


def test_where_nothing_is_due_the_page_says_so(app, at, signed_in):
    at("2026-03-05 12:00")
    assert "Nothing is due" in signed_in(make.staff()).get("/authorizations").page.words


@pytest.fixture(params=[{"until_on": "2026-03-09"}, {"units": 2}], ids=["days", "units"])
def short(jo, request):
    """What is authorized for Jo ends on Monday, or is used up by this Friday; there is a group on
    Fridays, and one alone."""
    make.authorization(jo, number="A123", **request.param)
    series = make.series(
        jo.program, weekdays="4", start="14:00", end="15:00", until_on="2026-03-27"
    )
    lay_out(series, by=SYSTEM, now=make.instant("2026-03-05 12:00"))
    return make.session("2026-03-11", start="14:00", end="15:00", program=jo.program)


def reasons():
    kept = select(BeyondAuthorization.why, BeyondAuthorization.sessions)
    return [tuple(row) for row in db.execute(kept)]


@pytest.mark.parametrize(
    ("path", "form", "typed", "says", "sessions"),
    [
        (
            "/enrollments/1/groups",
            "/enrollments/1/groups",
            {"series": ["1"], "from_on": "2026-03-06"},
            "3 sessions from Fri, Mar 13 on are beyond authorization A123.",
            3,
        ),
        (
            "/sessions/{}/guests?q=jordan",
            "/sessions/{}/guests/add",
            {"enrollment": "1"},
            "Jordan Avery: 1 session on Wed, Mar 11 is beyond authorization A123.",
            1,
        ),
        (
            "/sessions/book?people=1&day=2026-03-12&starts=15:00&ends=15:50&kind=individual",
            "/sessions/book",
            {"title": "Individual", "mode": "virtual"},
            "Jordan Avery: 1 session on Thu, Mar 12 is beyond authorization A123.",
            1,
        ),
    ],
)
def test_booking_beyond_authorization_is_said_and_goes_on_for_a_reason(
    short, signed_in, path, form, typed, says, sessions
):
    pages = signed_in("coordinator")
    path, form = path.format(short.id), form.format(short.id)
    pages.get(path)
    page = pages.submit(form, status=200, **typed).page
    assert says in page.words
    page = pages.submit(form, status=422, step="save").page
    assert "Choose why you go on." in page.words
    assert reasons() == []
    pages.submit(form, step="save", going_on="asked for")
    assert reasons() == [(GoingOn.ASKED, sessions)]
    words = pages.get(ALL).page.words
    assert "Booked or offered beyond what is authorized" in words
    assert "More units are asked for" in words


def test_what_stands_on_an_enrollment_is_not_lost_with_it(jo, signed_in):
    coming = make.enrollment(from_on="2026-04-06")
    make.authorization(coming, from_on="2026-04-06", until_on="2026-05-06")
    path = f"/enrollments/{coming.id}/call-off"
    pages = signed_in("coordinator")
    pages.get(path)
    page = pages.submit(path, status=422).page
    assert "Something stands on this enrollment, like an authorization." in page.words


def test_today_leads_to_what_is_due(jo, ana, signed_in, queries):
    pages = signed_in(ana)
    make.authorization(jo, until_on="2026-03-10", review_on="2026-03-09")
    page = pages.get("/today").page
    assert page.links["Authorization of 1 person runs out"] == "/authorizations?what=running+out"
    assert page.links["Certification of 1 person due"] == "/authorizations?what=certification"
    assert page.links["Review of 1 person due"] == "/authorizations?what=review"
    with queries() as one:
        pages.get("/today")
    for number in range(3):
        other = make.enrollment(clinician=ana, program=jo.program)
        make.authorization(other, until_on=f"2026-03-0{number + 1}")
        make.booking(make.session(f"2026-03-0{number + 1}"), other, Status.PRESENT)
    with queries() as many:
        page = pages.get("/today").page
    assert many() == one()
    assert "3 people without authorization The first Sun, Mar 1" in page.words
