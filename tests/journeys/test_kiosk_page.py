"""What the keypad does with fingers, time and a network that comes and goes."""

from datetime import timedelta

from playwright.sync_api import Page, Route, expect

from clinic import clock
from tests.journeys.steps import held_back, set_up_kiosk, tap

MARIA, DEVIN, PRIYA = "270518", "385162", "491730"
WELCOME = "Please enter your PIN."
CHECK_INS = "**/kiosk/check-ins"


def test_an_answer_stays_for_eight_seconds_and_an_idle_kiosk_hears_that_it_is_shut_out(
    clinic, sit_down, watch
):
    watch.allowed = {"status of 401"}
    kiosk = sit_down()
    kiosk.clock.install()
    set_up_kiosk(kiosk, clinic)
    kiosk.clock.pause_at(clock.now() + timedelta(seconds=5))
    tap(kiosk, MARIA)
    expect(kiosk.get_by_text("Thank you, M.")).to_be_visible()
    kiosk.clock.run_for(7_900)
    expect(kiosk.get_by_text("Thank you, M.")).to_be_visible()
    kiosk.clock.run_for(200)
    expect(kiosk.get_by_text(WELCOME)).to_be_visible()
    assert telling(kiosk) == []
    clinic.flask("kiosk", "revoke", "--site", "main")
    kiosk.clock.resume()
    kiosk.clock.fast_forward(75_000)  # nobody comes
    expect(kiosk.get_by_text("This kiosk is not set up any more.")).to_be_visible()


def test_ok_once_more_leaves_what_is_said(clinic, sit_down):
    kiosk = sit_down()
    set_up_kiosk(kiosk, clinic)
    ok, thanks = kiosk.get_by_role("button", name="OK"), kiosk.get_by_text("Thank you, D.")
    ok.click()
    expect(kiosk.get_by_text(WELCOME)).to_be_visible()
    for ms in (40, 150, 400):
        tap(kiosk, DEVIN)
        kiosk.wait_for_timeout(ms)
        ok.click()
        expect(thanks).to_be_visible()
        kiosk.keyboard.press("Enter")
        assert thanks.is_visible()
    on_its_way = held_back(kiosk, CHECK_INS)
    tap(kiosk, DEVIN)
    ok.click()
    assert kiosk.get_by_text("One moment…").is_visible()
    on_its_way.pop().continue_()
    expect(thanks).to_be_visible()
    assert on_its_way == []


def test_digits_show_as_dots_and_can_be_taken_back(clinic, sit_down):
    kiosk = sit_down()
    set_up_kiosk(kiosk, clinic)
    display = kiosk.get_by_role("img")
    kiosk.keyboard.type("4917")
    expect(display).to_have_accessible_name("4 digits")
    assert telling(kiosk) == []
    kiosk.keyboard.press("Backspace")
    expect(display).to_have_accessible_name("3 digits")
    kiosk.get_by_role("button", name="Delete last digit").click()
    expect(display).to_have_accessible_name("2 digits")
    kiosk.keyboard.type("q1")
    expect(kiosk.get_by_text("A PIN has digits only.")).to_be_visible()
    expect(display).to_have_accessible_name("3 digits")
    kiosk.keyboard.press("Enter")
    expect(kiosk.get_by_text("A PIN has at least 4 digits.")).to_be_visible()
    kiosk.keyboard.press("Escape")
    expect(display).to_have_accessible_name("No digits")
    kiosk.keyboard.type(f"0{PRIYA}")
    kiosk.get_by_role("button", name="Clear").click()
    kiosk.keyboard.type(PRIYA)
    kiosk.keyboard.press("Enter")
    expect(kiosk.get_by_text("Thank you, P.")).to_be_visible()


def test_a_late_answer_is_not_shown_to_whoever_comes_next(clinic, sit_down):
    kiosk = sit_down()
    set_up_kiosk(kiosk, clinic)
    on_its_way = held_back(kiosk, CHECK_INS)
    tap(kiosk, DEVIN)
    expect(kiosk.get_by_text("One moment…")).to_be_visible()
    kiosk.get_by_role("button", name="4").click()
    with kiosk.expect_response(CHECK_INS) as answer:
        on_its_way.pop().continue_()
    assert answer.value.json()["results"][0]["greeting"] == "Thank you, D."
    expect(kiosk.get_by_text(WELCOME)).to_be_visible()
    expect(kiosk.get_by_role("img")).to_have_accessible_name("1 digit")


