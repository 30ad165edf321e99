from clinic.pdf import pdf_of


def test_what_somebody_is_called_is_never_read_as_markup():
    sheet = {
        "title": "#panic() *x* $y",
        "place": "",
        "when": "Mon, Mar 2",
        "facts": "",
        "people": [{"name": "#eval(1) <b> \\", "known": ""}],
        "blanks": 1,
    }
    made = pdf_of(
        "paper/sheets.typ", {"title": "t", "clinic": "c", "note": "n", "sheets": [sheet, sheet]}
    )
    assert made.startswith(b"%PDF-")
    assert b"/Type/Pages/Count 2/" in made


def test_a_day_without_sessions_is_a_page_that_says_so():
    made = pdf_of("paper/sheets.typ", {"title": "t", "clinic": "c", "note": "n", "sheets": []})
    assert made.startswith(b"%PDF-")
