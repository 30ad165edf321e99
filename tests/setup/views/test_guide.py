import pytest

from clinic.permissions import Role
from clinic.programs.queries import find_organization
from tests import make

FORBIDDEN = [role for role in Role if role not in (Role.ADMIN, Role.PARTICIPANT)]


@pytest.fixture(autouse=True)
def now(at):
    return at("2026-03-02 10:00")


def steps(page):
    """Heading and what the step offers."""
    return {
        item.all("h2")[0].text.split(": ")[0]: item.all("p")[-1].text
        for item in page.all("li", class_="guide-step")
    }


@pytest.mark.parametrize("role", FORBIDDEN)
def test_only_administrators_set_up(role, signed_in):
    signed_in(role.value).get("/setup", status=403)


def test_on_an_empty_clinic_the_first_day_begins_with_its_name(signed_in):
    page = signed_in("admin").get("/setup").page
    assert page.heading == "Your first day"
    assert "0 of 7 steps are done." in page.words
    assert steps(page) == {
        "Name the clinic": "Name it",
        "Set up a site with a room": "Later",
        "Add a clinician": "Add staff",
        "Offer a program": "Later",
        "Plan a group": "Later",
        "Add a participant": "Add a participant",
        "Enroll them and put them on the group": "Later",
    }
    assert page.all("li", class_="setup-card") == []


def link(page, title):
    for item in page.all("li", class_="guide-step"):
        if item.all("h2")[0].text.startswith(title):
            return item.all("a")[0].get("href")
    raise AssertionError(title)


def test_each_step_leads_to_its_page(signed_in):
    pages = signed_in("admin")
    room = make.room()
    page = pages.get("/setup").page
    assert link(page, "Add a clinician") == "/staff/new"
    assert link(page, "Offer a program") == "/setup/programs/new"
    make.staff(roles=[Role.CLINICIAN])
    series = make.series(make.program(room.site))
    person = make.participant()
    page = pages.get("/setup").page
    assert "6 of 7 steps are done." in page.words
    assert link(page, "Enroll") == f"/participants/{person.id}/enroll"
    enrollment = make.enrollment(person)
    assert link(pages.get("/setup").page, "Enroll") == f"/participants/{person.id}"
    make.roster_entry(series, enrollment)
    assert pages.get("/setup").page.heading == "Setup"


def test_a_site_without_a_room_is_half_a_step(signed_in):
    pages = signed_in("admin")
    make.organization()
    assert link(pages.get("/setup").page, "Set up a site") == "/setup/sites/new"
    make.site()
    page = pages.get("/setup").page
    assert steps(page)["Set up a site with a room"] == "Set up a site"
    assert link(page, "Set up a site") == "/setup/sites"


def test_what_is_set_up_stands_on_cards_with_its_number(signed_in):
    pages = signed_in("admin")
    make.series(room=make.room())
    cards = [card.text for card in pages.get("/setup").page.all("li", class_="setup-card")]
    assert cards == [
        "Organization Name, week, parts of the day, attendance policy",
        "Sites and rooms 1 site, 1 room",
        "Programs 1 program",
        "Rule sets 0 rule sets",
        "Closures 0 closures",
        "Staff 1 person",
        "Groups 1 group",
    ]


def test_an_empty_clinic_is_set_up_by_page(signed_in):
    pages = signed_in("admin")
    assert pages.get("/today", status=302).location == "/setup"
    pages.get("/setup/organization")
    pages.submit("/setup/organization", name="Riverside")
    assert pages.follow().page.heading == "Your first day"
    pages.get("/setup/sites/new")
    pages.submit(
        "/setup/sites/new", name="Main Street", timezone=make.ZONE, room="Room 1", seats="14"
    )
    pages.get("/setup/programs/new")
    pages.submit("/setup/programs/new", name="Evening IOP", min_hours="9", max_hours="12")
    pages.get("/setup")
    assert find_organization().name == "Riverside"
    assert "3 of 7 steps are done." in pages.answer.page.words
    for path in ("/today", "/hours", "/participants", "/setup/closures", "/setup/rule-sets"):
        pages.get(path)


def test_the_guide_takes_few_statements(signed_in, queries):
    pages = signed_in("admin")
    make.series(room=make.room())
    pages.get("/setup")
    with queries() as count:
        pages.get("/setup")
    assert count() <= 5


def test_the_account_menu_leads_to_what_one_may_set_up(signed_in):
    make.site()
    assert signed_in("admin").get("/today").page.all("a", href="/setup") != []
    coordinator = signed_in("coordinator").get("/today").page
    assert coordinator.all("a", href="/setup") == []
    assert coordinator.all("a", href="/setup/closures") != []
    assert signed_in("front_desk").get("/today").page.all("a", href="/setup/closures") == []
