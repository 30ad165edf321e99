from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from clinic.today import rules

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("listed", "marked", "signed", "is_cancelled", "state"),
    [
        (3, 0, 0, False, "not started"),
        (3, 1, 0, False, "partly"),
        (3, 3, 0, False, "complete"),
        (3, 3, 3, False, "signed"),
        (3, 3, 2, False, "complete"),
        (0, 0, 0, False, "not started"),
        (3, 3, 3, True, "cancelled"),
    ],
)
def test_a_sheet_says_how_far_it_is(listed, marked, signed, is_cancelled, state):
    row = SimpleNamespace(
        listed=listed, marked=marked, signed=signed, is_cancelled=is_cancelled, starts_at=NOON
    )
    assert rules.sheet_state(row, NOON) == state


def test_no_sheet_is_begun_before_its_session():
    row = SimpleNamespace(listed=3, marked=3, signed=0, is_cancelled=False, starts_at=NOON)
    assert rules.sheet_state(row, NOON - timedelta(seconds=1)) == "not started"
