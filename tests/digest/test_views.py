import pytest

from clinic.schedule.models import Method, Status
from tests import make

NAME = "Cleo Missed"


@pytest.fixture
def now(app, at):
    return at("2026-03-04 08:00")  # a Wednesday


@pytest.fixture
def missed(now):
    ana = make.staff(name="Ana Rivera")
    session = make.session("2026-03-02", "09:00", "18:00")
    found = []
    for name, clinician in (("Cleo Missed", ana), ("Dan Elsewhere", make.staff(name="Sam Cole"))):
        enrollment = make.enrollment(make.participant(name=name), clinician=clinician)
        make.booking(session, enrollment, Status.NO_SHOW, method=Method.STAFF)
        found.append(enrollment)
    make.enrollment(make.participant(name="Eve Fine"), min_minutes=0, clinician=ana)
    return found


def test_the_digest_says_who_is_in_danger_since_when_and_why(missed, signed_in):
    make.told_state(missed[0], "2026-03-02", "needs_make_up")
    page = signed_in("coordinator").get("/hours/digest").page
    assert "2 people: 2 out of reach. 18 h missing in all." in page.words
    (cleo, dan) = page.rows
    assert cleo[0] == "Cleo Missed Evening IOP · Ana Rivera"
    assert cleo[1].startswith("Out of reach Known since Mon Missed Mon Process group")
    assert cleo[1].endswith("No free seat at a time they can come")
    assert cleo[2] == "9 h missing"
    assert "Known" not in dan[1]


def test_what_would_repair_it_is_given_in_one_press_and_what_was_offered_is_said(missed, signed_in):
    cleo, dan = missed
    free = make.session("2026-03-05", "09:00", "12:00", title="Skills group")
    make.offer(dan, free)
    pages = signed_in(cleo.clinician)
    (row,) = pages.get("/hours/digest").page.rows
    best = "Best: Thu, Mar 5, 9:00 am – 12:00 pm Skills group, +3 h"
    assert (
        row[3] == f"{best} Place Cleo Missed on Thu, Mar 5, 9:00 am – 12:00 pm Others… for {NAME}"
    )
    assert "Free seats bring 3 h" in row[1]
    pages.submit(f"/enrollments/{cleo.id}/make-ups/place")
    assert pages.answer.location == "/hours/digest"
    (row,) = pages.follow().page.rows
    added = "Thu, Mar 5, 9:00 am – 12:00 pm: Added today, 8:00 am"
    assert row[2:] == ["6 h missing", f"{added} Plan a make-up for {NAME}"]
    rows = signed_in("coordinator").get("/hours/digest").page.rows
    assert "held until" in rows[0][3]


def test_clinicians_have_their_caseload(missed, signed_in):
    page = signed_in(missed[0].clinician).get("/hours/digest").page
    assert [row[0] for row in page.rows] == ["Cleo Missed Evening IOP · Ana Rivera"]
    assert "Your caseload" in page.words


def test_nobody_at_risk_is_said_and_a_site_is_asked_for(missed, signed_in):
    pages = signed_in("coordinator")
    other = make.site(key="other")
    page = pages.get("/hours/digest?site=other").page
    assert "Nobody’s week is at risk" in page.words
    assert pages.get(f"/hours/digest?site={missed[0].program.site.key}").page.rows != []
    assert other.key in page.links["Show all weeks"]


def test_the_page_takes_the_same_few_statements_for_one_and_for_ten(now, signed_in, queries):
    pages, counts = signed_in("coordinator"), []
    session = make.session("2026-03-02", "09:00", "18:00", leaders=[make.staff()])
    for number in (1, 9):
        for _ in range(number):
            make.booking(session, make.enrollment(), Status.NO_SHOW, method=Method.STAFF)
        make.saved()
        with queries() as count:
            pages.get("/hours/digest")
        counts.append(count())
    assert counts[0] == counts[1] <= 12


def test_before_there_is_a_site_there_is_nothing_to_list(app, signed_in):
    assert "Nothing is set up yet" in signed_in("coordinator").get("/hours/digest").page.words
