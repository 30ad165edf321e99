from types import SimpleNamespace

import pytest

from clinic.today import rules


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
    row = SimpleNamespace(listed=listed, marked=marked, signed=signed, is_cancelled=is_cancelled)
    assert rules.sheet_state(row) == state
