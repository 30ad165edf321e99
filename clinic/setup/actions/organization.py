from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select

from clinic import trail
from clinic.days import week_of
from clinic.db import db
from clinic.enrollment.models import TransitionWeek
from clinic.programs.models import Organization
from clinic.schedule.actions import sessions
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Series, Session
from clinic.schedule.queries.series import get_series
from clinic.trail import Actor

MIDWEEK = timedelta(days=3)  # in whichever week most of the old one lies


class Regrouped(NamedTuple):
    """What another first day of the week leads to."""

    sessions: int = 0  # in weeks that begin on another day
    transition_weeks: int = 0
    laid_anew: int = 0  # sessions of groups that meet every second week or less


def change(
    organization: Organization, *, settings: Mapping[str, Any], by: Actor, now: datetime
) -> Regrouped:
    """Bring the clinic's settings up to date. Another first weekday regroups all weeks."""
    changed = {name for name, value in settings.items() if getattr(organization, name) != value}
    if not changed:
        return Regrouped()
    for name in changed:
        setattr(organization, name, settings[name])
    db.flush()
    regrouped = Regrouped()
    if "week_starts" in changed:
        regrouped = regroup_weeks(organization.week_starts)
        regrouped = regrouped._replace(laid_anew=_lay_out_alternating(by=by, now=now))
    trail.record(
        "organization.changed",
        organization,
        by=by,
        now=now,
        **{name: settings[name] for name in changed - {"name"}},
    )
    return regrouped


def regroup_weeks(week_starts: int) -> Regrouped:
    """Sort sessions and transition weeks into weeks that begin on another weekday."""
    sessions.regroup_weeks(week_starts)
    transitions = db.scalars(select(TransitionWeek)).all()
    for transition in transitions:
        transition.week = week_of(transition.week + MIDWEEK, week_starts)
    db.flush()
    number = db.scalar(select(func.count()).select_from(Session)) or 0
    return Regrouped(sessions=number, transition_weeks=len(transitions))


def _lay_out_alternating(*, by: Actor, now: datetime) -> int:
    # Which of every two weeks is theirs counts from the week of their first day.
    found = db.scalars(select(Series.id).where(Series.every_weeks > 1).order_by(Series.id))
    return sum(sum(lay_out(get_series(series_id), by=by, now=now)) for series_id in found.all())
