from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic import clock, trail
from clinic.days import times_of
from clinic.db import db
from clinic.errors import refuse_if
from clinic.programs.models import Room, Site
from clinic.programs.queries import rooms_of, sites
from clinic.programs.rules import why_not_name
from clinic.schedule.actions import sessions
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Session
from clinic.schedule.queries.series import series_at
from clinic.setup import rules
from clinic.setup.queries import usage
from clinic.trail import Actor


def change(site: Site, *, name: str, timezone: str, by: Actor, now: datetime) -> int:
    """Bring a site up to date. In another time zone its coming sessions keep their wall-clock
    times; returns how many of them move."""
    others = [each.name for each in sites() if each.id != site.id]
    refuse_if(why_not_name(name, others, what="site"))
    if (site.name, site.timezone) == (name, timezone):
        return 0
    before = site.timezone
    site.name, site.timezone = name, timezone
    db.flush()
    moved = 0
    if timezone != before:
        moved = _move_clocks(site, clock.zone(before), now=now)
        for series in series_at(site.id, running_on=_today(site, now)):
            lay_out(series, by=by, now=now)  # where the clocks change, the plan says how
    trail.record("site.changed", site, by=by, now=now, site_id=site.id, sessions=moved)
    return moved


def _move_clocks(site: Site, before: ZoneInfo, *, now: datetime) -> int:
    columns = [getattr(Session, name) for name in sessions.SETTLED]
    rows = db.execute(
        select(Session.id, Session.sequence, Session.changed_at, *columns).where(
            Session.site_id == site.id, Session.starts_at > now
        )
    ).all()
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
        values = {name: getattr(row, name) for name in sessions.SETTLED}
        values |= {
            "starts_at": starts_at,
            "ends_at": ends_at,
            "credit_minutes": max(0, row.credit_minutes + longer),
        }
        if starts_at != row.starts_at or ends_at != row.ends_at:
            changes[row.id] = values
    sessions.change(changes, {row.id: row for row in rows}, now=now)
    return len(changes)


def deactivate(site: Site, *, by: Actor, now: datetime) -> None:
    """Offer a site for nothing new; what was there stays to be seen."""
    if not site.is_active:
        return
    others = [each for each in sites(active_only=True) if each.id != site.id]
    refuse_if(rules.why_not_last_site(site.name, others=len(others)))
    refuse_if(rules.why_not_without_programs(site.name, usage.programs_at(site.id)))
    uses = usage.of_site(site.id, today=_today(site, now), now=now)
    refuse_if(rules.why_not_without(site.name, uses))
    site.is_active = False
    trail.record("site.deactivated", site, by=by, now=now, site_id=site.id)


def reactivate(site: Site, *, by: Actor, now: datetime) -> None:
    if not site.is_active:
        site.is_active = True
        trail.record("site.reactivated", site, by=by, now=now, site_id=site.id)


def change_room(room: Room, *, name: str, seats: int, by: Actor, now: datetime) -> None:
    """Another name or number of seats; not fewer than a coming session has."""
    others = [each.name for each in rooms_of(room.site_id) if each.id != room.id]
    refuse_if(why_not_name(name, others, what="room"))
    if (room.name, room.seats) == (name, seats):
        return
    if seats < room.seats:
        fullest = usage.most_seats_in(room.id, today=_today(room.site, now), now=now)
        refuse_if(rules.why_not_seats(seats, fullest))
    room.name, room.seats = name, seats
    trail.record("room.changed", room, by=by, now=now, seats=seats)


def deactivate_room(room: Room, *, by: Actor, now: datetime) -> None:
    if not room.is_active:
        return
    uses = usage.of_room(room.id, today=_today(room.site, now), now=now)
    refuse_if(rules.why_not_without(room.name, uses))
    room.is_active = False
    trail.record("room.deactivated", room, by=by, now=now)


def reactivate_room(room: Room, *, by: Actor, now: datetime) -> None:
    if not room.is_active:
        room.is_active = True
        trail.record("room.reactivated", room, by=by, now=now)


def _today(site: Site, now: datetime) -> date:
    return site.today(now)
