"""Names of people that are one word of sixty letters: no page has to be scrolled sideways."""

import re

from playwright.sync_api import expect

from tests.journeys.eyes import look
from tests.journeys.steps import accept_invitation, heading, invite

LONG = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewis"


def test_a_name_of_one_long_word_makes_no_page_wider(clinic, sit_down):
    assert len(LONG) == 60
    names = r"(?<=[ {]name: )(?:Maria Castillo|Devin Okafor)"
    file = clinic.folder / "long.yaml"
    file.write_text(re.sub(names, LONG, clinic.at.clinic_file()))
    clinic.flask("import", "clinic", str(file))
    desk = sit_down()
    accept_invitation(desk, invite(clinic, "Omar Diaz", "coordinator"))
    for path, title in (
        ("/participants", "Participants"),
        ("/participants/1", LONG),
        ("/participants/1/merge", "Merge"),
        ("/hours", "Hours"),
        ("/sessions/2", "Process group"),
        ("/enrollments/2", "Day IOP"),
    ):
        desk.goto(path)
        expect(heading(desk)).to_contain_text(title)
        look(desk)
