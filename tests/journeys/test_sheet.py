"""A clinician at the sheet: a slow line, a page that is left too soon, reasons, open rows."""

import sqlite3
import time
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.chance import TORTURE
from tests.journeys.eyes import look
from tests.journeys.live import LiveClinic
from tests.journeys.steps import PASSWORD, accept_invitation, heading, hold, let_go, row

# Eight presses on six people: the last one on Devin and the last one on Maria are to win.
PRESSES = [
    ("Devin O.", "Present"),
    ("Maria C.", "Excused"),
    ("Priya R.", "Present"),
    ("Devin O.", "No-show"),
    ("Ruth L.", "Late cancel"),
    ("Sam W.", "Present"),
    ("Tomás H.", "No-show"),
    ("Maria C.", "Present"),
]
PATIENCE = 15  # seconds


@pytest.fixture
def desk(clinic: LiveClinic, sit_down):
    """Ana's, on today's process group."""
    desk = sit_down()
    accept_invitation(desk, clinic.flask("users", "invite", "--email", "ana@example.org")[-1])
    row(desk, "Process group").get_by_role("link").first.click()
    expect(heading(desk)).to_have_text("Process group")
    return desk


def press(desk: Page, name: str, button: str) -> None:
    row(desk, name).get_by_role("button", name=button, exact=True).click()


def expect_pressed(desk: Page, name: str, button: str) -> None:
    pressed = row(desk, name).get_by_role("button", name=button, exact=True, pressed=True)
    expect(pressed).to_be_visible()


@pytest.mark.torture
@pytest.mark.parametrize("latency", [150, 600] if TORTURE else [600])
def test_presses_on_a_slow_line_outlive_the_page(desk, latency):
    undo_all(desk)
    sheet = urlsplit(desk.url).path
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    desk.on("dialog", leave)
    slow_down(desk, latency)
    for name, button in PRESSES:
        press(desk, name, button)
    expect(row(desk, "Maria C.").locator("[data-note]")).to_have_text("Saving…")
    desk.get_by_role("link", name="Today", exact=True).click()
    expect(heading(desk)).to_have_text("Today", timeout=PATIENCE * 1000)
    assert asked == ["beforeunload"]
    slow_down(desk, 0)
    assert all_saved(desk, sheet) == dict(PRESSES)


def slow_down(desk: Page, latency: int) -> None:
    """Have every request take that many milliseconds more."""
    line = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    browser = desk.context.new_cdp_session(desk)
    browser.send("Network.enable")
    browser.send("Network.emulateNetworkConditions", line | {"latency": latency})


def undo_all(desk: Page) -> None:
    """Put whoever was marked before back to expected."""
    while (pressed := desk.get_by_role("button", pressed=True)).count():
        one = pressed.first.locator("xpath=ancestor::li")
        name = one.locator("p").first.inner_text()
        one.locator("details:not(.when) summary").click()
        one.get_by_role("button", name="Back to expected").click()
        expect(row(desk, name).get_by_role("button", pressed=True)).to_have_count(0)
        expect(row(desk, name).locator("[data-note]")).to_have_count(0)


def all_saved(desk: Page, sheet: str) -> dict[str, str]:
    """What is pressed on the sheet, once all that was sent has come in."""
    until = time.monotonic() + PATIENCE
    while True:
        desk.goto(sheet)
        found = {
            each.locator("p").first.inner_text(): button.first.inner_text()
            for each in desk.locator("#sheet > li").all()
            if (button := each.get_by_role("button", pressed=True)).count()
        }
        if found == dict(PRESSES) or time.monotonic() > until:
            return found


def test_an_answer_that_is_late_takes_nothing_back(desk):
    undo_all(desk)
    hold(desk)
    press(desk, "Devin O.", "Present")
    press(desk, "Devin O.", "Excused")
    press(desk, "Priya R.", "Present")
    expect(row(desk, "Devin O.").locator("[data-note]")).to_have_text("Saving…")
    let_go(desk)
    expect_pressed(desk, "Devin O.", "Excused")
    expect_pressed(desk, "Priya R.", "Present")
    expect(desk.locator("#counts")).to_have_text(
        "1 of 6 here 1 absent 4 unmarked", use_inner_text=True
    )
    expect(desk.locator("[data-note]")).to_have_count(0)


def test_what_found_no_answer_is_sent_again(desk, watch):
    undo_all(desk)
    watch.allowed = {"Failed to load resource"}
    desk.route("**/marks", lambda route: route.abort(), times=1)
    press(desk, "Devin O.", "Present")
    note = row(desk, "Devin O.").locator("[data-note]")
    expect(note).to_have_text("Not saved yet: no answer. Trying again.")
    look(desk)
    expect_pressed(desk, "Devin O.", "Present")
    expect(note).to_have_count(0)


