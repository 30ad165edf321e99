from datetime import date

from clinic.intake.rules import settings
from clinic.intake.rules.columns import Column, Style
from clinic.intake.rules.settings import Part

TODAY = date(2026, 3, 4)
ROWS = [
    ["Read me", ""],
    ["Name", "DOB"],
    ["", ""],
    ["Jo Avery", "3/9/1990"],
    ["Casey Cruz", "3/25/1991"],
]
PARTS = [Part("Notes", 0, 1, []), Part("People", 1, 5, ["A word."])]


def begun(rows=ROWS, parts=PARTS, marks=None):
    return settings.begun(rows, parts, marks or {})


def test_the_first_sheet_that_looks_like_people_is_read():
    how = begun()
    assert settings.part_of(how) == PARTS[1]._replace(notices=["A word."])
    assert (how["header"], how["columns"], how["styles"]) == (1, ["name", "birth_on"], {"1": "mdy"})
    assert [at for at, _ in settings.cells_of(ROWS, how)] == [3, 4]
    assert settings.header_of(ROWS, how) == ["Name", "DOB"]


def test_where_no_sheet_looks_like_people_the_first_with_anything_is_read():
    rows = [["Name"], ["Jo"], ["Casey"]]
    parts = [Part("Empty", 0, 1, []), Part("Words", 1, 3, [])]
    how = begun(rows, parts)
    assert (how["part"], how["header"], how["columns"]) == (1, None, [None])
    assert settings.header_of(rows, how) == [""]
    assert settings.why_not_begin(rows, how) is None


def test_names_of_columns_alone_are_no_list():
    rows = [["Name", "DOB"]]
    how = begun(rows, [Part("", 0, 1, [])])
    assert settings.why_not_begin(rows, how) == (
        "This list has the names of its columns, and nobody below them."
    )


def test_another_row_names_the_columns():
    how = settings.with_header(ROWS, begun(), header=None)
    assert (how["columns"], len(list(settings.cells_of(ROWS, how)))) == ([None, None], 3)


def test_what_was_chosen_is_kept_with_the_style_of_the_days():
    how, is_sure = settings.matched(ROWS, begun(), [Column.NAME, None], {})
    assert (how["columns"], how["styles"], is_sure) == (["name", None], {}, True)
    how, is_sure = settings.matched(
        ROWS, begun(), [Column.NAME, Column.BIRTH], {1: Style.DAY_FIRST}
    )
    assert (how["styles"], is_sure) == ({"1": "dmy"}, True)


def test_days_that_can_be_read_both_ways_are_not_sure_until_it_is_said():
    rows = [["Name", "When"], ["Jo Avery", "3/9/1990"]]
    how = begun(rows, [Part("", 0, 2, [])])
    how, is_sure = settings.matched(rows, how, [Column.NAME, Column.BIRTH], {})
    assert (how["styles"], is_sure) == ({"1": "mdy"}, False)


def test_the_reading_comes_back_from_what_is_kept():
    how = begun(marks={(3, None): "Row.", (4, 1): "Cell."}) | {
        "left_out": [4],
        "answers": {"3": "else"},
    }
    reading = settings.reading_of(how, today=TODAY)
    assert reading._asdict() == {
        "first": 1,
        "columns": [Column.NAME, Column.BIRTH],
        "styles": {1: Style.MONTH_FIRST},
        "marks": {(3, None): "Row.", (4, 1): "Cell."},
        "left_out": frozenset([4]),
        "answers": {3: "else"},
        "today": TODAY,
    }
    assert reading.place_of(Column.PIN, Column.BIRTH) == 1
    assert reading.place_of(Column.PIN) is None


def test_a_doubt_is_settled_where_a_cell_is_typed_or_a_row_checked():
    marks = {(3, 0): "a", (3, 1): "b", (4, None): "c", (4, 1): "d"}
    how = settings.corrected(begun(marks=marks), changed={(3, 1)}, checked={4}, answers={})
    assert how["marks"] == [[3, 0, "a"]]


def test_an_answer_replaces_the_one_before_and_nothing_takes_it_back():
    how = begun() | {"answers": {"3": "1", "4": "else", "9": "2"}}
    how = settings.corrected(how, changed=[], checked=[], answers={3: "else", 4: ""})
    assert how["answers"] == {"3": "else", "9": "2"}


def test_leaving_out_is_about_the_rows_that_were_shown():
    how = begun() | {"left_out": [1, 3]}
    how = settings.leaving_out(how, shown={3, 4}, left_out={4, 9})
    assert how["left_out"] == [1, 4]
