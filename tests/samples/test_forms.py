from datetime import date

import pytest

from clinic.days import Range
from clinic.samples.forms import DrawForm

MARCH = Range(date(2026, 3, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ("", MARCH),
        ("from=&until=", MARCH),
        ("from=2026-03-09", Range(date(2026, 3, 9), date(2026, 3, 31))),
        ("from=2026-04-09", Range(date(2026, 4, 9), date(2026, 4, 9))),
        ("from=2025-03-02&until=2026-03-02", Range(date(2025, 3, 2), date(2026, 3, 2))),
    ],
)
def test_what_an_address_leaves_open_is_as_usual(app, asked, days):
    with app.test_request_context(f"/audits?{asked}"):
        form = DrawForm(*MARCH)
        assert form.validate()
        assert (form.days, form.number.data) == (days, 30)


def test_days_that_make_no_sense_are_not_put_right(app):
    with app.test_request_context("/audits?from=2026-03-09&until=2026-03-02&number=0"):
        form = DrawForm(*MARCH)
        assert not form.validate()
        assert form.errors == {
            "number": ["Enter a number from 1 to 200."],
            "until_on": ["The last day is before the first."],
        }
