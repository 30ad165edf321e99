"""From an empty database to a clinic at work, by page alone, and its file out again.

What is typed is a program's published schedule; its dates are moved to lie around now.
"""

import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Page, expect

from clinic import clock
from clinic.days import DAY, WEEK
from tests.journeys.eyes import look
from tests.journeys.live import LiveClinic, serving
from tests.journeys.steps import accept_invitation, heading, invite

PUBLISHED = Path(__file__).parents[3] / "shared" / "clinics" / "ghs-psychiatry.yaml"
DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "fri": "Friday"}
AFTERCARE = {
    "name": "Aftercare",
    "level": "aftercare",
    "weekly_hours": {"min": 1, "max": 2},
}
CIRCLE = {"title": "Circle", "days": ["tue"], "start": "18:00", "end": "19:00", "seats": 10}
SAM = {"key": "sam", "name": "Sam Whitfield", "roles": ["admin"], "email": "sam@example.org"}


@pytest.fixture(scope="module")
def clinic(browser, tmp_path_factory, migrated, starter):
    """Nothing but a migrated database, and its server."""
    live = LiveClinic(tmp_path_factory.mktemp("clinic"), migrated)
    with serving(live, starter):
        yield live


class Calendar:
    """The days that the journey speaks of, at the published site."""

    def __init__(self, site):
        now = clock.now().astimezone(clock.zone(site["timezone"]))
        self.today = now.date()
        # On a Tuesday evening nobody is expected in the circle any more.
        self.circle_is_over = now.weekday() == 1 and now.hour >= 19
        self.monday = self.today - self.today.weekday() * DAY
        self.admitted = self.monday - 3 * WEEK
        self.target_from = self.monday - 6 * DAY
        self.away = self.monday - WEEK, self.monday - WEEK + 2 * DAY
        self.tomorrow = self.today + DAY
        self.group = self.monday - 8 * WEEK, self.monday + 40 * WEEK + 4 * DAY
        self.circle_from = self.monday

    def next(self, day: date) -> date:
        """The same day of next year: what is closed is closed ahead."""
        return day.replace(year=self.today.year + 1)


def test_a_clinic_is_set_up_and_lives_by_page(clinic, sit_down, watch):
    watch.allowed = {"status of 422"}  # the name of the clinic is forgotten, and a reason
    published = yaml.safe_load(PUBLISHED.read_text())
    days = Calendar(published["sites"][0])
    desk = sit_down()
    accept_invitation(desk, invite(clinic, "Sam Whitfield", "admin"))
    expect(heading(desk)).to_have_text("Your first day")
    look(desk)

    name_the_clinic(desk, published["organization"])
    set_up_site(desk, published["sites"][0])
    change_rooms(desk, published["sites"][0])
    add_staff(desk, published["staff"][0])
    step(desk, "Set up a program")
    set_up_program(desk, published["programs"][0])
    step(desk, "Plan a group")
    set_up_group(desk, published["series"][0], published["programs"][0], *days.group)
    for closure in published["closures"]:
        close(desk, closure, days)
    look(desk)
    desk.goto("/setup/programs/new")
    set_up_program(desk, AFTERCARE)
    desk.goto("/groups/new")
    set_up_group(desk, CIRCLE, AFTERCARE, days.circle_from, None)

    admit(desk, days)
    change_target(desk, days)
    grant_leave(desk, days)
    step_down(desk, days)
    discharge(desk, days)
    readmit(desk, days)
    read_the_story(desk)

    exported = yaml.safe_load("\n".join(clinic.flask("export", "clinic")))
    assert exported == expected(published, days)


def step(desk: Page, name: str) -> None:
    """Back to the guide, and on to a step of it."""
    desk.goto("/setup")
    desk.get_by_role("link", name=name, exact=True).click()
    look(desk)


def name_the_clinic(desk: Page, organization: dict) -> None:
    step(desk, "Name it")
    desk.get_by_role("button", name="Begin").click()
    expect(desk.locator("#name-error")).to_have_text("Enter the name.")
    desk.get_by_label("Name of the clinic").fill(organization["name"])
    desk.get_by_label("Weeks begin on").select_option(organization["week_starts"].capitalize())
    desk.get_by_role("button", name="Begin").click()
    expect(desk.get_by_text("1 of 7")).to_be_visible()


def set_up_site(desk: Page, site: dict) -> None:
    step(desk, "Set up a site")
    desk.get_by_label("Name", exact=True).fill(site["name"])
    desk.get_by_label("Time zone").select_option(site["timezone"])
    desk.get_by_label("First room").fill(site["rooms"][0]["name"])
    desk.get_by_label("Seats in it").fill(str(site["rooms"][0]["seats"]))
    desk.get_by_role("button", name="Add site").click()
    expect(desk.get_by_text("2 of 7")).to_be_visible()


