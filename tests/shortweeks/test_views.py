import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.offers.models import CameOfIt
from clinic.programs.models import Site
from clinic.schedule.models import Status
from clinic.shortweeks import actions, rules, views
from clinic.told.models import GoesOn, WeekClosing
from clinic.trail import TrailLook
from tests import make

MOST_STATEMENTS = 12  # of a page
LIST = "/hours/short-weeks"
SAID = {"short_by": "work", "offered": "make-up", "goes_on": "as before"}


@pytest.fixture
def ana(app, at):
    at("2026-03-09 10:00")
    make.organization(alert_in_a_row=1)
    return make.staff(name="Ana Rivera")


@pytest.fixture
def jo(ana):
    """On Ana's caseload: one of two hours last week, two planned for this one."""
    enrollment = make.enrollment(
        make.participant(name="Jordan Avery"),
        clinician=ana,
        from_on="2026-03-02",
        min_minutes=120,
        max_minutes=180,
    )
    for day, status in (("2026-03-03", Status.PRESENT), ("2026-03-04", Status.NO_SHOW)):
        make.booking(make.session(day, title="Process group"), enrollment, status)
    make.booking(make.session("2026-03-12", "10:00", "12:00"), enrollment)
    db.flush()
    actions.settle(make.instant("2026-03-09 00:01"))
    return enrollment


def test_a_clinician_closes_a_week_from_today_and_takes_it_back(jo, ana, signed_in):
    pages = signed_in(ana)
    assert pages.get("/today").page.links["1 short week to close"] == f"{LIST}?whose=own"
    page = pages.get(f"{LIST}?whose=own").page
    ((person, week, why, _),) = page.rows
    assert person.startswith("Jordan Avery review sheet Evening IOP")
    assert week.startswith("March 2 – 8 1 h of 2 h Short")
    assert why.startswith("Missed Wed Process group")
    assert db.scalars(select(TrailLook.participant_ids)).all()[-1] == [jo.participant_id]
    page = pages.get(f"{LIST}/1").page
    assert "1 h of 2 h, 1 h missing" in page.words
    assert "entered by a coordinator" in page.words
    page = pages.submit(f"{LIST}/1", status=422).page
    assert "Please fix 3 things" in page.words
    page = pages.submit(f"{LIST}/1", status=422, **SAID | {"short_by": "other"}).page
    assert rules.SAY_WHAT in page.words
    assert pages.submit(f"{LIST}/1", **SAID, note="Shifts changed").location == LIST
    page = pages.follow().page
    assert "Closed: the week of Jordan Avery. Undo" in page.words
    assert "No week to close" in page.words
    ((_, _, said, _),) = pages.get(f"{LIST}?state=closed").page.rows
    assert said.startswith(
        "Work: “Shifts changed” Offered: a make-up session · Decision: go on as before Ana Rivera"
    )
    page = pages.get(f"{LIST}/1").page
    assert "Work: “Shifts changed”" in page.words
    assert pages.submit(f"{LIST}/1/reopen").location == f"{LIST}/1"
    assert "The week is open again." in pages.follow().page.words


def test_a_short_week_is_closed_from_hours(jo, ana, signed_in):
    pages = signed_in(ana)
    hours = "/hours?week=2026-03-02"
    assert pages.get(hours).page.links["Close the week of Jordan Avery"] == f"{LIST}/1"
    pages.get(f"{LIST}/1")
    pages.submit(f"{LIST}/1", short_by="work", offered="nothing", goes_on="as before")
    assert pages.get(hours).page.rows == []
    page = pages.get(f"{hours}&state=closed").page
    assert page.links["Closed the week of Jordan Avery"] == f"{LIST}/1"
    assert "Close the week of Jordan Avery" not in page.links
    assert "Ana Rivera, today" in page.words
    site = db.scalars(select(Site.key)).one()
    page = pages.get(
        f"{hours}&site={site}&state=closed"
    ).page  # chosen now, which is kept after the page
    assert page.links["Closed the week of Jordan Avery"] == f"{LIST}/1"


