from datetime import date

import pytest

from clinic.exchange.rules.known import Known, Running
from tests.exchange.files import ABSENT, person, problems


def test_the_example_of_the_contract_has_no_problems():
    assert problems() == []


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("programs[0].site", "there is no site nowhere"),
        ("closures[0].site", "there is no site nowhere"),
        ("series[1].program", "there is no program nowhere"),
        ("series[1].room", "there is no room nowhere at site main"),
        ("series[1].leaders[0]", "there is no staff member nowhere"),
        ("enrollments[0].participant", "there is no participant nowhere"),
        ("enrollments[0].program", "there is no program nowhere"),
        ("enrollments[0].clinician", "there is no staff member nowhere"),
        ("enrollments[0].series[0]", "there is no series nowhere"),
        ("enrollments[0].series[1].key", "there is no series nowhere"),
        ("sessions[0].program", "there is no program nowhere"),
        ("sessions[0].room", "there is no room nowhere at site main"),
        ("sessions[0].leaders[0]", "there is no staff member nowhere"),
        ("sessions[0].enrollments[0]", "there is no enrollment nowhere"),
    ],
)
def test_an_unknown_reference_is_told_at_its_place(path, sentence):
    place = path.removesuffix(".key")
    assert f"{place}: {sentence}" in problems({path: "nowhere"})
    if path != "programs[0].site":  # whose series then have no site, either
        assert len(problems({path: "nowhere"})) == 1


def test_what_is_known_from_before_can_be_referred_to():
    known = Known(
        staff=frozenset(["chen"]),
        series={"yoga": Running("day", "west")},
        program_sites={"day": "west"},
        rooms={("west", "room-9"): 12},
        zones={"west": "America/Los_Angeles"},
    )
    changes = {
        "series[0].program": "day",
        "series[0].room": "room-9",
        "series[0].leaders": ["chen"],
        "enrollments[0].series": ["yoga"],
    }
    assert problems(changes, known) == []


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("series[0].until", date(2026, 1, 4), "series[0].until: is before from"),
        ("closures[0].until", date(2026, 5, 24), "closures[0].until: is before from"),
        (
            "enrollments[0].unavailable[0].end",
            "08:00",
            "enrollments[0].unavailable[0].end: is not after start",
        ),
        (
            "enrollments[0].transition_weeks[0]",
            date(2026, 3, 3),
            "enrollments[0].transition_weeks[0]: 2026-03-03 begins no week; 2026-03-02 does",
        ),
        ("programs[0].weekly_hours.max", 8, "programs[0].weekly_hours: max is less than min"),
        ("series[0].seats", 15, "series[0].seats: room room-1 has 14 seats, not 15"),
        ("sites[0].rooms[0].seats", 11, "series[0].seats: room room-1 has 11 seats, not 12"),
        (
            "series[0].room",
            ABSENT,
            "series[0].room: is missing; only a virtual series can do without",
        ),
        ("series[0].leaders", ["rivera", "rivera"], "series[0].leaders: names someone twice"),
        (
            "sessions[0].enrollments",
            ["e-001", "e-001"],
            "sessions[0].enrollments: names someone twice",
        ),
    ],
)
def test_ranges_and_limits(path, value, sentence):
    found = problems({path: value})
    if path == "sessions[0].enrollments":
        assert found == [sentence, "sessions[0].seats: 1 for 2 enrollments"]
    else:
        assert found == [sentence]


def test_all_problems_are_told_at_once():
    assert problems(
        {
            "programs[0].weekly_hours.max": 8,
            "series[0].leaders[0]": "nobody",
            "series[1].seats": 15,
            "closures[0].until": date(2026, 5, 1),
            "enrollments[0].clinician": "nobody",
            "sessions[0].room": "cellar",
        },
        participants=[person(1)],
    ) == [
        "participants[1].key: p-001 is the key of participants[0] already",
        "programs[0].weekly_hours: max is less than min",
        "series[0].leaders[0]: there is no staff member nobody",
        "series[1].seats: room room-1 has 14 seats, not 15",
        "closures[0].until: is before from",
        "enrollments[0].clinician: there is no staff member nobody",
        "sessions[0].room: there is no room cellar at site main",
    ]
