from datetime import date

from clinic.days import DAY, Range
from clinic.schedule.rules.rosters import (
    why_not_from,
    why_not_last_day,
    why_not_move,
    why_not_put_on,
)


def day(text):
    return date.fromisoformat(text)


def test_nobody_is_put_on_in_the_past_or_taken_off_before_yesterday():
    today = day("2026-03-04")
    assert why_not_from(today, today=today) is None
    assert why_not_from(today - DAY, today=today) == (
        "Start today or later: past sessions keep their attendance."
    )
    assert why_not_last_day(today - DAY, today=today, ends_on=None) is None
    assert why_not_last_day(today - 2 * DAY, today=today, ends_on=None) == (
        "The last day cannot be earlier than yesterday: past sessions cannot change."
    )


def test_a_last_day_is_not_put_off():
    today = day("2026-03-04")
    assert why_not_last_day(today, today=today, ends_on=today) is None
    assert why_not_last_day(today + DAY, today=today, ends_on=today) == (
        "Their place in this group ends before that day."
    )


def test_somebody_moves_today_or_later_and_while_they_have_their_place():
    today = day("2026-03-04")
    facts = {"today": today, "ends_on": today + DAY, "is_same": False}
    assert why_not_move(today + DAY, **facts) is None
    assert why_not_move(today + 2 * DAY, **facts) == (
        "Their place in this group ends before that day."
    )
    assert why_not_move(today, **facts | {"is_same": True}) == "They are on this group already."
    assert why_not_move(today - DAY, **facts | {"ends_on": None}).startswith("Start today or later")


def put_on(from_on, **facts):
    facts = {
        "enrolled": Range(day("2026-01-12"), day("2026-03-08")),
        "runs": Range(day("2026-01-05"), day("2026-02-27")),
        "meets": lambda _days: True,
        "already": [],
    } | facts
    return why_not_put_on(days=Range(day(from_on), None), **facts)


def test_somebody_is_put_on_within_their_enrollment_and_while_the_group_meets():
    assert put_on("2026-02-27") is None
    assert put_on("2026-02-28") == "The group does not meet in that time."
    assert put_on("2026-03-09") == "The enrollment ends before that day."
    asked = []
    sentence = put_on("2026-02-27", meets=asked.append)
    assert sentence == "The group does not meet in that time."
    assert asked == [Range(day("2026-02-27"), day("2026-02-27"))]


def test_somebody_is_put_on_once_at_a_time():
    before = Range(day("2026-01-12"), day("2026-02-01"))
    later = Range(day("2026-02-20"), None)
    assert put_on("2026-02-02", already=[before]) is None
    assert put_on("2026-02-01", already=[before]) == "They are on this group already."
    assert put_on("2026-02-02", already=[before, later]) == "They are on this group already."
