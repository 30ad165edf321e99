import pytest

from clinic.schedule.models import Method, Status
from tests import make


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
    assert "2 people at risk, 18 h missing in all." in page.words
    (cleo, dan) = page.rows
    assert cleo[0] == "Cleo Missed Evening IOP · Ana Rivera"
    assert "Missed Mon Process group" in cleo[1]
    assert cleo[1].endswith("Known since Mon")
    assert cleo[2] == "9 h missing"
    assert "Known" not in dan[1]


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
    assert counts[0] == counts[1] <= 13
