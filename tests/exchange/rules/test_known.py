from datetime import date

import pytest

from clinic.days import Range
from clinic.enrollment.models import Outcome
from clinic.exchange.rules import known as rules
from clinic.exchange.rules.known import Enrolled, Known, Running
from tests.exchange.files import ABSENT, riverside, shape_of


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
    own = {"key": "own", "name": "Ours", "jurisdiction": "Here", "citation": "None"}
    file = shape_of(
        riverside({"organization.week_starts": "sunday", "rule_sets": [own, own | {"key": "asam"}]})
    )
    before = Known(
        staff=frozenset(["chen"]),
        merged={"p-009": "p-001"},
        rule_sets={"asam": True},
        rooms={("main", "room-9"): 4, ("main", "room-1"): 3},
        zones={"west": "America/Los_Angeles"},
    )
    jo = Enrolled("p-001", "evening", Range(date(2026, 1, 12), date(2026, 3, 8)))
    assert rules.with_file(before, file) == Known(
        staff=frozenset(["chen", "rivera"]),
        series={
            "evening-process": Running("evening", "main", "room-1", 12),
            "individual-jo": Running("evening", "main", "room-1", 1),
        },
        one_offs=frozenset(["intake-jo"]),
        participants=frozenset(["p-001"]),
        merged={"p-009": "p-001"},
        rule_sets={"asam": True, "own": False},
        enrollments={"e-001": jo},
        program_sites={"evening": "main"},
        rooms={("main", "room-9"): 4, ("main", "room-1"): 14},
        zones={"west": "America/Los_Angeles", "main": "America/New_York"},
        week_starts=6,
    )
    unsaid = shape_of(riverside({"organization.week_starts": ABSENT}))
    assert rules.with_file(Known(week_starts=3), unsaid).week_starts == 3


def test_what_the_file_does_not_say_of_an_enrollment_is_as_it_was():
    file = shape_of(riverside({"enrollments[0].until": ABSENT}))
    days = Range(date(2026, 1, 5), date(2026, 4, 5))
    before = Known(enrollments={"e-001": Enrolled("p-001", "evening", days, "e-000")})
    assert rules.with_file(before, file).enrollments["e-001"] == Enrolled(
        "p-001", "evening", Range(date(2026, 1, 12), date(2026, 4, 5)), "e-000"
    )
