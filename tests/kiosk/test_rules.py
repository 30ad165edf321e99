from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from clinic.kiosk import rules
from clinic.kiosk.rules import Tap
from tests.attendance.bookings import NEW_YORK, at, booked

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
TAP = Tap(id="1", asked="ab" * 32, pin_digest="p", at=NOW)
TEN = booked("10:00", "11:00", room="Room 1", arrived_at=at("10:07:30"))


def door(number, since=None, *, is_known=True):
    participant_id = 7 if is_known else None
    return SimpleNamespace(unknown_pins=number, unknown_since=since, participant_id=participant_id)


def guesses(number, *, minutes_ago, **facts):
    return door(number, NOW - timedelta(minutes=minutes_ago), **facts)


def welcome(name, *places, is_new=True):
    return rules.welcome(name, places, zone=NEW_YORK, is_new=is_new)


@pytest.mark.parametrize(
    ("tried", "sentence"),
    [
        (door(0), None),
        (door(0, is_known=False), rules.UNKNOWN_PIN),
        (guesses(19, minutes_ago=9), None),
        (guesses(19, minutes_ago=9, is_known=False), rules.UNKNOWN_PIN),
        (guesses(20, minutes_ago=9), rules.TOO_MANY_UNKNOWN_PINS),
        (guesses(20, minutes_ago=9, is_known=False), rules.TOO_MANY_UNKNOWN_PINS),
        (guesses(20, minutes_ago=10), None),
    ],
)
def test_after_twenty_unknown_pins_none_is_looked_at_for_the_rest_of_ten_minutes(tried, sentence):
    assert rules.why_not_take(TAP, tried, now=NOW) == sentence


def test_a_tap_that_cannot_be_read_is_refused_for_that():
    unreadable = TAP._replace(problem="It cannot be read.")
    tried = guesses(20, minutes_ago=1, is_known=False)
    assert rules.why_not_take(unreadable, tried, now=NOW) == "It cannot be read."


def test_a_spare_id_is_a_uuid_and_the_same_for_the_same_tap():
    spare = rules.spare_id("ab" * 32)
    assert spare == str(UUID(spare)) == rules.spare_id("ab" * 32)
    assert rules.spare_id("ac" * 32) != spare


def test_a_stray_is_the_same_tap_under_an_id_of_its_own():
    stray = rules.stray(TAP)
    assert (stray.id, stray.problem, stray.reason) == (
        rules.spare_id(TAP.asked),
        rules.ID_TAKEN,
        "id_reused",
    )
    assert stray._replace(id=TAP.id, problem=None, reason=TAP.reason) == TAP


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("Jordan Avery", "Thank you, J."),
        ("  jo", "Thank you, J."),
        ("Élodie", "Thank you, É."),
        ("ßen", "Thank you, S."),
        ("<script>alert(1)</script>", "Thank you, <."),
    ],
)
def test_a_welcome_names_nobody_beyond_an_initial(name, greeting):
    assert welcome(name, TEN) == {
        "result": "checked_in",
        "greeting": greeting,
        "sessions": [
            {
                "start": "2026-03-02T10:00:00-05:00",
                "end": "2026-03-02T11:00:00-05:00",
                "room": "Room 1",
                "arrived": "2026-03-02T10:07:30-05:00",
            }
        ],
        "reason": None,
    }


def test_who_was_here_before_is_told_so():
    assert welcome("Jo", TEN, is_new=False)["result"] == "already_checked_in"


def test_whoever_was_there_from_the_start_arrived_with_it():
    (visit,) = welcome("Jo", TEN._replace(arrived_at=None, room=None))["sessions"]
    assert (visit["arrived"], visit["room"]) == (visit["start"], "")


def test_every_refusal_reads_the_same():
    refusals = [
        rules.refusal(rules.SEE_FRONT_DESK),
        rules.refusal(rules.MALFORMED),
        rules.refusal(rules.ID_REUSED),
    ]
    assert [refusal.pop("reason") for refusal in refusals] == [
        "see_front_desk",
        "malformed",
        "id_reused",
    ]
    assert refusals == 3 * [
        {"result": "refused", "greeting": "Please see the front desk.", "sessions": []}
    ]


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        (set(), "Kiosk"),
        ({"Front door"}, "Kiosk"),
        ({"Kiosk"}, "Kiosk 2"),
        ({"Kiosk", "Kiosk 2", "Kiosk 4"}, "Kiosk 3"),
    ],
)
def test_a_kiosk_without_a_name_gets_the_first_free_one(taken, name):
    assert rules.free_name(taken) == name


def test_a_kiosk_has_a_name_of_its_own_at_its_site():
    assert rules.why_not_name(None, taken={"Kiosk"}) is None
    assert rules.why_not_name("Front door", taken={"Kiosk"}) is None
    assert rules.why_not_name("Kiosk", taken={"Kiosk"}) == (
        "This site has a kiosk of that name. Revoke it first."
    )
    assert rules.why_not_name(" ", taken=set()) == (
        "Give the kiosk a name, or leave the option out."
    )


def test_only_a_kiosk_that_is_in_use_can_be_revoked_by_name():
    assert rules.why_not_revoke(None, number=0) is None
    assert rules.why_not_revoke("Kiosk", number=1) is None
    assert rules.why_not_revoke("Kiosk", number=0) == rules.NO_SUCH_KIOSK