def test_of_two_who_close_a_week_the_second_keeps_their_words(jo, ana, signed_in):
    pages, other = signed_in(ana), signed_in("coordinator")
    pages.get(f"{LIST}/1")
    other.post(f"{LIST}/1", SAID)
    page = pages.submit(f"{LIST}/1", status=422, **SAID, note="Court day").page
    assert rules.CLOSED_ALREADY in page.words
    assert "You wrote: “Court day”" in page.words


@pytest.mark.parametrize(
    ("decision", "act", "words"),
    [("change target", "target", "Change hours"), ("step down", "step-down", "Step down")],
)
def test_a_decision_leads_a_coordinator_to_its_act(jo, ana, signed_in, decision, act, words):
    coordinator, clinician = signed_in("coordinator"), signed_in(ana)
    coordinator.get(f"{LIST}/1")
    to = f"/enrollments/{jo.id}/{act}"
    assert coordinator.submit(f"{LIST}/1", **SAID | {"goes_on": decision}).location == to
    for path in (f"{LIST}?state=closed", f"{LIST}/1"):
        links = coordinator.get(path).page.links
        assert to in links.values()
        assert "A coordinator has yet to do" in clinician.get(path).page.words
    assert db.get_one(WeekClosing, 1).goes_on is GoesOn(decision)


def test_what_is_not_short_any_more_is_said(jo, ana, signed_in):
    pages = signed_in(ana)
    pages.post(f"{LIST}/1", SAID)
    missed = db.scalars(select(make.Booking).where(make.Booking.status == Status.NO_SHOW)).one()
    missed.status = Status.PRESENT
    make.saved()
    for path in (f"{LIST}?state=closed", f"{LIST}/1", f"/participants/{jo.participant_id}/review"):
        assert "Reached since, by an amendment" in pages.get(path).page.words
    pages.post(f"{LIST}/1/reopen", {})
    assert "No week to close" in pages.get(LIST).page.words  # before the next tick, too
    assert "there is nothing to close" in pages.get(f"{LIST}/1").page.words


def test_what_was_offered_stands_beside_a_week_and_in_the_form(jo, ana, signed_in):
    missed = make.session("2026-03-07", "09:00", "10:00")
    ended = {"outcome": CameOfIt.DECLINED, "ended_at": make.instant("2026-03-06 09:00")}
    make.offer(jo, missed, **ended)
    pages = signed_in(ana)
    ((_, _, why, _),) = pages.get(LIST).page.rows
    assert "Make-up Sat, Mar 7, 9:00 – 10:00 am: Declined Fri, Mar 6" in why
    page = pages.get(f"{LIST}/1").page
    assert "Make-up Sat, Mar 7" in page.words
    assert page.value("offered") == "make-up"


def test_a_clinician_begins_with_their_own_caseload_and_goes_on_to_everybodys(jo, ana, signed_in):
    ben = make.staff(name="Ben Okoro")
    led = make.session("2026-03-05", "10:00", "11:00", leaders=[ben])
    make.booking(led, jo, Status.NO_SHOW)
    assert len(signed_in(ana).get(LIST).page.rows) == 1
    ben = signed_in(ben)
    page = ben.get(LIST).page
    assert (page.rows, "No week to close" in page.words) == ([], True)
    assert len(ben.get(page.links["Show everybody’s"]).page.rows) == 1


def test_lists_are_asked_for_by_week_site_state_and_whose(jo, ana, signed_in, at):
    coordinator = signed_in("coordinator")
    coordinator.get(f"{LIST}?weeks=first", status=404)
    assert len(coordinator.get(f"{LIST}?weeks=last").page.rows) == 1
    assert len(coordinator.get(LIST).page.rows) == 1
    assert "No week to close" in coordinator.get(f"{LIST}?whose=own").page.words
    assert "No week was closed here" in coordinator.get(f"{LIST}?state=closed").page.words
    coordinator.get(f"{LIST}?state=open", status=404)
    coordinator.get(f"{LIST}?whose=yours", status=404)
    at("2026-03-16 10:00")  # a week later it is not the last one any more
    coordinator = signed_in("coordinator")
    assert len(coordinator.get(LIST).page.rows) == 1
    assert coordinator.get(f"{LIST}?weeks=last").page.rows == []


