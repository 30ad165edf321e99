"""Names of sixty letters in one word, of people and groups: no page has to be scrolled sideways."""

import re

from playwright.sync_api import expect

from tests.journeys.eyes import look
from tests.journeys.steps import accept_invitation, heading, invite

LONG = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewis"


def test_a_name_of_one_long_word_makes_no_page_wider(clinic, sit_down):
    assert len(LONG) == 60
    names = r"(?<=[ {]name: )(?:Maria Castillo|Devin Okafor|Ana Rivera)|(?<=title: )Process group"
    file = clinic.folder / "long.yaml"
    file.write_text(re.sub(names, LONG, clinic.at.clinic_file()))
    clinic.flask("import", "clinic", str(file))
    desk = sit_down()
    accept_invitation(desk, invite(clinic, "Omar Diaz", "coordinator"))
    for path, title in (
        ("/today", "Today"),
        ("/participants", "Participants"),
        ("/participants/1", LONG),
        ("/hours", "Hours"),
        ("/census", "Census"),
        ("/groups", "Groups"),
        ("/groups/2", LONG),
        ("/building", "In the building"),
    ):
        desk.goto(path)
        expect(heading(desk)).to_contain_text(title)
        look(desk)
