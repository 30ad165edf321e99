import pytest
from sqlalchemy import select

from clinic.db import db as stored
from clinic.preview import CHANGED
from clinic.programs.models import Closure
from tests import make


@pytest.fixture
def coordinator(at, signed_in):
    at("2026-03-02 10:00")
    return signed_in("coordinator")


@pytest.fixture
def session(coordinator):
    session = make.session("2026-03-09")
    make.booking(session, make.enrollment())
    return session


def the_closure():
    return stored.scalars(select(Closure)).one_or_none()


STORM = {"name": "Storm", "from_on": "2026-03-09", "until_on": "2026-03-10"}


def test_without_a_site_there_is_nothing_to_close(coordinator):
    assert "No sites yet" in coordinator.get("/setup/closures").page.words
    assert coordinator.get("/setup/closures/new", status=302).location == "/setup/closures"
    assert "Set up a site first" in coordinator.follow().page.words


def test_no_site_is_closed_that_nobody_chose(coordinator):
    make.site(name="North")
    make.site(name="South")
    coordinator.get("/setup/closures/new")
    coordinator.submit("/setup/closures/new", status=422, **STORM)
    assert "Choose a site." in coordinator.answer.page.words
    assert the_closure() is None


@pytest.fixture
def north(coordinator):
    site = make.site(key="north", name="North")
    make.closure("2026-02-16", site_id=site.id, name="Presidents Day")
    make.closure("2026-02-20", site_id=site.id, name="Snow")
    make.closure("2026-03-01", "2026-03-03", site_id=site.id, name="Repairs")
    make.closure("2026-05-25", site_id=site.id, name="Memorial Day")
    make.closure("2026-04-01", site_id=make.site(key="south", name="South").id, name="Audit")


REPAIRS = "Mar 1, 2026 – Mar 3, 2026 Now Repairs North"
AUDIT = "Apr 1, 2026 Audit South"
MEMORIAL_DAY = "May 25, 2026 Memorial Day North"
SNOW, PRESIDENTS_DAY = "Feb 20, 2026 Snow North", "Feb 16, 2026 Presidents Day North"


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ("", [REPAIRS, AUDIT, MEMORIAL_DAY]),
        ("sort=-when", [MEMORIAL_DAY, AUDIT, REPAIRS]),
        ("sort=name", [AUDIT, MEMORIAL_DAY, REPAIRS]),
        ("sort=-site", [AUDIT, REPAIRS, MEMORIAL_DAY]),
        ("site=north", [REPAIRS, MEMORIAL_DAY]),
        ("show=over", [SNOW, PRESIDENTS_DAY]),
        ("show=over&sort=name", [PRESIDENTS_DAY, SNOW]),
    ],
)
def test_closures_are_listed_as_the_address_asks(north, coordinator, asked, rows):
    page = coordinator.get(f"/setup/closures?{asked}").page
    assert [" ".join(row) for row in page.rows] == rows


def test_where_nothing_is_closed_it_says_so(coordinator, queries):
    make.site()
    assert "No upcoming closures." in coordinator.get("/setup/closures").page.words
    assert "No closures so far." in coordinator.get("/setup/closures?show=over").page.words
    coordinator.get("/setup/closures?sort=size", status=404)
    with queries() as few:
        coordinator.get("/setup/closures")
    for month in range(4, 9):
        make.closure(f"2026-0{month}-01", site_id=make.site().id)
    with queries() as many:
        coordinator.get("/setup/closures")
    assert few() == many() <= 12


def test_a_closure_tells_what_it_cancels_and_then_cancels_it(coordinator, session):
    coordinator.get("/setup/closures/new")
    page = coordinator.submit("/setup/closures/new", **STORM, status=200).page
    assert page.links["Cancel"] == "/setup/closures"
    told = "Nothing is saved yet. 1 session is cancelled, with 1 person booked."
    assert told in coordinator.answer.page.words
    assert "Storm, Site 1, Mar 9, 2026 – Mar 10, 2026." in coordinator.answer.page.words
    assert (the_closure(), session.is_cancelled) == (None, False)
    coordinator.submit("/setup/closures/new", step="save")
    assert "1 session is cancelled, with 1 person booked." in coordinator.follow().page.words
    assert (the_closure().name, session.is_cancelled) == ("Storm", True)


