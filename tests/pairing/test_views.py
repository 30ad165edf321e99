import re

import pytest
from sqlalchemy import select

from clinic import clock
from clinic.accounts.rules import FREE_TRIES
from clinic.db import db
from clinic.formats import qr
from clinic.kiosk.models import KioskDevice
from clinic.pairing.rules import OVER, USED, WRONG
from clinic.tokens import fingerprint
from tests import make

PAIRINGS = "/kiosk/pairings"


@pytest.fixture
def admin(app, at, signed_in):
    at("2026-03-02 09:00")
    make.site(name="Main Street", timezone="America/New_York")
    return signed_in("admin")


def make_code(pages, *, site=1, name="Front door"):
    pages.get("/setup/kiosks")
    answer = pages.submit("/setup/kiosks", site=str(site), name=name, status=200)
    return re.search(r">([0-9A-Z]{4}-[0-9A-Z]{4})<", answer.text)[1], answer


def enter(pages, code, *, status=200):
    return pages.post(PAIRINGS, json={"code": code}, status=status).json


def lines(pages):
    lists = pages.get("/setup/kiosks").page.all("ul", class_="lines")
    return [" ".join(each.text.split()) for one in lists for each in one.all("li")]


def test_a_code_is_shown_once_large_and_as_a_square_and_opens_a_tablet(admin, pages):
    code, answer = make_code(admin)

    assert answer.page.heading == "Pair a tablet"
    assert "Check-in by PIN · " in answer.page.words
    assert "Then it asks for a PIN." in answer.page.words
    assert qr(f"http://localhost/kiosk#{code}") in answer.text
    assert "http://localhost/kiosk" in answer.page.texts("p")
    assert code not in admin.get("/setup/kiosks").text
    assert any("Front door Main Street Waiting for a tablet" in line for line in lines(admin))

    paired = enter(pages, code)
    key = paired["key"]

    assert paired == {"key": key, "kind": "keypad"}

    assert db.scalars(select(KioskDevice.key_hash)).all() == [fingerprint(key)]
    headers = {"Authorization": f"Bearer {key}"}
    pages.post("/kiosk/check-ins", json={"check_ins": []}, headers=headers, status=200)
    assert enter(pages, code, status=422) == {"error": USED}
    assert enter(pages, "7K3M-9QXW", status=422) == {"error": WRONG}


def test_the_page_of_a_code_says_what_became_of_it_and_never_the_code_again(admin, pages, at):
    code, answer = make_code(admin)
    (part,) = answer.page.all(id="pairing")
    assert part.text == "Waiting for the tablet. The code works until 9:10 am."
    its = part.get("data-poll-at")
    assert its == "/setup/kiosks/codes/1"
    asked = admin.get(its, headers={"X-Poll": "1"})
    assert asked.page.all(id="pairing")[0].text == part.text
    assert code not in asked.text
    enter(pages, code)
    (part,) = admin.get(its).page.all(id="pairing")
    assert part.text == "The tablet was paired at 9:00 am. It is called “Front door”."
    assert not part.get("data-poll")
    make_code(admin, name="Back door")
    at("2026-03-02 09:11")
    (part,) = admin.get("/setup/kiosks/codes/2").page.all(id="pairing")
    assert part.text == "This code has ended, and no tablet was paired with it. Make a new one."


@pytest.mark.parametrize("body", [None, {}, {"code": 7}, {"code": 41 * "A"}])
def test_what_is_no_code_at_all_is_a_bad_request(admin, pages, body):
    assert set(pages.post(PAIRINGS, json=body, status=400).json) == {"error"}


def test_whoever_tries_many_codes_waits_some_seconds_and_nobody_else_does(admin, pages, at):
    code, _ = make_code(admin)
    for _ in range(FREE_TRIES):
        assert enter(pages, "7K3M-9QXW", status=422) == {"error": WRONG}

    answer = pages.post(PAIRINGS, json={"code": code}, status=429)

    assert (answer.headers["Retry-After"], answer.json) == (
        "1",
        {"error": "Too many codes were tried from here. Please try again in 1 second."},
    )
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
    wrong = pages.post(PAIRINGS, json={"code": "A"}, status=422, **elsewhere)
    assert wrong.json == {"error": WRONG}
    at("2026-03-02 09:00:01")
    assert set(enter(pages, code)) == {"key", "kind"}


