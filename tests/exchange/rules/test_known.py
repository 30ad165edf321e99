from clinic.exchange.rules import known as rules
from clinic.exchange.rules.known import Known, Running
from tests.exchange.files import ABSENT, riverside, shape_of


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
        enrollments=frozenset(["e-001"]),
        program_sites={"evening": "main"},
        rooms={("main", "room-9"): 4, ("main", "room-1"): 14},
        zones={"west": "America/Los_Angeles", "main": "America/New_York"},
        week_starts=6,
    )
    unsaid = shape_of(riverside({"organization.week_starts": ABSENT}))
    assert rules.with_file(Known(week_starts=3), unsaid).week_starts == 3
