"""One meeting of a group is moved and led by somebody else, by keyboard alone, and undone."""

from datetime import UTC, datetime
from urllib.request import urlopen

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from clinic.days import DAY
from tests.journeys.eyes import look
from tests.journeys.live import LiveClinic
from tests.journeys.steps import accept_invitation, heading, invite, row
from tests.journeys.test_keyboard import enter, tab_to, type_into


@pytest.fixture
def feeds(clinic: LiveClinic) -> dict[str, str]:
    """The calendars of a participant, of the leader, and of another one, who joins the clinic."""
    add_kim(clinic)
    owners = {"maria": ("--participant", "p-001"), "ana": ("--staff", "rivera")}
    owners["kim"] = ("--staff", "tran")
    return {
        name: clinic.url + clinic.flask("feeds", "issue", *who)[-1] for name, who in owners.items()
    }


def add_kim(clinic: LiveClinic) -> None:
    file = clinic.folder / "kim.yaml"
    kim = "- {key: tran, name: Kim Tran, roles: [clinician], email: kim@example.org}\nprograms:\n"
    file.write_text(clinic.at.clinic_file().replace("programs:\n", kim))
    clinic.flask("import", "clinic", str(file))


def test_a_meeting_is_moved_and_led_by_another_everybodys_calendar_follows_and_it_is_undone(
    clinic, sit_down, feeds
):
    desk = sit_down()
    accept_invitation(desk, invite(clinic, "Lee Marsh", "coordinator"))
    tomorrow = (clinic.at.process_from + DAY).astimezone(UTC)
    before = {name: meeting_in(feed, tomorrow) for name, feed in feeds.items()}
    assert (before["ana"]["UID"], before["kim"]) == (before["maria"]["UID"], None)

    change_tomorrows(desk, clinic)
    after = {name: meeting_in(feed, tomorrow) for name, feed in feeds.items()}
    assert after["ana"] is None
    assert after["maria"]["UID"] == after["kim"]["UID"] == before["maria"]["UID"]
    assert after["maria"]["SEQUENCE"] > before["maria"]["SEQUENCE"]
    assert after["kim"]["LOCATION"] == "Blue Room"

    enter(desk, desk.get_by_role("button", name="Undo the last change"))
    expect(desk.get_by_text("is as it was before.")).to_be_visible()
    undone = {name: meeting_in(feed, tomorrow) for name, feed in feeds.items()}
    assert (undone["kim"], undone["ana"]["LOCATION"]) == (None, "Garden Room")
    assert undone["maria"]["UID"] == before["maria"]["UID"]
    assert undone["maria"]["SEQUENCE"] > after["maria"]["SEQUENCE"]
    clinic.flask("audit", "verify")


def change_tomorrows(desk: Page, clinic: LiveClinic) -> None:
    enter(desk, desk.get_by_role("link", name="Groups"))
    enter(desk, desk.get_by_role("link", name="Process group"))
    day = clinic.at.today + DAY
    words = f"{day:%a}, {day:%b} {day.day}"
    look(desk)
    enter(desk, row(desk, words).get_by_role("link", name=f"Change {words}"))
    expect(heading(desk)).to_have_text("Change Process group")
    look(desk)
    for label, choice in (("Room", "Blue"), ("Leader", "Kim")):
        tab_to(desk, desk.get_by_label(label, exact=True))
        desk.keyboard.type(choice)
    type_into(desk, desk.get_by_role("spinbutton", name="Seats"), "10")
    enter(desk, desk.get_by_role("button", name="See what changes"))
    expect(desk.get_by_text("Nothing is saved yet")).to_be_visible()
    expect(row(desk, "Leader")).to_contain_text("Kim Tran")
    expect(desk.get_by_text("Nobody’s hours change.")).to_be_visible()
    look(desk)
    enter(desk, desk.get_by_role("button", name="Save", exact=True))
    expect(desk.get_by_text("Changed by hand: room, seats and leader")).to_be_visible()
    look(desk)
    sheet = desk.url
    desk.goto("/groups/2")
    expect(row(desk, words)).to_contain_text("Changed by hand")
    look(desk)
    desk.goto(sheet)


def meeting_in(address: str, starts_at: datetime) -> dict[str, str] | None:
    """The appointment of a calendar at that time, if there is one."""
    with urlopen(address, timeout=10) as answer:
        calendar = Calendar.from_ical(answer.read().decode())
    return next((dict(each) for each in calendar.walk("VEVENT") if each.start == starts_at), None)
