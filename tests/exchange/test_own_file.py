"""A clinic's own file, read where it came from, changes nothing, whatever its people lived."""

import contextlib
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clinic.db import db, savepoint
from clinic.errors import Refused
from clinic.exchange import forms
from clinic.exchange.queries.clinic_file import clinic_content
from clinic.programs.actions import provide_rule_sets
from clinic.schedule.actions.rosters import fill, put_on, take_off
from clinic.schedule.actions.series import lay_out
from clinic.trail import SYSTEM
from tests import make
from tests.chance import examples
from tests.dump import changed, dump
from tests.exchange.files import NOW, bring
from tests.schedule import test_lives

offered = test_lives.offered


def is_as_it_was(*, now):
    db.expunge_all()
    text = forms.write_clinic_file(clinic_content())
    before = dump()
    done = bring(yaml.safe_load(text), reason="Read again", now=now)
    assert {word for what in done.values() for word in what} == {"unchanged"}
    assert changed(before, dump()) == set()


def test_also_where_somebody_left_a_group_that_they_were_put_on_too_early(app):
    provide_rule_sets(by=SYSTEM, now=NOW)
    series = make.series(mode="virtual", until_on="2026-06-26")
    lay_out(series, by=SYSTEM, now=NOW)
    enrollment = make.enrollment(from_on="2026-03-09", until_on="2026-05-01")
    entry = put_on(enrollment, series, from_on=date(2026, 3, 2), by=SYSTEM, now=NOW)
    take_off(entry, last_on=date(2026, 4, 6), by=SYSTEM, now=NOW)
    (place,) = clinic_content()["enrollments"][0]["series"]
    assert (place["from"], place["until"]) == (date(2026, 3, 2), date(2026, 4, 6))
    is_as_it_was(now=NOW)


@pytest.mark.parametrize("days", [("2026-02-02", "2026-02-27"), ("2026-05-04", None)])
def test_also_where_a_place_lies_outside_the_enrollment(app, days):
    provide_rule_sets(by=SYSTEM, now=NOW)
    series = make.series(mode="virtual", until_on="2026-06-26")
    lay_out(series, by=SYSTEM, now=NOW)
    enrollment = make.enrollment(from_on="2026-03-09", until_on="2026-05-01")
    make.roster_entry(series, enrollment, until_on="2026-04-30")
    make.roster_entry(series, enrollment, from_on=days[0], until_on=days[1])
    fill(series.id)
    is_as_it_was(now=NOW)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@examples(15, at_length=250)
@given(st.lists(test_lives.acts, min_size=6, max_size=18))
def test_after_any_life(offered, happened):
    with test_lives.undone():
        clinic = test_lives.Clinic(offered)
        provide_rule_sets(by=SYSTEM, now=clinic.now)
        clinic.admit(0, 4, 40)
        for name, a, b, c in happened:
            live(clinic, name, a, b, c)
        is_as_it_was(now=clinic.now)


def live(clinic, name, a, b, c):
    amends = "it was so" if c % 2 else None
    with contextlib.suppress(Refused), savepoint():
        if name == "admit":
            clinic.admit(a, b, c)
        elif name == "undo":
            clinic.undo(a)
        elif life := clinic.some(c):
            getattr(clinic, name)(life, a, b, amends)
    db.expunge_all()
