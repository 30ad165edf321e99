"""An old browser, or one that lets no script run: every page still does its work."""

from playwright.sync_api import CDPSession, Page, Route, expect

from tests.journeys.eyes import look
from tests.journeys.live import LiveClinic
from tests.journeys.steps import PASSWORD, accept_invitation, heading, invite, row


def test_attendance_and_groups_without_script(clinic, sit_down, watch):
    watch.allowed = {"status of 422"}  # a time that is still to come
    desk = sit_down()
    accept_invitation(desk, invite(clinic, "Lee Marsh", "coordinator"))
    browser = desk.context.new_cdp_session(desk)
    let_scripts_run(browser, is_on=False)
    sign_out_and_in(desk, browser)
    take_attendance(desk, browser, clinic)
    put_noor_on_a_group(desk, browser)


def let_scripts_run(browser: CDPSession, *, is_on: bool) -> None:
    browser.send("Emulation.setScriptExecutionDisabled", {"value": not is_on})


def look_at(desk: Page, browser: CDPSession) -> None:
    let_scripts_run(browser, is_on=True)  # axe is one; those of the page have had their chance
    look(desk)
    let_scripts_run(browser, is_on=False)


def sign_out_and_in(desk: Page, browser: CDPSession) -> None:
    desk.get_by_text("Lee Marsh").click()
    desk.get_by_role("button", name="Sign out").click()
    expect(heading(desk)).to_have_text("Sign in")
    look_at(desk, browser)
    desk.get_by_label("E-mail").fill("lee@example.org")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Sign in").click()
    expect(heading(desk)).to_have_text("Today")


def take_attendance(desk: Page, browser: CDPSession, clinic: LiveClinic) -> None:
    row(desk, "Process group").get_by_role("link").first.click()
    counts = desk.locator("#counts")
    row(desk, "Devin O.").get_by_role("button", name="Present").click()
    expect(
        row(desk, "Devin O.").get_by_role("button", name="Present", pressed=True)
    ).to_be_visible()
    row(desk, "Maria C.").get_by_role("button", name="No-show").click()
    expect(counts).to_have_text("1 of 6 here 1 absent 4 unmarked", use_inner_text=True)
    row(desk, "Maria C.").get_by_role("button", name="Undo").click()
    expect(counts).to_have_text("1 of 6 here 5 unmarked", use_inner_text=True)

    maria = row(desk, "Maria C.")
    maria.get_by_role("button", name="Late", exact=True).click()
    maria.get_by_label("Arrived").fill(clinic.at.wall(90))
    maria.get_by_role("button", name="Save").click()
    expect(maria.get_by_role("alert")).to_have_text("That time is still to come.")
    expect(maria.get_by_label("Arrived")).to_have_value(clinic.at.wall(90))
    look_at(desk, browser)
    maria.get_by_label("Arrived").fill(clinic.at.wall(7))
    maria.get_by_role("button", name="Save").click()
    expect(maria).to_contain_text("Late, 7 min")
    desk.get_by_role("button", name="All still unmarked: present").click()
    expect(counts).to_have_text("6 of 6 here", use_inner_text=True)
    look_at(desk, browser)


def put_noor_on_a_group(desk: Page, browser: CDPSession) -> None:
    desk.get_by_role("link", name="Participants").click()
    desk.get_by_label("Search by name, number or phone").fill("noor")
    desk.get_by_role("button", name="Search").click()
    desk.get_by_role("link", name="Noor Haddad").click()
    desk.get_by_role("link", name="Add to group").click()
    look_at(desk, browser)
    desk.get_by_role("checkbox", name="Skills group").check()
    desk.get_by_role("button", name="See what it changes").click()
    look_at(desk, browser)
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("Noor Haddad is on Skills group from")).to_be_visible()
    look_at(desk, browser)


def test_what_is_chosen_before_the_script_has_come_is_followed_once_it_is_there(clinic, sit_down):
    another = clinic.folder / "evening.yaml"
    another.write_text(
        f"""
clinic: 1
organization: {{name: Riverside}}
sites: [{{key: main, name: Main Street, timezone: {clinic.at.zone.key}}}]
programs:
- {{key: evening, name: Evening IOP, site: main, level: "2.1", population: adult,
   weekly_hours: {{min: 9, max: 12}}}}
"""
    )
    clinic.flask("import", "clinic", str(another))
    desk = sit_down()
    accept_invitation(desk, invite(clinic, "Omar Diaz", "coordinator"))
    late: list[Route] = []

    def hold_back(script: Route) -> None:
        late.append(script)

    desk.route("**/*.js", hold_back)
    desk.goto("/participants/enroll", wait_until="commit")
    desk.get_by_role("radio", name="Day IOP").check()
    for script in late:
        script.continue_()
    expect(desk.locator("fieldset.week[data-least]")).to_be_visible()
