from datetime import date, time

import pytest

from clinic.desk.rules import lives
from clinic.enrollment.models import Enrollment, Outcome
from clinic.programs.models import Level, Program, Site
from clinic.schedule.models import Series

EVENING = Program(
    name="Evening IOP",
    level=Level.INTENSIVE_OUTPATIENT,
    min_minutes=540,
    max_minutes=720,
    min_service_days=None,
    weeks=8,
    site=Site(name="Main Street"),
)


def enrolled(number, from_on, until_on=None, outcome=None):
    return Enrollment(
        id=number,
        program=EVENING,
        from_on=date.fromisoformat(from_on),
        until_on=until_on and date.fromisoformat(until_on),
        outcome=outcome,
    )


def test_weekly_times_share_a_line_by_their_hours():
    times = [(2, 480, 960), (0, 480, 960), (5, 1200, 1440)]
    assert lives.times_words(times) == "Mon, Wed 8:00 am – 4:00 pm; Sat 8:00 pm – 12:00 am"
    assert lives.times_words([]) == ""


def test_a_program_says_what_it_is():
    assert lives.program_words(EVENING) == (
        "Intensive outpatient (ASAM 2.1) · 9 – 12 hours a week · 8 weeks · Main Street"
    )
    open_ended = Program(
        level=Level.AFTERCARE,
        min_minutes=60,
        max_minutes=60,
        min_service_days=1,
        site=Site(name="Main Street"),
    )
    assert lives.program_words(open_ended) == (
        "Aftercare · 1 hours a week on at least 1 day · open end · Main Street"
    )


def test_a_first_enrollment_needs_no_word_of_episodes():
    assert lives.episode_words([], date(2026, 3, 9)) == ""
    assert lives.episode_words([enrolled(1, "2026-04-01")], date(2026, 3, 9)) == ""


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.COMPLETED, "They completed Evening IOP on Feb 28, 2026"),
        (Outcome.LEFT, "They left Evening IOP on Feb 28, 2026"),
        (Outcome.DISCHARGED, "They were discharged from Evening IOP on Feb 28, 2026"),
        (None, "They completed Evening IOP on Feb 28, 2026"),
    ],
)
def test_after_an_end_a_new_episode_begins(outcome, words):
    before = [
        enrolled(2, "2026-01-05", "2026-02-28", outcome),
        enrolled(1, "2025-01-06", "2025-02-28"),
    ]
    assert lives.episode_words(before, date(2026, 3, 9)) == (
        f"{words}: this begins a new episode of care."
    )


@pytest.mark.parametrize("end", [(None, None), ("2026-03-08", Outcome.TRANSFERRED)])
def test_what_runs_or_was_transferred_belongs_together(end):
    assert lives.episode_words([enrolled(1, "2026-01-05", *end)], date(2026, 3, 9)) == (
        "This belongs to the same episode of care as Evening IOP."
    )


def test_a_group_to_choose_says_its_times_hours_and_seats():
    series = Series(
        title="Process",
        weekdays="013",
        starts=time(17, 45),
        ends=time(20, 30),
        break_minutes=15,
        seats=12,
        every_weeks=1,
    )
    assert lives.group_words(series, booked=3) == (
        "Process, Mon, Tue, Thu 5:45 – 8:30 pm · 7 h 30 min a week · 3 of 12 seats taken"
    )
    assert lives.group_words(series, booked=12).endswith("· full")
    series.every_weeks, series.weekdays = 2, "0"
    assert "· 1 h 15 min a week ·" in lives.group_words(series, booked=3)