def change_rooms(desk: Page, site: dict) -> None:
    """Each line is saved in its place: no page is loaded; what is typed in another one stays."""
    desk.goto("/setup/sites")
    desk.get_by_role("link", name=site["name"]).click()
    look(desk)
    desk.evaluate("window.isSame = true")
    room = site["rooms"][0]
    another = desk.get_by_label("Name of another room")
    another.fill("Annex")
    seats = desk.get_by_label(f"Seats in {room['name']}")
    for number in ("0", "17", str(room["seats"])):
        seats.fill(number)
        seats.press("Enter")
        said = "Enter a number from 1 to 1000." if number == "0" else f"{room['name']} is saved."
        expect(desk.get_by_text(said)).to_be_visible()
        expect(desk.locator("[aria-busy]")).to_have_count(0)
    expect(seats).to_be_focused()
    expect(another).to_have_value("Annex")
    another.press("Enter")
    expect(desk.get_by_label("Seats in another room")).to_be_focused()  # it is missing
    assert desk.evaluate("window.isSame")


def add_staff(desk: Page, person: dict) -> None:
    step(desk, "Add staff")
    desk.get_by_label("Name", exact=True).fill(person["name"])
    desk.get_by_label("Credentials").fill(person["credentials"])
    desk.get_by_label("E-mail").fill(person["email"])
    desk.get_by_label("Clinician").check()
    desk.get_by_role("button", name="Add", exact=True).click()
    expect(heading(desk)).to_have_text(person["name"])
    look(desk)


def set_up_program(desk: Page, program: dict) -> None:
    desk.get_by_label("Name", exact=True).fill(program["name"])
    desk.get_by_label("Site").select_option("Main")
    desk.get_by_label("Level of care").select_option(program["level"])
    desk.get_by_label("Hours a week, at least").fill(str(program["weekly_hours"]["min"]))
    desk.get_by_label("Hours a week, at most").fill(str(program["weekly_hours"]["max"]))
    desk.get_by_role("button", name="Add program").click()
    expect(desk.get_by_text(f"{program['name']} is set up.")).to_be_visible()


def set_up_group(desk: Page, plan: dict, program: dict, first: date, last: date | None) -> None:
    desk.get_by_label("Title").fill(plan["title"])
    desk.get_by_label("Program", exact=True).select_option(label=program["name"])
    desk.get_by_label("Kind").select_option(label="Group")
    for day in plan["days"]:
        desk.get_by_label(DAYS[day]).check()
    desk.get_by_label("Start").fill(plan["start"])
    desk.get_by_label("End", exact=True).fill(plan["end"])
    desk.get_by_label("Room").select_option(label="Room 1, 16 seats")
    desk.get_by_label("Seats").fill(str(plan["seats"]))
    desk.get_by_label("Leader", exact=True).select_option(label="Leader 1")
    desk.get_by_label("First day").fill(str(first))
    if last:
        desk.get_by_label("Last day").fill(str(last))
    desk.get_by_role("button", name="Set up").click()
    expect(heading(desk)).to_have_text(plan["title"])
    look(desk)


def close(desk: Page, closure: dict, days: Calendar) -> None:
    desk.goto("/setup/closures/new")
    desk.get_by_label("Reason").fill(closure["name"])
    desk.get_by_label("First day").fill(str(days.next(closure["from"])))
    desk.get_by_label("Last day").fill(str(days.next(closure["until"])))
    desk.get_by_role("button", name="See what it cancels").click()
    expect(desk.get_by_text("Nothing is saved yet.")).to_be_visible()
    desk.get_by_role("button", name="Close on these days").click()
    expect(heading(desk)).to_have_text("Closures")


def admit(desk: Page, days: Calendar) -> None:
    step(desk, "Add a participant")
    desk.get_by_label("Name", exact=True).fill("Jordan Avery")
    desk.get_by_role("button", name="Add", exact=True).click()
    expect(heading(desk)).to_have_text("Jordan Avery")
    look(desk)
    desk.get_by_role("link", name="Enroll").first.click()
    choose_program(desk, "Intensive Outpatient Program: morning")
    desk.get_by_label("First day").fill(str(days.admitted))
    desk.get_by_role("checkbox", name=re.compile("^Group Mon, Wed, Fri")).check()
    desk.get_by_label("Primary clinician").select_option(label="Leader 1")
    save(desk)
    expect(desk.get_by_text("is enrolled in")).to_be_visible()


