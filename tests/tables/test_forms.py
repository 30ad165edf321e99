import io
import zipfile
from datetime import date, datetime, time

import pytest
from openpyxl.chart import BarChart
from openpyxl.worksheet.formula import ArrayFormula

from clinic.errors import Refused
from clinic.tables import forms
from clinic.tables.forms import read_workbook
from clinic.tables.rules import MOST_ROWS
from tests.tables.files import part_of, saved, with_part, workbook, xlsx

SHEET = "xl/worksheets/sheet1.xml"


def rows(data):
    (sheet,) = read_workbook(data)
    return sheet.rows


def sentence(data):
    with pytest.raises(Refused) as refused:
        read_workbook(data)
    return refused.value.sentence


def test_values_become_what_somebody_would_type():
    book = workbook(
        [
            "Jo",
            5551234.0,
            12,
            1.5,
            True,
            False,
            date(1990, 3, 9),
            datetime(1990, 3, 9),  # noqa: DTZ001 - a spreadsheet knows no zones
            datetime(1990, 3, 9, 10, 5),  # noqa: DTZ001 - the same
            time(10, 5),
            None,
            "=1",
        ]
    )
    book.active["L1"].data_type = "s"
    assert rows(saved(book)) == [
        [
            "Jo",
            "5551234",
            "12",
            "1.5",
            "yes",
            "no",
            "1990-03-09",
            "1990-03-09",
            "1990-03-09 10:05:00",
            "10:05:00",
            "",
            "=1",
        ]
    ]


def test_zeros_that_a_format_shows_are_kept():
    book = workbook([42], [42])
    book.active["A1"].number_format = "000000"
    assert rows(saved(book)) == [["000042"], ["42"]]


def test_a_formula_gives_the_value_that_the_file_holds():
    data = xlsx(["Jo"], ["=A1"])
    sheet = part_of(data, SHEET).replace("<f>A1</f><v />", "<f>A1</f><v>7</v>")
    assert rows(with_part(data, SHEET, sheet)) == [["Jo"], ["7"]]


def test_a_formula_without_a_value_is_shown_and_said_at_its_cell():
    book = workbook(["Name"], ["=A1"], [None, '=B1&"x"'])
    book.active["C4"] = ArrayFormula("C4:C4", "=SUM(A1)")
    (sheet,) = read_workbook(saved(book))
    assert sheet.rows == [
        ["Name", "", ""],
        ["=A1", "", ""],
        ["", '=B1&"x"', ""],
        ["", "", "=SUM(A1)"],
    ]
    assert sheet.marks == dict.fromkeys([(1, 0), (2, 1), (3, 2)], forms.NOT_COMPUTED)


def test_a_formula_that_gave_no_letters_is_an_empty_cell():
    data = xlsx(["Jo"], ["=A1"])
    text = part_of(data, SHEET).replace(
        '<c r="A2"><f>A1</f><v />', '<c r="A2" t="str"><f>A1</f><v />'
    )
    (sheet,) = read_workbook(with_part(data, SHEET, text))
    assert (sheet.rows, sheet.marks) == ([["Jo"]], {})


def test_an_error_is_said_at_its_cell():
    book = workbook(["Name"], ["#REF!"])
    (sheet,) = read_workbook(saved(book))
    assert sheet.marks == {(1, 0): "The spreadsheet shows an error here: #REF!"}


def test_merged_cells_are_named_and_the_empty_ones_marked():
    book = workbook(["Name", "Group"], ["Jo", "A"], ["Casey"], ["Sam", "B"])
    book.active.merge_cells("B2:B3")
    (sheet,) = read_workbook(saved(book))
    assert sheet.notices == ["Merged cells: B2:B3. Only the first of them has a value."]
    assert sheet.marks == {
        (2, 1): "B2:B3 are merged into one cell in the spreadsheet, and only the first of them has"
        " a value. Check this row."
    }


def test_what_is_hidden_is_read_and_said():
    book = workbook(["Name", "Phone"], *[[f"Jo {number}", "1"] for number in range(8)])
    for number in range(2, 9):
        book.active.row_dimensions[number].hidden = True
    book.active.column_dimensions["B"].hidden = True
    (sheet,) = read_workbook(saved(book))
    assert len(sheet.rows) == 9
    assert sheet.notices == [
        (
            "Rows that are hidden in the spreadsheet are read like the others: 2, 3, 4, 5, 6 and 2"
            " more."
        ),
        "Columns that are hidden in the spreadsheet are read, too: B.",
    ]


