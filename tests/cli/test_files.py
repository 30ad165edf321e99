import json

import pytest

from clinic.cli import files
from clinic.errors import BadInput
from clinic.exchange.rules.records import Table
from tests import make


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            "sessions --from 2026-3-9 --until 2026-03-10",
            "--from 2026-3-9: is not a day like 2026-03-09.",
        ),
        (
            "sessions --from 2026-03-09 --until soon",
            "--until soon: is not a day like 2026-03-09.",
        ),
        (
            "attendance --from 2026-03-10 --until 2026-03-09",
            "--until 2026-03-09: is before --from 2026-03-10.",
        ),
        (
            "hours --week 2026-03-10",
            "--week 2026-03-10: begins no week; 2026-03-09 does.",
        ),
        (
            "hours --week 9999-12-27",
            "--week 9999-12-27: lies outside the years 1900 to 2199.",
        ),
        (
            "sessions --from 0001-01-01 --until 2026-03-09",
            "--from 0001-01-01: lies outside the years 1900 to 2199.",
        ),
        (
            "hours --week 2026-03-09 --as-of noon",
            "--as-of noon: is not a time like 2026-01-14T15:00.",
        ),
        (
            "hours --week 2026-03-09 --as-of 0001-01-01T00:00+14:00",
            "--as-of 0001-01-01T00:00+14:00: is not a time like 2026-01-14T15:00.",
        ),
        (
            "hours --week 2026-03-09 --program nowhere",
            "--program nowhere: no program has this key.",
        ),
    ],
)
def test_options_that_make_no_sense_are_bad_input(command, options, problem):
    make.program()
    result = command("export", *options.split(), status=2)
    assert (result.stdout, result.stderr) == ("", f"{problem}\n")


def test_a_time_without_an_offset_is_the_first_sites(app):
    make.site(timezone="America/Los_Angeles")
    assert files.instant_of("2026-01-14T15:00") == make.instant(
        "2026-01-14 15:00", "America/Los_Angeles"
    )
    assert files.instant_of("2026-01-14T15:00-05:00") == make.instant("2026-01-14 15:00")


def test_a_time_that_is_not_given_is_now(app, at):
    now = at("2026-03-02 10:00")
    assert files.instant_of(None) == now


def test_json_has_the_same_records(capsys):
    files.write(Table.SESSIONS, [{"key": "ä", "minutes": 5}], "json")
    assert json.loads(capsys.readouterr().out) == [{"key": "ä", "minutes": 5}]


def test_a_file_that_cannot_be_read_says_why(tmp_path):
    (tmp_path / "latin.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match=r"^is not UTF-8 text$"):
        files.text_of(tmp_path / "latin.csv")
    with pytest.raises(BadInput, match=r"^cannot be read: No such file or directory$"):
        files.text_of(tmp_path / "nowhere.csv")
    with pytest.raises(BadInput, match=r"^cannot be read: Is a directory$"):
        files.text_of(tmp_path)


def test_a_file_that_a_spreadsheet_wrote_may_begin_with_its_mark(tmp_path):
    (tmp_path / "marked.csv").write_bytes("\ufeffkey".encode())
    assert files.text_of(tmp_path / "marked.csv") == "key"
