from datetime import date

from clinic.told.models import State
from clinic.told.queries import known_since, told_in
from tests import make

MONDAY, NEXT = date(2026, 3, 2), date(2026, 3, 9)


def test_what_was_said_of_a_week_comes_in_order_and_of_those_asked_for(app):
    one, other = make.enrollment(), make.enrollment()
    make.told_state(one, "2026-03-04", State.NEEDS_MAKE_UP, number=2)
    make.told_state(one, "2026-03-02", State.ON_COURSE)
    make.told_state(one, "2026-03-09", State.ON_COURSE)
    make.told_state(other, "2026-03-02", State.REACHED)
    told = told_in([MONDAY])
    assert [row.state for row in told[one.id, MONDAY]] == [State.ON_COURSE, State.NEEDS_MAKE_UP]
    assert told.keys() == {(one.id, MONDAY), (other.id, MONDAY)}
    assert told_in([MONDAY, NEXT], enrollment_ids=[one.id]).keys() == {
        (one.id, MONDAY),
        (one.id, NEXT),
    }


def test_since_when_it_is_known_is_asked_of_weeks_in_danger_alone(app):
    told, untold, fine = (make.enrollment() for _ in range(3))
    make.told_state(told, "2026-03-03", State.NEEDS_MAKE_UP)
    make.told_state(fine, "2026-03-03", State.NEEDS_MAKE_UP)
    assert known_since(
        [
            (told.id, MONDAY, State.OUT_OF_REACH),
            (untold.id, MONDAY, State.NEEDS_MAKE_UP),
            (fine.id, MONDAY, State.ON_COURSE),
        ]
    ) == {told.id: date(2026, 3, 3)}
    assert known_since([(fine.id, MONDAY, State.ON_COURSE)]) == {}
