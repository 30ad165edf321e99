"""A lecture of forty people: its sheet is taken, filled in and signed by keyboard alone, while a
colleague is at work on it, too. Forty in `make torture`; ten as a rule.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.chance import TORTURE
from tests.journeys.eyes import look
from tests.journeys.live import LiveClinic
from tests.journeys.steps import accept_invitation, heading, row
from tests.journeys.test_keyboard import enter, tab_to

pytestmark = pytest.mark.torture

PEOPLE = 40 if TORTURE else 10
SOON = 3_500  # ms: two seconds, and what a busy machine takes


def test_a_long_sheet_is_taken_and_signed_by_keyboard_alone(clinic, sit_down):
    bring_in_forty(clinic)
    desk = sit_down()
    accept_invitation(desk, clinic.flask("users", "invite", "--email", "ana@example.org")[-1])
    sheets = desk.locator("main a[href^='/sessions/']:not([href$='/sign'])")
    enter(desk, sheets.filter(has_text="Lecture").first)
    expect(heading(desk)).to_have_text("Lecture")
    take_all(desk)
    see_what_a_colleague_marks(desk)
    with desk.expect_navigation():
        desk.keyboard.press("t")
    expect(desk.get_by_label("Topic covered")).to_be_focused()
    desk.keyboard.type("What sleep does")
    look(desk)
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    expect(desk.locator("#held")).to_contain_text("What sleep does")
    with desk.expect_navigation():
        desk.keyboard.press("s")
    expect(heading(desk)).to_have_text("Sign the sheet")
    enter(desk, desk.get_by_role("button", name="Sign", exact=True))
    expect(desk.get_by_text("Signed by Ana Rivera, LCSW").first).to_be_visible()


def bring_in_forty(clinic: LiveClinic) -> None:
    people = [f"p-1{n:02}" for n in range(PEOPLE)]
    named = "\n".join(f"- {{key: {each}, name: Kim {each[-2:]}}}" for each in people)
    enrolled = "\n".join(
        f"- {{key: e-{each}, participant: {each}, program: day, from: {clinic.at.week},"
        " series: [lecture]}"
        for each in people
    )
    file = clinic.folder / "forty.yaml"
    file.write_text(
        f"""
clinic: 1
organization: {{name: Riverside}}
sites:
- {{key: main, name: Main Street, timezone: {clinic.at.zone.key},
   rooms: [{{key: hall, name: Hall, seats: 40}}]}}
staff:
- {{key: rivera, name: Ana Rivera, roles: [clinician], email: ana@example.org}}
series:
- {{key: lecture, program: day, title: Lecture, kind: education,
   days: [{clinic.at.today:%a}], start: "07:00", end: "08:00", room: hall, leaders: [rivera],
   seats: 40, from: {clinic.at.today}, until: {clinic.at.today}}}
participants:
{named}
enrollments:
{enrolled}
""".replace(f"{clinic.at.today:%a}", f"{clinic.at.today:%a}".lower())
    )
    clinic.flask("import", "clinic", str(file))


def take_all(desk: Page) -> None:
    """Every tenth does not come."""
    rows = desk.locator("[data-row]")
    expect(rows).to_have_count(PEOPLE)
    desk.wait_for_load_state()  # its script knows the keys
    tab_to(desk, rows.first.get_by_role("link"))
    for number in range(PEOPLE):
        desk.keyboard.press("p" if number % 10 else "n")
        desk.keyboard.press("ArrowDown")
    counts = desk.locator("#counts")
    away = PEOPLE // 10
    here = f"{PEOPLE - away} of {PEOPLE} here {away} absent"
    expect(counts).to_have_text(here, use_inner_text=True)


def see_what_a_colleague_marks(desk: Page) -> None:
    """What is being typed stays, and has the focus; the other row tells by itself."""
    other = desk.context.new_page()
    other.goto(desk.url)
    typed = row(desk, "Kim 05").get_by_label("Reason")
    row(desk, "Kim 05").locator("summary").first.focus()
    desk.keyboard.press("Enter")
    typed.focus()
    desk.keyboard.type("as typed")
    row(other, "Kim 07").get_by_role("button", name="Excused").click()
    pressed = row(desk, "Kim 07").get_by_role("button", name="Excused", pressed=True)
    expect(pressed).to_be_visible(timeout=SOON)
    expect(desk.locator("#counts")).to_contain_text(f"{PEOPLE // 10 + 1} absent")
    expect(typed).to_have_value("as typed")
    expect(typed).to_be_focused()
    other.close()
    desk.keyboard.press("Enter")
    expect(row(desk, "Kim 05")).to_contain_text("“as typed”")
