"""What the keypad does with fingers, time and a network that comes and goes."""

import json
import re
from datetime import timedelta

from playwright.sync_api import Page, Response, Route, expect

from clinic import clock
from tests.journeys.eyes import look
from tests.journeys.steps import (
    held_back,
    kiosk_key,
    revoke_kiosks,
    said,
    see_kiosk_ready,
    set_up_kiosk,
    tap,
)

MARIA, DEVIN, PRIYA = "270518", "385162", "491730"
WELCOME = "Please enter your PIN."
CHECK_INS = "**/kiosk/check-ins"

# All that the browser has stored for this page, keys and what they seal left out.
STORED = """async () => {
  const found = [{...localStorage}, {...sessionStorage}, document.cookie, location.href];
  for (const { name } of await indexedDB.databases()) {
    const base = await new Promise((done) => {
      indexedDB.open(name).onsuccess = ({ target }) => done(target.result);
    });
    for (const store of base.objectStoreNames) found.push(await new Promise((done) => {
      base.transaction(store).objectStore(store).getAll().onsuccess = ({ target }) =>
        done([store, target.result]);
    }));
    base.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      found.push([request.url, await (await cache.match(request)).text()]);
    }
  }
  return JSON.stringify(found);
}"""
# Instead of the browser's own: it writes down what is to be heard.
LISTEN = """() => {
  window.heard = [];
  const part = () => ({ connect: (next) => next, frequency: {}, stop() {}, gain: {
    setValueAtTime() {}, linearRampToValueAtTime() {} } });
  window.AudioContext = function () {
    const oscillator = () => { const one = part();
      one.start = () => heard.push(one.frequency.value);
      return one; };
    return { state: "running", currentTime: 0, createGain: part, createOscillator: oscillator };
  };
}"""
NEWER = "navigator.serviceWorker.dispatchEvent(new Event('controllerchange'))"
NO_HTTPS = """() => {
  Object.defineProperty(window, "isSecureContext", { value: false });
  Object.defineProperty(crypto, "subtle", { value: undefined });
  delete Navigator.prototype.serviceWorker;
}"""


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
    assert_nothing_is_left(kiosk)
    revoke_kiosks(clinic)
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
    expect(display).to_have_accessible_name("No digits")  # the next person's come behind none
    kiosk.keyboard.type("12")
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
    revoke_kiosks(clinic)
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
    off = timedelta(hours=14)
    kiosk.clock.install(time=clock.now() - off)
    heard: list[Response] = []

    def is_third(response: Response) -> bool:
        heard.extend([response] if response.url.endswith("check-ins") else [])
        return len(heard) == 3

    with kiosk.expect_response(is_third):
        set_up_kiosk(kiosk, clinic)
    now = clock.now().astimezone(clinic.at.zone)
    minutes = "|".join(said(now + n * timedelta(minutes=1)) for n in (0, 1))
    expect(kiosk.get_by_role("time")).to_have_text(re.compile(f"^({minutes})$"))
    tap(kiosk, PRIYA)
    expect(kiosk.get_by_text("Thank you, P.")).to_be_visible()


def test_a_kiosk_without_https_keeps_nothing_and_says_so(clinic, sit_down, watch):
    watch.allowed = {"ERR_INTERNET_DISCONNECTED"}
    kiosk = sit_down(phone=True)
    kiosk.add_init_script(f"({NO_HTTPS})()")
    set_up_kiosk(kiosk, clinic)
    expect(kiosk.get_by_text("This address is not secure (no https).")).to_be_visible()
    look(kiosk)
    tap(kiosk, DEVIN)
    expect(kiosk.get_by_text("Thank you, D.")).to_be_visible()
    kiosk.context.set_offline(True)
    tap(kiosk, PRIYA)
    expect(kiosk.get_by_text("Please see the front desk.")).to_be_visible()
    kiosk.context.set_offline(False)
    with kiosk.expect_response(CHECK_INS) as sent:
        tap(kiosk, DEVIN)
    assert (len(sent.value.json()["results"]), kiosk.evaluate(STORED)) == (1, kept_nowhere(kiosk))


def test_what_an_older_version_kept_in_clear_is_sealed_and_sent_and_a_newer_one_waits_its_turn(
    clinic, sit_down
):
    key = kiosk_key(clinic)
    old = {"id": "3c8f0d52-9a43-4e6b-8f64-1f1f0a7d9b21", "pin": "999999", "at": f"{clock.now()}"}
    kiosk = sit_down()
    kiosk.goto("/kiosk")
    kiosk.evaluate(
        "([key, tap]) => { localStorage['kiosk-key'] = key;"
        " localStorage['kiosk-tap-' + tap.id] = JSON.stringify(tap); }",
        [key, old],
    )
    with kiosk.expect_response(CHECK_INS) as sent:
        kiosk.reload()
    assert sent.value.request.post_data_json["check_ins"] == [old]
    expect(kiosk.get_by_text(WELCOME)).to_be_visible()
    assert kiosk.evaluate("Object.keys(localStorage)") == []
    see_kiosk_ready(kiosk)
    see_newer_version_wait(kiosk)


def test_done_again_and_attention_sound_each_their_own_way(clinic, sit_down):
    kiosk = sit_down()
    kiosk.add_init_script(f"({LISTEN})()")
    set_up_kiosk(kiosk, clinic)

    def heard_with(pin: str, words: str) -> tuple[int, ...]:
        kiosk.evaluate("heard.length = 0")
        tap(kiosk, pin)
        expect(kiosk.get_by_text(words)).to_be_visible()
        return tuple(kiosk.evaluate("heard"))

    done = heard_with("729461", "Thank you, T.")
    again = heard_with("729461", "Checked in at")
    attention = heard_with("999999", "Please see the front desk.")
    assert len({done, again, attention, ()}) == 4


def see_newer_version_wait(kiosk: Page) -> None:
    """The page is loaded anew when nobody stands here."""
    kiosk.reload()
    expect(kiosk.get_by_text(WELCOME)).to_be_visible()
    kiosk.keyboard.type("12")
    kiosk.evaluate(NEWER)
    expect(kiosk.get_by_role("img")).to_have_accessible_name("2 digits")
    kiosk.get_by_role("button", name="Clear").click()
    with kiosk.expect_navigation():
        kiosk.evaluate(NEWER)
    expect(kiosk.get_by_text(WELCOME)).to_be_visible()


def assert_nothing_is_left(kiosk: Page) -> None:
    """Of whoever has just checked in, in what is stored and where the way back leads."""
    stored = kiosk.evaluate(STORED)
    assert [word for word in ("Thank you, M", MARIA, "Castillo", "Garden") if word in stored] == []
    assert ["taps", []] in json.loads(stored)
    assert kiosk.evaluate("history.length") == 2  # a blank page and the kiosk


def kept_nowhere(kiosk: Page) -> str:
    return json.dumps([{}, {}, "", kiosk.url], separators=(",", ":"))


def telling(kiosk: Page) -> list[str]:
    """Which of these stand anywhere on the page."""
    return [pin for pin in (MARIA, DEVIN, PRIYA, "4917") if pin in kiosk.content()]
