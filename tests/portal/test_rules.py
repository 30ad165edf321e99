from datetime import UTC, date, datetime

import pytest

from clinic.enrollment.models import Enrollment, Leave
from clinic.hours.rules import Balance, State, Target, WeekOf
from clinic.portal import rules
from clinic.programs.models import Program, Site

MONDAY = date(2026, 3, 2)
NINE_TO_TWELVE = Target(MONDAY, 540, 720, 3)


def week_in(state):
    return WeekOf(MONDAY, NINE_TO_TWELVE, Balance(0, 0, 45, 0, 0, 0), state, 90, ())


def test_each_state_of_a_week_has_a_sentence_without_the_numbers_beside_it():
    whole = enrolled(NEW_YORK, "2026-01-05")
    sentences = [rules.sentence(week_in(state), whole, today=MONDAY) for state in State]
    assert len(set(sentences)) == len(State)
    assert not any(letter.isdigit() for letter in "".join(sentences))


@pytest.mark.parametrize(
    ("from_on", "until_on", "leave", "words"),
    [
        ("2026-03-03", None, None, "You started mid-week, so this week has no target."),
        ("2026-03-05", None, None, "You start mid-week, so this week has no target."),
        (
            "2026-01-05",
            "2026-03-07",
            None,
            "Your program ends mid-week, so this week has no target.",
        ),
        (
            "2026-01-05",
            None,
            "2026-03-08",
            "You are on leave for part of this week, so it has no target.",
        ),
        ("2026-01-05", None, "2026-03-09", "This is a transition week, so it has no target."),
    ],
)
def test_a_week_without_a_target_says_why(from_on, until_on, leave, words):
    enrollment = enrolled(NEW_YORK, from_on, until_on)
    if leave:
        day = date.fromisoformat(leave)
        enrollment.leaves = [Leave(from_on=day, until_on=day)]
    today = date(2026, 3, 4)
    assert rules.sentence(week_in(State.PARTIAL), enrollment, today=today) == words


def test_days_without_a_session_are_one_line():
    days = [date(2026, 3, 4), date(2026, 3, 7), date(2026, 3, 8)]
    assert rules.free_words(days, today=days[0]) == "Nothing planned: today, Sat, Sun."
    assert rules.free_words([], today=days[0]) is None


NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
CHICAGO, NEW_YORK = (Site(timezone=zone) for zone in ("America/Chicago", "America/New_York"))


def enrolled(site, from_on, until_on=None):
    days = [day and date.fromisoformat(day) for day in (from_on, until_on)]
    return Enrollment(program=Program(site=site), from_on=days[0], until_on=days[1])


@pytest.mark.parametrize(
    ("enrollments", "site"),
    [
        ([], None),
        ([enrolled(CHICAGO, "2026-01-05", "2026-03-03")], None),
        ([enrolled(CHICAGO, "2026-01-05", "2026-03-04")], CHICAGO),
        (
            [enrolled(CHICAGO, "2026-01-05", "2026-03-03"), enrolled(NEW_YORK, "2026-03-20")],
            NEW_YORK,
        ),
        ([enrolled(CHICAGO, "2026-03-20"), enrolled(NEW_YORK, "2026-01-05")], NEW_YORK),
    ],
)
def test_somebody_is_where_they_are_enrolled_now_or_else_next(enrollments, site):
    assert rules.site_of(enrollments, now=NOON) is site