def test_closed_weeks_are_paged_the_newest_first_and_printed_on_one(
    jo, ana, signed_in, monkeypatch
):
    monkeypatch.setattr(views, "PAGE", 2)
    said = {"short_by": "work", "offered": "nothing", "goes_on": "as before"}
    closed_at = make.instant("2026-03-08 09:00")
    for week in ("2026-02-09", "2026-02-23", "2026-02-16"):
        make.week_closing(
            jo, week, **said, closed_at=closed_at, delivered_minutes=60, min_minutes=120
        )

    def weeks(page):
        return [row[1].split(" 1 h")[0] for row in page.rows]

    pages = signed_in("coordinator")
    first = pages.get(f"{LIST}?state=closed").page
    assert "3 weeks closed" in first.words
    assert "part 1 of 2" in first.words
    assert weeks(first) == ["February 23 – March 1", "February 16 – 22"]
    assert weeks(pages.get(f"{LIST}?state=closed&page=2").page) == ["February 9 – 15"]
    pages.get(f"{LIST}?state=closed&page=3", status=404)
    whole = pages.get(first.links["All 3 on one page, to print"]).page
    assert len(whole.rows) == 3
    assert "part 1 of" not in whole.words
    assert whole.links["Page by page"] == f"{LIST}?state=closed"


def test_weeks_to_close_are_counted_as_they_are_shown(jo, ana, signed_in):
    other = make.enrollment(clinician=ana, from_on="2026-02-16", min_minutes=60, max_minutes=120)
    make.booking(make.session("2026-02-17"), other, Status.PRESENT)
    make.week_closing(other, "2026-02-16")  # not short: the next tick takes it off
    page = signed_in("coordinator").get(LIST).page
    assert (len(page.rows), "1 week to close" in page.words) == (1, True)


def test_a_review_has_weeks_attendance_and_what_was_decided(jo, ana, signed_in):
    make.authorization(jo, from_on="2026-03-02")
    make.certification(jo, "2026-02-02")
    pages = signed_in(ana)
    path = f"/participants/{jo.participant_id}/review"
    assert pages.get(f"/participants/{jo.participant_id}").page.links["Review sheet"] == path
    page = pages.get(path).page
    assert "Came to 1 of 2 (50 %)" in page.words
    assert page.links["Close this week"] == f"{LIST}/1"
    assert "Blue Plan A1 H0015" in page.words
    assert "Certified Feb 2, 2026 by Dr. Lena Ortiz, MD" in page.words
    _, week = page.rows
    assert week[:6] == [
        "Mar 2 – Mar 8",
        "Short",
        "planned 2 h",
        "done 1 h",
        "of 2 h",
        "1 day attended",
    ]
    pages.post(f"{LIST}/1", SAID)
    assert "Work Offered: a make-up session" in pages.get(path).page.words
    assert db.scalars(select(TrailLook.participant_ids)).all()[-1] == [jo.participant_id]


def test_a_review_of_somebody_merged_or_without_a_recent_enrollment(jo, ana, signed_in):
    other = make.enrollment(from_on="2025-01-06", until_on="2025-03-02").participant
    gone = make.participant(merged_into_id=other.id)
    pages = signed_in("coordinator")
    to = pages.get(f"/participants/{gone.id}/review", status=302).location
    assert to == f"/participants/{other.id}/review"
    assert "Nothing to review" in pages.get(to).page.words


def test_the_list_takes_as_many_statements_for_many_weeks(jo, ana, signed_in, queries):
    pages = signed_in("coordinator")
    pages.get(LIST)
    counts = []
    for _ in range(2):
        with queries() as count:
            assert pages.get(LIST).page.rows
        counts.append(count())
        for day, week in (("2026-02-10", "2026-02-09"), ("2026-02-17", "2026-02-16")):
            other = make.enrollment(clinician=ana)
            make.booking(make.session(day), other, Status.NO_SHOW)
            make.week_closing(other, week)
        make.saved()
    assert counts[0] == counts[1] <= MOST_STATEMENTS


def test_before_there_is_a_site_there_is_nothing_to_close(app, signed_in):
    make.organization()
    assert "Nothing is set up yet" in signed_in("coordinator").get(LIST).page.words
