from datetime import date, timedelta

import pytest

from clinic.programs import rules


@pytest.mark.parametrize("week_starts", range(7))
def test_a_week_begins_on_the_last_first_weekday_up_to_the_day(week_starts):
    for number in range(15):
        day = date(2026, 3, 1) + timedelta(days=number)
        first = day
        while first.weekday() != week_starts:
            first -= timedelta(days=1)
        assert rules.week_of(day, week_starts) == first
