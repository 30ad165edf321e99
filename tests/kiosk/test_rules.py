from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from clinic.kiosk import rules
from clinic.kiosk.rules import Guesses, Tap, Visit

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
TAP = Tap(id="1", asked="ab" * 32, pin_digest="p", at=NOW)
VISIT = Visit("2026-03-02T10:00:00-05:00", "2026-03-02T11:00:00-05:00", "Room 1", "…")


def guesses(number, *, minutes_ago):
    return Guesses(number, NOW - timedelta(minutes=minutes_ago))


@pytest.mark.parametrize(
    ("tried", "is_known", "sentence"),
    [
        (Guesses(0, None), True, None),
        (Guesses(0, None), False, rules.UNKNOWN_PIN),
        (guesses(19, minutes_ago=9), True, None),
        (guesses(19, minutes_ago=9), False, rules.UNKNOWN_PIN),
        (guesses(20, minutes_ago=9), True, rules.TOO_MANY_UNKNOWN_PINS),
        (guesses(20, minutes_ago=9), False, rules.TOO_MANY_UNKNOWN_PINS),
        (guesses(20, minutes_ago=10), True, None),
    ],
)
def test_after_twenty_unknown_pins_none_is_looked_at_for_the_rest_of_ten_minutes(
    tried, is_known, sentence
):
    assert rules.why_not_take(TAP, tried, is_known=is_known, now=NOW) == sentence


def test_a_tap_that_cannot_be_read_is_refused_for_that():
    unreadable = TAP._replace(problem="It cannot be read.")
    tried = guesses(20, minutes_ago=1)
    assert rules.why_not_take(unreadable, tried, is_known=False, now=NOW) == "It cannot be read."


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
    assert rules.welcome(name, [VISIT], is_new=True) == {
        "result": "checked_in",
        "greeting": greeting,
        "sessions": [
            {
                "start": "2026-03-02T10:00:00-05:00",
                "end": "2026-03-02T11:00:00-05:00",
                "room": "Room 1",
                "arrived": "…",
            }
        ],
        "reason": None,
    }


def test_who_was_here_before_is_told_so():
    assert rules.welcome("Jo", [VISIT], is_new=False)["result"] == "already_checked_in"


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
