from types import SimpleNamespace

import pytest

from clinic.arrivals.rules import NOT_OPEN
from clinic.bookings.rules import CANCELLED, TO_COME
from clinic.held import rules
from clinic.held.rules import Held, Led
from clinic.schedule.rules.changes import SIGNED
from tests.bookings.by_hand import NEW_YORK, at

ANA, BEN = Led(1, "Ana Rivera", None, stood_in=False), Led(2, "Ben Cole", None, stood_in=False)
CAM = Led(3, "Cam Diaz", has_led=True, stood_in=True)
TEN = SimpleNamespace(starts_at=at("10:00"), ends_at=at("11:00"), is_cancelled=False)


@pytest.mark.parametrize(
    ("facts", "now", "sentence"),
    [
        ({}, "09:44", NOT_OPEN),
        ({}, "09:45", None),
        ({"is_signed": True}, "12:00", SIGNED),
        ({"is_cancelled": True, "is_signed": True}, "12:00", CANCELLED),
    ],
)
def test_how_a_session_took_place_is_recorded_from_when_its_doors_open_until_it_is_signed(
    facts, now, sentence
):
    session = SimpleNamespace(is_cancelled=facts.get("is_cancelled", False))
    is_signed = facts.get("is_signed", False)
    assert sentence == rules.why_not_record(
        session, opens_at=at("09:45"), is_signed=is_signed, now=at(now)
    )


@pytest.mark.parametrize(
    ("begun", "ended", "now", "wrong"),
    [
        (None, None, "10:30", {}),
        ("10:10", "10:50", "12:00", {}),
        ("07:00", "14:00", "14:00", {}),
        ("06:59", "14:01", "15:00", dict.fromkeys(("held_from", "held_until"), rules.TOO_FAR_OFF)),
        ("11:00", None, "12:00", {"held_from": rules.BEGAN_TOO_LATE}),
        (None, "10:00", "12:00", {"held_until": rules.ENDED_TOO_EARLY}),
        ("10:30", "10:30", "12:00", {"held_until": rules.ENDED_BEFORE_BEGAN}),
        ("10:30", "10:50", "10:20", dict.fromkeys(("held_from", "held_until"), TO_COME)),
    ],
)
def test_a_session_was_held_about_when_it_was_planned(begun, ended, now, wrong):
    held = Held(begun and at(begun), ended and at(ended), None, ())
    found = rules.why_not_times(TEN, held, now=at(now))
    assert {field: sentence for sentence, field in found if sentence} == wrong


@pytest.mark.parametrize(
    ("leaders", "led_by", "stood_in", "after", "words"),
    [
        ((ANA, BEN), (), None, (ANA, BEN), ""),
        ((ANA, BEN), (1, 2), None, (True, True), "Ana Rivera and Ben Cole"),
        ((ANA, BEN), (2,), None, (False, True), "Ben Cole, not Ana Rivera"),
        ((ANA,), (), CAM, (False, CAM), "Cam Diaz (stood in), not Ana Rivera"),
        ((ANA,), (1,), CAM, (True, CAM), "Ana Rivera and Cam Diaz (stood in)"),
        ((ANA, CAM), (3,), None, (False, CAM), "Cam Diaz (stood in), not Ana Rivera"),
        ((ANA, CAM), (), None, (ANA,), ""),  # it was nobody's word
    ],
)
def test_who_led_is_said_of_all_or_of_none(leaders, led_by, stood_in, after, words):
    found = rules.led_anew(leaders, led_by, stood_in)
    wanted = [
        each if isinstance(each, Led) else leaders[place]._replace(has_led=each)
        for place, each in enumerate(after)
    ]
    assert list(found) == wanted
    assert rules.led_words(found) == words


def test_of_nobody_who_was_to_lead_it_is_said_that_they_did_not():
    assert rules.led_words([ANA._replace(has_led=False)]) == "not Ana Rivera"


def test_the_trail_has_ids_and_times_of_how_it_took_place():
    held = Held(at("10:10"), None, "Coping skills", (ANA._replace(has_led=False), CAM))
    assert rules.facts_of(held, "a digest") == {
        "held_from": "2026-03-02T15:10:00+00:00",
        "held_until": None,
        "topic": "a digest",
        "led_by": [3],
        "not_led_by": [1],
        "stood_in": [3],
    }


def test_what_is_to_be_known_otherwise_is_said_of_each():
    planned = Held(None, None, None, (ANA, BEN))
    ben_led = (ANA._replace(has_led=False), BEN._replace(has_led=True))
    told = Held(at("10:10"), None, "Refusal skills", ben_led)
    assert rules.changes_words(planned, told, NEW_YORK) == [
        "Topic: Refusal skills.",
        "Times: began 10:10 am.",
        "Led by: Ben Cole, not Ana Rivera.",
    ]
    assert rules.changes_words(told, planned, NEW_YORK) == [
        "Topic: none.",
        "Times: as planned.",
        "Led by: as planned.",
    ]
    assert rules.changes_words(told, told, NEW_YORK) == []


def test_how_it_took_place_in_words():
    session = SimpleNamespace(held_from=at("10:10"), held_until=None)
    assert rules.times_words(session, NEW_YORK) == "began 10:10 am"
    session.held_until = at("10:50")
    assert rules.times_words(session, NEW_YORK) == "began 10:10 am, ended 10:50 am"
    assert rules.counts_words(40, 60) == (
        "It counts 40 of 60 minutes for whoever was there all the time."
    )
    assert rules.counts_words(60, 60) == "It counts all of its 60 minutes."
