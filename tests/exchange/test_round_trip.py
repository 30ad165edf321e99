"""What comes out of one clinic makes the same clinic elsewhere."""

import json
import re
from datetime import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from sqlalchemy import select

from clinic.days import DAY
from clinic.db import db
from clinic.exchange import forms
from clinic.exchange.queries.clinic_file import clinic_content
from clinic.participants.models import Participant
from clinic.schedule.actions.by_hand import facts_of, plan_of
from clinic.schedule.actions.changes import cancel, change
from clinic.schedule.actions.guests import put_on
from clinic.schedule.models import Booking, RosterEntry, Session
from clinic.schedule.queries.series import find_series
from clinic.schedule.queries.sessions import get_session
from clinic.trail import SYSTEM
from tests import make
from tests.chance import examples
from tests.dump import changed, dump
from tests.exchange.files import LATER, NOW, RIVERSIDE, bring
from tests.exchange.generated import clinics
from tests.exchange.test_published import each_file

GUIDE = Path(__file__).parents[2] / "docs" / "clinic-file.md"
(EXAMPLE,) = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(), re.DOTALL)


def exported():
    db.expire_all()
    return forms.write_clinic_file(clinic_content())


def without_pins(data):
    for one in data["participants"]:
        one.pop("pin", None)
    return data


@pytest.fixture
def elsewhere(app, database):
    """Empty the database, for the clinic to come into another one."""

    def empty():
        db.rollback()
        db.remove()
        database.empty()

    return empty


def comes_back(text, elsewhere, *, now=NOW):
    """The text that a clinic brought in from this one is exported as, here and once more."""
    bring(forms_data(text), now=now)
    first = exported()
    assert reads_as_it_is(first, now=now)
    elsewhere()
    bring(forms_data(first), now=LATER)
    assert exported() == first
    assert reads_as_it_is(first)
    return first


def reads_as_it_is(text, *, now=LATER):
    """Whether the clinic's own file changes nothing, and says so."""
    before = dump()
    done = bring(forms_data(text), reason="Read again", now=now)
    return {word for what in done.values() for word in what} == {"unchanged"} and not changed(
        before, dump()
    )


def forms_data(text):
    assert forms.read_clinic_file(text)
    return yaml.safe_load(text)


def test_the_guides_example_has_every_key_and_comes_back_as_it_is(elsewhere):
    first = comes_back(EXAMPLE, elsewhere)
    assert yaml.safe_load(first) == without_pins(yaml.safe_load(EXAMPLE))
    named = set(re.findall(r"\b([a-z_]+[a-z2]?):", EXAMPLE))
    known = keys_of(forms.ClinicFile.model_json_schema(by_alias=True))
    assert known - named == set()


def keys_of(schema):
    shapes = [schema, *schema["$defs"].values()]
    return {name for shape in shapes for name in shape.get("properties", {})}


def test_the_contracts_example_comes_back(elsewhere):
    first = yaml.safe_load(comes_back(RIVERSIDE, elsewhere))
    expected = without_pins(yaml.safe_load(RIVERSIDE))
    for name in ("breaks_count", "grace_minutes", "part2"):  # which have their defaults
        del expected["programs"][0][name]
    del expected["series"][0]["break_minutes"], expected["series"][0]["every_weeks"]
    del expected["enrollments"][0]["weekly_hours"], expected["enrollments"][0]["status"]
    assert first == expected


@each_file
def test_published_schedules_come_back(elsewhere, path):
    text = path.read_text()
    assert yaml.safe_load(comes_back(text, elsewhere)) == yaml.safe_load(text)


@pytest.mark.parametrize("year", ["2020-06-01 12:00", "2031-06-01 12:00"])
def test_the_day_of_the_import_makes_no_difference(elsewhere, year):
    at_once = comes_back(EXAMPLE, elsewhere, now=make.instant(year))
    elsewhere()
    bring(yaml.safe_load(EXAMPLE))
    assert exported() == at_once


def test_json_is_the_same_and_comes_in_too(elsewhere):
    bring(yaml.safe_load(EXAMPLE))
    text, as_json = exported(), json.dumps(clinic_content(), default=str)
    elsewhere()
    bring(forms_data(as_json))
    assert exported() == text


def test_the_sessions_and_bookings_are_the_same_again(elsewhere):
    bring(yaml.safe_load(EXAMPLE))
    text, before = exported(), counted()
    elsewhere()
    bring(forms_data(text))
    assert counted() == before
    assert before[Booking] > 20


def test_meetings_that_were_changed_by_page_come_back_as_they_are(elsewhere):
    bring(yaml.safe_load(RIVERSIDE))
    series = find_series("evening-process")
    first, second, third = (
        get_session(session_id)
        for session_id in db.scalars(
            select(Session.id)
            .where(Session.series_id == series.id, Session.day > NOW.date())
            .order_by(Session.starts_at)
            .limit(3)
        )
    )
    acting = {"by": SYSTEM, "now": NOW}
    plan, day = plan_of(first, facts_of(first))
    plan.starts, plan.ends, plan.seats = time(7), time(9), plan.seats + 1
    change(first, plan, title=first.title, day=day + DAY, reason="A guest", **acting)
    cancel(second, reason="Snow", **acting)
    guest = make.enrollment(make.participant(name="Sam Lee"), first.program, from_on="2026-01-01")
    put_on(third, guest.id, **acting)
    text, before = exported(), counted()
    meetings = yaml.safe_load(text)["meetings"]
    assert [sorted(one.keys() & {"guests", "cancelled"}) for one in meetings] == [
        [],
        ["cancelled"],
        ["guests"],
    ]
    assert (meetings[0]["date"] - meetings[0]["planned"], meetings[0]["start"]) == (DAY, "07:00")
    assert reads_as_it_is(text)
    elsewhere()
    bring(forms_data(text))
    assert (exported(), counted()) == (text, before)
    assert reads_as_it_is(text)


def counted():
    return {
        model: db.query(model).count() for model in (Session, Booking, RosterEntry, Participant)
    }


@examples(8, at_length=150)
@given(clinics())
def test_any_clinic_comes_back_as_it_was_written(elsewhere, file):
    elsewhere()
    text = comes_back(forms.write_clinic_file(file), elsewhere)
    assert yaml.safe_load(text) == file
