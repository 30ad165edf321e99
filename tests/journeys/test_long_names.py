"""Names that are one word of sixty letters: no page has to be scrolled sideways."""

import re

from playwright.sync_api import expect

from tests.journeys.eyes import look, too_wide
from tests.journeys.steps import accept_invitation, heading, invite

LONG = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewis"
LONG_ZONE = "America/Argentina/Buenos_Aires"
PEOPLE = ("Maria Castillo", "Devin Okafor", "Ana Rivera")
THINGS = ("Day IOP", "Main Street", "Garden Room", "Process group")
PAGES = (
    *("/today", "/building", "/census", "/attendance-alerts", "/exports"),
    *("/groups", "/groups/2", "/groups/2/edit", "/groups/new", "/sessions/2/edit"),
    *("/sessions/book", "/sessions/new?for=2", "/participants/1/edit", "/participants/1/calendar"),
    *("/participants/1/enroll", "/enrollments/2/leave"),
    *("/staff", "/staff/1", "/staff/1/week", "/staff/1/deactivate", "/staff/1/time-off"),
    *("/setup", "/setup/sites", "/setup/sites/1", "/setup/programs", "/setup/programs/1"),
    *("/setup/closures", "/setup/rule-sets", "/setup/kiosks"),
    *("/today/sheets", "/search?q=wolf", "/participants/1/desk", "/participants/1/absence"),
    *("/hours/digest", "/hours/trends", "/hours/trends/1", "/hours/short-weeks"),
    "/participants/1/review",
    *("/sessions/2/guests", "/groups/2/people", "/rosters/2/move", "/rosters/2/end"),
)


def test_a_name_of_one_long_word_makes_no_page_wider(clinic, sit_down):
    assert len(LONG) == 60
    names = rf"(?<=[ {{]name: )(?:{'|'.join(PEOPLE + THINGS)})|(?<=title: )(?:{'|'.join(THINGS)})"
    file = clinic.folder / "long.yaml"
    file.write_text(
        re.sub(names, LONG, clinic.at.clinic_file()).replace(clinic.at.zone.key, LONG_ZONE)
    )
    clinic.flask("import", "clinic", str(file))
    desk = sit_down()
    accept_invitation(desk, invite(clinic, "Omar Diaz", "admin"))
    for path, title in (
        ("/participants", "Participants"),
        ("/participants/1", LONG),
        ("/participants/1/merge", "Merge"),
        ("/hours", "Hours"),
        ("/sessions/2", LONG),
    ):
        desk.goto(path)
        expect(heading(desk)).to_contain_text(title)
        look(desk)
    wide = []
    for path in PAGES:
        answer = desk.goto(path)
        assert answer is not None
        assert answer.ok, path
        wide += too_wide(desk)
    assert wide == []
