import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic import clock
from clinic.accounts.actions import deactivate
from clinic.accounts.rules import FREE_TRIES
from clinic.codes.queries import code_of
from clinic.codes.rules import minute_of
from clinic.db import db
from clinic.kiosk.models import KioskDevice, Station
from clinic.schedule.models import Method, Status
from clinic.stations import rules
from clinic.stations.actions import make_pin
from clinic.stations.models import KioskUnlock
from clinic.trail import SYSTEM, TrailEvent, TrailLook
from tests import make

KEY = {"Authorization": "Bearer a-device-key"}


@pytest.fixture
def jordan(app, at):
    """A place at ten, at the site where the front desk's tablet is."""
    at("2026-03-02 09:50")
    make.kiosk_device(kind=Station.SEARCH)
    person = make.participant(name="Jordan Avery", preferred_name="Jo")
    session = make.session(room=make.room(name="Room 1"))
    return make.booking(session, make.enrollment(person))


@pytest.fixture
def desk(jordan):
    """Kim at the front desk, whose PIN is 314159."""
    kim = make.staff(name="Kim Doyle", roles=["front_desk"])
    make.staff_pin(kim)
    return kim


@pytest.fixture
def ask(pages):
    def asking(path, status=200, headers=KEY, **sent):
        make.saved()
        answer = pages.ask("POST", f"/kiosk/{path}", json=sent, headers=headers)
        assert answer.status == status, answer.text
        make.read_afresh()
        return answer.json

    return asking


@pytest.fixture
def unlock(ask, desk):
    return ask("unlock", pin="314159")["unlock"]


def test_a_staff_pin_opens_a_kiosk_and_says_whose_it_is_and_how_the_tablet_stands(ask, desk):
    device = db.scalars(select(KioskDevice)).one()
    device.clock_ahead = 300

    opened = ask("unlock", pin="314159")

    assert len(opened.pop("unlock")) == 43
    assert opened == {
        "name": "Kim Doyle",
        "idle_seconds": 300,
        "kiosk": "Front door",
        "site": device.site.name,
        "kind": "search",
        "clock": "The kiosk’s clock is 5 min fast.",
        "may_unpair": True,
    }
    event = db.scalars(select(TrailEvent)).one()
    assert (event.verb, event.subject_id, event.actor_id, event.device) == (
        "kiosk.unlocked",
        device.id,
        desk.account_id,
        f"kiosk:{device.id}",
    )


def test_whoever_is_expected_is_found_by_two_letters_and_checked_in_by_name(ask, unlock, jordan):
    make.booking(jordan.session, make.enrollment(make.participant(name="Sam Berg")))
    elsewhere = make.program(make.site())
    make.booking(make.session(program=elsewhere), make.enrollment(program=elsewhere))

    found = ask("people", unlock=unlock, q="jo")

    person = jordan.enrollment.participant_id
    assert found == {
        "people": [
            {
                "id": person,
                "name": "Jo A.",
                "session": "10:00 am · Room 1",
                "state": "",
                "can_check_in": True,
            }
        ],
        "more": 0,
    }
    done = ask("arrivals", unlock=unlock, person=person)
    assert done["said"] == "Jo A. is checked in: 10:00 am, Room 1."
    assert (jordan.status, jordan.method, jordan.arrived_at) == (
        Status.PRESENT,
        Method.STAFF,
        clock.now(),
    )
    event = db.scalars(select(TrailEvent).order_by(TrailEvent.id.desc())).first()
    assert (event.verb, event.actor_kind, event.device) == (
        "attendance.arrived",
        "account",
        "kiosk:1",
    )
    assert ask("arrivals", unlock=unlock, person=person) == {
        "said": "Jo A. was already checked in: 10:00 am, Room 1.",
        "change": None,
    }
    assert ask("arrivals/undo", unlock=unlock, person=person, change=done["change"]) == {
        "said": "Undone."
    }
    assert jordan.status is Status.EXPECTED


def test_each_who_is_shown_is_in_the_trail_once(ask, unlock, jordan):
    for typed in ("jo", "jor", "xx"):
        ask("people", unlock=unlock, q=typed)
    looks = db.scalars(select(TrailLook)).all()
    assert [(each.page, each.participant_ids) for each in looks] == [
        ("stations.people", [jordan.enrollment.participant_id])
    ]


