"""A morning at the door: a tablet becomes a kiosk by a code; right and wrong PINs, a second tap,
and the network gone for a while."""

import csv
import re

from playwright.sync_api import Page, Request, expect

from tests.journeys.eyes import look
from tests.journeys.live import LiveClinic
from tests.journeys.steps import accept_invitation, invite, row, said, see_kiosk_ready, tap
from tests.journeys.test_kiosk_page import LISTEN

MARIA, DEVIN, PRIYA, NOBODY = "270518", "385162", "491730", "999999"


def test_the_kiosk_morning(clinic, sit_down, watch):
    watch.allowed = {"ERR_INTERNET_DISCONNECTED", "status of 422"}
    kiosk, desk, setup = sit_down(tablet=True), sit_down(), sit_down()
    accept_invitation(desk, invite(clinic, "Kim Doyle", "front_desk"))
    accept_invitation(setup, invite(clinic, "Sam Whit", "admin"))
    pair(kiosk, make_code(setup))
    look(kiosk)
    expect(setup.locator("#pairing")).to_contain_text("The tablet was paired at")
    expect(setup.get_by_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$"))).to_be_hidden()
    look(setup)

    tap(kiosk, NOBODY)
    expect(kiosk.get_by_text("Please see the front desk.")).to_be_visible()
    look(kiosk)
    tap(kiosk, MARIA)
    expect(kiosk.get_by_text("Thank you, M.")).to_be_visible()
    expect(kiosk.get_by_text(f"Garden Room, {said(clinic.at.process_from)}")).to_be_visible()
    tap(kiosk, MARIA)
    expect(kiosk.get_by_text("Checked in at")).to_be_visible()
    expect(kiosk.get_by_text("Please enter your PIN.")).to_be_visible(timeout=12_000)
    expect(kiosk.get_by_text("Thank you")).to_have_count(0)

    lose_the_network(kiosk)
    see_what_the_list_says(setup)
    see_who_came(desk)
    dismiss_refused(desk)
    assert came_by_kiosk(clinic) == ["p-001", "p-002", "p-003"]
    pin = make_staff_pin(desk)
    mute(kiosk, pin)
    find_by_name(sit_down(tablet=True), make_code(setup, "Front desk"), pin)


def make_staff_pin(desk: Page) -> str:
    desk.goto("/account/kiosk-pin")
    look(desk)
    desk.get_by_role("button", name="Make a PIN").click()
    return desk.get_by_text(re.compile(r"^[0-9]{6}$")).inner_text()


def mute(kiosk: Page, pin: str) -> None:
    kiosk.add_init_script(f"({LISTEN})()")
    kiosk.get_by_role("link", name="Staff").click()
    kiosk.get_by_label("Your staff PIN").fill(pin)
    kiosk.keyboard.press("Enter")
    kiosk.get_by_role("button", name="Mute").click()
    expect(kiosk.get_by_text("The tablet is silent.")).to_be_visible()
    look(kiosk)
    kiosk.get_by_role("link", name="Back to check-in").click()
    tap(kiosk, MARIA)
    expect(kiosk.get_by_text("Checked in at")).to_be_visible()
    assert kiosk.evaluate("heard") == []


def find_by_name(tablet: Page, address: str, pin: str) -> None:
    """By keyboard alone, once the tablet is paired."""
    tablet.goto(address)
    tablet.get_by_role("button", name="Pair this tablet").click()
    expect(tablet.get_by_label("Your staff PIN")).to_be_focused()
    for typed in ("111111", pin):
        tablet.keyboard.type(typed)
        tablet.keyboard.press("Enter")
        expect(tablet.locator("#staff-pin")).to_have_value("")
    expect(tablet.get_by_role("searchbox", name="Name")).to_be_focused()
    tablet.keyboard.type("sa")
    expect(row(tablet, "Sam W.")).to_contain_text("Garden Room")
    look(tablet)
    tablet.keyboard.press("Tab")
    tablet.keyboard.press("Enter")
    expect(tablet.get_by_text("Sam W. is checked in:")).to_be_visible()
    expect(tablet.get_by_role("listitem")).to_have_count(0)
    tablet.get_by_role("button", name="Lock").click()
    expect(tablet.get_by_text("Sam W.")).to_have_count(0)


def make_code(setup: Page, kind: str = "Check-in by PIN") -> str:
    """Ask for a code on the page of kiosks; gives the address that its square leads to."""
    setup.goto("/setup")
    setup.get_by_role("link", name="Kiosks").click()
    look(setup)
    setup.get_by_label(kind).check()
    setup.get_by_label("Name").last.fill("Front door" if "PIN" in kind else "Desk")
    setup.get_by_role("button", name="Make a code").click()
    look(setup)
    code = setup.get_by_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$")).inner_text()
    return f"/kiosk#{code}"


def pair(kiosk: Page, address: str) -> None:
    kiosk.goto("/kiosk")
    expect(kiosk.get_by_text("This kiosk is not set up.")).to_be_visible()
    kiosk.get_by_label("Code").fill("7K3M 9QXW")
    kiosk.get_by_role("button", name="Pair this tablet").click()
    expect(kiosk.get_by_text("This code is not right.")).to_be_visible()
    look(kiosk)
    kiosk.goto(address)
    expect(kiosk.get_by_label("Code")).to_have_value(address.partition("#")[2])
    assert kiosk.url.endswith("/kiosk")
    kiosk.get_by_role("button", name="Pair this tablet").click()
    see_kiosk_ready(kiosk)


def see_what_the_list_says(setup: Page) -> None:
    setup.get_by_role("link", name="Done").click()
    front = row(setup, "Front door")
    expect(front).to_contain_text("Last heard from today")
    expect(front).to_contain_text("with no check-ins waiting on it")
    expect(front.get_by_role("link", name="1 refused check-in")).to_be_visible()
    look(setup)


def lose_the_network(kiosk: Page) -> None:
    sent: list[str] = []
    kiosk.context.set_offline(True)
    for pin in (DEVIN, PRIYA):
        tap(kiosk, pin)
        expect(kiosk.get_by_text("Your check-in is kept.")).to_be_visible()
    expect(kiosk.get_by_text("Not connected. 2 check-ins are kept")).to_be_visible()
    look(kiosk)

    def note(request: Request) -> None:
        sent.extend(ids_of(request.post_data_json))

    kiosk.on("requestfinished", note)
    with kiosk.expect_response("**/kiosk/check-ins"):
        kiosk.context.set_offline(False)
    expect(kiosk.get_by_text("Not connected.")).to_have_count(0)
    kiosk.remove_listener("requestfinished", note)
    assert len(sent) == len(set(sent)) == 2


def ids_of(upload: dict) -> list[str]:
    return [each["id"] for each in upload["check_ins"]]


def see_who_came(desk: Page) -> None:
    desk.reload()
    cards = desk.get_by_role("listitem").filter(has=desk.get_by_role("img"))
    card = cards.filter(has_text="Now").last
    expect(card.get_by_role("img")).to_have_accessible_name("3 of 6 arrived")
    look(desk)


def dismiss_refused(desk: Page) -> None:
    refused = desk.get_by_role("listitem").filter(has_text="Refused at Front door,")
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text("Nobody has this PIN.")
    refused.get_by_role("button", name="Seen").click()
    expect(refused).to_have_count(0)
    expect(desk.locator("#messages")).to_be_empty()


def came_by_kiosk(clinic: LiveClinic) -> list[str]:
    today = str(clinic.at.today)
    lines = clinic.flask("export", "attendance", "--from", today, "--until", today)
    return sorted(
        each["participant"] for each in csv.DictReader(lines) if each["method"] == "kiosk"
    )
