import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.errors import Refused
from clinic.tables import forms
from clinic.tables.forms import read_list
from clinic.tables.rules import MOST_COLUMNS, MOST_ROWS
from tests.chance import examples
from tests.tables.files import xlsx

JOSE = [["Name", "Phone"], ["José Cruz", "202-555-0123"]]


def rows(data):
    (sheet,) = read_list(data)
    return sheet.rows


def sentence(data):
    with pytest.raises(Refused) as refused:
        read_list(data)
    return refused.value.sentence


def text(table, delimiter=","):
    return "".join(delimiter.join(row) + "\r\n" for row in table)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_a_list_is_read_in_every_usual_encoding(encoding):
    assert rows(text(JOSE).encode(encoding)) == JOSE


def test_windows_text_is_said_to_be_read_as_such():
    (sheet,) = read_list(text(JOSE).encode("cp1252"))
    assert sheet.notices == [
        "This file was read as Windows text, not UTF-8. Check names with accents."
    ]
    assert read_list(text(JOSE).encode())[0].notices == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_list_is_cut_by_what_it_is_delimited_with(delimiter):
    assert rows(text(JOSE, delimiter).encode()) == JOSE


def test_a_line_that_names_the_delimiter_is_believed():
    assert rows(b"sep=;\r\nName;Born\r\nAvery, Jo;1990\r\n") == [
        ["Name", "Born"],
        ["Avery, Jo", "1990"],
    ]


def test_one_column_without_delimiters_is_a_list():
    assert rows(b"Name\nJo Avery\nCasey Cruz\n") == [["Name"], ["Jo Avery"], ["Casey Cruz"]]


def test_quotation_marks_keep_delimiters_and_lines_together():
    data = b'Name,Note\r\n"Avery, Jo","two\r\nlines and ""marks"""\r\n\r\nCasey,\r\n'
    assert rows(data) == [
        ["Name", "Note"],
        ["Avery, Jo", 'two lines and "marks"'],
        ["", ""],
        ["Casey", ""],
    ]


def test_rows_of_other_lengths_are_filled_and_longer_ones_marked():
    (sheet,) = read_list(b"Name,Born\nAvery, Jo,1990\nCasey\nSam,1991\nPia,,\n")
    assert sheet.rows[1:] == [
        ["Avery", "Jo", "1990"],
        ["Casey", "", ""],
        ["Sam", "1991", ""],
        ["Pia", "", ""],
    ]
    assert sheet.marks == {
        (1, None): "This row has 3 fields, most have 2. A comma may have cut one in two: check"
        " this row."
    }


def test_formulas_as_text_stay_text():
    assert rows(b"Name\n=1+1\n") == [["Name"], ["=1+1"]]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "This file is empty."),
        (b"\xef\xbb\xbf", "This file is empty."),
        (b" \r\n\r\n", "This file is empty."),
        (bytes(range(256)), forms.NOT_A_LIST),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x81", forms.NOT_A_LIST),
        (b"\x01\x02\x03\x04 list", forms.NOT_A_LIST),
        (b"\xff\xfeN", forms.NOT_A_LIST),
        (
            b"Name,Born\nJo\0,1990" + b"-" * 200,
            "This file contains characters that no text has. Save it as CSV (UTF-8) again.",
        ),
        (b"%PDF-1.7", "This is a PDF, not a list. Save the list as CSV or .xlsx first."),
        (rb"{\rtf1}", "This is a text document, not a list. Save the list as CSV or .xlsx first."),
        (
            b"<html><table>",
            "This is a web page or XML, not a list. Save the list as CSV or .xlsx first.",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 Workbook", forms.OLD_EXCEL),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 " + "EncryptedPackage".encode("utf-16-le"),
            forms.PROTECTED,
        ),
        (
            b'Name,Born\n"Jo,1990\nCasey,1991\n',
            (
                "A quotation mark is opened somewhere and never closed: the list cannot be cut into"
                " rows. Save it as CSV again."
            ),
        ),
        (
            b'Name,Born\nJo,1990\n"Ca"sey,1991\n',
            "Line 3 cannot be split into columns: check its quotation marks.",
        ),
        (
            b"Name\n" + b"Jo Avery\n" * (MOST_ROWS + 1),
            "This list has more than 10,000 rows. Import it in parts.",
        ),
        (b"a," * (MOST_COLUMNS + 1) + b"\n", "This list has more than 100 columns."),
        (b"Name\n" + b"x" * 2_001, "A cell of this list has more than 2,000 letters."),
        (
            b"Name\n" + b"x" * 140_000,
            "Line 2 cannot be split into columns: check its quotation marks.",
        ),
        (
            b"PK\x03\x04 rubbish",
            forms.BROKEN,
        ),
    ],
)
def test_what_is_no_list_gets_a_sentence(data, expected):
    assert sentence(data) == expected


def test_ten_thousand_rows_and_their_header_are_read():
    assert len(rows(b"Name\n" + b"Jo Avery\n" * MOST_ROWS)) == MOST_ROWS + 1


def test_a_workbook_is_told_by_its_content():
    assert rows(xlsx(["Name"], ["Jo Avery"])) == [["Name"], ["Jo Avery"]]


def is_list_or_sentence(data):
    sheets = sheets_or_sentence(data)
    if isinstance(sheets, str):
        assert sheets.endswith(".")
        return
    for sheet in sheets:
        assert sheet.rows != []
        assert len({len(row) for row in sheet.rows}) == 1
        assert all(isinstance(cell, str) for row in sheet.rows for cell in row)
        assert all(row < len(sheet.rows) for row, _ in sheet.marks)


def sheets_or_sentence(data):
    try:
        return read_list(data)
    except Refused as refused:
        return refused.sentence


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_a_sentence(data):
    is_list_or_sentence(data)


@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-16", "utf-16-le", "cp1252"]))
def test_any_text_is_a_list_or_a_sentence(words, encoding):
    is_list_or_sentence(words.encode(encoding, "ignore"))


WORKBOOK = xlsx(["Name", "Born"], ["Jo Avery", 1990], ["Casey", "=A1"])


@examples(60)
@given(st.lists(st.tuples(st.integers(4, len(WORKBOOK) - 1), st.integers(0, 255)), max_size=6))
def test_any_damage_to_a_workbook_leaves_a_list_or_a_sentence(damage):
    data = io.BytesIO(WORKBOOK)
    for at, byte in damage:
        data.seek(at)
        data.write(bytes([byte]))
    is_list_or_sentence(data.getvalue())
