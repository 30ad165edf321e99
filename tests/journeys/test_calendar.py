"""A calendar on phones: by the participant, from their page, and on paper from the desk."""

import re
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from tests.journeys.eyes import look
from tests.journeys.live import LiveClinic
from tests.journeys.steps import accept_invitation, heading, invite, row

TELLING = r"(?i)maria|castillo|river|street|room|group|circle|process|skills|\biop\b|rivera"


@pytest.fixture
def desk(clinic, sit_down) -> Page:
    page = sit_down()
    accept_invitation(page, invite(clinic, "Lee Marsh", "coordinator"))
    expect(heading(page)).to_have_text("Today")
    return page


def test_a_calendar_is_added_by_phone_and_on_paper_and_ended_alone(clinic, sit_down, desk, watch):
    watch.allowed = {"status of 422"}  # a link without a name
    give_an_address(desk, "Maria Castillo", "maria@example.org")
    phone = sit_down(phone=True)
    accept_invitation(phone, clinic.flask("users", "invite", "--email", "maria@example.org")[-1])

    address = add_a_device(phone, "iPhone")
    assert starts_in(address) == sorted(circle_and(clinic))
    assert re.findall(TELLING, text_of(address)) == []
    paper = print_one(desk)
    assert starts_in(paper) == starts_in(address)

    phone.goto("/me/calendar")
    expect(row(phone, "iPhone")).to_contain_text("last used today")
    look(phone)
    end(phone, "iPhone")
    expect(phone.get_by_text("The link “iPhone” has ended.")).to_be_visible()
    assert (starts_in(address), starts_in(paper)) == ([], sorted(circle_and(clinic)))
    look(phone)
    save_one_session(phone, clinic)
    sign_out_in_another_tab(phone)


def give_an_address(desk: Page, name: str, email: str) -> None:
    desk.get_by_role("link", name="Participants").click()
    desk.get_by_role("link", name=name).click()
    desk.get_by_text("More…").click()
    desk.get_by_role("link", name="Change details").click()
    desk.get_by_label("E-mail").fill(email)
    desk.get_by_role("button", name="Save").click()
    expect(heading(desk)).to_have_text(name)


def add_a_device(phone: Page, name: str) -> str:
    expect(heading(phone)).to_have_text("My week")
    look(phone)
    phone.get_by_role("link", name="Add to my calendar").click()
    expect(heading(phone)).to_have_text("Calendar links")
    look(phone)
    phone.get_by_text("What phones and computers do with it").click()
    look(phone)
    phone.get_by_label("Name of the device").fill("")
    phone.get_by_role("button", name="Make the link").click()
    expect(phone.locator("#name-error")).to_have_text("Enter a name.")
    phone.get_by_label("Name of the device").fill(name)
    phone.get_by_role("button", name="Make the link").click()
    expect(heading(phone)).to_have_text("Your calendar")
    look(phone)
    address = phone.get_by_label("Address, to paste").input_value()
    webcal = phone.get_by_role("link", name="Add to this device").get_attribute("href")
    assert webcal == f"webcal:{urlsplit(address)._replace(scheme='').geturl()}"
    phone.get_by_role("link", name="Done").click()
    assert address not in phone.content()
    return address


def print_one(desk: Page) -> str:
    desk.get_by_text("More…").click()
    desk.get_by_role("link", name="Calendar links").click()
    expect(row(desk, "iPhone")).to_be_visible()
    desk.get_by_label("Name of the device").fill("Tablet")
    desk.get_by_role("button", name="Make the link").click()
    look(desk)
    desk.emulate_media(media="print")
    paper = desk.locator("body").inner_text()
    assert re.findall(TELLING, paper) == []
    expect(desk.get_by_role("img", name="The link as a square for cameras")).to_be_visible()
    desk.emulate_media(media="screen")
    return re.search(r"http://\S+\.ics", paper)[0]


def end(phone: Page, name: str) -> None:
    line = row(phone, name)
    line.locator("summary").click()
    look(phone)
    line.get_by_role("button", name="End it").click()


def save_one_session(phone: Page, clinic: LiveClinic) -> None:
    phone.goto("/me")
    with phone.expect_download() as download:
        phone.get_by_role("link", name="as a calendar file").first.click()
    assert download.value.suggested_filename == "appointment.ics"
    (event,) = Calendar.from_ical(download.value.path().read_bytes()).walk("VEVENT")
    assert (event.start, event.end) in clinic.at.appointments()


def sign_out_in_another_tab(phone: Page) -> None:
    """A week that was left open is shown to nobody who comes back to it afterwards."""
    other = phone.context.new_page()
    other.goto("/me")
    other.locator("summary", has_text="Account").click()
    other.get_by_role("button", name="Sign out").click()
    expect(heading(other)).to_have_text("Sign in")
    expect(heading(phone)).to_have_text("My week")
    phone.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(heading(phone)).to_have_text("Sign in")


def circle_and(clinic: LiveClinic) -> list:
    """All that Maria is on: the circle of this morning besides the groups."""
    circle = clinic.at.local.replace(hour=9, minute=0, second=0, microsecond=0)
    return [circle, *(start for start, _ in clinic.at.appointments())]


def text_of(address: str) -> str:
    with urlopen(address, timeout=10) as answer:
        return answer.read().decode()


def starts_in(address: str) -> list:
    return sorted(event.start for event in Calendar.from_ical(text_of(address)).walk("VEVENT"))
