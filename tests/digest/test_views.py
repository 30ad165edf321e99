import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.digest import queries
from clinic.programs.queries import find_clinic
from clinic.schedule.models import Method, Session, SessionLeader, Status
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


@pytest.fixture
def all_kinds(missed):
    """Besides, for Ana: one whose week she has closed, and one at risk; she leads what Dan missed,
    and so may know of him."""
    cleo, _ = missed
    ana = cleo.clinician
    session = db.scalars(select(Session)).one()
    db.add(SessionLeader(session_id=session.id, staff_id=ana.id, position=0))
    fay = make.enrollment(make.participant(name="Fay Closed"), clinician=ana)
    make.booking(session, fay, Status.NO_SHOW, method=Method.STAFF)
    closed_at = make.instant("2026-03-03 12:00")
    facts = {"closed_at": closed_at, "closed_by_id": ana.account_id}
    make.week_closing(fay, "2026-03-02", **facts)
    make.week_closing(cleo, "2026-02-23", **facts)  # of another week
    night = make.program(name="Night IOP")
    make.session("2026-03-05", "09:00", "18:00", program=night)
    make.enrollment(make.participant(name="Gil Risk"), night, clinician=ana)
    return ana


@pytest.mark.parametrize(("who", "out_of_reach"), [("Ana", 1), ("coordinator", 2)])
def test_today_hours_and_the_digest_count_the_same_weeks(all_kinds, signed_in, who, out_of_reach):
    pages = signed_in(all_kinds if who == "Ana" else who)
    digest = pages.get("/hours/digest").page
    said = f"{out_of_reach + 1} people: {out_of_reach} out of reach, 1 at risk."
    assert said in digest.words
    assert len(digest.rows) == out_of_reach + 1
    hours = pages.get("/hours").page
    (chips,) = hours.all("nav", aria_label="States")
    there = {link.text: link.get("href") for link in chips.all("a")}
    assert [*there] == [
        f"Needs attention {out_of_reach + 1}",
        f"Out of reach {out_of_reach}",
        "At risk 1",
        "Reached 1",
        "Closed 1",
        f"Everyone {out_of_reach + 3}",
    ]
    assert {row[0] for row in hours.rows} == {row[0] for row in digest.rows}
    (closed,) = pages.get(there["Closed 1"]).page.rows
    assert closed[0].startswith("Fay Closed")
    assert closed[-1].startswith("Closed the week of Fay Closed Ana Rivera, Tue, Mar 3, 12:00 pm")
    today = pages.get("/today").page
    people = "1 person cannot" if out_of_reach == 1 else "2 people cannot"
    lines = {words: href for words, href in today.links.items() if "their hours" in words}
    (cannot,) = [href for words, href in lines.items() if words.startswith(people)]
    assert len(pages.get(cannot).page.rows) == out_of_reach
    (at_risk,) = [href for words, href in today.links.items() if "needs a make-up" in words]
    assert [row[0].split(" Night")[0] for row in pages.get(at_risk).page.rows] == ["Gil Risk"]


def caseload(page):
    (chosen,) = page.all("select", name="clinician")
    (option,) = chosen.all("option", selected="")
    return option.text


def test_a_clinician_begins_with_their_caseload_and_can_see_the_others(all_kinds, signed_in):
    pages = signed_in(all_kinds)
    page = pages.get("/hours").page
    assert caseload(page) == "My caseload"
    page = pages.get("/hours?clinician=all").page
    assert caseload(page) == "All clinicians"
    assert "Dan Elsewhere" in page.words
    assert "clinician=all" in page.links["Out of reach 2"]
    onward = [href for href in page.links.values() if "week=2026-03-09" in href]
    assert ["clinician=all" in href for href in onward] == [True]
    assert caseload(signed_in("coordinator").get("/hours").page) == "All clinicians"


def test_who_does_not_close_weeks_sees_who_did(all_kinds, signed_in):
    page = signed_in("billing").get("/hours?state=closed").page
    ((*_, act),) = page.rows
    assert act.startswith("Closed Ana Rivera, Tue, Mar 3")
    assert not any("week of Fay" in words for words in page.links)


def test_nobody_is_written_to_of_a_week_that_is_closed(all_kinds, missed):
    now = make.instant("2026-03-04 08:00")
    found = queries.running(find_clinic(), now=now)
    assert {each.staff_id: each.people for each in queries.due(found, now=now)} == {
        each.clinician_id: number for each, number in zip(missed, (2, 1), strict=True)
    }


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
