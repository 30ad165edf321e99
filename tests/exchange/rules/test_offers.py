import pytest

from clinic.exchange.rules.known import Known, Running
from clinic.schedule.models import Mode
from tests.exchange.files import problems

OWN = {"key": "own", "name": "Ours", "jurisdiction": "Here", "citation": "None"}


def of_rules(rule_set, known=None):
    return problems({"rule_sets": [OWN | rule_set]}, known)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (
            "organization.day_parts",
            {"afternoon": "12:00", "evening": "11:59"},
            "organization.day_parts.evening: is before afternoon",
        ),
        (
            "organization.policy",
            {"misses": 3},
            "organization.policy: misses and days go together: so many within so many days",
        ),
        (
            "organization.policy",
            {"days": 30},
            "organization.policy: misses and days go together: so many within so many days",
        ),
        (
            "programs[0].service_days",
            {"min": 4, "max": 3},
            "programs[0].service_days: max is less than min",
        ),
        (
            "programs[0].counts",
            ["group", "family", "group"],
            "programs[0].counts[2]: group is in programs[0].counts[0] already",
        ),
        (
            "programs[0].mix",
            [{"kind": "group", "sessions": 2}, {"kind": "group", "sessions": 1, "minutes": 50}],
            "programs[0].mix[1].kind: group is in programs[0].mix[0].kind already",
        ),
        ("programs[0].rule_set", "nowhere", "programs[0].rule_set: there is no rule set nowhere"),
    ],
)
def test_settings_and_programs_make_sense(path, value, problem):
    assert problems({path: value}) == [problem]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("organization.day_parts", {"afternoon": "12:00", "evening": "24:00"}),
        ("organization.policy", {"misses": 3, "days": 30}),
        ("organization.policy", {"in_a_row": 2}),
        ("programs[0].service_days", {"max": 4}),
        ("programs[0].service_days", {"min": 4, "max": 4}),
        ("programs[0].counts", []),
    ],
)
def test_settings_may_be_these(path, value):
    assert problems({path: value}) == []


def test_a_rule_set_is_the_clinics_own_and_says_each_thing_once():
    asam = Known(rule_sets={"asam": True, "own": False})
    assert of_rules({"copied_from": "asam"}, asam) == []
    assert of_rules({"key": "asam"}, asam) == [
        "rule_sets[0].key: asam comes with the product; copy it under a key of your own"
    ]
    assert of_rules({"copied_from": "own"}) == ["rule_sets[0].copied_from: is the rule set itself"]
    assert of_rules({"copied_from": "nowhere"}) == [
        "rule_sets[0].copied_from: there is no rule set nowhere"
    ]
    seats = {"measure": "seats_max", "value": 10, "kind": "group"}
    assert of_rules({"rules": [seats, seats | {"leaders": 2, "value": 12}]}) == []
    assert of_rules({"rules": [seats, seats | {"value": 12}]}) == [
        "rule_sets[0].rules[1]: rule_sets[0].rules[0] says this already"
    ]


def test_a_figure_names_only_what_its_measure_depends_on():
    assert of_rules({"rules": [{"measure": "caseload_max", "value": 16, "kind": "group"}]}) == [
        (
            "rule_sets[0].rules[0]: “Participants of one clinician, at most” is the same for every"
            " kind of session."
        )
    ]


def test_a_program_may_follow_a_rule_set_of_the_same_file():
    assert problems({"rule_sets": [OWN], "programs[0].rule_set": "own"}) == []


def test_a_room_holds_the_series_that_the_file_does_not_name():
    yoga = Running("evening", "main", "room-1", 12)
    known = Known(series={"yoga": yoga}, rooms={("main", "room-1"): 14})
    smaller = {"sites[0].rooms[0].seats": 11, "series": [], "sessions": [], "enrollments": []}
    assert problems(smaller, known) == ["sites[0].rooms[0].seats: yoga has 12 seats in this room"]
    assert problems(smaller | {"sites[0].rooms[0].seats": 12}, known) == []
    assert problems(smaller, Known(series={"yoga": yoga}, rooms={("main", "room-1"): 11})) == []
    online = yoga._replace(mode=Mode.HYBRID)
    assert problems(smaller, Known(series={"yoga": online}, rooms=known.rooms)) == []
    elsewhere = yoga._replace(room="room-2")
    assert problems(smaller, Known(series={"yoga": elsewhere}, rooms=known.rooms)) == []


def test_what_the_file_says_of_a_series_is_what_its_room_must_hold():
    before = Running("evening", "main", "room-1", 14)
    known = Known(series={"evening-process": before}, rooms={("main", "room-1"): 14})
    assert problems({"sites[0].rooms[0].seats": 12}, known) == []


def test_a_program_does_not_leave_a_series_behind_at_its_old_site():
    known = Known(
        series={"yoga": Running("evening", "west"), "other": Running("day", "west")},
        program_sites={"evening": "west", "day": "west"},
    )
    assert problems({}, known) == [
        "programs[0].site: yoga is a series of this program at west, not in the file"
    ]
