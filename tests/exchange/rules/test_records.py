import csv
import io
from datetime import date

import pytest

from clinic.days import Range
from clinic.exchange.rules import records
from clinic.exchange.rules.records import Table

HOSTILE = {
    "=1+1": "'=1+1",
    "+1": "'+1",
    "-1": "'-1",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": "'\t=1",
    "\r=1": "' =1",
    "a\r=1": "a =1",
    'a"\n=1,': 'a"\n=1,',
    "1=1": "1=1",
}


def test_csv_has_a_header_and_a_line_for_each_record():
    found = [{"key": "a", "minutes": 5}, {"key": 'b "x", y', "minutes": 0}]
    lines = records.csv_lines(found, ("key", "minutes"))
    assert list(lines) == ["key,minutes\n", "a,5\n", '"b ""x"", y",0\n']
    assert list(records.csv_lines([], ("key", "minutes"))) == ["key,minutes\n"]


@pytest.mark.parametrize(("text", "shown"), HOSTILE.items())
def test_a_spreadsheet_never_takes_a_text_for_a_formula(text, shown):
    lines = "".join(records.csv_lines([{"title": text}], ("title",)))
    [[_], [cell]] = csv.reader(io.StringIO(lines, newline=""))
    assert cell == shown


def test_a_file_holds_a_year_at_most():
    assert records.why_not_days(date(2026, 1, 1), date(2027, 1, 1)) is None
    assert records.why_not_days(date(2026, 1, 1), date(2027, 1, 2)) == (
        "A file holds 366 days at most, and these are 367 days. Take them in parts."
    )


def test_the_name_of_a_file_tells_no_more_than_its_days():
    week = Range(date(2026, 3, 2), date(2026, 3, 8))
    assert records.file_name(Table.HOURS, week) == "hours-2026-03-02-to-2026-03-08.csv"
