import io

import pytest
from werkzeug.datastructures import FileStorage, MultiDict

from clinic.intake.forms import UploadForm, chosen_columns, corrections
from clinic.tables.rules import Style


def sent(app, data=None, name="people.csv"):
    files = {"file": FileStorage(io.BytesIO(data), name)} if data is not None else {}
    with app.test_request_context("/", method="POST", data=files):
        form = UploadForm(meta={"csrf": False})
        return form, form.validate()


@pytest.fixture
def app(database):
    return database.app


def test_a_list_is_read_with_its_name(app):
    form, is_valid = sent(app, b"Name\nJo Avery\n", name="a" * 120 + ".csv")
    assert (is_valid, form.sheets[0].rows) == (True, [["Name"], ["Jo Avery"]])
    assert form.file_name == "a" * 96 + ".csv"


def test_without_a_file_one_is_asked_for(app):
    form, is_valid = sent(app)
    assert (is_valid, form.file.errors) == (False, ["Choose a file first."])


def test_why_a_file_is_no_list_stands_at_its_field(app):
    form, is_valid = sent(app, b"%PDF-1.7")
    assert (is_valid, form.file.errors) == (
        False,
        ["This is a PDF, not a list. Save the list as CSV or .xlsx first."],
    )


def test_what_columns_hold_is_one_of_the_words_or_nothing():
    typed = MultiDict(
        {"column0": "name", "column1": "rubbish", "column3": "birth_on", "style3": "dmy"}
    )
    assert chosen_columns(typed, 4) == (
        ["name", None, None, "birth_on"],
        {3: Style.DAY_FIRST},
    )


def test_corrections_are_about_the_rows_of_the_list_alone():
    typed = {
        "c1-0": "  Jo\0 ",
        "c9-0": "elsewhere",
        "row1": "1",
        "row2": "1",
        "out2": "1",
        "ok1": "1",
        "who1": "else",
        "who9": "1",
        "csrf_token": "x",
        "c1-0-0": "x",
    }
    assert corrections(typed, range(1, 3)) == {
        "cells": {(1, 0): "Jo\ufffd"},
        "shown": {1, 2},
        "left_out": {2},
        "checked": {1},
        "answers": {1: "else"},
    }