def choose_program(desk: Page, name: str) -> None:
    """Its week follows."""
    radio = desk.get_by_role("radio", name=name)
    if not radio.is_checked():
        radio.check()
    expect(desk.locator("fieldset.week[data-least]")).to_be_visible()
    look(desk)


def save(desk: Page) -> None:
    """See what it changes, then save."""
    desk.get_by_role("button", name="See what it changes").click()
    expect(desk.get_by_text("Nothing is saved yet")).to_be_visible()
    look(desk)
    desk.get_by_role("button", name="Save", exact=True).click()


def act(desk: Page, name: str) -> None:
    """From the participant's page to an act on the latest enrollment."""
    desk.goto("/participants/1")
    desk.get_by_text("Change enrollment").first.click()
    look(desk)
    desk.get_by_role("link", name=name).first.click()


def change_target(desk: Page, days: Calendar) -> None:
    act(desk, "Change hours")
    desk.get_by_label("From").fill(str(days.target_from))
    desk.get_by_label("Hours a week, at least").fill("6")
    desk.get_by_label("Hours a week, at most").fill("9")
    save(desk)


def grant_leave(desk: Page, days: Calendar) -> None:
    act(desk, "Record leave")
    desk.get_by_label("First day away").fill(str(days.away[0]))
    desk.get_by_label("Last day away").fill(str(days.away[1]))
    desk.get_by_label("Reason").fill("travel")
    desk.get_by_role("button", name="See what it changes").click()
    why = desk.get_by_label("Why (this changes past weeks)")
    expect(why).to_be_visible()
    look(desk)
    why.fill("heard of it on the phone")
    save(desk)


def step_down(desk: Page, days: Calendar) -> None:
    act(desk, "Step down or transfer")
    look(desk)
    desk.get_by_label("First day").fill(str(days.today))
    desk.get_by_role("checkbox", name=re.compile("^Circle Tue")).check()
    save(desk)


def discharge(desk: Page, days: Calendar) -> None:
    act(desk, "Discharge")
    desk.get_by_label("Last day").fill(str(days.today))
    desk.get_by_label("Discharged: ended by the clinic").check()
    save(desk)


def readmit(desk: Page, days: Calendar) -> None:
    desk.goto("/participants/1")
    desk.get_by_text("More…").click()
    desk.get_by_role("link", name="Enroll").first.click()
    choose_program(desk, "Intensive Outpatient Program: morning")
    desk.get_by_label("First day").fill(str(days.tomorrow))
    desk.get_by_role("checkbox", name=re.compile("^Group Mon, Wed, Fri")).check()
    save(desk)


def read_the_story(desk: Page) -> None:
    desk.goto("/participants/1")
    look(desk)
    desk.get_by_text("Show as text").click()
    told = desk.locator("main")
    for words in ("travel", "Aftercare", "heard of it on the phone"):
        expect(told.get_by_text(words).first).to_be_visible()


def expected(published: dict, days: Calendar) -> dict:
    """The published file with what was added to it; keys come from the names that were typed."""
    program = {**published["programs"][0], "key": "intensive-outpatient-program-morning"}
    aftercare = {**AFTERCARE, "key": "aftercare", "site": "main", "population": "adult"}
    here = {"room": "room-1", "leaders": ["leader-1"], "mode": "in_person", "kind": "group"}
    person = {"participant": "p-001", "clinician": "leader-1"}
    return published | {
        "staff": [SAM, *published["staff"]],
        "programs": [program, aftercare],
        "series": [
            published["series"][0]
            | {"key": "group", "program": program["key"]}
            | {"from": days.group[0], "until": days.group[1]},
            here | CIRCLE | {"key": "circle", "program": "aftercare", "from": days.circle_from},
        ],
        "closures": [
            one | {"from": days.next(one["from"]), "until": days.next(one["until"])}
            for one in published["closures"]
        ],
        "participants": [{"key": "p-001", "name": "Jordan Avery"}],
        "enrollments": [
            person
            | {
                "key": "e-001",
                "program": program["key"],
                "from": days.admitted,
                "until": days.today - DAY,
                "status": "transferred",
                "reason": "transferred",
                "targets": [{"from": days.target_from, "weekly_hours": {"min": 6, "max": 9}}],
                "leave": [{"from": days.away[0], "until": days.away[1], "reason": "travel"}],
            },
            person
            | {
                "key": "e-002",
                "program": "aftercare",
                "from": days.today,
                "until": days.today,
                "status": "discharged",
                "reason": "terminated",
                "continues": "e-001",
            }
            | ({} if days.circle_is_over else {"series": ["circle"]}),
            {
                "key": "e-003",
                "participant": "p-001",
                "program": program["key"],
                "from": days.tomorrow,
                "series": ["group"],
            },
        ],
    }
