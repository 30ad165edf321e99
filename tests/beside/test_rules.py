from datetime import date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from clinic.beside import rules
from clinic.beside.rules import Line

THIS = date(2026, 3, 2)  # a Monday
NOW = datetime(2026, 3, 4, 12, tzinfo=ZoneInfo("America/New_York"))


def row(session_id, day, *, is_cancelled=False):
    starts_at = datetime(2026, 3, 1, 10, tzinfo=NOW.tzinfo) + timedelta(days=day - 1)
    facts = {"day": starts_at.date(), "starts_at": starts_at, "is_cancelled": is_cancelled}
    return SimpleNamespace(session_id=session_id, **facts)


@pytest.mark.parametrize(
    ("day", "ahead", "weeks"),
    [
        (None, [5], [2]),
        ("2026-03-04", [5], [2]),
        ("2026-02-10", [5], [2]),
        ("2026-03-05", [5], [2]),
        ("2026-03-06", [5], [2, 9]),  # what is ahead is before the act
        (None, [3], [2, 9]),  # nothing of this week is ahead
        (None, [10], [2, 9]),
        ("2026-03-11", [5], [2, 9]),
        ("2026-03-20", [5], [2, 16]),
        ("2029-01-01", [5], [2, 9]),  # beyond what is laid out
    ],
)
def test_the_weeks_that_an_act_is_shown_beside(day, ahead, weeks):
    found = [Line(row(number, number)) for number in ahead]
    asked = date.fromisoformat(day) if day else None
    assert [each.day for each in rules.weeks_shown(THIS, asked, found, now=NOW)] == weeks


def test_what_an_act_takes_away_and_adds_is_marked():
    before = [row(1, 3), row(2, 4), row(3, 5), row(4, 6, is_cancelled=True), row(5, 7)]
    after = [
        row(6, 2),
        row(1, 3),
        row(3, 5, is_cancelled=True),
        row(4, 6),
        row(5, 7),
        row(7, 8, is_cancelled=True),
    ]
    found = [(line.row.session_id, line.change) for line in rules.lines(after, before)]
    assert found == [
        (6, "added"),
        (1, ""),
        (2, "removed"),
        (3, "removed"),
        (4, "added"),
        (5, ""),
        (7, ""),
    ]
    assert {line.change for line in rules.lines(after, None)} == {""}


def test_a_week_has_its_days_and_its_hours_and_an_empty_one_is_left_out():
    found = [Line(row(1, 10)), Line(row(2, 10)), Line(row(3, 20))]
    hours = [("Evening IOP", SimpleNamespace(week=date(2026, 3, 9)))]
    (one,) = rules.by_week([THIS, date(2026, 3, 9)], found, hours)
    assert (one.week.day, one.hours) == (9, hours)
    assert [(day.day, len(lines)) for day, lines in one.days] == [(10, 2)]
    (empty,) = rules.by_week([THIS, date(2026, 3, 9)], [], [])
    assert (empty.week, empty.days) == (THIS, [])
