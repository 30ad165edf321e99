import pytest

from clinic.schedule.models import Method, Status
from tests import make

WEEKS_BEFORE = (
    *("Dec 15", "Dec 22", "Dec 29", "Jan 5", "Jan 12", "Jan 19"),
    *("Jan 26", "Feb 2", "Feb 9", "Feb 16", "Feb 23"),
)


@pytest.fixture
def now(app, at):
    return at("2026-03-11 12:00")  # a Wednesday


@pytest.fixture
def people(now):
    """Three people and the week before: reached, short as was told on Tuesday, and not recorded."""
    ana = make.staff(name="Ana Rivera")
    session = make.session("2026-03-02", "09:00", "18:00", leaders=[ana])
    found = []
    for status in (Status.PRESENT, Status.NO_SHOW, Status.EXPECTED):
        enrollment = make.enrollment(from_on="2026-03-02", clinician=ana)
        method = None if status is Status.EXPECTED else Method.STAFF
        make.booking(session, enrollment, status, method=method)
        found.append(enrollment)
    make.told_state(found[1], "2026-03-03", "needs_make_up")
    return found


def test_the_clinic_by_week_program_time_of_day_and_clinician(people, signed_in):
    page = signed_in("billing").get("/hours/trends").page
    assert "50 % 1 of 2 weeks reached the prescribed hours, 1 fell short, 1 cannot be told" in (
        page.words
    )
    assert "1 of 1 short week was known before Thursday; on the median 5 days" in page.words
    assert ["Mar 2", "50 %", "1 reached", "1 short", "1 not settled"] in page.rows
    for name in ("Evening IOP", "Morning", "Ana Rivera"):
        assert [name, "", "50 %", "1 of 2 reached", "1 short", "1 not settled"] in page.rows
    before = [f"{day}: –" for day in WEEKS_BEFORE]
    assert ["Ana Rivera", *before, "Mar 2: 1 of 2"] in page.rows
    assert page.all("svg", class_="plot") != []
    assert page.all("a", href="/hours", aria_current="page") != []


def test_clinicians_have_their_caseload(people, signed_in):
    page = signed_in(people[0].clinician).get("/hours/trends").page
    assert "of your caseload" in page.words
    page = signed_in("clinician").get("/hours/trends").page
    assert "No weeks to look back at" in page.words


def test_short_weeks_of_before_anything_was_kept_are_left_out(people, signed_in):
    session = make.session("2026-02-23", "09:00", "18:00")
    make.booking(session, make.enrollment(), Status.NO_SHOW, method=Method.STAFF)
    page = signed_in("coordinator").get("/hours/trends").page
    assert "short weeks from before it was kept what was known when are left out" in page.words


def test_one_persons_weeks_as_a_plot_and_as_a_table(people, signed_in):
    reached = people[0]
    pages = signed_in("coordinator")
    person = pages.get(f"/participants/{reached.participant_id}").page
    path = person.links["Plot and table of the weeks in Evening IOP"]
    page = pages.get(path).page
    assert page.rows[1] == [
        "Mar 2",
        "Reached",
        "9 h done",
        "of 9–12 h",
        "– missing",
        "1 day attended",
    ]
    assert page.rows[0][0] == "Mar 9 this week"
    (plot,) = page.all("svg", class_="plot")
    assert len(plot.all("rect", class_="bar-delivered")) == 1
    planned = make.enrollment(from_on="2026-05-04")
    page = pages.get(f"/hours/trends/{planned.id}").page
    assert "No weeks yet" in page.words


def test_an_enrollment_that_is_over_has_its_last_weeks(now, signed_in):
    over = make.enrollment(from_on="2025-10-06", until_on="2025-12-07")
    page = signed_in("coordinator").get(f"/hours/trends/{over.id}").page
    assert [page.rows[0][0], len(page.rows)] == ["Dec 1", 9]


def test_the_page_takes_the_same_few_statements_for_one_and_for_ten(now, signed_in, queries):
    pages, counts = signed_in("coordinator"), []
    session = make.session("2026-03-02", "09:00", "18:00")
    for number in (1, 9):
        for _ in range(number):
            enrollment = make.enrollment(clinician=make.staff())
            make.booking(session, enrollment, Status.NO_SHOW, method=Method.STAFF)
        make.saved()
        with queries() as count:
            pages.get("/hours/trends")
        counts.append(count())
    assert counts[0] == counts[1] <= 12


def test_before_there_is_a_site_there_is_nothing_to_show(app, signed_in):
    assert "Nothing is set up yet" in signed_in("coordinator").get("/hours/trends").page.words
