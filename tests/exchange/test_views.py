import csv
import io
import json

import pytest
from sqlalchemy import select

from clinic.db import db
from clinic.schedule.models import Status
from clinic.trail import TrailEvent, TrailLook
from tests import make

WEEK = {"from_on": "2026-03-02", "until_on": "2026-03-08"}


@pytest.fixture
def clinic(app, at):
    at("2026-03-11 12:00")
    program = make.program(key="evening", name="Evening IOP")
    series = make.series(program, title="Süchtig =1", key="=trauma")
    jordan = make.enrollment(make.participant(key="p-1"), program, key="e-1")
    make.booking(make.session("2026-03-02", series=series), jordan, Status.PRESENT)
    make.booking(make.session("2026-03-03", program=make.program(make.site())))
    return jordan


def taken(pages, what, **typed):
    pages.get("/exports")
    return pages.submit("/exports", what=what, **WEEK | typed, status=200)


@pytest.mark.parametrize("what", ["hours", "attendance", "sessions"])
@pytest.mark.parametrize("role", ["coordinator", "auditor"])
def test_a_file_is_byte_for_byte_what_the_command_writes(clinic, signed_in, command, what, role):
    days = (
        ("--week", "2026-03-02")
        if what == "hours"
        else ("--from", "2026-03-02", "--until", "2026-03-08")
    )
    file = taken(signed_in(role), what)
    assert file.data == command("export", what, *days).stdout_bytes
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    name = f"{what}-2026-03-02-to-2026-03-08.csv"
    assert file.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_billing_gets_the_same_columns_without_topics(clinic, signed_in, command):
    days = ("--from", "2026-03-02", "--until", "2026-03-08")
    for what in ("sessions", "attendance"):
        file = taken(signed_in("billing"), what)
        assert ("trauma" in file.text, "chtig" in file.text) == (False, False)
        whole = command("export", what, *days).stdout
        assert file.text.splitlines()[0] == whole.splitlines()[0]
    assert taken(signed_in("billing"), "hours").text == (
        command("export", "hours", "--week", "2026-03-02").stdout
    )


def test_a_site_or_a_program_can_be_chosen(clinic, signed_in):
    pages = signed_in("billing")
    site = clinic.program.site.key
    for typed in ({"site": site}, {"program": "evening"}):
        [row] = csv.DictReader(io.StringIO(taken(pages, "attendance", **typed).text))
        assert row["enrollment"] == "e-1"


def test_one_person_can_be_chosen(clinic, signed_in):
    other = make.enrollment(make.participant(key="p-2"), clinic.program, key="e-2")
    make.booking(make.session("2026-03-04"), other, Status.PRESENT)
    pages = signed_in("billing")
    for what in ("attendance", "hours"):
        rows = [*csv.DictReader(io.StringIO(taken(pages, what, person="p-1").text))]
        assert {row["participant"] for row in rows} == {"p-1"}
    page = pages.get(f"/participants/{other.participant_id}/attendance?from=2026-03-04").page
    assert page.links["Export"] == "/exports?what=attendance&from_on=2026-03-04&person=p-2"
    assert pages.get(page.links["Export"]).page.value("person") == "p-2"


def test_who_took_what_is_kept_and_whom_it_named(clinic, signed_in):
    pages = signed_in("billing")
    taken(pages, "hours", program="evening")
    event = db.scalars(select(TrailEvent).where(TrailEvent.verb == "records.exported")).one()
    assert (event.actor_id, json.loads(event.facts)) == (
        pages.account.id,
        {
            "what": "hours",
            "from_on": "2026-03-02",
            "until_on": "2026-03-08",
            "site_id": None,
            "program_id": clinic.program_id,
            "participant_id": None,
            "records": 1,
        },
    )
    look = db.scalars(select(TrailLook)).one()
    assert (look.page, look.participant_ids) == ("exchange.exports", [clinic.participant_id])


def test_the_form_has_what_the_address_names_and_else_the_last_week(clinic, signed_in):
    pages = signed_in("billing")
    page = pages.get("/exports").page
    assert (page.value("from_on"), page.value("until_on")) == ("2026-03-02", "2026-03-08")
    assert page.value("what") in {"", None}
    page = pages.get("/exports?what=hours&from_on=2026-02-02&program=evening&site=unknown").page
    assert (page.value("what"), page.value("from_on")) == ("hours", "2026-02-02")
    assert page.value("program") == "evening"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"what": ""}, "Choose which records."),
        ({"what": "hours", "from_on": "2025-03-01"}, "A file holds 366 days at most"),
        ({"what": "hours", "from_on": "2026-03-09"}, "The last day is before the first."),
        ({"what": "hours", "until_on": ""}, "Enter the last day."),
        ({"what": "hours", "from_on": "soon"}, "This is not a date."),
        ({"what": "hours", "person": "p-99"}, "Nobody has this number."),
        ({"what": "sessions", "person": "p-1"}, "Sessions are everybody’s"),
        ({"what": "hours", "site": "nowhere"}, "Choose one from the list."),
    ],
)
def test_what_cannot_be_made_says_why(clinic, signed_in, typed, sentence):
    pages = signed_in("admin")
    pages.get("/exports")
    assert sentence in pages.submit("/exports", **WEEK | typed, status=422).page.words
    assert db.scalars(select(TrailEvent).where(TrailEvent.verb == "records.exported")).all() == []


def test_before_a_site_is_set_up_there_is_nothing_to_take(app, at, signed_in):
    at("2026-03-11 12:00")
    assert "Nothing is set up yet" in signed_in("admin").get("/exports").text


@pytest.mark.parametrize("role", ["clinician", "front_desk", "participant"])
def test_others_take_nothing_away(clinic, signed_in, role):
    signed_in(role).get("/exports", status=403)


def test_the_usual_periods_are_one_press(clinic, signed_in):
    pages = signed_in("billing")
    page = pages.get("/exports?what=hours").page
    (links,) = page.all("nav", aria_label="Days")
    assert [(link.text, link.get("href")) for link in links.all("a")] == [
        ("Last week", "/exports?what=hours&from_on=2026-03-02&until_on=2026-03-08"),
        ("Last two weeks", "/exports?what=hours&from_on=2026-02-23&until_on=2026-03-08"),
        ("This month", "/exports?what=hours&from_on=2026-03-01&until_on=2026-03-11"),
        ("Last month", "/exports?what=hours&from_on=2026-02-01&until_on=2026-02-28"),
        ("Last year", "/exports?what=hours&from_on=2025-01-01&until_on=2025-12-31"),
    ]
    page = pages.get(links.all("a")[4].get("href")).page
    assert (page.value("what"), page.value("from_on")) == ("hours", "2025-01-01")
    assert page.texts("a", aria_current="true") == ["Last year"]