def test_the_list_says_when_each_was_heard_from_and_what_waits(admin, at):
    hill = make.site(name="Hill", timezone="America/Chicago")
    front = make.kiosk_device(name="Front", waiting_taps=0, seen_at=clock.now())
    make.kiosk_device(hill, name="Side", key="s", waiting_taps=2, seen_at=clock.now())
    make.kiosk_device(name="Spare", key="n")
    make.kiosk_device(name="Old", key="o", revoked_at=clock.now())
    make.kiosk_tap(front)
    make.kiosk_tap(front, seen_at=clock.now())
    at("2026-03-02 09:02")

    side, first, spare = lines(admin)

    heard, waits = "Check-in by PIN Last heard from today, ", "with 2 check-ins waiting"
    assert f"Side Hill · {heard}8:00 am (Chicago time), {waits}" in side
    assert f"Front Main Street · {heard}9:00 am (New York time), with no" in first
    assert "1 refused check-in on Today" in first
    paired = "Paired today, 9:00 am (New York time), not heard from since"
    assert f"Spare Main Street · Check-in by PIN {paired}" in spare


def test_the_list_says_where_somebody_may_be_guessing(admin, at):
    now = clock.now()
    make.kiosk_device(
        guessed_at=now, guesses_until=now + 31 * make.instant("2026-03-02 00:02").resolution
    )
    assert "guessing" not in lines(admin)[0]


def test_a_kiosk_is_renamed_and_revoked(admin, pages):
    make.kiosk_device(name="Front")
    make.kiosk_device(name="Back", key="back")

    admin.post("/setup/kiosks/1/name", {"name": "Side"})
    taken = admin.post("/setup/kiosks/1/name", {"name": "Back"}, status=422)
    empty = admin.post("/setup/kiosks/1/name", {"name": " "}, status=422)
    admin.post("/setup/kiosks/2/revoke")
    for path in ("name", "revoke"):
        admin.post(f"/setup/kiosks/2/{path}", {"name": "Rear"}, status=404)

    assert "This site has a kiosk of that name." in taken.text
    assert "Enter a name." in empty.text
    assert [line.split(" Main")[0] for line in lines(admin)] == ["Side"]
    headers = {"Authorization": "Bearer back"}
    pages.post("/kiosk/check-ins", json={"check_ins": []}, headers=headers, status=401)


def test_a_code_is_ended_from_the_list(admin, pages):
    code, _ = make_code(admin)
    admin.post("/setup/kiosks/codes/1/end")
    assert lines(admin) == []
    assert enter(pages, code, status=422) == {"error": OVER}


def test_a_code_needs_a_site_and_a_name_that_is_free(admin):
    make.kiosk_device(name="Front door")
    make.site(name="Hill")
    admin.get("/setup/kiosks")
    for typed, sentence in {
        ("", "Door"): "Choose a site.",
        ("99", "Door"): "Choose one from the list.",
        ("1", "Front door"): "This site has a kiosk of that name.",
        ("1", 41 * "x"): "Field cannot be longer than 40 characters.",
    }.items():
        answer = admin.submit("/setup/kiosks", site=typed[0], name=typed[1], status=422)
        assert sentence in answer.text
    assert db.scalars(select(KioskDevice.name)).all() == ["Front door"]


def test_before_there_is_a_site_there_is_nothing_to_pair(app, signed_in):
    answer = signed_in("admin").get("/setup/kiosks", status=302)
    assert answer.location == "/setup/sites"


def test_a_kiosk_whose_clock_is_wrong_is_named(admin):
    make.kiosk_device(name="Front door", clock_ahead=-300, clock_readings=3)
    make.kiosk_device(name="Back door", key="b", clock_ahead=4, clock_readings=3)
    back, front = lines(admin)
    assert "The kiosk’s clock is 5 min slow." in front
    assert "clock" not in back
