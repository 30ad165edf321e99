from datetime import date

import pytest

from clinic.schedule.rules.series import reach, why_never, why_not_end, why_not_other_site

FIRST = date(2026, 1, 1)


def day(text):
    return date.fromisoformat(text)


def test_a_series_reaches_to_its_last_day_or_26_weeks_ahead():
    today = day("2026-03-02")
    assert reach(day("2026-02-01"), today=today) == day("2026-02-01")
    assert reach(None, today=today) == day("2026-08-31")


def test_a_group_stays_at_its_site():
    assert why_not_other_site(1, 1) is None
    sentence = "A group stays at its site: end it, and set up another one there."
    assert why_not_other_site(1, 2) == sentence


def test_a_group_must_meet_at_least_once():
    assert why_never(FIRST) is None
    assert why_never(None) == "The group would never meet between these days."


@pytest.mark.parametrize(
    ("last_on", "sentence"),
    [
        ("2026-03-10", None),
        ("2026-03-09", None),
        (
            "2026-03-08",
            "The last day cannot be earlier than yesterday: the past stays as it was.",
        ),
        ("2026-02-28", "The last day is before the first."),
        ("2026-05-01", "It ends before that day already. Change its plan to have it go on."),
    ],
)
def test_a_group_ends_yesterday_at_the_earliest(last_on, sentence):
    facts = {"from_on": day("2026-03-01"), "ends_on": day("2026-04-30")}
    facts |= {"today": day("2026-03-10")}
    assert why_not_end(day(last_on), **facts) == sentence