def test_other_days_after_it_was_told_are_told_anew(coordinator, session):
    coordinator.get("/setup/closures/new")
    coordinator.submit("/setup/closures/new", **STORM, status=200)
    other = {"from_on": "2026-03-11", "until_on": "2026-03-11"}
    coordinator.submit("/setup/closures/new", **other, step="save", status=409)
    assert "No sessions on these days." in coordinator.answer.page.words
    assert CHANGED in coordinator.answer.page.words
    coordinator.submit("/setup/closures/new", step="save")
    assert f"{the_closure().from_on}" == "2026-03-11"
    assert not session.is_cancelled


def test_what_makes_no_sense_is_refused_at_its_place(coordinator, session):
    coordinator.get("/setup/closures/new")
    coordinator.submit("/setup/closures/new", **STORM | {"until_on": "2026-03-08"}, status=422)
    assert "The last day is before the first." in coordinator.answer.page.words
    coordinator.submit("/setup/closures/new", **STORM | {"from_on": "2026-03-01"}, status=422)
    assert "Start today or later" in coordinator.answer.page.words
    assert the_closure() is None


def closed(coordinator):
    coordinator.get("/setup/closures/new")
    coordinator.submit("/setup/closures/new", **STORM, status=200)
    coordinator.submit("/setup/closures/new", step="save")
    return f"/setup/closures/{the_closure().id}"


def test_another_range_brings_sessions_back(coordinator, session):
    path = closed(coordinator)
    assert "Closures Storm" in coordinator.get("/setup/closures/new").page.words
    assert "Other closures No other is coming." in coordinator.get(path).page.words
    coordinator.submit(path, from_on="2026-03-10", status=200)
    assert "1 cancelled session comes back." in coordinator.answer.page.words
    assert "Storm Mar 10, 2026. This" in coordinator.answer.page.words
    coordinator.submit(path, step="save")
    assert "The closure is saved." in coordinator.follow().page.words
    assert not session.is_cancelled
    coordinator.get(path)
    coordinator.submit(path, from_on="", status=422)
    assert "Enter the first day." in coordinator.answer.page.words


def test_a_closure_is_taken_back_after_it_was_told(coordinator, session):
    path = closed(coordinator)
    coordinator.get(path)
    coordinator.submit(f"{path}/remove", status=200)
    assert "1 cancelled session comes back." in coordinator.answer.page.words
    assert session.is_cancelled
    coordinator.submit(f"{path}/remove", status=302, step="back")
    assert coordinator.follow().page.title.startswith("Storm")
    coordinator.submit(f"{path}/remove", status=200)
    coordinator.submit(f"{path}/remove", step="save")
    assert "Storm is removed." in coordinator.follow().page.words
    assert (the_closure(), session.is_cancelled) == (None, False)


def test_one_that_is_over_is_only_shown(coordinator):
    closure = make.closure("2026-02-16", name="Presidents Day")
    path = f"/setup/closures/{closure.id}"
    assert "This closure is over and can no longer be changed." in coordinator.get(path).page.words
    coordinator.post(f"{path}/remove", status=409)
    assert "This closure is over" in coordinator.answer.page.words
    coordinator.post(path, STORM, status=422)
    assert the_closure() is closure


def test_what_is_not_there_is_not_found(coordinator):
    coordinator.get("/setup/closures/9", status=404)
    coordinator.post("/setup/closures/9/remove", status=404)


@pytest.mark.parametrize("role", ["clinician", "front_desk", "billing", "auditor"])
def test_only_those_who_manage_the_schedule_may(role, at, signed_in):
    at("2026-03-02 10:00")
    closure = make.closure("2026-03-09")
    pages = signed_in(role)
    for path in ("/setup/closures", "/setup/closures/new", f"/setup/closures/{closure.id}"):
        pages.get(path, status=403)
    pages.post(f"/setup/closures/{closure.id}/remove", status=403)
