from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from clinic import clock, trail
from clinic.days import times_of, week_of
from clinic.db import db
from clinic.enrollment.models import TransitionWeek
from clinic.errors import refuse_if
from clinic.programs.models import Organization, Room, Site
from clinic.programs.queries import programs_at, rooms_of, sites
from clinic.programs.rules import why_not_name
from clinic.schedule.actions import sessions
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import SeriesPlan, Session
from clinic.schedule.queries import usage
from clinic.schedule.queries.bookings import reached
from clinic.schedule.queries.series import get_series, series_at
from clinic.setup import rules
from clinic.trail import Actor

WORDS = frozenset({"name", "closing_email"})  # the trail holds none
MIDWEEK = timedelta(days=3)  # in whichever week most of the old one lies


def change_organization(
    organization: Organization, *, by: Actor, now: datetime, **settings: Any
) -> tuple[int, int, int]:
    """Bring the clinic's settings up to date. Another first weekday regroups all weeks.

    Return how many sessions and transition weeks are in other weeks, and how many sessions of
    groups that meet every second week or less come or go.
    """
    changed = {name for name, value in settings.items() if getattr(organization, name) != value}
    if not changed:
        return 0, 0, 0
    for name in changed:
        setattr(organization, name, settings[name])
    db.flush()
    regrouped = 0, 0, 0
    if "week_starts" in changed:
        regrouped = *regroup_weeks(organization.week_starts), _lay_out_alternating(by=by, now=now)
    trail.record(
        "organization.changed",
        organization,
        by=by,
        now=now,
        **{name: settings[name] for name in changed - WORDS},
        **{name: _digest(organization) for name in changed & {"closing_email"}},
    )
    return regrouped


def _digest(organization: Organization) -> Any:
    address, table = organization.closing_email, Organization.__tablename__
    return trail.digest_of_words(address, table, organization.id)


def regroup_weeks(week_starts: int) -> tuple[int, int]:
    """Sort sessions and transition weeks into weeks that begin on another weekday; how many."""
    sessions.regroup_weeks(week_starts)
    transitions = db.scalars(select(TransitionWeek)).all()
    for transition in transitions:
        transition.week = week_of(transition.week + MIDWEEK, week_starts)
    db.flush()
    number = db.scalar(select(func.count()).select_from(Session)) or 0
    return number, len(transitions)


def _lay_out_alternating(*, by: Actor, now: datetime) -> int:
    # Which of every two weeks is theirs counts from the week of their first day.
    found = db.scalars(
        select(SeriesPlan.series_id)
        .where(SeriesPlan.every_weeks > 1)
        .distinct()
        .order_by(SeriesPlan.series_id)
    )
    return sum(sum(lay_out(get_series(series_id), by=by, now=now)) for series_id in found.all())


def change_site(
    site: Site,
    *,
    name: str,
    timezone: str,
    by_file: bool = False,
    by: Actor,
    now: datetime,
    **where: str | None,
) -> int:
    """Bring a site up to date. In another time zone its coming sessions keep their wall-clock
    times, but those that a file leaves alone; returns how many of them move.

    `where` it is, and how one gets in, stands in calendars: their entries are told apart by it.
    """
    is_elsewhere = any(getattr(site, column) != value for column, value in where.items())
    if (site.name, site.timezone) == (name, timezone) and not is_elsewhere:
        return 0
    if name != site.name:
        others = [each.name for each in sites() if each.id != site.id]
        refuse_if(why_not_name(name, others, what="site"), "name")
    before = site.timezone
    site.name, site.timezone = name, timezone
    for column, value in where.items():
        setattr(site, column, value)
    db.flush()
    if is_elsewhere:
        sessions.show_anew(site.id, now=now)
    moved = 0
    if timezone != before:
        moved = _move_clocks(site, clock.zone(before), by_file=by_file, now=now)
        for series in series_at(site.id, running_on=site.today(now)):
            lay_out(series, by=by, now=now)  # where the clocks change, the plan says how
    trail.record("site.changed", site, by=by, now=now, site_id=site.id, sessions=moved)
    return moved


def _move_clocks(site: Site, before: ZoneInfo, *, by_file: bool, now: datetime) -> int:
    theirs = (Session.site_id == site.id) & (Session.starts_at > now) & reached(by_file=by_file)
    rows = db.execute(select(Session.__table__).where(theirs)).all()
    after = site.zone
    changes: dict[int, dict[str, Any]] = {}
    for row in rows:
        starts_at, ends_at = times_of(
            row.day,
            row.starts_at.astimezone(before).time(),
            row.ends_at.astimezone(before).time(),
            after,
        )
        longer = (ends_at - starts_at - (row.ends_at - row.starts_at)) // timedelta(minutes=1)
        if starts_at != row.starts_at or ends_at != row.ends_at:
            changes[row.id] = {
                "starts_at": starts_at,
                "ends_at": ends_at,
                "credit_minutes": max(0, row.credit_minutes + longer),
            }
    sessions.change(changes, {row.id: row for row in rows}, now=now)
    return len(changes)


def deactivate_site(site: Site, *, by: Actor, now: datetime) -> None:
    """Offer a site for nothing new; its past stays to be seen."""
    if not site.is_active:
        return
    others = [each for each in sites(active_only=True) if each.id != site.id]
    refuse_if(rules.why_not_last_site(site.name, others=len(others)))
    refuse_if(rules.why_not_without_programs(site.name, programs_at(site.id)))
    uses = usage.of_site(site.id, today=site.today(now), now=now)
    refuse_if(rules.why_not_without(site.name, uses))
    site.is_active = False
    trail.record("site.deactivated", site, by=by, now=now, site_id=site.id)


def reactivate_site(site: Site, *, by: Actor, now: datetime) -> None:
    if not site.is_active:
        site.is_active = True
        trail.record("site.reactivated", site, by=by, now=now, site_id=site.id)


def change_room(room: Room, *, name: str, seats: int, by: Actor, now: datetime) -> None:
    """Another name or number of seats; not fewer than a coming session has."""
    if (room.name, room.seats) == (name, seats):
        return
    if name != room.name:
        others = [each.name for each in rooms_of(room.site_id) if each.id != room.id]
        refuse_if(why_not_name(name, others, what="room"), "name")
    if seats < room.seats:
        fullest = usage.most_seats_in(room.id, today=room.site.today(now), now=now)
        refuse_if(rules.why_not_seats(seats, fullest), "seats")
    room.name, room.seats = name, seats
    trail.record("room.changed", room, by=by, now=now, seats=seats)


def deactivate_room(room: Room, *, by: Actor, now: datetime) -> None:
    if not room.is_active:
        return
    uses = usage.of_room(room.id, today=room.site.today(now), now=now)
    refuse_if(rules.why_not_without(room.name, uses))
    room.is_active = False
    trail.record("room.deactivated", room, by=by, now=now)


def reactivate_room(room: Room, *, by: Actor, now: datetime) -> None:
    if not room.is_active:
        room.is_active = True
        trail.record("room.reactivated", room, by=by, now=now)
