from datetime import date

import pytest

from clinic.exchange.rules.known import Known, Running
from tests.exchange.files import enrolled, group, one_off, problems


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("sites[1]", {"key": "main", "name": "Again", "timezone": "America/New_York"}),
        ("staff[1]", {"key": "rivera", "name": "Another"}),
        (
            "programs[1]",
            {
                "key": "evening",
                "name": "Another",
                "site": "main",
                "level": "1",
                "population": "adult",
                "weekly_hours": {"min": 1, "max": 2},
            },
        ),
        ("series[2]", group("evening-process")),
        ("participants[1]", {"key": "p-001", "name": "Another"}),
        ("enrollments[1]", enrolled(1)),
        ("sessions[1]", one_off("intake-jo")),
    ],
)
def test_a_key_is_unique_in_its_list(path, entry):
    name = path.partition("[")[0]
    place = f"{name}[0]"
    assert problems({path: entry}) == [f"{path}.key: {entry['key']} is the key of {place} already"]


def test_a_key_of_a_room_is_unique_at_its_site():
    again = {"key": "room-1", "name": "Another", "seats": 14}
    assert problems({"sites[0].rooms[1]": again}) == [
        "sites[0].rooms[1].key: room-1 is the key of sites[0].rooms[0] already"
    ]
    elsewhere = {"key": "west", "name": "W", "timezone": "America/New_York", "rooms": [again]}
    assert problems(sites=[elsewhere]) == []


def test_series_and_one_off_sessions_share_their_keys():
    taken = "sessions[0].key: individual-jo is the key of a series already"
    assert problems({"sessions[0].key": "individual-jo"}) == [taken]
    assert problems(
        {"sessions[0].key": "yoga"}, Known(series={"yoga": Running("evening", "main")})
    ) == ["sessions[0].key: yoga is the key of a series already"]
    assert problems({"series[0].key": "intake"}, Known(one_offs=frozenset(["intake"])))[0] == (
        "series[0].key: intake is the key of a one-off session already"
    )
    assert problems({}, Known(one_offs=frozenset(["intake-jo"]))) == []


def test_a_closure_stands_once():
    again = {"site": "main", "from": date(2026, 5, 25), "until": date(2026, 5, 25), "name": "Again"}
    assert problems(closures=[again]) == ["closures[1]: these days are in closures[0] already"]
