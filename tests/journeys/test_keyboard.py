"""People who use no mouse: a clinician takes attendance, a coordinator grants leave and plans."""

from datetime import timedelta

from playwright.sync_api import Locator, Page, expect

from tests.journeys.eyes import look
from tests.journeys.live import MINUTE, LiveClinic
from tests.journeys.steps import PASSWORD, accept_invitation, heading, invite, row

# What has the focus shows it, and nothing lies over it.
_FOCUS_IS_SEEN = """
() => {
  const element = document.activeElement;
  if (element === document.body) return true;  // between the last stop and the first
  const {left, top, width, height} = element.getBoundingClientRect();
  const there = document.elementFromPoint(left + width / 2, top + height / 2);
  const outlines = [null, "::after"].map((part) => getComputedStyle(element, part).outlineStyle);
  return outlines.some((style) => style !== "none") && (element.contains(there)
    || there?.contains(element));
}
"""


def test_attendance_by_keyboard_alone(clinic, sit_down):
    accept_invitation(sit_down(), clinic.flask("users", "invite", "--email", "ana@example.org")[-1])
    desk = sit_down()
    desk.goto("/sign-in#123456")  # as from the square of a room's code, which goes along
    type_into(desk, desk.get_by_label("E-mail"), "ana@example.org")
    password = desk.get_by_label("Password")
    type_into(desk, password, PASSWORD)
    desk.keyboard.press("Tab")
    desk.keyboard.press("Space")
    expect(desk.get_by_role("button", name="Show password", pressed=True)).to_be_focused()
    expect(password).to_have_attribute("type", "text")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(heading(desk)).to_have_text("Today")
    assert desk.url.endswith("#123456")
    tab_to(desk, row(desk, "Process group").get_by_role("link").first)
    desk.keyboard.press("Enter")
    expect(heading(desk)).to_have_text("Process group")
    see_the_keys(desk)
    mark_three_and_undo(desk, clinic)


def see_the_keys(desk: Page) -> None:
    """They are listed; and whoever switches the letters off has none of them, the list neither."""
    keys = desk.get_by_role("dialog", name="Keys of this page")
    desk.wait_for_load_state()  # its script knows the keys
    desk.keyboard.press("?")
    expect(keys).to_contain_text("Search everything")
    expect(keys).to_contain_text("No-show, in a row")
    look(desk)
    switch = keys.get_by_role("button", name="Single-key shortcuts")
    for state in ("off", "on"):
        switch.click()
        expect(switch).to_have_text(f"Single-key shortcuts: {state}")
        desk.keyboard.press("Escape")
        expect(keys).to_be_hidden()
        desk.keyboard.press("?")
        expect(keys).to_be_visible(visible=state == "on")
        if state == "off":
            desk.get_by_text("Ana Rivera", exact=True).first.click()
            desk.get_by_role("button", name="Keys of this page").click()
    desk.keyboard.press("Escape")
    desk.keyboard.press("j")
    expect(row(desk, "Devin O.")).to_be_focused()


def mark_three_and_undo(desk: Page, clinic: LiveClinic) -> None:
    counts = desk.locator("#counts")
    devin, maria, priya = (row(desk, name) for name in ("Devin O.", "Maria C.", "Priya R."))
    tab_to(desk, devin.get_by_role("link"))
    desk.keyboard.press("p")
    expect(devin.get_by_role("button", name="Present", pressed=True)).to_be_visible()
    expect(devin).to_be_focused()
    look(desk)

    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("l")
    expect(maria.get_by_text("Late by")).to_be_focused()
    tab_to(desk, maria.get_by_label("Arrived"))
    desk.keyboard.type(f"{clinic.at.process_from + 7 * MINUTE:%I%M%p}")
    desk.keyboard.press("Enter")
    expect(maria).to_contain_text("Late, 7 min")
    expect(maria).to_be_focused()

    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("n")
    expect(priya.get_by_role("button", name="No-show", pressed=True)).to_be_visible()
    expect(counts).to_have_text("2 of 6 here 1 absent 3 unmarked", use_inner_text=True)
    desk.keyboard.press("u")
    expect(counts).to_have_text("2 of 6 here 4 unmarked", use_inner_text=True)

    desk.keyboard.press("a")
    expect(counts).to_have_text("6 of 6 here", use_inner_text=True)
    tab_to(desk, desk.get_by_role("button", name="Undo"))
    desk.keyboard.press("Enter")
    expect(counts).to_have_text("2 of 6 here 4 unmarked", use_inner_text=True)
    expect(desk.locator("#messages")).to_have_text("Undone.", use_inner_text=True)


def test_leave_and_a_session_by_keyboard_alone(clinic, sit_down):
    desk = sit_down()
    accept_invitation(desk, invite(clinic, "Lee Marsh", "coordinator"))
    find_somebody(desk)
    grant_leave(desk, clinic)
    plan_session(desk)


def find_somebody(desk: Page) -> None:
    """From wherever one is, as one types: the arrows lead to what was found, and letters back."""
    found = desk.get_by_role("link", name="Ruth Lindqvist", exact=True)
    expect(heading(desk)).to_have_text("Today")
    desk.wait_for_load_state()  # its script knows the keys
    desk.keyboard.press("/")
    desk.keyboard.type("lind")
    expect(found).to_be_visible()
    look(desk)
    desk.keyboard.press("ArrowDown")
    expect(found).to_be_focused()
    desk.keyboard.type("kvist")  # a slip of the finger
    expect(desk.get_by_role("status").filter(has_text="1 found.")).to_be_attached()
    desk.keyboard.press("Escape")
    expect(found).to_be_hidden()
    for key in ("ArrowDown", "ArrowDown"):  # asks again, and goes there
        desk.keyboard.press(key)
        expect(found).to_be_visible()
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    expect(heading(desk)).to_have_text("Ruth Lindqvist")


