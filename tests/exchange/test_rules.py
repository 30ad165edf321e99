from datetime import date

import pytest

from clinic.enrollment.models import Outcome
from clinic.exchange import rules
from clinic.exchange.rules import Known
from tests.exchange.files import ABSENT, enrolled, group, one_off, person, riverside, shape_of


def problems(changes=None, known=None, **more):
    return rules.problems(shape_of(riverside(changes, **more)), known or Known())


def test_the_example_of_the_contract_has_no_problems():
    assert problems() == []


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (None, None),
        ("planned", None),
        ("active", None),
        ("completed", Outcome.COMPLETED),
        ("transferred", Outcome.TRANSFERRED),
        ("left", Outcome.LEFT),
        ("discharged", Outcome.DISCHARGED),
    ],
)
def test_an_outcome_is_a_status_at_the_end(status, outcome):
    assert rules.outcome_of(status) is outcome


def test_what_is_in_the_file_is_known_after_it():
    file = shape_of(riverside({"organization.week_starts": "sunday"}))
    before = Known(
        staff=frozenset(["chen"]),
        rooms={("main", "room-9"): 4, ("main", "room-1"): 3},
        zones={"west": "America/Los_Angeles"},
    )
    assert rules.with_file(before, file) == Known(
        staff=frozenset(["chen", "rivera"]),
        series=frozenset(["evening-process", "individual-jo"]),
        one_offs=frozenset(["intake-jo"]),
        participants=frozenset(["p-001"]),
        enrollments=frozenset(["e-001"]),
        program_sites={"evening": "main"},
        rooms={("main", "room-9"): 4, ("main", "room-1"): 14},
        zones={"west": "America/Los_Angeles", "main": "America/New_York"},
        week_starts=6,
    )
    unsaid = shape_of(riverside({"organization.week_starts": ABSENT}))
    assert rules.with_file(Known(week_starts=3), unsaid).week_starts == 3


# Something named twice


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
    assert problems({"sessions[0].key": "yoga"}, Known(series=frozenset(["yoga"]))) == [
        "sessions[0].key: yoga is the key of a series already"
    ]
    assert problems({"series[0].key": "intake"}, Known(one_offs=frozenset(["intake"])))[0] == (
        "series[0].key: intake is the key of a one-off session already"
    )
    assert problems(known=Known(one_offs=frozenset(["intake-jo"]))) == []


def test_a_closure_stands_once():
    again = {"site": "main", "from": date(2026, 5, 25), "until": date(2026, 5, 25), "name": "Again"}
    assert problems(closures=[again]) == ["closures[1]: these days are in closures[0] already"]


def test_two_people_do_not_share_an_address_whatever_they_are():
    blake = {"key": "blake", "name": "Blake Lee"}
    assert problems(staff=[blake | {"email": "Jo@Example.org"}]) == [
        "participants[0].email: jo@example.org is the e-mail address in staff[1].email already"
    ]
    assert problems(participants=[blake | {"email": "jo@example.org"}]) == [
        (
            "participants[1].email: jo@example.org is the e-mail address in participants[0].email"
            " already"
        )
    ]
    assert problems(staff=[blake], participants=[blake]) == []


def test_two_people_do_not_share_a_pin_and_it_is_not_repeated_in_the_message():
    blake = person(2, pin="482913")
    assert problems(participants=[blake]) == [
        "participants[1].pin: participants[0].pin has this PIN already"
    ]


# What refers to something that there is not


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
        series=frozenset(["yoga"]),
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


def test_a_room_belongs_to_its_site():
    west = {"key": "west", "name": "W", "timezone": "America/New_York", "rooms": []}
    assert problems({"programs[0].site": "west"}, sites=[west]) == [
        f"{path}.room: there is no room room-1 at site west"
        for path in ("series[0]", "series[1]", "sessions[0]")
    ]


# Times, days and seats


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


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("series[0].until", date(2026, 1, 4), "series[0].until: is before from"),
        ("closures[0].until", date(2026, 5, 24), "closures[0].until: is before from"),
        ("enrollments[0].until", date(2026, 1, 11), "enrollments[0].until: is before from"),
        (
            "enrollments[0].series[1].until",
            date(2026, 1, 18),
            "enrollments[0].series[1].until: is before from",
        ),
        (
            "enrollments[0].leave[0].until",
            date(2026, 2, 1),
            "enrollments[0].leave[0].until: is before from",
        ),
        (
            "enrollments[0].targets[0].from",
            date(2026, 1, 11),
            "enrollments[0].targets[0].from: is before the enrollment",
        ),
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
        (
            "enrollments[0].weekly_hours.max",
            8,
            "enrollments[0].weekly_hours: max is less than min",
        ),
        (
            "enrollments[0].targets[0].weekly_hours.max",
            5,
            "enrollments[0].targets[0].weekly_hours: max is less than min",
        ),
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


def test_the_first_weekday_of_a_transition_week_is_the_organizations():
    sunday = {
        "organization.week_starts": "sunday",
        "enrollments[0].transition_weeks": [date(2026, 3, 1), date(2026, 3, 2)],
    }
    assert problems(sunday) == [
        "enrollments[0].transition_weeks[1]: 2026-03-02 begins no week; 2026-03-01 does"
    ]


def test_dated_facts_stand_once():
    target = {"from": date(2026, 2, 16), "weekly_hours": {"min": 3, "max": 6}}
    assert problems({"enrollments[0].targets[1]": target}) == [
        "enrollments[0].targets[1].from: 2026-02-16 is in enrollments[0].targets[0].from already"
    ]
    weeks = "enrollments[0].transition_weeks"
    assert problems({f"{weeks}[1]": date(2026, 3, 2)}) == [
        f"{weeks}[1]: 2026-03-02 is in {weeks}[0] already"
    ]


def test_leaves_do_not_overlap_in_any_order():
    def with_leave(first, last):
        return problems({"enrollments[0].leave[1]": {"from": first, "until": last}})

    assert with_leave(date(2026, 2, 7), date(2026, 2, 8)) == []
    assert with_leave(date(2026, 1, 26), date(2026, 2, 1)) == []
    assert with_leave(date(2026, 2, 6), date(2026, 2, 8)) == [
        "enrollments[0].leave: 2026-02-02 and 2026-02-06 overlap"
    ]
    assert with_leave(date(2026, 1, 26), date(2026, 2, 2)) == [
        "enrollments[0].leave: 2026-01-26 and 2026-02-02 overlap"
    ]


def test_a_place_on_a_roster_stands_once_on_a_day():
    twice = "enrollments[0].series[2]: enrollments[0].series[0] has evening-process on these days"

    def with_place(place, **changes):
        return problems({"enrollments[0].series[2]": place} | changes)

    assert with_place("evening-process") == [f"{twice} already"]
    again = {"key": "evening-process", "from": date(2026, 2, 16)}
    assert with_place(again) == [f"{twice} already"]
    before = {"key": "evening-process", "until": date(2026, 2, 15)}
    assert with_place(again, **{"enrollments[0].series[0]": before}) == []


def test_whoever_has_left_has_a_last_day():
    for status in ("completed", "transferred", "left", "discharged"):
        open_ended = {"enrollments[0].status": status, "enrollments[0].until": ABSENT}
        assert problems(open_ended) == [
            f"enrollments[0].until: is missing; an enrollment that is {status} has a last day"
        ]
        assert problems({"enrollments[0].status": status}) == []


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
