from dataclasses import replace

from clinic.intake import rules
from clinic.intake.models import Part
from clinic.tables.rules import Style

ROWS = [
    ["Read me", ""],
    ["Name", "DOB"],
    ["", ""],
    ["Jo Avery", "3/9/1990"],
    ["Casey Cruz", "3/25/1991"],
]
PARTS = [Part("Notes", 0, 1, []), Part("People", 1, 5, ["A word."])]


def begin(rows=ROWS, parts=PARTS, marks=None):
    return rules.begin(rows, parts, marks or {})


def test_the_first_sheet_that_looks_like_people_is_read():
    how = begin()
    assert how.sheet == PARTS[1]._replace(notices=["A word."])
    assert (how.header, how.columns) == (1, ("name", "birth_on"))
    assert (how.styles, how.is_matched) == ({1: Style.MONTH_FIRST}, False)
    assert [at for at, _ in how.people(ROWS)] == [3, 4]
    assert how.header_of(ROWS) == ["Name", "DOB"]


def test_where_no_sheet_looks_like_people_the_first_with_anything_is_read():
    rows = [["Name"], ["Jo"], ["Casey"]]
    parts = [Part("Empty", 0, 1, []), Part("Words", 1, 3, [])]
    how = begin(rows, parts)
    assert (how.part, how.header, how.columns) == (1, None, (None,))
    assert how.header_of(rows) == [""]
    assert rules.why_not_begin(rows, how) is None


def test_names_of_columns_alone_are_no_list():
    rows = [["Name", "DOB"]]
    how = begin(rows, [Part("", 0, 1, [])])
    assert rules.why_not_begin(rows, how) == (
        "This list has column names, but no people below them."
    )


def test_another_row_names_the_columns():
    how = rules.with_header(ROWS, begin(), header=None)
    assert (how.columns, len(list(how.people(ROWS)))) == ((None, None), 3)


def test_what_was_chosen_is_kept_with_the_style_of_the_days():
    how = rules.match(ROWS, begin(), ["name", None], {})
    assert (how.columns, how.styles, how.is_matched) == (("name", None), {}, True)
    how = rules.match(ROWS, begin(), ["name", "birth_on"], {1: Style.DAY_FIRST})
    assert (how.styles, how.is_matched) == ({1: Style.DAY_FIRST}, True)


def test_days_that_can_be_read_both_ways_are_not_sure_until_it_is_said():
    rows = [["Name", "When"], ["Jo Avery", "3/9/1990"]]
    how = begin(rows, [Part("", 0, 2, [])])
    how = rules.match(rows, how, ["name", "birth_on"], {})
    assert (how.styles, how.is_matched) == ({1: Style.MONTH_FIRST}, False)


def test_rows_are_counted_and_columns_found_as_in_the_spreadsheet():
    how = begin()
    assert (how.number(1), how.number(4)) == (1, 4)
    assert how.place_of("pin", "birth_on") == 1
    assert how.place_of("pin") is None


def test_a_doubt_ends_where_a_cell_is_typed_or_a_row_checked():
    marks = {(3, 0): "a", (3, 1): "b", (4, None): "c", (4, 1): "d"}
    how = rules.correct(begin(marks=marks), changed={(3, 1)}, checked={4}, answers={})
    assert how.marks == {(3, 0): "a"}


def test_an_answer_replaces_the_one_before_and_nothing_takes_it_back():
    how = replace(begin(), answers={3: "1", 4: "else", 9: "2"})
    how = rules.correct(how, changed=[], checked=[], answers={3: "else", 4: ""})
    assert how.answers == {3: "else", 9: "2"}


def test_leaving_out_is_about_the_rows_that_were_shown():
    how = replace(begin(), left_out=frozenset([1, 3]))
    how = rules.leave_out(how, shown={3, 4}, left_out={4, 9})
    assert how.left_out == {1, 4}


FOOTED = [
    ["Name", "DOB"],
    ["Jo Avery", "3/25/1990"],
    ["Name", "DOB"],
    ["Casey Cruz", "3/26/1991"],
    ["", ""],
    ["Total: 2", ""],
    ["Printed by Kim Lee", "28/11/2026"],
]


def test_rows_that_are_about_nobody_are_left_out_and_said():
    how = begin(FOOTED, [Part("", 0, 7, [])])
    assert how.left_out == {2, 5, 6}
    assert how.values_of(FOOTED, 1) == ["3/25/1990", "3/26/1991"]
    assert (how.styles, how.is_matched) == ({1: Style.MONTH_FIRST}, False)
    assert rules.what_is_left_out(FOOTED, how) == (
        "Ignored, because no person is in them: “Name DOB”, “Total: 2” and"
        " “Printed by Kim Lee 28/11/2026”."
    )


def test_a_row_that_was_taken_in_after_all_is_said_no_more():
    how = rules.leave_out(begin(FOOTED, [Part("", 0, 7, [])]), shown=[2, 6], left_out=[])
    said = "Ignored, because no person is in them: “Total: 2”."
    assert rules.what_is_left_out(FOOTED, how) == said
    how = rules.leave_out(how, shown=[5], left_out=[])
    assert rules.what_is_left_out(FOOTED, how) is None


def test_a_list_of_nothing_but_its_total_is_none():
    rows = [["Name", "DOB"], ["Total: 0", ""]]
    assert rules.why_not_begin(rows, begin(rows, [Part("", 0, 2, [])])) == (
        "This list has column names, but no people below them."
    )