def grant_leave(desk: Page, clinic: LiveClinic) -> None:
    """The two days after the groups have met for the week."""
    tab_to(desk, desk.get_by_text("Change enrollment"))
    desk.keyboard.press("Enter")
    look(desk)
    enter(desk, desk.get_by_role("link", name="Record leave"))
    away = clinic.at.today + timedelta(days=3)
    type_into(desk, desk.get_by_label("First day away"), f"{away:%m%d%Y}")
    type_into(desk, desk.get_by_label("Last day away"), f"{away + timedelta(days=1):%m%d%Y}")
    see_what_it_changes(desk)
    look(desk)
    enter(desk, desk.get_by_role("button", name="Save", exact=True))
    expect(heading(desk)).to_have_text("Ruth Lindqvist")


def plan_session(desk: Page) -> None:
    """Three keys from the participant's page: plan, a free time, book."""
    enter(desk, desk.get_by_role("link", name="Plan a session"))
    look(desk)
    with desk.expect_navigation():
        desk.keyboard.press("ArrowRight")
    enter(desk, desk.locator(".slot").first)
    look(desk)
    enter(desk, desk.get_by_role("button", name="Plan session"))
    expect(desk.get_by_text("is planned for")).to_be_visible()


def test_a_call_by_keyboard_alone(clinic, sit_down):
    """Jonah is not coming through tomorrow: what that leads to is seen before it is saved."""
    bring_in_jonah(clinic)
    desk = sit_down()
    accept_invitation(desk, invite(clinic, "Kim Reyes", "coordinator"))
    find_jonah(desk, clinic)
    desk.keyboard.press("c")
    expect(heading(desk)).to_have_text("Jonah Lindgren is not coming")
    look(desk)
    until = clinic.at.today + timedelta(days=1)
    type_into(desk, desk.get_by_label("Last day away"), f"{until:%m%d%Y}")
    type_into(desk, desk.get_by_label("Reason"), "flu")
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    see_what_it_leads_to(desk)
    enter(desk, desk.get_by_role("button", name="Save", exact=True))
    coming = clinic.at.today + timedelta(days=2)
    expect(card(desk, "Next appointment")).to_contain_text(f"{coming:%b} {coming.day}")
    enter(desk, card(desk, "Free seats to offer").get_by_role("button", name="Add").first)
    expect(desk.locator("#messages")).to_contain_text("Jonah Lindgren is added to")
    expect(card(desk, "After today")).to_contain_text("Skills group")
    look(desk)
    expect(desk.get_by_text("You called off 2 sessions.")).to_be_visible()
    with desk.expect_navigation():
        desk.keyboard.press("u")
    expect(desk.locator("#messages")).to_contain_text("Undone.")
    expect(card(desk, "Next appointment")).to_contain_text("Now")
    desk.goto("/today/sheets")
    expect(desk.get_by_role("button", name="Print this page")).to_be_visible()
    look(desk)


def bring_in_jonah(clinic: LiveClinic) -> None:
    """Somebody who is on the process group alone."""
    file = clinic.folder / "jonah.yaml"
    file.write_text(f"""
clinic: 1
organization: {{name: Riverside}}
sites: [{{key: main, name: Main Street, timezone: {clinic.at.zone.key}}}]
participants: [{{key: p-020, name: Jonah Lindgren}}]
enrollments:
- {{key: e-020, participant: p-020, program: day, from: {clinic.at.week}, series: [process]}}
""")
    clinic.flask("import", "clinic", str(file))


def find_jonah(desk: Page, clinic: LiveClinic) -> None:
    """Two letters, from wherever one is; what is next stands there already."""
    expect(heading(desk)).to_have_text("Today")
    desk.wait_for_load_state()
    desk.keyboard.press("/")
    desk.keyboard.type("jo")
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    starts = f"{clinic.at.process_from:%I:%M}".lstrip("0")
    expect(row(desk, "Jonah Lindgren")).to_contain_text(f"Today, {starts}")
    expect(row(desk, "Jonah Lindgren")).to_contain_text("Process group · Garden Room")
    look(desk)
    enter(desk, desk.get_by_role("link", name="At the desk for Jonah Lindgren"))
    expect(heading(desk)).to_have_text("Jonah Lindgren")
    expect(card(desk, "Next appointment")).to_contain_text("with Ana Rivera")
    look(desk)


def see_what_it_leads_to(desk: Page) -> None:
    called_off = card(desk, "2 sessions called off")
    expect(called_off.locator("ins")).to_have_text(["after: Late cancel"] * 2)
    expect(card(desk, "Hours")).to_contain_text("At risk")
    expect(card(desk, "Free seats to offer")).to_contain_text("Skills group")
    look(desk)


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def enter(page: Page, target: Locator) -> None:
    tab_to(page, target)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def see_what_it_changes(page: Page) -> None:
    """Over the page, which stays as it is."""
    tab_to(page, page.get_by_role("button", name="See what it changes"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_text("Nothing is saved yet")).to_be_visible()


def type_into(page: Page, field: Locator, text: str) -> None:
    tab_to(page, field)
    page.keyboard.type(text)


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until it has the focus; every stop on the way can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("(element) => element === document.activeElement"):
            return
        assert page.evaluate(_FOCUS_IS_SEEN), page.evaluate("document.activeElement.outerHTML")
    raise AssertionError(f"Tab never comes to {target}")
