from clinic.tables import rules
from clinic.tables.rules import MOST_LETTERS, MOST_ROWS, Sheet, tidy, why_not_keep


def test_rows_get_one_length_and_lose_empty_ends():
    sheet = tidy("People", [["a", " b ", ""], [], ["c"], ["", " "]], notices=["A word."])
    assert sheet == Sheet("People", [["a", "b"], ["", ""], ["c", ""]], ["A word."], {})


def test_marks_below_the_last_row_are_dropped():
    marks = {(0, 0): "Here.", (1, None): "There."}
    assert tidy("", [["a"]], notices=[], marks=marks).marks == {(0, 0): "Here."}


def test_what_no_database_takes_is_replaced():
    assert rules.cell_of(" a\0b\ud800 ") == "a\ufffdb\ufffd"


def test_what_is_too_much_or_nothing_is_not_kept():
    def one(*rows):
        return Sheet("", list(rows), [], {})

    assert why_not_keep([]) == "This file is empty."
    assert why_not_keep([one(["a"])]) is None
    assert why_not_keep([one(["x" * (MOST_LETTERS + 1)])]) == (
        "A cell of this list has more than 2,000 letters."
    )
    full = one(*[["a"]] * (MOST_ROWS + 1))
    assert why_not_keep([full, full]) == (
        "This workbook has more than 20,000 rows. Import it in parts."
    )
