import pytest

from clinic import clock
from clinic.schedule.rules import telling
from tests import make

ZONE = clock.zone(make.ZONE)
BEFORE = {
    "starts_at": "2026-03-12T14:00:00+00:00",
    "ends_at": "2026-03-12T15:00:00+00:00",
    "room_id": 1,
    "mode": "in_person",
    "leaders": [3],
    "is_cancelled": False,
}
WHEN = "Thursday, March 12, 10:00 – 11:00 am"
ABOUT = f"this is about your appointment on {WHEN}."
ELSEWHERE = "It is in another place: please ask where when you arrive."
SOMEBODY = "You will meet somebody else than planned."


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, None),
        ({"seats": 13}, None),
        ({"room_id": 2}, f"{ABOUT} {ELSEWHERE}"),
        ({"leaders": [4]}, f"{ABOUT} {SOMEBODY}"),
        ({"room_id": 2, "leaders": [4]}, f"{ABOUT} {ELSEWHERE} {SOMEBODY}"),
        ({"mode": "virtual", "room_id": None}, f"{ABOUT} It will be held by video."),
        ({"mode": "hybrid"}, f"{ABOUT} You can come in person or by video."),
        (
            {"ends_at": "2026-03-12T15:30:00+00:00", "room_id": 2},
            (
                f"your appointment on {WHEN} has been moved. It is now on Thursday, March 12,"
                f" 10:00 – 11:30 am. {ELSEWHERE}"
            ),
        ),
        ({"is_cancelled": True}, f"your appointment on {WHEN} is cancelled."),
    ],
)
def test_whoever_stays_on_it_is_told_what_is_another_thing_to_them(changes, sentence):
    after = BEFORE | changes
    assert telling.told_of(BEFORE, after, was_on=True, is_on=True, zone=ZONE) == sentence


@pytest.mark.parametrize(
    ("was_on", "is_on", "was_off", "is_off", "sentence"),
    [
        (False, True, False, False, f"you have an appointment on {WHEN}."),
        (True, False, False, False, f"your appointment on {WHEN} is cancelled."),
        (True, True, True, False, f"you have an appointment on {WHEN}."),
        (True, True, True, True, None),
        (False, True, False, True, None),
        (False, False, False, False, None),
    ],
)
def test_who_comes_on_it_or_goes_is_told_so(was_on, is_on, was_off, is_off, sentence):
    before, after = BEFORE | {"is_cancelled": was_off}, BEFORE | {"is_cancelled": is_off}
    assert telling.told_of(before, after, was_on=was_on, is_on=is_on, zone=ZONE) == sentence


def test_a_virtual_one_has_no_other_place():
    before = BEFORE | {"mode": "virtual"}
    after = before | {"room_id": 2}
    assert telling.told_of(before, after, was_on=True, is_on=True, zone=ZONE) is None


def test_a_letter_says_nothing_of_what_or_where_this_is():
    words = telling.letter("you have an appointment.")
    assert words.startswith("Hello,\n\nYou have an appointment.\n\nThis message")
    for telltale in ("clinic", "group", "session", "therapy", "program"):
        assert telltale not in words.lower()
