from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Blueprint, request, url_for
from flask_login import current_user
from werkzeug.exceptions import BadRequest

from clinic import clock, formats
from clinic.days import WEEK, week_of
from clinic.errors import NotFound
from clinic.hours import queries
from clinic.hours.queries import EnrollmentWeek
from clinic.hours.rules import FLAG_WORDS, State, WeekOf, danger
from clinic.permissions import Permission
from clinic.policy.queries import alerts_on
from clinic.programs.queries import home, programs, sites
from clinic.web import day_asked, looked_at, page, requires, scope

bp = Blueprint("hours", __name__)


class Line(NamedTuple):
    """One enrollment's week on the page; times in minutes."""

    participant: str
    href: str | None
    program: str
    min: int
    max: int
    planned: int
    delivered: int
    unconfirmed: int
    upcoming: int
    reachable: int
    missing: int
    service_days: int
    min_service_days: int | None
    state: str
    flags: list[str]
    as_of_hint: str


@bp.get("/hours")
@requires(Permission.SEE_HOURS)
def week() -> Any:
    now = clock.now()
    if not sites():
        return page("desk/not_set_up.html", administrators=[])
    zone, today, current, week_starts = home(now)
    shown = week_of(day_asked("week", current), week_starts)
    offered = [(program.key, program.name) for program in programs()]
    program_key = request.args.get("program", "")
    if program_key and program_key not in dict(offered):
        raise NotFound
    state = request.args.get("state", "")
    if state and state not in set(State):
        raise BadRequest
    weeks = queries.weeks_on(shown, now=now, program_key=program_key or None, scope=scope())
    listed = [each for each in weeks if not state or each.hours.state == state]
    looked_at(each.person.participant_id for each in listed)
    # What the misses so far call for is said now, not of other weeks.
    alerted = alerts_on(today, scope=scope()) if shown == current else []
    alerts = {each.participant_id: each.alerts for each in alerted}
    return page(
        "hours/week.html",
        week=shown,
        week_label=formats.week_range(shown, this_year=current.year),
        previous_week=shown - WEEK,
        next_week=shown + WEEK,
        is_current=shown == current,
        programs=offered,
        program=program_key,
        state=state,
        rows=_lines(listed, alerts, path=_participant_path()),
        totals=_totals(weeks),
        as_of=f"as of {formats.day_short(today)}, {formats.clock_time(now, zone)}",
    )


def _participant_path() -> str | None:
    """What the paths of participants begin with, for those who may follow them."""
    if Permission.SEE_PARTICIPANTS not in current_user.permissions:
        return None
    return url_for("desk.participant", participant_id=0).removesuffix("0")


def _lines(
    weeks: list[EnrollmentWeek], alerts: Mapping[int, list[str]], *, path: str | None
) -> list[Line]:
    """The most endangered first."""
    in_order = sorted(weeks, key=lambda each: (danger(each.hours), each.person.name.casefold()))
    return [
        Line(
            participant=person.name,
            href=None if path is None else f"{path}{person.participant_id}",
            program=person.program.name,
            min=hours.target.min_minutes,
            max=hours.target.max_minutes,
            planned=hours.balance.planned,
            delivered=hours.balance.delivered,
            unconfirmed=hours.balance.unconfirmed,
            upcoming=hours.balance.upcoming,
            reachable=hours.balance.reachable,
            missing=hours.missing,
            service_days=hours.balance.service_days,
            min_service_days=hours.target.min_service_days,
            state=hours.state.value,
            flags=[
                *(FLAG_WORDS[flag] for flag in hours.flags),
                *alerts.get(person.participant_id, ()),
            ],
            as_of_hint=_hint(hours),
        )
        for person, hours in in_order
    ]


def _hint(hours: WeekOf) -> str:
    """What the word for a week leaves open."""
    if hours.state is State.PARTIAL:
        return "Shown, never judged"
    if hours.state is not State.REACHED and hours.balance.unconfirmed:
        return f"{formats.duration(hours.balance.unconfirmed)} still to confirm"
    return ""


def _totals(weeks: list[EnrollmentWeek]) -> dict[str, int]:
    """How many weeks are in each state."""
    states = [each.hours.state for each in weeks]
    return {state.value: states.count(state) for state in State}
