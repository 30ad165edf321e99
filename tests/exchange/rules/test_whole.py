from datetime import date

import pytest

from tests.exchange.files import enrolled, group, knowing, one_off, person, problems


def test_the_example_of_the_contract_has_no_problems():
    assert problems() == []


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("programs[0].site", "there is no site nowhere"),
        ("closures[0].site", "there is no site nowhere"),
        ("series[1].program", "there is no program nowhere"),
        ("series[1].leaders[0]", "there is no staff member nowhere"),
        ("enrollments[0].participant", "there is no participant nowhere"),
        ("enrollments[0].program", "there is no program nowhere"),
        ("enrollments[0].clinician", "there is no staff member nowhere"),
        ("enrollments[0].series[0]", "there is no series nowhere"),
        ("enrollments[0].series[1].key", "there is no series nowhere"),
        ("sessions[0].program", "there is no program nowhere"),
        ("sessions[0].leaders[0]", "there is no staff member nowhere"),
        ("sessions[0].enrollments[0]", "there is no enrollment nowhere"),
    ],
)
def test_an_unknown_reference_is_told_at_its_place(path, sentence):
    place = path.removesuffix(".key")
    assert problems({path: "nowhere"}) == [f"{place}: {sentence}"]


def test_what_is_known_from_before_can_be_referred_to():
    known = knowing(
        staff=["chen"],
        series=["yoga"],
        programs=["day"],
    )
    changes = {
        "series[0].program": "day",
        "series[0].leaders": ["chen"],
        "enrollments[0].series": ["yoga"],
    }
    assert problems(changes, known) == []


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (
            "enrollments[0].unavailable[0].end",
            "08:00",
            "enrollments[0].unavailable[0]: end is not after start",
        ),
        (
            "staff[0].working_hours",
            [{"days": ["mon"], "start": "12:00", "end": "12:00"}],
            "staff[0].working_hours[0]: end is not after start",
        ),
        (
            "series[0].leaders",
            ["rivera", "rivera"],
            "series[0].leaders[1]: rivera is in series[0].leaders[0] already",
        ),
        (
            "sessions[0].enrollments",
            ["e-001", "e-001"],
            "sessions[0].enrollments[1]: e-001 is in sessions[0].enrollments[0] already",
        ),
    ],
)
def test_ranges_and_limits(path, value, sentence):
    assert problems({path: value}) == [sentence]


def test_all_problems_are_told_at_once():
    assert problems(
        {
            "rule_sets": [OWN, OWN],
            "series[0].leaders[0]": "nobody",
            "series[1].program": "nowhere",
            "closures[0].site": "nowhere",
            "enrollments[0].clinician": "nobody",
            "sessions[0].leaders[0]": "nobody",
        },
        participants=[person(1)],
    ) == [
        "rule_sets[1].key: own is the key of rule_sets[0] already",
        "series[0].leaders[0]: there is no staff member nobody",
        "series[1].program: there is no program nowhere",
        "closures[0].site: there is no site nowhere",
        "participants[1].key: p-001 is the key of participants[0] already",
        "enrollments[0].clinician: there is no staff member nobody",
        "sessions[0].leaders[0]: there is no staff member nobody",
    ]


OWN = {"key": "own", "name": "Ours", "jurisdiction": "Here", "citation": "None"}
SEATS = {"measure": "seats_max", "value": 10, "kind": "group"}


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (
            "organization.day_parts",
            {"afternoon": "12:00", "evening": "11:59"},
            "organization.day_parts: evening is before afternoon",
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
            "programs[0].counts",
            ["group", "family", "group"],
            "programs[0].counts[2]: group is in programs[0].counts[0] already",
        ),
        (
            "programs[0].mix",
            [{"kind": "group", "sessions": 2}, {"kind": "group", "sessions": 1, "minutes": 50}],
            "programs[0].mix[1].kind: group is the kind of programs[0].mix[0] already",
        ),
        ("programs[0].rule_set", "nowhere", "programs[0].rule_set: there is no rule set nowhere"),
        (
            "rule_sets",
            [OWN | {"copied_from": "nowhere"}],
            "rule_sets[0].copied_from: there is no rule set nowhere",
        ),
        (
            "rule_sets",
            [OWN | {"rules": [SEATS, SEATS | {"value": 12}]}],
            "rule_sets[0].rules[1]: rule_sets[0].rules[0] says this already",
        ),
        (
            "rule_sets",
            [OWN | {"rules": [{"measure": "caseload_max", "value": 16, "kind": "group"}]}],
            (
                "rule_sets[0].rules[0]: “Participants of one clinician, at most” is the same for"
                " every kind of session."
            ),
        ),
        (
            "enrollments[0].targets[1]",
            {"from": date(2026, 2, 16), "weekly_hours": {"min": 3, "max": 6}},
            (
                "enrollments[0].targets[1].from: 2026-02-16 is the from of"
                " enrollments[0].targets[0] already"
            ),
        ),
        (
            "enrollments[0].transition_weeks[1]",
            date(2026, 3, 2),
            (
                "enrollments[0].transition_weeks[1]: 2026-03-02 is in"
                " enrollments[0].transition_weeks[0] already"
            ),
        ),
        (
            "enrollments[0].continues",
            "nowhere",
            "enrollments[0].continues: there is no enrollment nowhere",
        ),
        (
            "closures[1]",
            {
                "site": "main",
                "from": date(2026, 5, 25),
                "until": date(2026, 5, 25),
                "name": "Again",
            },
            "closures[1]: closures[0] says this already",
        ),
        (
            "participants[0].consents",
            [
                {
                    "recipient": "Court",
                    "purpose": "Reports",
                    "scope": ["hours", "schedule", "hours"],
                    "given": date(2026, 1, 12),
                }
            ],
            (
                "participants[0].consents[0].scope[2]: hours is in"
                " participants[0].consents[0].scope[0] already"
            ),
        ),
    ],
)
def test_nothing_contradicts_itself_or_is_said_twice(path, value, problem):
    assert problems({"rule_sets": [], path: value}) == [problem]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("organization.day_parts", {"afternoon": "12:00", "evening": "24:00"}),
        ("organization.policy", {"misses": 3, "days": 30}),
        ("organization.policy", {"in_a_row": 2}),
        ("programs[0].counts", []),
        ("rule_sets", [OWN | {"rules": [SEATS, SEATS | {"leaders": 2, "value": 12}]}]),
    ],
)
def test_the_clinic_may_be_so(path, value):
    assert problems({path: value}) == []


def test_what_is_in_the_same_file_or_known_can_be_referred_to():
    assert problems({"rule_sets": [OWN], "programs[0].rule_set": "own"}) == []
    copied = {"rule_sets": [OWN | {"copied_from": "asam"}]}
    assert problems(copied, knowing(rule_sets=["asam", "own"])) == []


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
    assert problems({"sessions[0].key": "yoga"}, knowing(series=["yoga"])) == [
        "sessions[0].key: yoga is the key of a series already"
    ]
    assert problems({"series[0].key": "intake"}, knowing(sessions=["intake"]))[-1] == (
        "series[0].key: intake is the key of a one-off session already"
    )
    assert problems({}, knowing(sessions=["intake-jo"])) == []
