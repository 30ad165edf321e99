from types import SimpleNamespace

from clinic.hours.rules import State
from clinic.turns import rules


def week(number, missing, state=State.NEEDS_MAKE_UP):
    return SimpleNamespace(
        enrollment_id=number,
        enrollment_key=f"e-{number}",
        hours=SimpleNamespace(state=state, missing=missing),
    )


def test_who_is_brought_to_their_hours_comes_first_then_who_is_most_at_risk():
    weeks = [
        week(1, 300),
        week(2, 60),
        week(3, 180),
        week(4, 60),
        week(5, 600, State.OUT_OF_REACH),
        week(6, 60, State.ON_COURSE),
        week(7, 90),
        week(8, 90),
    ]
    found = rules.in_line(weeks, minutes=180, could_come={1, 2, 3, 4, 5, 6, 8}, asked={8})
    assert [each.enrollment_id for each in found] == [3, 2, 4, 5, 1]
