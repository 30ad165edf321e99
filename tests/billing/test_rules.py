from types import SimpleNamespace

import pytest

from clinic.billable.rules import BillableDay
from clinic.billing import rules

UNDER = BillableDay(0, 0, 90, 1, (1,), 0, 0, ())


@pytest.mark.parametrize(
    ("said", "is_so"), [(None, False), ((0, 90), True), ((0, 80), False), ((1, 90), False)]
)
def test_a_day_is_not_billed_as_long_as_it_is_as_it_was_when_somebody_said_so(said, is_so):
    row = said and SimpleNamespace(units=said[0], minutes=said[1])
    assert rules.is_as_said(UNDER, row) == is_so
