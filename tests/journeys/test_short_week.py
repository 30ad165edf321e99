"""Two people miss two hours of a week: one is given a seat on the telephone, one takes theirs."""

import re

import pytest
from playwright.sync_api import Page, expect

from clinic.days import DAY
from tests.journeys.eyes import look
from tests.journeys.live import LiveClinic, serving
from tests.journeys.steps import accept_invitation, heading, invite, row


@pytest.fixture(scope="module")
def clinic(browser, tmp_path_factory, migrated, starter):
    """With a group that has seats tomorrow and on the day after, and an address of one person."""
    live = LiveClinic(tmp_path_factory.mktemp("clinic"), migrated)
    at, devin = live.at, "name: Devin Okafor, "
    days = ", ".join(f"{(at.today + n * DAY):%a}".lower() for n in (1, 2))
    group = f"""
- {{key: coping, program: day, title: Coping group, kind: group, days: [{days}],
   start: "18:00", end: "19:30", room: blue, leaders: [rivera], seats: 10,
   from: {at.today + DAY}, until: {at.today + 2 * DAY}}}
participants:"""
    text = at.clinic_file().replace("\nparticipants:", group)
    path = live.folder / "clinic.yaml"
    path.write_text(text.replace(devin, devin + "email: devin@example.org, "))
    with serving(live, starter, f"import clinic {path}"):
        yield live


def test_a_week_in_danger_is_repaired_on_the_telephone_and_on_the_phone(clinic, sit_down):
    desk = sit_down()
    accept_invitation(desk, invite(clinic, "Lee Marsh", "coordinator"))
    desk.get_by_role("link", name=re.compile("^Process group at")).click()
    for name in ("Priya R.", "Devin O."):
        row(desk, name).get_by_role("button", name="Excused").click()
        expect(row(desk, name).get_by_role("button", name="Excused", pressed=True)).to_be_visible()

    at_risk(desk, "Priya Raman").get_by_role("link", name="Others").click()
    look(desk)
    seat = row(desk, "Coping group")
    expect(seat).to_contain_text("+1 h 30 min")
    seat.get_by_role("button", name="Add").click()
    in_hours(desk, "Priya Raman", "On course")

    desk.get_by_role("link", name="Priya Raman", exact=True).click()
    desk.get_by_role("link", name="What if…").click()
    desk.get_by_text("Enter exact times").click()
    desk.get_by_role("group", name="Row 1").get_by_role("checkbox", name="Tue").check()
    desk.get_by_role("group", name="Row 1").get_by_label("From").fill("16:00")  # until midnight
    desk.locator(".paint-cell").nth(2).click()  # and on Wednesday from seven to eight
    expect(desk.locator(".paint-cell.is-on")).to_have_count(1 + 22 - 16)
    look(desk)
    desk.get_by_role("button", name="Try it").click()
    expect(desk.get_by_text("See the weeks")).to_be_visible()
    look(desk)

    phone = sit_down(phone=True)
    invited = clinic.flask("users", "invite", "--email", "devin@example.org")[-1]
    accept_invitation(phone, invited)
    expect(heading(phone)).to_have_text("My week")

    at_risk(desk, "Devin Okafor").get_by_role("link", name="Others").click()
    row(desk, "Coping group").get_by_role("button", name="Offer").click()
    expect(desk.get_by_text("Offered, held until").last).to_be_visible()
    at_risk(desk, "Devin Okafor")

    phone.reload()
    expect(phone.get_by_text("A seat is held for you until")).to_be_visible()
    look(phone)
    phone.get_by_role("button", name="I’ll come").click()
    expect(phone.get_by_text("The seat is yours")).to_be_visible()
    expect(phone.get_by_text("You are on course")).to_be_visible()
    look(phone)
    in_hours(desk, "Devin Okafor", "On course")


def at_risk(desk: Page, name: str):
    return in_hours(desk, name, "At risk")


def in_hours(desk: Page, name: str, state: str):
    desk.get_by_role("link", name="Hours", exact=True).click()
    desk.get_by_role("link", name=re.compile("^Everyone")).click()
    line = desk.get_by_role("row").filter(has=desk.get_by_role("link", name=name, exact=True))
    expect(line).to_contain_text(state)
    return line
