from datetime import date

import pytest

from clinic.days import Range
from clinic.exchange.rules.known import Enrolled, Known
from tests.exchange.files import ABSENT, enrolled, problems


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


@pytest.mark.parametrize(
    ("status", "reason", "found"),
    [
        ("completed", "completed", []),
        ("left", "dropped out", []),
        (
            "completed",
            "died",
            ["enrollments[0].reason: That reason does not go with how it ended."],
        ),
        (
            "active",
            "died",
            ["enrollments[0].reason: is why an enrollment ended; its status says that it has not"],
        ),
    ],
)
def test_a_reason_fits_how_it_ended(status, reason, found):
    assert problems({"enrollments[0].status": status, "enrollments[0].reason": reason}) == found


JO = Enrolled("p-001", "evening", Range(date(2026, 1, 12), date(2026, 3, 8)))


def test_an_enrollment_stays_with_its_participant():
    known = Known(enrollments={"e-001": JO._replace(participant="p-009")})
    assert problems({}, known) == ["enrollments[0].participant: e-001 is p-009's, and stays theirs"]
    assert problems({}, Known(enrollments={"e-001": JO})) == []


def later(**facts):
    """A second enrollment of the same person, after the first."""
    return enrolled(2, participant="p-001", **{"from": date(2026, 3, 9)} | facts)


def test_nobody_is_in_a_program_twice_at_a_time():
    assert problems(enrollments=[later()]) == []
    overlap = later(**{"from": date(2026, 3, 8)})
    assert problems(enrollments=[overlap]) == [
        "enrollments[1]: e-001 has p-001 in evening then already"
    ]
    known = Known(enrollments={"e-009": JO._replace(days=Range(date(2026, 3, 8), None))})
    assert problems({}, known) == ["enrollments[0]: e-009 has p-001 in evening then already"]
    other = Known(
        enrollments={"e-009": JO._replace(program="day"), "e-008": JO._replace(participant="p-9")}
    )
    assert problems({}, other) == []


def test_an_enrollment_continues_an_earlier_one_of_the_same_person():
    def continuing(key, known=None, **facts):
        return problems({}, known, enrollments=[later(continues=key, **facts)])

    place = "enrollments[1].continues"
    assert continuing("e-001") == []
    assert continuing("nowhere") == [f"{place}: there is no enrollment nowhere"]
    assert continuing("e-002") == [f"{place}: e-002 does not begin before e-002"]
    theirs = Known(enrollments={"e-009": Enrolled("p-009", "evening", JO.days)})
    assert continuing("e-009", theirs) == [f"{place}: e-009 is p-009's"]
    coming = Known(
        enrollments={"e-009": JO._replace(program="x", days=Range(date(2027, 1, 1), None))}
    )
    assert continuing("e-009", coming) == [f"{place}: e-009 does not begin before e-002"]


def test_no_enrollment_continues_itself_by_a_detour():
    same_day = {"from": date(2026, 1, 12), "program": "day", "until": date(2026, 2, 1)}
    changes = {"enrollments[0].continues": "e-002"}
    day = {"key": "day", "name": "Day", "site": "main", "level": "1", "population": "adult"}
    programs = [day | {"weekly_hours": {"min": 1, "max": 2}}]
    there = later(continues="e-001", **same_day)
    assert problems(changes, programs=programs, enrollments=[there]) == [
        "enrollments[0].continues: e-002 continues e-001 in turn",
        "enrollments[1].continues: e-001 continues e-002 in turn",
    ]


def test_an_enrollment_is_continued_once():
    third = later(key="e-003", continues="e-001", **{"from": date(2026, 5, 4)})
    second = later(continues="e-001", until=date(2026, 4, 30))
    assert problems(enrollments=[second, third]) == [
        "enrollments[2].continues: e-002 continues e-001"
    ]
    taken = JO._replace(days=Range(date(2026, 5, 4), None), continues="e-001")
    known = Known(enrollments={"e-009": taken})
    assert problems({}, known, enrollments=[second]) == [
        "enrollments[1].continues: e-009 continues e-001"
    ]
    before = Known(
        enrollments={
            "e-000": JO._replace(program="x", continues="e-00x"),
            "e-00y": JO._replace(program="y", continues="e-00x"),
        }
    )
    assert problems({}, before) == []
