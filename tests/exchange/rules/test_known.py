from clinic.exchange.rules import known as rules
from tests.exchange.files import knowing, riverside, shape_of


def test_what_is_in_the_file_is_known_after_it():
    before = knowing(
        staff=["chen"],
        rooms={("main", "room-9"): 4, ("main", "room-1"): 3},
        zones={"west": "America/Los_Angeles"},
    )
    assert rules.with_file(before, shape_of(riverside())) == knowing(
        sites=["main"],
        staff=["chen", "rivera"],
        programs=["evening"],
        series=["evening-process", "individual-jo"],
        sessions=["intake-jo"],
        participants=["p-001"],
        enrollments=["e-001"],
        program_sites={"evening": "main"},
        rooms={("main", "room-9"): 4, ("main", "room-1"): 14},
        zones={"west": "America/Los_Angeles", "main": "America/New_York"},
    )
