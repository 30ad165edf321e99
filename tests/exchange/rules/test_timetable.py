from datetime import date

import pytest

from tests.exchange.files import ABSENT, enrolled, person, problems


def test_a_room_belongs_to_its_site():
    west = {"key": "west", "name": "W", "timezone": "America/New_York", "rooms": []}
    assert problems({"programs[0].site": "west"}, sites=[west]) == [
        f"{path}.room: there is no room room-1 at site west"
        for path in ("series[0]", "series[1]", "sessions[0]")
    ]


@pytest.mark.parametrize("path", ["series[0]", "sessions[0]"])
def test_an_end_is_after_its_start_and_after_its_break(path):
    at_once = {f"{path}.start": "15:00", f"{path}.end": "15:00"}
    assert problems(at_once) == [f"{path}.end: The end, 15:00, is not after the start, 15:00."]
    assert problems({**at_once, f"{path}.end": "09:00"}) == [
        f"{path}.end: The end, 09:00, is not after the start, 15:00."
    ]
    assert problems({**at_once, f"{path}.end": "15:30", f"{path}.break_minutes": 30}) == [
        f"{path}.end: A break of 30 minutes leaves nothing of 30."
    ]


def test_later_plans_follow_one_another_and_are_held_to_the_same():
    plan = {"kind": "group", "days": ["mon"], "start": "18:00", "end": "21:00", "seats": 8}
    plan |= {"room": "room-1", "from": date(2026, 2, 2)}
    assert problems({"series[0].plans": [plan, plan | {"from": date(2026, 3, 2)}]}) == []
    assert problems({"series[0].plans": [plan, plan | {"end": "17:00", "room": "attic"}]}) == [
        "series[0].plans[1].end: The end, 17:00, is not after the start, 18:00.",
        "series[0].plans[1].room: there is no room attic at site main",
        "series[0].plans[1].from: is not after the plan before it",
    ]


@pytest.mark.parametrize("mode", ["virtual", "hybrid"])
def test_only_in_person_needs_a_room_and_only_its_seats_are_those_of_the_room(mode):
    assert problems({"series[0].mode": mode, "series[0].seats": 40}) == []
    assert problems({"series[0].mode": mode, "series[0].room": ABSENT}) == []


def test_a_one_off_session_may_do_without_a_room():
    assert problems({"sessions[0].room": ABSENT}) == []


def test_a_one_off_session_has_seats_for_its_people():
    two = {"sessions[0].enrollments": ["e-001", "e-002"]}
    more = {"participants": [person(2)], "enrollments": [enrolled(2)]}
    assert problems(two, **more) == ["sessions[0].seats: 1 for 2 enrollments"]


@pytest.mark.parametrize(
    ("start", "end", "sentences"),
    [
        ("01:30", "03:00", []),
        (
            "02:30",
            "04:00",
            [
                (
                    "sessions[0].start: 02:30 does not exist on 2026-03-08:"
                    " the clocks go forward, 02:30 becomes 03:30."
                )
            ],
        ),
        (
            "01:30",
            "02:00",
            [
                (
                    "sessions[0].end: 02:00 does not exist on 2026-03-08:"
                    " the clocks go forward, 02:00 becomes 03:00."
                )
            ],
        ),
    ],
)
def test_a_one_off_session_is_at_a_time_that_exists(start, end, sentences):
    night = {
        "sessions[0].date": date(2026, 3, 8),
        "sessions[0].start": start,
        "sessions[0].end": end,
    }
    assert problems(night) == sentences
    series = {"series[1].days": ["sun"], "series[1].start": start, "series[1].end": end}
    assert problems(series) == []
