from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from clinic.programs.models import DayPart
from clinic.told.models import State
from clinic.told.rules import Foreseen
from clinic.trends import rules
from clinic.trends.rules import Column, Line, Share

THIS = date(2026, 3, 30)
WEEKS = rules.weeks_back(THIS)
LAST = WEEKS[-1]
NOTHING = [Share()] * (rules.WEEKS - 1)
REACHED, SHORT, OPEN, PARTIAL = State.REACHED, State.SHORT, State.UNCONFIRMED, State.PARTIAL


def row(state, *, week=LAST, program="Evening", clinician="Ana", enrollment_id=1):
    return SimpleNamespace(
        enrollment_id=enrollment_id,
        program=SimpleNamespace(id=len(program), name=program),
        clinician=clinician,
        clinician_id=len(clinician) if clinician else None,
        hours=SimpleNamespace(week=week, state=state),
    )


def test_the_weeks_looked_back_at_are_over():
    assert (len(WEEKS), WEEKS[0], LAST) == (12, date(2026, 1, 5), date(2026, 3, 23))


@pytest.mark.parametrize(
    ("states", "share", "percent"),
    [
        ([], Share(), None),
        ([PARTIAL], Share(), None),
        ([OPEN, State.ON_COURSE], Share(0, 0, 2), None),
        ([REACHED], Share(1), 100),
        ([SHORT, SHORT], Share(0, 2), 0),
        ([REACHED] * 199 + [SHORT], Share(199, 1), 99),  # all of them is 100 %, nothing else
        ([REACHED, SHORT, SHORT, OPEN, PARTIAL], Share(1, 2, 1), 33),
    ],
)
def test_a_share_is_of_those_that_are_judged(states, share, percent):
    line = rules.line_of("All", [row(state) for state in states], WEEKS)
    assert line == Line("All", share, [*NOTHING, share])
    assert line.whole.percent == percent


def test_lines_by_program_by_name():
    rows = [row(REACHED, program="evening"), row(SHORT, program="Day"), row(PARTIAL, program="A")]
    lines = rules.by_program(rows, WEEKS)
    assert [(line.name, line.whole) for line in lines] == [
        ("Day", Share(0, 1)),
        ("evening", Share(1)),
    ]


def test_lines_by_clinician_with_those_without_one_last():
    rows = [row(REACHED, clinician=None), row(SHORT, clinician="Sam"), row(OPEN, clinician="Bo")]
    assert [line.name for line in rules.by_clinician(rows, WEEKS)] == ["Bo", "Sam", "No clinician"]


def test_lines_by_part_of_the_day_in_its_order():
    parts = {(1, LAST): DayPart.EVENING, (2, LAST): DayPart.MORNING}
    rows = [row(REACHED, enrollment_id=number) for number in (1, 2, 3)]
    lines = rules.by_part(rows, WEEKS, parts)
    assert [(line.name, line.whole) for line in lines] == [
        ("Morning", Share(1)),
        ("Evening", Share(1)),
    ]


@pytest.mark.parametrize(
    ("minutes", "part"),
    [
        ({DayPart.EVENING: 60}, DayPart.EVENING),
        ({DayPart.EVENING: 90, DayPart.MORNING: 60}, DayPart.EVENING),
        ({DayPart.EVENING: 60, DayPart.AFTERNOON: 60}, DayPart.AFTERNOON),
    ],
)
def test_the_part_in_which_most_is_planned(minutes, part):
    assert rules.main_part(minutes) is part


def said(*states):
    return [
        SimpleNamespace(state=state, day=LAST + timedelta(days=number))
        for number, state in enumerate(states)
    ]


def test_what_was_foreseen_is_told_of_short_weeks_in_which_something_was_kept():
    danger, fine = State.NEEDS_MAKE_UP, State.ON_COURSE
    told = {(1, LAST): said(fine, danger), (2, LAST): said(danger, fine), (3, LAST): said(danger)}
    rows = [row(SHORT, enrollment_id=number) for number in (1, 2, 4)]
    rows += [row(REACHED, enrollment_id=3), row(SHORT, week=WEEKS[0])]
    assert rules.foreseen_in(rows, told) == (Foreseen(3, 1, 0, 5), 1)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            Foreseen(11, 9, 1, 3),
            (
                "9 of 11 short weeks were known before Thursday, 1 later, 1 not before the week was"
                " over; on the median 3 days before the end of the week."
            ),
        ),
        (
            Foreseen(1, 1, 0, 1),
            (
                "1 of 1 short week was known before Thursday; on the median 1 day before the end of"
                " the week."
            ),
        ),
        (
            Foreseen(2, 0, 0, None),
            "0 of 2 short weeks were known before Thursday, 2 not before the week was over.",
        ),
    ],
)
def test_how_early_in_words(found, words):
    assert rules.foreseen_words(found, WEEKS) == words


def test_columns_of_shares_tell_a_week_without_any_from_one_that_nobody_reached():
    line = Line("All", Share(), [*NOTHING[:-1], Share(0, 2), Share(3, 1)])
    columns = rules.share_columns(line, WEEKS)
    assert columns[0] == Column(WEEKS[0], [], words="–")
    assert [(one.parts, one.words) for one in columns[-2:]] == [
        ([("delivered", 0)], "0"),
        ([("delivered", 75)], "75"),
    ]


def week(state, delivered=0, unconfirmed=0, upcoming=0):
    return SimpleNamespace(
        week=LAST,
        state=state,
        balance=SimpleNamespace(delivered=delivered, unconfirmed=unconfirmed, upcoming=upcoming),
        target=SimpleNamespace(min_minutes=540, max_minutes=720),
    )


def test_columns_of_a_person_stack_what_is_done_not_recorded_and_ahead():
    judged, partial = rules.week_columns([week(OPEN, 300, 60, 180), week(PARTIAL)])
    stacked = [("delivered", 300), ("unconfirmed", 60), ("upcoming", 180)]
    assert judged == Column(LAST, stacked, 540, 720, state=OPEN)
    assert partial == Column(LAST, [], state=PARTIAL)


@pytest.mark.parametrize(
    ("most", "scale"),
    [(0, (60, 60)), (60, (60, 60)), (301, (360, 120)), (720, (720, 180)), (9000, (9000, 600))],
)
def test_the_scale_has_a_few_lines_at_whole_hours(most, scale):
    assert rules.scale_of([Column(LAST, [("delivered", most)])]) == scale


def test_without_columns_there_is_a_scale_all_the_same():
    assert rules.scale_of([]) == (60, 60)
