"""A clinician, who uses no mouse, puts somebody on a group that she leads, and moves another."""

import json
import re
import sqlite3

from playwright.sync_api import Page, expect

from tests.journeys.eyes import look
from tests.journeys.live import MINUTE, LiveClinic
from tests.journeys.steps import accept_invitation, heading
from tests.journeys.test_keyboard import enter, see_what_it_changes, tab_to


def test_a_clinician_puts_somebody_on_a_group_and_moves_another_by_keyboard_alone(clinic, sit_down):
    add_a_walk(clinic)
    desk = sit_down()
    accept_invitation(desk, clinic.flask("users", "invite", "--email", "ana@example.org")[-1])
    enter(desk, desk.get_by_role("link", name="Groups"))
    enter(desk, desk.get_by_role("link", name="Skills group"))
    put_noor_on(desk)
    move_devin(desk)
    assert told_by_the_trail(clinic) == [
        ("roster.put_on", {"enrollment", "from_on", "series"}),
        ("roster.taken_off", {"enrollment", "last_on", "moved_to", "series"}),
        ("roster.put_on", {"enrollment", "from_on", "moved_from", "series"}),
    ]
    clinic.flask("audit", "verify")


def add_a_walk(clinic: LiveClinic) -> None:
    """Another group of hers, after the skills group, which lasts half an hour longer."""
    starts, ends = clinic.at.skills_to + 15 * MINUTE, clinic.at.skills_to + 105 * MINUTE
    file = clinic.folder / "walk.yaml"
    whole = clinic.at.clinic_file()
    days = whole.partition("title: Process group")[2].partition("days: [")[2].partition("]")[0]
    file.write_text(
        whole.replace(
            "participants:\n",
            f"- {{key: walk, program: day, title: Walking group, kind: group, days: [{days}],\n"
            f'   start: "{starts:%H:%M}", end: "{ends:%H:%M}", room: garden, leaders: [rivera],\n'
            f"   seats: 12, from: {clinic.at.today}}}\nparticipants:\n",
        )
    )
    clinic.flask("import", "clinic", str(file))


def put_noor_on(desk: Page) -> None:
    enter(desk, desk.get_by_role("link", name="Add people to this group"))
    look(desk)
    tab_to(desk, desk.get_by_role("checkbox", name="Noor Haddad"))
    desk.keyboard.press("Space")
    see_what_it_changes(desk)
    see_hours(desk, "0 min planned", "3 h planned")
    look(desk)
    enter(desk, desk.get_by_role("button", name="Save", exact=True))
    expect(desk.get_by_text("Noor Haddad is on Skills group from")).to_be_visible()
    look(desk)


def move_devin(desk: Page) -> None:
    enter(desk, desk.get_by_role("link", name="Move Devin Okafor", exact=True))
    tab_to(desk, desk.get_by_role("radio", name="Walking group"))
    desk.keyboard.press("Space")
    see_what_it_changes(desk)
    see_hours(desk, "1 h not recorded + 9 h ahead", "1 h not recorded + 10 h 30 min ahead")
    enter(desk, desk.get_by_role("button", name="Save", exact=True))
    gone = desk.get_by_text("Devin Okafor goes from Skills group to Walking group from")
    expect(gone).to_be_visible()
    expect(heading(desk)).to_have_text("Skills group")


def see_hours(desk: Page, before: str, after: str) -> None:
    expect(desk.get_by_text("Nothing is saved yet")).to_be_visible()
    week = desk.get_by_role("listitem").filter(has_text="This week,")
    expect(week).to_contain_text(
        re.compile(f"before: .*{re.escape(before)}.*after: .*{re.escape(after)}")
    )


def told_by_the_trail(clinic: LiveClinic) -> list[tuple[str, set[str]]]:
    """What it says of rosters that somebody who signed in has changed."""
    database = sqlite3.connect(clinic.folder / "clinic.db")
    rows = database.execute(
        "SELECT verb, facts FROM trail_event"
        " WHERE subject_kind = 'roster_entry' AND actor_kind = 'account' ORDER BY id"
    )
    found = [(verb, set(json.loads(facts))) for verb, facts in rows]
    database.close()
    return found
