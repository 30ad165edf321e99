"""A billing morning: a hold list emptied act by act, exported, and a claim to be corrected."""

import csv
import re

import pytest
from playwright.sync_api import expect

from clinic.days import DAY
from tests.journeys.eyes import look
from tests.journeys.live import LiveClinic, serving
from tests.journeys.steps import accept_invitation, heading, invite


@pytest.fixture(scope="module")
def clinic(browser, tmp_path_factory, migrated, starter):
    """Yesterday two people had a group of three hours, which makes a unit by the rule set."""
    live = LiveClinic(tmp_path_factory.mktemp("clinic"), migrated)
    day = live.at.today - DAY
    weekday = f"{day:%a}".lower()
    group = f"""
- {{key: day-group, program: day, title: Day group, kind: group, days: [{weekday}],
   start: "09:00", end: "12:00", room: blue, leaders: [rivera], seats: 10,
   from: {day}, until: {day}}}
participants:"""
    text = live.at.clinic_file().replace("\nparticipants:", group)
    text = text.replace("weeks: 8", "weeks: 8, rule_set: h0015")
    for who in ("e-002", "e-003"):
        theirs = re.search(rf"key: {who}.*\n", text)[0]
        text = text.replace(theirs, theirs.replace("[circle,", "[day-group, circle,"))
    path = live.folder / "clinic.yaml"
    path.write_text(text)
    with serving(live, starter, f"import clinic {path}"):
        yield live


def test_a_hold_list_is_emptied_exported_and_a_claim_corrected(clinic: LiveClinic, sit_down):
    desk = sit_down()
    accept_invitation(desk, invite(clinic, "Lee Marsh", "admin"))
    desk.get_by_role("link", name="Billing").click()
    expect(heading(desk)).to_have_text("Hold list")
    look(desk)

    for session, people in (("Day group", 2), ("Morning circle", 6)):
        desk.get_by_role("link", name=f"Record and sign of {session}").click()
        desk.get_by_role("button", name="All still unmarked: present").click()
        expect(desk.get_by_role("radio", name="Present", checked=True)).to_have_count(people)
        desk.get_by_role("button", name="Sign", exact=True).click()
        expect(heading(desk)).to_have_text("Hold list")
    desk.get_by_role("link", name="Enter license of Ana Rivera").click()
    desk.get_by_label("License number").fill("SW-1")
    desk.get_by_label("License expires").fill(str(clinic.at.today + 99 * DAY))
    desk.get_by_role("button", name="Save").click()
    desk.goto("/billing")

    expect(desk.get_by_text("Nothing is on hold")).to_be_visible()

    yesterday = clinic.at.today - DAY
    desk.goto(f"/billing/export?from={yesterday}&until={yesterday}")
    desk.get_by_role("button", name="Export 2 days").click()
    expect(heading(desk)).to_have_text("Export 1")
    look(desk)
    with desk.expect_download() as download:
        desk.get_by_role("button", name="CSV file").click()
    lines = [*csv.DictReader(download.value.path().read_text().splitlines())]
    assert [(line["participant"], line["units"], line["minutes"]) for line in lines] == [
        ("p-002", "1", "180"),
        ("p-003", "1", "180"),
    ]

    desk.get_by_role("link", name="Devin Okafor", exact=True).click()
    desk.get_by_role("link", name="Day group").first.click()
    desk.get_by_role("link", name="Amend Devin O.").click()
    desk.get_by_label("Left").fill("11:30")
    desk.get_by_label("Reason").select_option(index=1)
    desk.get_by_role("button", name="See what it changes").click()
    desk.get_by_role("button", name="Save").click()
    desk.goto("/billing")
    desk.get_by_role("link", name="Corrections").first.click()
    expect(desk.get_by_role("row").filter(has_text="Devin Okafor")).to_contain_text(
        "Claimed 1 unit, now 0: correct the claim."
    )
    look(desk)
