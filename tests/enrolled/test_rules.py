from datetime import date

from clinic.days import Range
from clinic.enrolled import rules


def test_weeks_to_choose_lie_around_today_within_the_enrollment_and_keep_what_is_chosen():
    enrolled, chosen = Range(date(2026, 2, 24), date(2026, 3, 10)), [date(2026, 1, 5)]
    assert rules.weeks_around(date(2026, 3, 4), 0, enrolled=enrolled, chosen=chosen) == [
        ("2026-01-05", "January 5 – 11"),
        ("2026-02-23", "February 23 – March 1"),
        ("2026-03-02", "March 2 – 8"),
        ("2026-03-09", "March 9 – 15"),
    ]
