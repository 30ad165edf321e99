from datetime import date

from clinic.days import Range
from clinic.exchange.rules import records
from clinic.exchange.rules.records import Table


def test_a_file_holds_a_year_at_most():
    assert records.why_not_days(date(2026, 1, 1), date(2027, 1, 1)) is None
    assert records.why_not_days(date(2026, 1, 1), date(2027, 1, 2)) == (
        "A file holds 366 days at most, and these are 367 days. Take them in parts."
    )


def test_the_name_of_a_file_tells_no_more_than_its_days():
    week = Range(date(2026, 3, 2), date(2026, 3, 8))
    assert records.file_name(Table.HOURS, week) == "hours-2026-03-02-to-2026-03-08.csv"
