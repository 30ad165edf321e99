from types import SimpleNamespace

import pytest

from clinic.setup import rules
from clinic.setup.rules import STEPS


def test_the_only_site_stays():
    assert rules.why_not_last_site("North", others=1) is None
    assert rules.why_not_last_site("North", others=0) == (
        "North is the only site. A clinic needs at least one."
    )


def test_a_site_with_programs_stays():
    assert rules.why_not_without_programs("North", []) is None
    assert rules.why_not_without_programs("North", ["IOP"]) == (
        "IOP is offered at North. Retire it first, or choose another site."
    )
    assert rules.why_not_without_programs("North", ["IOP", "PHP"]) == (
        "IOP and PHP are offered at North. Retire them first, or choose another site."
    )


def test_what_is_needed_stays_and_names_who_needs_it():
    assert rules.why_not_without("Room 1", {}) is None
    assert rules.why_not_without("Room 1", {"Group": 0}) == (
        "Room 1 is still needed by Group. Move them or end them first."
    )
    assert rules.why_not_without("Room 1", {"Group": 26, "Intake": 1}) == (
        "Room 1 is still needed by Group and Intake, 27 coming sessions in all."
        " Move them or end them first."
    )


@pytest.mark.parametrize(("seats", "fullest"), [(8, None), (8, ("Group", 8))])
def test_a_room_may_hold_as_many_as_its_largest_group(seats, fullest):
    assert rules.why_not_seats(seats, fullest) is None


def test_a_room_cannot_hold_fewer_than_its_largest_group():
    assert rules.why_not_seats(8, ("Process group", 9)) == (
        "Process group meets there with 9 seats. Give it fewer seats first."
    )


def test_another_first_weekday_says_what_it_does():
    assert rules.weeks_sentence(6, 0, 0, 0) is None
    sorted_anew = (
        "Weeks will begin on Sunday: 1 session, past ones too,"
        " are regrouped into these weeks, and the hours of every week are added up again."
    )
    assert rules.weeks_sentence(6, 1, 0, 0) == sorted_anew
    assert rules.weeks_sentence(6, 1, 1, 4) == (
        f"{sorted_anew} 1 transition week moves with them. Groups that do not meet every week may"
        " meet in different weeks: 4 of their coming sessions change."
    )
    assert " 2 transition weeks move with" in str(rules.weeks_sentence(6, 1, 2, 0))


def test_another_time_zone_says_how_many_sessions_move():
    assert rules.zone_sentence("North", "America/Chicago", sessions=0) is None
    assert rules.zone_sentence("North", "America/Chicago", sessions=1) == (
        "1 coming session at North moves, so that their clock time stays the same,"
        " now in America/Chicago. Sessions that have begun do not change."
    )
    assert "2 coming sessions at North move," in str(
        rules.zone_sentence("North", "America/Chicago", sessions=2)
    )


def found(*names):
    """How many there are of what the steps make: one where a step is done."""
    return SimpleNamespace(**{STEPS[name][0]: int(name in names) for name in STEPS})


def test_the_first_step_that_is_not_done_comes_next():
    states = {step.name: (step.state, step.is_ready) for step in rules.steps(found())}
    assert states == {
        "organization": ("next", True),
        "site": ("open", False),
        "staff": ("open", True),
        "program": ("open", False),
        "group": ("open", False),
        "participant": ("open", True),
        "place": ("open", False),
    }


def test_a_step_waits_for_those_that_it_needs():
    done = found(*(set(STEPS) - {"staff", "place"}))
    states = {step.name: (step.state, step.is_ready) for step in rules.steps(done)}
    assert states["staff"] == ("next", True)
    assert states["place"] == ("open", True)
    assert states["group"] == ("done", True)


def test_after_all_steps_none_is_next():
    assert {step.state for step in rules.steps(found(*STEPS))} == {"done"}
