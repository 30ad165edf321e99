from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from clinic.enrollment.models import Enrollment, Leave
from clinic.hours.rules import Balance, State, Target, WeekOf
from clinic.policy.rules import Counters
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


def test_who_is_offered_a_seat_is_not_told_to_ask_for_one():
    whole, needs = enrolled(NEW_YORK, "2026-01-05"), week_in(State.NEEDS_MAKE_UP)

    def words(enrollment_id, day):
        held = SimpleNamespace(enrollment_id=enrollment_id, day=day)
        return rules.sentence(needs, whole, offers=[held], today=MONDAY)

    assert words(whole.id, date(2026, 3, 8)) == rules.HELD
    ask = rules.WORDS[State.NEEDS_MAKE_UP]
    assert words(whole.id, date(2026, 3, 9)) == words(99, date(2026, 3, 8)) == ask


def test_a_week_that_has_not_begun_is_planned_and_not_in_danger():
    whole = enrolled(NEW_YORK, "2026-01-05")
    ahead = week_in(State.OUT_OF_REACH)._replace(is_ahead=True)
    words = rules.sentence(ahead, whole, today=date(2026, 2, 25))
    assert words == "That week is not planned in full yet."


@pytest.mark.parametrize("today", [date(2026, 2, 25), date(2026, 3, 9)])
def test_a_week_before_or_after_is_not_called_this_one(today):
    whole = enrolled(NEW_YORK, "2026-01-05")
    sentences = [rules.sentence(week_in(state), whole, today=today) for state in State]
    assert "Ask about a make-up session: there is still time that week." in sentences
    assert "That week came up short. Your clinician can help you plan the next one." in sentences
    assert not any("this week" in each.lower() for each in sentences)


@pytest.mark.parametrize(
    ("from_on", "until_on", "leave", "words"),
    [
        ("2026-03-03", None, None, "You started mid-week, so this week has no target."),
        ("2026-03-05", None, None, "You start mid-week, so this week has no target."),
        (
            "2026-01-05",
            "2026-03-07",
            None,
            "Your last day is Sat, Mar 7, so this week has no target.",
        ),
        (
            "2026-03-03",
            "2026-03-03",
            None,
            "Your last day was Tue, Mar 3, so this week has no target.",
        ),
        (
            "2026-01-05",
            None,
            "2026-03-08",
            "You are on leave on Sun, Mar 8, so this week has no target.",
        ),
        (
            "2026-01-05",
            None,
            ("2026-03-05", "2026-03-10"),
            "You are on leave from Thu, Mar 5 through Tue, Mar 10, so this week has no target.",
        ),
        (
            "2026-01-05",
            None,
            "2026-03-04",
            "You are on leave through Wed, Mar 4, so this week has no target.",
        ),
        (
            "2026-01-05",
            None,
            "2026-03-03",
            "You were on leave through Tue, Mar 3, so this week has no target.",
        ),
        ("2026-01-05", None, "2026-03-09", "This is a transition week, so it has no target."),
    ],
)
def test_a_week_without_a_target_says_why(from_on, until_on, leave, words):
    enrollment = enrolled(NEW_YORK, from_on, until_on)
    if leave:
        first, last = (leave, leave) if isinstance(leave, str) else leave
        away = Leave(from_on=date.fromisoformat(first), until_on=date.fromisoformat(last))
        enrollment.leaves = [away]
    today = date(2026, 3, 4)
    assert rules.sentence(week_in(State.PARTIAL), enrollment, today=today) == words


def test_days_without_a_session_are_one_line():
    days = [date(2026, 3, 4), date(2026, 3, 7), date(2026, 3, 8)]
    assert rules.free_words(days, today=days[0]) == "Nothing planned today, Sat, Sun."
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
        ([enrolled(CHICAGO, "2026-01-05", "2026-03-03")], CHICAGO),
        ([enrolled(CHICAGO, "2026-01-05", "2026-03-04")], CHICAGO),
        (
            [enrolled(CHICAGO, "2026-01-05", "2026-03-03"), enrolled(NEW_YORK, "2026-03-20")],
            NEW_YORK,
        ),
        ([enrolled(CHICAGO, "2026-03-20"), enrolled(NEW_YORK, "2026-01-05")], NEW_YORK),
    ],
)
def test_somebody_is_where_they_are_enrolled_now_or_else_next_or_were_last(enrollments, site):
    assert rules.site_of(enrollments, now=NOON) is site


def named(name, *days):
    enrollment = enrolled(NEW_YORK, *days)
    enrollment.program.name = name
    return enrollment


BEGINS = named("Aftercare", "2026-03-09")
RUNS = named("Day IOP", "2026-01-05", "2026-03-04")
ENDED = named("Evening IOP", "2025-01-06", "2026-03-03")
BEFORE = named("Day IOP", "2025-01-06", "2025-03-03")


@pytest.mark.parametrize(
    ("enrollments", "news"),
    [
        ([], None),
        ([BEGINS, ENDED], "You are enrolled in Aftercare from Monday, March 9."),
        ([BEGINS, RUNS, ENDED], None),
        ([BEFORE, ENDED], "Your last day in Evening IOP was Mar 3, 2026."),
    ],
)
def test_with_nothing_to_come_the_page_says_what_begins_later_or_is_over(enrollments, news):
    assert rules.news(enrollments, now=NOON) == news


@pytest.mark.parametrize(
    ("counters", "words"),
    [
        (Counters(), None),
        (Counters(1), "Since Oct 5 you came, or said so in time, 1 of 1 time."),
        (Counters(12, 2, 1, 0), "Since Oct 5 you came, or said so in time, 14 of 15 times."),
        (Counters(0, 0, 0, 3), "Since Oct 5 you came, or said so in time, 0 of 3 times."),
    ],
)
def test_a_kept_word_is_told_in_a_sentence(counters, words):
    assert rules.kept_words(date(2026, 10, 5), counters) == words
