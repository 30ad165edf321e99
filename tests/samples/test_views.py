import csv
import io

import pytest

from clinic.attendance import actions
from clinic.db import db
from clinic.schedule.models import Status
from clinic.trail import SYSTEM, TrailLook
from tests import make


def test_days_are_drawn_by_a_seed_and_the_same_ones_again(app, at, signed_in):
    now = at("2026-03-31 12:00")
    session = make.session(title="Relapse prevention")
    people = [make.participant(name=f"Jordan {letter}") for letter in "ABCDEF"]
    for person in people:
        booking = make.booking(session, make.enrollment(person, program=session.program))
        actions.mark(booking, status=Status.PRESENT, version=1, by=SYSTEM, now=now)
    pages = signed_in("billing")
    path = "/audits?from=2026-03-01&until=2026-03-31&number=4"
    assert "Mock audit" in pages.get("/audits").text
    seeded = pages.get(path, status=302).location
    assert seeded.startswith(f"{path}&seed=")
    page = pages.get(seeded).page
    assert len(page.rows) == 4
    assert "Missing" in page.words
    assert "Relapse prevention" not in page.words  # billing sees no topics
    assert pages.get(seeded).page.rows == page.rows
    assert len(db.query(TrailLook).all()[-1].participant_ids) == 4
    rows = list(csv.DictReader(io.StringIO(pages.get(page.links["CSV file"]).text)))
    assert list(rows[0])[-3:] == ["missing", "identity", "topic"]
    assert [row["number"] for row in rows] == ["1", "2", "3", "4"]
    assert {row["missing"] for row in rows} == {"Signature; Leader’s license"}
    assert {row["seed"] for row in rows} == {seeded.rpartition("=")[2]}


def test_where_there_is_nothing_to_draw_it_says_so(app, at, signed_in):
    at("2026-03-31 12:00")
    pages = signed_in("auditor")
    assert "Nothing is set up yet" in pages.get("/audits").text
    make.site()
    assert "No days to draw from" in pages.get("/audits?from=2026-03-01&seed=1").text
    assert pages.get("/audits/file", status=302).location == "/audits"
    pages.get("/audits?site=nowhere", status=404)


@pytest.mark.parametrize(
    ("first", "last", "number", "sentence"),
    [
        ("2026-03-31", "2026-03-01", "5", "The last day is before the first."),
        ("2025-03-01", "2026-03-02", "5", "Draw from 366 days at most: these are 367 days."),
        ("0026-03-01", "2026-03-02", "5", "This is too long ago, or too far ahead."),
        ("2026-03-01", "2026-03-02", "500", "Enter a number from 1 to 200."),
    ],
)
def test_what_cannot_be_drawn_is_said_where_it_was_typed_and_stays(
    app, at, signed_in, first, last, number, sentence
):
    at("2026-03-31 12:00")
    make.site()
    pages = signed_in("auditor")
    asked = f"from={first}&until={last}&number={number}&seed=1"
    page = pages.get(f"/audits?{asked}", status=422).page
    (error,) = page.all("div", class_="field-error")
    assert error.text == sentence
    typed = page.value("from"), page.value("until"), page.value("number"), page.value("seed")
    assert typed == (first, last, number, "1")
    assert "Seed 1" not in page.words
    assert "No days to draw from" not in page.words
    assert pages.get(f"/audits/file?{asked}", status=302).location == "/audits"
