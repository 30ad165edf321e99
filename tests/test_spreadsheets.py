import csv
import io
from datetime import date

import pytest

from clinic.spreadsheets import csv_lines, workbook
from tests.workbooks import cells_of

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
    lines = csv_lines(found, ("key", "minutes"))
    assert list(lines) == ["key,minutes\n", "a,5\n", '"b ""x"", y",0\n']
    assert list(csv_lines([], ("key", "minutes"))) == ["key,minutes\n"]


@pytest.mark.parametrize(("text", "shown"), HOSTILE.items())
def test_a_spreadsheet_never_takes_a_text_for_a_formula(text, shown):
    lines = "".join(csv_lines([{"title": text}], ("title",)))
    [[_], [cell]] = csv.reader(io.StringIO(lines, newline=""))
    assert cell == shown


def test_a_workbook_holds_the_same_table():
    found = [
        {"key": "a", "day": date(2026, 3, 2), "minutes": 5},
        {"key": "=1+1\x07", "minutes": 0},
    ]
    assert cells_of(workbook(found, ("key", "day", "minutes"), name="Units")) == [
        ["key", "day", "minutes"],
        ["a", "46083", "5"],
        ["'=1+1", None, "0"],
    ]
