from datetime import date

from tests.exchange.files import problems


def test_a_room_belongs_to_its_site():
    west = {"key": "west", "name": "W", "timezone": "America/New_York", "rooms": []}
    assert problems({"programs[0].site": "west"}, sites=[west]) == [
        f"{path}.room: there is no room room-1 at site west"
        for path in ("series[0]", "series[1]", "sessions[0]")
    ]


def test_later_plans_follow_one_another_and_refer_to_what_there_is():
    plan = {"kind": "group", "days": ["mon"], "start": "18:00", "end": "21:00", "seats": 8}
    plan |= {"room": "room-1", "from": date(2026, 2, 2)}
    assert problems({"series[0].plans": [plan, plan | {"from": date(2026, 3, 2)}]}) == []
    assert problems({"series[0].plans": [plan, plan | {"room": "attic"}]}) == [
        "series[0].plans[1].room: there is no room attic at site main",
        "series[0].plans[1].from: is not after the plan before it",
    ]