def test_a_kiosk_shows_some_and_says_how_many_more_there_are(ask, unlock, jordan):
    for number in range(9):
        make.booking(jordan.session, make.enrollment(make.participant(name=f"Joan {number}")))
    found = ask("people", unlock=unlock, q="jo")
    assert (len(found["people"]), found["more"]) == (8, 2)


def test_a_clinician_finds_and_checks_in_whom_they_see_alone(ask, jordan):
    ana = make.staff(name="Ana Rivera")
    make.staff_pin(ana, "271828")
    other = make.booking(
        make.session(start="10:00", end="11:00"),
        make.enrollment(make.participant(name="Joan Own"), clinician=ana),
    )
    opened = ask("unlock", pin="271828")
    token = opened["unlock"]

    assert opened["may_unpair"] is False
    assert [each["name"] for each in ask("people", unlock=token, q="jo")["people"]] == ["Joan O."]
    wrong = {"unlock": token, "person": jordan.enrollment.participant_id}
    assert ask("arrivals", 422, **wrong)["error"] == rules.NOT_EXPECTED
    ask("arrivals", unlock=token, person=other.enrollment.participant_id)
    assert (other.status, jordan.status) == (Status.PRESENT, Status.EXPECTED)
    assert ask("unpair", 422, unlock=token)["error"] == rules.NOT_YOURS


LOCKED = {"error": "Locked. Enter your staff PIN.", "is_locked": True}
WAYS = ["people", "arrivals", "arrivals/undo", "unpair"]


@pytest.mark.parametrize("path", WAYS)
def test_without_what_a_pin_opened_nothing_is_told_or_done(ask, desk, path):
    assert ask(path, 422, unlock="anything", q="jo", person=1) == LOCKED


@pytest.mark.parametrize(
    "end",
    [
        lambda desk: make_pin(desk.account_id, by=SYSTEM, now=clock.now()),
        lambda desk: deactivate(desk.account, by=SYSTEM, now=clock.now()),
        lambda desk: setattr(desk.account, "roles", frozenset()),
    ],
)
def test_a_kiosk_is_locked_from_the_next_word_on(ask, desk, unlock, end):
    ask("people", unlock=unlock, q="jo")
    end(desk)
    assert ask("people", 422, unlock=unlock, q="jo") == LOCKED


def test_a_kiosk_that_nobody_uses_locks_itself_and_one_in_use_stays_open(ask, desk, unlock, at):
    for minutes in ("54", "58"):
        at(f"2026-03-02 09:{minutes}")
        ask("people", unlock=unlock, q="jo")
    at("2026-03-02 10:03:01")
    assert ask("people", 422, unlock=unlock, q="jo") == LOCKED
    ask("lock", unlock=unlock)


def test_whoever_leaves_a_kiosk_locks_it(ask, unlock):
    for _ in range(2):
        assert ask("lock", unlock=unlock) == {}
    assert ask("people", 422, unlock=unlock, q="jo") == LOCKED


def test_what_opened_one_kiosk_opens_no_other(ask, unlock):
    make.kiosk_device(key="other", kind=Station.SEARCH)
    headers = {"Authorization": "Bearer other"}
    assert ask("people", 422, headers, unlock=unlock, q="jo") == LOCKED


def test_a_keypad_at_the_door_finds_nobody_and_checks_nobody_in_by_name(ask, unlock, jordan):
    db.scalars(select(KioskDevice)).one().kind = Station.KEYPAD
    person = jordan.enrollment.participant_id
    for path in ("people", "arrivals"):
        answer = ask(path, 422, unlock=unlock, q="jo", person=person)
        assert answer == {"error": rules.NOT_A_SEARCH, "is_locked": False}
    assert jordan.status is Status.EXPECTED


def test_staff_unpair_a_kiosk(ask, desk, unlock):
    assert ask("unpair", unlock=unlock) == {}
    assert ask("people", 401, unlock=unlock) == {"error": "This kiosk is not set up."}
    event = db.scalars(select(TrailEvent).where(TrailEvent.verb == "kiosk.revoked")).one()
    assert event.actor_id == desk.account_id