def test_a_reason_stays_with_its_absence_and_enter_marks_nobody_present(desk, watch):
    watch.allowed = {"status of 422"}
    undo_all(desk)
    press(desk, "Devin O.", "Excused")
    expect_pressed(desk, "Devin O.", "Excused")
    row(desk, "Devin O.").get_by_text("Reason…").click()
    row(desk, "Devin O.").get_by_label("Reason").fill("hospital")
    desk.keyboard.press("Enter")
    expect(row(desk, "Devin O.")).to_contain_text("“hospital”")
    expect_pressed(desk, "Devin O.", "Excused")
    look(desk)


def test_attendance_in_five_taps_on_a_tablet_where_a_row_grows_by_one_line(desk, clinic):
    undo_all(desk)
    desk.set_viewport_size({"width": 768, "height": 1024})
    for name in ("Devin O.", "Maria C."):
        press(desk, name, "Late")
        expect(row(desk, name).get_by_text("Late by")).to_be_visible()
        assert row(desk, name).bounding_box()["height"] <= 122
    press(desk, "Priya R.", "No-show")
    expect(row(desk, "Priya R.").get_by_role("button", name="Undo")).to_be_visible()
    expect(desk.get_by_role("button", name="Undo")).to_have_count(1)
    row(desk, "Maria C.").get_by_label("Arrived").fill(clinic.at.wall(7))
    desk.get_by_role("button", name="All still unmarked: present").click()
    counts = desk.locator("#counts")
    expect(counts).to_have_text("5 of 6 here 1 absent", use_inner_text=True)
    expect(row(desk, "Devin O.").get_by_label("Arrived")).to_be_hidden()
    maria = row(desk, "Maria C.").get_by_label("Arrived")
    expect(maria).to_have_value(clinic.at.wall(7))
    maria.press("Enter")
    expect_pressed(desk, "Maria C.", "Late, 7 min")
    look(desk)
    ruth = row(desk, "Ruth L.")
    ruth.get_by_text("Times…").click()
    ruth.get_by_role("button", name="Left now").click()
    expect(ruth).to_contain_text("Left early")
    expect(ruth.get_by_role("button", name="Undo")).to_be_visible()


def test_whoever_was_taken_off_meanwhile_goes_and_the_rest_of_the_sheet_stays(desk, watch):
    watch.allowed = {"status of 404"}
    # As in another tab, it asks for nothing new: else the row goes by itself.
    desk.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    undo_all(desk)
    devin = row(desk, "Devin O.")
    old = (
        "(row) => { row.id = 'row-999'; row.querySelector('[name=mark]').value = '999.1.present'; }"
    )
    devin.evaluate(old)
    press(desk, "Priya R.", "Excused")
    row(desk, "Priya R.").get_by_text("Reason…").click()
    row(desk, "Priya R.").get_by_label("Reason").fill("bus")
    devin.get_by_role("button", name="Present", exact=True).click()
    expect(desk.locator("#messages")).to_contain_text("is no longer on this session")
    expect(desk.get_by_text("Devin O.")).to_have_count(0)
    expect(row(desk, "Priya R.").get_by_label("Reason")).to_have_value("bus")
    press(desk, "Priya R.", "Excused")
    expect(row(desk, "Priya R.")).to_contain_text("“bus”")


def test_a_press_after_the_sign_in_ran_out_is_kept_and_saved_once_one_is_back(desk, clinic, watch):
    watch.allowed = {"status of 401"}
    undo_all(desk)
    with closing(sqlite3.connect(clinic.folder / "clinic.db")) as database, database:
        database.execute("UPDATE sign_in SET ended_at = signed_in_at")
    press(desk, "Devin O.", "Present")
    press(desk, "Priya R.", "Excused")
    said = desk.locator("#messages")
    expect(said).to_contain_text("You were signed out, and this is not saved. It stays here")
    note = row(desk, "Devin O.").locator("[data-note]")
    expect(note).to_have_text("Not saved yet: you were signed out.")
    look(desk)
    with desk.context.expect_page() as opened:
        said.get_by_role("link", name="Sign in again").click()
    opened.value.get_by_label("E-mail").fill("ana@example.org")
    opened.value.get_by_label("Password").fill(PASSWORD)
    opened.value.get_by_role("button", name="Sign in").click()
    expect(heading(opened.value)).to_have_text("Today")
    expect_pressed(desk, "Devin O.", "Present")
    expect_pressed(desk, "Priya R.", "Excused")
    expect(note).to_have_count(0)


def test_names_leave_a_screen_whose_sign_in_has_ended_elsewhere(desk):
    desk.clock.install()
    desk.goto("/building#main")
    expect(heading(desk)).to_have_text("In the building")
    other = desk.context.new_page()
    other.goto("/account")
    other.get_by_text("Ana Rivera", exact=True).first.click()
    other.get_by_role("button", name="Sign out").click()
    expect(heading(other)).to_have_text("Sign in")
    desk.clock.fast_forward("00:21")
    expect(heading(desk)).to_have_text("Sign in")
