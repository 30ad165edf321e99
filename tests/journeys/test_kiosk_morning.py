"""A morning at the door: right and wrong PINs, a second tap, and the network gone for a while."""

import csv

from playwright.sync_api import Page, expect

from tests.journeys.eyes import look
from tests.journeys.live import LiveClinic
from tests.journeys.steps import accept_invitation, invite, row, said, set_up_kiosk, tap

MARIA, DEVIN, PRIYA, NOBODY = "270518", "385162", "491730", "999999"


def test_the_kiosk_morning(clinic, sit_down, watch):
    watch.allowed = {"ERR_INTERNET_DISCONNECTED"}
    kiosk, desk = sit_down(), sit_down()
    accept_invitation(desk, invite(clinic, "Kim Doyle", "front_desk"))
    kiosk.goto("/kiosk")
    look(kiosk)
    set_up_kiosk(kiosk, clinic)
    look(kiosk)

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
    see_who_came(desk)
    dismiss_refused(desk)
    assert came_by_kiosk(clinic) == ["p-001", "p-002", "p-003"]


def lose_the_network(kiosk: Page) -> None:
    sent: list[str] = []
    kiosk.context.set_offline(True)
    for pin in (DEVIN, PRIYA):
        tap(kiosk, pin)
        expect(kiosk.get_by_text("Your check-in is kept.")).to_be_visible()
    expect(kiosk.get_by_text("Not connected. 2 check-ins are kept")).to_be_visible()
    look(kiosk)
    kiosk.on("request", lambda request: sent.extend(ids_of(request.post_data_json)))
    with kiosk.expect_response("**/kiosk/check-ins"):
        kiosk.context.set_offline(False)
    expect(kiosk.get_by_text("Not connected.")).to_have_count(0)
    assert len(sent) == len(set(sent)) == 2


def ids_of(upload: dict) -> list[str]:
    return [each["id"] for each in upload["check_ins"]]


def see_who_came(desk: Page) -> None:
    desk.reload()
    card = row(desk, "Now")
    expect(card.get_by_role("img")).to_have_accessible_name("3 of 6 arrived")
    look(desk)


def dismiss_refused(desk: Page) -> None:
    refused = desk.get_by_role("listitem").filter(has_text="Refused at Kiosk,")
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
