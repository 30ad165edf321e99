import pytest

from clinic.bookings.rules import LEFT_BEFORE_ARRIVED
from clinic.paper import rules
from clinic.schedule.models import Method, Status
from tests import make
from tests.html import fields_of


@pytest.fixture
def day(at, signed_in):
    """A session that is over, three people on it, and its leader."""
    at("2026-03-02 15:00")
    leader = signed_in("clinician", name="Ana Rivera")
    session = make.session(leaders=[leader.person])
    people = [make.participant(name=name) for name in ("Jo Avery", "Noor Haddad", "Sam Ito")]
    bookings = [make.booking(session, make.enrollment(person)) for person in people]
    return leader, session, bookings


def test_paper_is_entered_in_one_go_as_such(day):
    pages, session, (jo, noor, sam) = day
    pages.get(f"/sessions/{session.id}/paper")
    typed = {
        f"{jo.id}-arrived": "10:20",
        f"{noor.id}-state": "no-show",
        f"{noor.id}-reason": "Overslept",
        "rest": "1",
    }
    pages.submit(f"/sessions/{session.id}/paper", **typed)
    assert "Entered from paper: 3 people." in pages.follow().page.words
    assert [(each.status, each.method) for each in (jo, noor, sam)] == [
        (Status.PRESENT, Method.PAPER),
        (Status.NO_SHOW, Method.PAPER),
        (Status.PRESENT, Method.PAPER),
    ]
    assert (jo.arrived_at, sam.arrived_at) == (make.instant("2026-03-02 10:20"), None)
    assert noor.reason == "Overslept"
    assert "from paper" in pages.get(f"/sessions/{session.id}").page.words
    pages.get(f"/sessions/{session.id}/paper")
    again = pages.submit(f"/sessions/{session.id}/paper", status=200)
    assert rules.NOTHING_ENTERED in again.page.words


def test_one_line_that_is_wrong_saves_nothing_and_keeps_all_that_was_typed(day):
    pages, session, (jo, noor, sam) = day
    pages.get(f"/sessions/{session.id}/paper")
    typed = {
        f"{jo.id}-arrived": "10:40",
        f"{jo.id}-left": "10:20",
        f"{noor.id}-state": "excused",
        f"{sam.id}-reason": "A word",
    }
    page = pages.submit(f"/sessions/{session.id}/paper", status=422, **typed).page
    assert "please fix 2 lines" in page.words
    assert LEFT_BEFORE_ARRIVED in page.words
    assert rules.NO_STATUS in page.words
    assert {each.status for each in (jo, noor, sam)} == {Status.EXPECTED}
    kept = fields_of(page.form(f"/sessions/{session.id}/paper"))
    assert (kept[f"{jo.id}-left"], kept[f"{noor.id}-state"]) == ("10:20", "excused")


def test_who_was_marked_meanwhile_is_not_overwritten(day, app):
    pages, session, (jo, *_) = day
    pages.get(f"/sessions/{session.id}/paper")
    jo.status, jo.method = Status.NO_SHOW, Method.STAFF
    page = pages.submit(
        f"/sessions/{session.id}/paper", status=422, **{f"{jo.id}-state": "present"}
    )
    assert "no-show" in page.page.words
    assert jo.status is Status.NO_SHOW


def test_the_sheets_of_a_day_are_one_file(day):
    pages, *_ = day
    make.session(start="13:00", end="14:00")  # somebody else's
    answer = pages.get("/today/paper-sheets?day=2026-03-02")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'inline; filename="sheets-2026-03-02.pdf"'
    assert answer.data.startswith(b"%PDF-")