def test_who_is_told_to_wait_is_checked_in_a_moment_later(clinic, sit_down):
    kiosk = sit_down()
    set_up_kiosk(kiosk, clinic)
    uploads: list[dict] = []

    def have_it_wait(route: Route) -> None:
        uploads.append(route.request.post_data_json)
        if len(uploads) > 1:
            return route.continue_()
        (asked,) = uploads[0]["check_ins"]
        wait = {"id": asked["id"], "result": "refused", "reason": "wait", "retry_after": 1}
        return route.fulfill(json={"results": [wait]})

    kiosk.route(CHECK_INS, have_it_wait)
    tap(kiosk, PRIYA)
    expect(kiosk.get_by_text("It takes 1 second.")).to_be_visible()
    assert kiosk.get_by_text("One moment…").is_visible()
    expect(kiosk.get_by_text("Thank you, P.")).to_be_visible()
    first, again = uploads
    assert (again["check_ins"], again["waiting"]) == (first["check_ins"], 0)


def test_a_kept_tap_outlives_its_page_and_is_sent_by_the_next(clinic, sit_down, watch):
    watch.allowed = {"ERR_INTERNET_DISCONNECTED"}
    kiosk = sit_down()
    set_up_kiosk(kiosk, clinic)
    kiosk.context.set_offline(True)
    tap(kiosk, "506294")
    expect(kiosk.get_by_text("Your check-in is kept.")).to_be_visible()
    kiosk.close()

    again = kiosk.context.new_page()
    kiosk.context.set_offline(False)
    with again.expect_response(CHECK_INS) as sent:
        again.goto("/kiosk")
    assert [each["result"] for each in sent.value.json()["results"]] == ["checked_in"]
    tap(again, "506294")
    expect(again.get_by_text("Checked in at")).to_be_visible()


def test_a_kiosk_that_was_shut_out_keeps_the_tap_until_it_is_set_up_again(clinic, sit_down, watch):
    watch.allowed = {"status of 401"}
    kiosk = sit_down()
    set_up_kiosk(kiosk, clinic)
    clinic.flask("kiosk", "revoke", "--site", "main")
    tap(kiosk, "618347")
    expect(kiosk.get_by_text("This kiosk is not set up any more.")).to_be_visible()
    expect(kiosk.get_by_text("Its key is no longer right.")).to_be_visible()
    expect(kiosk.get_by_text("1 check-in is kept and will be sent.")).to_be_visible()
    expect(kiosk.get_by_role("group", name="Keypad")).to_be_hidden()
    with kiosk.expect_response(CHECK_INS) as sent:
        set_up_kiosk(kiosk, clinic)
    assert [each["result"] for each in sent.value.json()["results"]] == ["checked_in"]


def test_a_key_that_is_not_right_is_said_to_be_so(clinic, sit_down, watch):
    watch.allowed = {"status of 401"}
    kiosk = sit_down()
    kiosk.goto("/kiosk")
    kiosk.get_by_text("I have a device key").click()
    key = kiosk.get_by_label("Device key")
    key.fill("a key of nobody")
    key.press("Enter")
    expect(kiosk.get_by_text("This key is not right.")).to_be_visible()
    expect(key).to_be_focused()
    expect(key).to_have_attribute("aria-invalid", "true")
    set_up_kiosk(kiosk, clinic)


def test_a_tablet_whose_clock_is_wrong_goes_by_that_of_the_clinic(clinic, sit_down):
    kiosk = sit_down()
    kiosk.clock.install(time=clock.now() - timedelta(hours=14))
    with kiosk.expect_response(CHECK_INS):
        set_up_kiosk(kiosk, clinic)
    tap(kiosk, PRIYA)
    expect(kiosk.get_by_text("Thank you, P.")).to_be_visible()


def telling(kiosk: Page) -> list[str]:
    """Which of these stand anywhere on the page."""
    return [pin for pin in (MARIA, DEVIN, PRIYA, "4917") if pin in kiosk.content()]