def test_wrong_pins_have_a_kiosk_wait_longer_and_no_other(ask, desk, at):
    bilal = make.staff(name="Bilal Noor", roles=["billing"])
    make.staff_pin(bilal, "161803")  # may not
    make.kiosk_device(key="other")
    for _ in range(FREE_TRIES):
        assert ask("unlock", 422, pin="161803") == {"error": rules.WRONG}
    assert ask("unlock", 429, pin="314159") == {
        "error": "Too many PINs were wrong here. Please try again in 1 second."
    }
    ask("unlock", headers={"Authorization": "Bearer other"}, pin="314159")
    at("2026-03-02 09:50:01")
    ask("unlock", pin="314159")


def test_what_is_no_question_is_bad_and_no_kiosk_is_told_nothing(ask, desk):
    assert set(ask("unlock", 400, pin=7)) == {"error"}
    assert ask("unlock", 401, {}, pin="314159") == {"error": "This kiosk is not set up."}
    assert ask("people", 401, {"Authorization": "Bearer x"}) == {
        "error": "This kiosk is not set up."
    }


def test_one_makes_a_pin_of_ones_own_sees_it_once_and_takes_it_away(signed_in, jordan, ask):
    kim = make.staff(name="Kim Doyle", roles=["front_desk"])
    pages = signed_in(kim)
    assert "You have none yet." in pages.get("/account/kiosk-pin").text
    given = pages.submit("/account/kiosk-pin", status=200)
    pin = re.search(r">(\d{6})<", given.text)[1]
    token = ask("unlock", pin=pin)["unlock"]
    assert pin not in pages.get("/account/kiosk-pin").text

    again = re.search(r">(\d{6})<", pages.submit("/account/kiosk-pin", status=200).text)[1]
    assert ask("unlock", 422, pin=pin) == {"error": rules.WRONG}
    assert ask("people", 422, unlock=token, q="jo") == LOCKED
    ask("unlock", pin=again)

    pages.get("/account/kiosk-pin")
    gone = pages.submit("/account/kiosk-pin/remove")
    assert gone.location == "/account/kiosk-pin"
    pages.post("/account/kiosk-pin/remove", status=302)
    assert ask("unlock", 422, pin=again) == {"error": rules.WRONG}
    verbs = [each for each in db.scalars(select(TrailEvent.verb)) if each.startswith("account.k")]
    assert verbs == 2 * ["account.kiosk_pin_made"] + ["account.kiosk_pin_removed"]


def test_what_was_opened_long_ago_is_swept_away(ask, desk, unlock, at):
    at("2026-03-03 09:50")
    ask("unlock", pin="314159")
    opened = db.scalars(select(KioskUnlock.unlocked_at)).all()
    assert opened == [clock.now()]
    assert clock.now() - timedelta(days=1) == make.instant("2026-03-02 09:50")


def test_the_screen_in_a_room_shows_the_code_of_each_session_that_is_open_there(ask, app, at):
    at("2026-03-02 09:50:20")
    device = make.kiosk_device(kind=Station.ROOM)
    maple, oak = make.room(name="Maple"), make.room(name="Oak", is_active=False)
    ending = make.session(start="09:00", end="10:00", room=maple)
    begins = make.session(start="10:00", end="11:00", room=maple)
    asked = ask("room/codes")
    assert asked == {
        "rooms": [{"id": maple.id, "name": "Maple"}],
        "room": None,
        "codes": [],
        "left": 40,
    }
    assert ask("room/codes", room=oak.id)["room"] is None
    shown = ask("room/codes", room=maple.id)
    minute = minute_of(make.instant("2026-03-02 09:50"))
    assert shown["room"] == "Maple"
    assert [(each["when"], each["code"]) for each in shown["codes"]] == [
        ("9:00 – 10:00 am", code_of(ending.id, minute)),
        ("10:00 – 11:00 am", code_of(begins.id, minute)),
    ]
    assert all(each["square"].startswith("<svg") for each in shown["codes"])
    assert ask("room/codes", status=400, room="1")["error"] == "room must be a whole number."
    device.kind = Station.KEYPAD
    assert ask("room/codes", status=422)["error"] == rules.NOT_A_ROOM


def test_the_page_of_the_front_desk_says_nothing_of_what_this_is_or_of_anybody(pages, jordan):
    page = pages.get("/kiosk/search").page
    assert (page.title, page.heading) == ("Front desk · Daybook", "Front desk")
    assert "Jordan" not in pages.get("/kiosk/search").text
    # Without names: what is typed gets into no address.
    assert {each.get("name") for each in page.all("input")} == {""}
