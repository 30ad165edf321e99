from datetime import date
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from clinic.absences import rules
from clinic.desk.rules import Call
from clinic.schedule.models import Status
from tests import make

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
NOW = make.instant("2026-03-02 10:00")


def test_the_rule_on_notice_is_told_first():
    assert rules.notice_words(24) == (
        "Tell us at least 24 hours before a session begins, and your absence is excused."
        " With less than 24 hours, it counts as a late cancel."
    )
    assert rules.notice_words(0) == "Tell us before a session begins, and your absence is excused."


@pytest.mark.parametrize(
    ("first_on", "last_on", "sentence"),
    [
        (MONDAY, MONDAY, None),
        (date(2026, 2, 27), MONDAY, None),
        (date(2026, 2, 26), date(2026, 2, 27), "That day is over. Choose today or a later day."),
        (TUESDAY, MONDAY, "The last day is before the first."),
        (MONDAY, date(2036, 3, 2), "That day is more than five years ahead."),
    ],
)
def test_days_that_make_no_sense_are_refused_in_words(first_on, last_on, sentence):
    assert rules.why_not_days(first_on, last_on, today=MONDAY) == sentence


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, None),
        ({"starts_at": NOW}, "has begun"),
        ({"is_cancelled": True}, "cancelled by the clinic"),
        ({"status": Status.PRESENT}, "checked in already"),
        ({"status": Status.EXCUSED}, "noted already"),
    ],
)
def test_what_an_announcement_leaves_alone_says_why(facts, why):
    row = {
        "is_cancelled": False,
        "status": Status.EXPECTED,
        "starts_at": make.instant("2026-03-02 10:01"),
    }
    assert rules.why_left_alone(SimpleNamespace(**row | facts), now=NOW) == why


@pytest.mark.parametrize(
    ("late", "excused", "words"),
    [
        (0, 1, "You are not expected on Tue, Mar 3: 1 session."),
        (1, 0, "You are not expected on Tue, Mar 3: 1 session, a late cancel."),
        (2, 0, "You are not expected on Tue, Mar 3: 2 sessions, late cancels."),
        (1, 1, "You are not expected on Tue, Mar 3: 2 sessions, 1 of them a late cancel."),
        (2, 1, "You are not expected on Tue, Mar 3: 3 sessions, 2 of them late cancels."),
    ],
)
def test_what_was_announced_is_said_with_what_it_counts_as(late, excused, words):
    row = SimpleNamespace(timezone=str(ZoneInfo("America/New_York")))
    done = [(row, Status.LATE_CANCEL)] * late + [(row, Status.EXCUSED)] * excused
    said = rules.done_words(Call(done, ()), TUESDAY, first_on=TUESDAY, today=MONDAY)
    assert said == words
