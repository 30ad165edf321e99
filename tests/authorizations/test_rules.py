from datetime import date, timedelta
from typing import NamedTuple

import pytest

from clinic.authorizations import rules

MONDAY = date(2026, 3, 2)


class Dated(NamedTuple):
    id: int
    first: int
    last: int

    @property
    def from_on(self):
        return MONDAY + timedelta(days=self.first)

    @property
    def until_on(self):
        return MONDAY + timedelta(days=self.last)


@pytest.mark.parametrize(
    ("number", "which"),
    [(-1, None), (0, 1), (9, 1), (10, 2), (11, 2), (12, 2), (13, None), (20, 3), (30, 3), (31, 4)],
)
def test_a_day_falls_under_the_authorization_that_ends_first(number, which):
    found = [Dated(4, 25, 31), Dated(3, 20, 30), Dated(2, 5, 12), Dated(1, 0, 9)]
    one = rules.covers(found, MONDAY + timedelta(days=number))
    assert (one and one.id) == which
