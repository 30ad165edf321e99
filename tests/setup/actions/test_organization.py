import json
from datetime import date

from sqlalchemy import select

from clinic.db import db
from clinic.enrollment.models import TransitionWeek
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Session
from clinic.setup.actions import organization as actions
from clinic.trail import SYSTEM, TrailEvent
from tests import make

NOW = make.instant("2026-03-02 12:00")
DONE = {"by": SYSTEM, "now": NOW}


def events():
    rows = db.execute(select(TrailEvent.verb, TrailEvent.facts).order_by(TrailEvent.id))
    return [(verb, json.loads(facts)) for verb, facts in rows if verb != "series.laid_out"]


def weeks():
    rows = db.execute(select(Session.day, Session.week).order_by(Session.day))
    return [(f"{day}", f"{week}") for day, week in rows]


def test_settings_change_and_only_what_changed_is_told(app):
    clinic = make.organization()
    settings = {"name": "Riverside", "doors_minutes": 20, "notice_hours": 24}
    assert actions.change(clinic, settings=settings, **DONE) == (0, 0, 0)
    assert (clinic.name, clinic.doors_minutes) == ("Riverside", 20)
    assert events() == [("organization.changed", {"doors_minutes": 20})]
    assert actions.change(clinic, settings=settings, **DONE) == (0, 0, 0)
    assert len(events()) == 1


def test_another_first_weekday_regroups_sessions_and_transition_weeks(app):
    clinic = make.organization()
    make.session("2026-03-01", title="Sunday")
    make.session("2026-03-02", title="Monday")
    make.session("2026-03-07", title="Saturday")
    enrollment = make.enrollment()
    make.transition_week(enrollment, "2026-03-02")
    make.transition_week(enrollment, "2026-03-09")
    assert actions.change(clinic, settings={"week_starts": 6}, **DONE) == (3, 2, 0)
    assert weeks() == [
        ("2026-03-01", "2026-03-01"),
        ("2026-03-02", "2026-03-01"),
        ("2026-03-07", "2026-03-01"),
    ]
    assert transitions() == [date(2026, 3, 1), date(2026, 3, 8)]
    assert events() == [("organization.changed", {"week_starts": 6})]
    # And back: each transition week lies where most of its days lay.
    actions.change(clinic, settings={"week_starts": 0}, **DONE)
    assert transitions() == [date(2026, 3, 2), date(2026, 3, 9)]


def transitions():
    return db.scalars(select(TransitionWeek.week).order_by(TransitionWeek.week)).all()


def test_coming_sessions_of_every_second_week_follow_the_new_weeks(app):
    clinic = make.organization()
    series = make.series(weekdays="06", every_weeks=2, from_on="2026-03-02", until_on="2026-03-29")
    weekly = make.series(weekdays="6", from_on="2026-03-02", until_on="2026-03-29")
    lay_out(series, **DONE)
    lay_out(weekly, **DONE)
    assert days(series) == ["2026-03-02", "2026-03-08", "2026-03-16", "2026-03-22"]
    regrouped = actions.change(clinic, settings={"week_starts": 6}, **DONE)
    assert regrouped.laid_anew == 4  # two come, two go; the one that has begun stays
    assert days(series) == ["2026-03-02", "2026-03-15", "2026-03-16", "2026-03-29"]
    assert len(days(weekly)) == 4


def days(series):
    rows = db.scalars(
        select(Session.day).where(Session.series_id == series.id).order_by(Session.day)
    )
    return [f"{day}" for day in rows]