def test_every_sheet_with_anything_in_it_is_given():
    book = workbook(["Name"], ["Jo"])
    book.create_sheet("Empty")
    book.create_sheet("More").append(["Casey"])
    book.create_chartsheet("Plot").add_chart(BarChart())
    assert [(sheet.name, sheet.rows) for sheet in read_workbook(saved(book))] == [
        ("People", [["Name"], ["Jo"]]),
        ("More", [["Casey"]]),
    ]


def test_an_empty_workbook_has_no_sheets():
    assert read_workbook(xlsx()) == []


def test_the_size_that_a_file_tells_of_itself_is_not_believed():
    data = xlsx(["Name", "Phone"], ["Jo", "1"])
    text = part_of(data, SHEET).replace('<dimension ref="A1:B2" />', '<dimension ref="A1" />')
    assert text != part_of(data, SHEET)
    assert rows(with_part(data, SHEET, text)) == [["Name", "Phone"], ["Jo", "1"]]


def test_macros_and_links_to_elsewhere_are_passed_over():
    data = with_part(xlsx(["Name"], ["Jo"]), "xl/vbaProject.bin", "macros")
    link = '<externalLink><externalBook r:id="http://127.0.0.1:1/x"/></externalLink>'
    assert rows(with_part(data, "xl/externalLinks/externalLink1.xml", link)) == [["Name"], ["Jo"]]


def test_a_row_without_a_number_is_counted():
    data = xlsx(["Name"], ["Jo"], ["Casey"])
    text = part_of(data, SHEET).replace('<row r="2"', '<row hidden="1"')
    assert read_workbook(with_part(data, SHEET, text))[0].notices == [
        "Rows that are hidden in the spreadsheet are read like the others: 2."
    ]


def test_a_zip_that_is_no_workbook_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    assert sentence(file.getvalue()) == forms.NO_WORKBOOK


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/workbook.xml", "<workbook"),
        (SHEET, "rubbish"),
        ("xl/styles.xml", "<styleSheet>"),
    ],
)
def test_a_damaged_workbook_is_refused(part, content):
    assert sentence(with_part(xlsx(["Name"], ["Jo"]), part, content)) == forms.BROKEN


def test_entities_that_grow_are_refused():
    grown = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "aaaaaaaaaa">{grown}'
    text = f"{bomb}]><worksheet>&e9;</worksheet>"
    assert sentence(with_part(xlsx(["Name"], ["Jo"]), SHEET, text)) == forms.BROKEN


def test_a_workbook_that_unpacks_to_too_much_is_refused():
    data = xlsx(["Name"], ["Jo"])
    assert sentence(with_part(data, "xl/big.bin", "0" * (61 * 1024 * 1024))) == forms.TOO_LARGE
    assert sentence(with_part(data, SHEET, "<" * 1_500_001)) == forms.TOO_LARGE


def test_a_workbook_of_too_many_parts_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(501):
            archive.writestr(str(number), "")
    assert sentence(file.getvalue()) == forms.TOO_LARGE


def test_too_many_rows_columns_or_merged_cells_are_refused():
    book = workbook(["Name"])
    book.active.cell(MOST_ROWS + 2, 1, "Jo")
    assert sentence(saved(book)) == (
        "The sheet “People” has more than 10,000 rows. Import it in parts."
    )
    book = workbook(["Name"])
    book.active.cell(1, 101, "x")
    assert sentence(saved(book)) == "The sheet “People” has more than 100 columns."
    assert sentence(with_merged("A1:ZZ20000")) == (
        "This workbook has too many merged cells. Unmerge them and try again."
    )


def test_empty_rows_at_the_end_and_far_away_formulas_are_no_rows():
    book = workbook(["Name"], ["Jo"])
    book.active.cell(MOST_ROWS + 5, 1).number_format = "0000"
    book.active.cell(MOST_ROWS + 9, 1, "=A1")
    assert rows(saved(book)) == [["Name"], ["Jo"]]


def with_merged(cells):
    data = xlsx(["Name"], ["Jo"])
    merged = f'</sheetData><mergeCells><mergeCell ref="{cells}"/></mergeCells>'
    return with_part(data, SHEET, part_of(data, SHEET).replace("</sheetData>", merged))


def test_merged_cells_without_an_end_break_the_workbook():
    assert sentence(with_merged("A:B")) == forms.BROKEN


def test_cells_that_do_not_say_where_they_are_follow_one_another():
    data = xlsx(["Name", "=A1"], ["Jo", "=A2"])
    text = part_of(data, SHEET)
    for place in ("A1", "B1", "A2", "B2"):
        text = text.replace(f' r="{place}"', "")
    (sheet,) = read_workbook(with_part(data, SHEET, text))
    assert sheet.rows == [["Name", "=A1"], ["Jo", "=A2"]]
    assert sheet.marks == dict.fromkeys([(0, 1), (1, 1)], forms.NOT_COMPUTED)
