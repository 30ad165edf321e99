from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select, update

from clinic import trail
from clinic.closures import rules
from clinic.days import DAY, why_not_range
from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.errors import refuse_if
from clinic.programs.models import Closure, Site
from clinic.programs.queries import closures_of, find_closure, get_site
from clinic.schedule.actions import sessions
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, Session
from clinic.schedule.queries.bookings import HOLDS_A_SEAT
from clinic.schedule.queries.series import series_at
from clinic.trail import Actor


class Closed(NamedTuple):
    """What a closure, its change or its end does to sessions."""

    cancelled: int
    people: int  # with a seat in one of them
    brought_back: int


def add(
    site: Site,
    *,
    from_on: date,
    until_on: date,
    name: str,
    by_file: bool = False,
    by: Actor,
    now: datetime,
) -> Closed:
    """Close a site on these days: its sessions are cancelled, those with attendance stand.

    A file may say, too, when a site was closed, and leaves alone what was changed by hand.
    """
    refuse_if(why_not_range(from_on, until_on), "until_on")
    if not by_file:
        refuse_if(rules.why_not_closed_from(from_on, today=site.today(now)), "from_on")
    refuse_if(rules.why_not_closed_twice(find_closure(site.id, from_on, until_on) is not None))
    closure = Closure(site_id=site.id, from_on=from_on, until_on=until_on, name=name)
    db.add(closure)
    db.flush()
    closed = _apply(closure, site, None, by_file=by_file, by=by, now=now)
    _record("closure.added", closure, closed, by=by, now=now)
    return closed


def change(
    closure: Closure,
    *,
    from_on: date,
    until_on: date,
    name: str,
    by_file: bool = False,
    by: Actor,
    now: datetime,
) -> Closed:
    """Other days or another name; coming sessions on days that are open now come back."""
    site = get_site(closure.site_id)
    if not by_file:
        _refuse_past(closure, from_on, until_on, today=site.today(now))
    same = find_closure(site.id, from_on, until_on)
    refuse_if(rules.why_not_closed_twice(same is not None and same.id != closure.id))
    if (closure.from_on, closure.until_on, closure.name) == (from_on, until_on, name):
        return Closed(0, 0, 0)
    closed_so_far = _closed_by(closure, now=now)
    closure.from_on, closure.until_on, closure.name = from_on, until_on, name
    db.flush()
    _let_go(closure, now=now)
    closed = _apply(closure, site, closed_so_far, by_file=by_file, by=by, now=now)
    _record("closure.changed", closure, closed, by=by, now=now)
    return closed


def _refuse_past(closure: Closure, from_on: date, until_on: date, *, today: date) -> None:
    refuse_if(rules.why_not_change_closure(closure.until_on, today=today))
    if from_on != closure.from_on:
        refuse_if(rules.why_not_closed_from(min(from_on, closure.from_on), today=today), "from_on")
    refuse_if(rules.why_not_closed_until(until_on, yesterday=today - DAY), "until_on")


def remove(closure: Closure, *, by: Actor, now: datetime) -> Closed:
    """Open the site again; coming sessions come back, what has begun stays cancelled."""
    site = get_site(closure.site_id)
    today = site.today(now)
    refuse_if(rules.why_not_change_closure(closure.until_on, today=today))
    if closure.from_on < today:  # its days so far were closed, and stay so
        return change(
            closure,
            from_on=closure.from_on,
            until_on=today - DAY,
            name=closure.name,
            by=by,
            now=now,
        )
    closed_so_far = _closed_by(closure, now=now)
    db.delete(closure)
    db.flush()
    closed = _apply(None, site, closed_so_far, by=by, now=now)
    _record("closure.removed", closure, closed, by=by, now=now)
    return closed


def _apply(
    closure: Closure | None,
    site: Site,
    closed_so_far: Mapping[int, date] | None,
    *,
    by_file: bool = False,
    by: Actor,
    now: datetime,
) -> Closed:
    """Open what the closure was, close what it is, and say what became of the sessions."""
    was_cancelled = _ids(site, Session.is_cancelled.is_(True))
    if closed_so_far is not None:
        _reopen(site, closed_so_far, now=now)
        for series in series_at(site.id, running_on=site.today(now)):
            lay_out(series, by=by, now=now)
    if closure is not None:
        sessions.close(closure, by_file=by_file, now=now)
    is_cancelled = _ids(site, Session.is_cancelled.is_(True))
    is_on = _ids(site, ~Session.is_cancelled)
    return Closed(
        cancelled=len(is_cancelled - was_cancelled),
        people=_people(is_cancelled - was_cancelled),
        brought_back=len(was_cancelled & is_on),
    )


def _closed_by(closure: Closure, *, now: datetime) -> dict[int, date]:
    """Return the coming sessions that a closure cancelled, by id, with their days."""
    rows = db.execute(
        select(Session.id, Session.day).where(
            Session.closure_id == closure.id, Session.starts_at > now
        )
    )
    return dict(rows.all())


def _let_go(closure: Closure, *, now: datetime) -> None:
    """Of days that are open now, what has begun stays cancelled, by nobody's closure."""
    db.execute(
        update(Session)
        .where(
            Session.closure_id == closure.id,
            ~Session.day.between(closure.from_on, closure.until_on),
            Session.starts_at <= now,
        )
        .values(closure_id=None),
        execution_options={"synchronize_session": False},
    )


def _reopen(site: Site, closed_so_far: Mapping[int, date], *, now: datetime) -> None:
    """Bring back sessions that a closure had cancelled; those that another one closes stay."""
    closures = closures_of(site.id)
    open_again = []
    for session_id, day in closed_so_far.items():
        holding = next((c for c in closures if c.from_on <= day <= c.until_on), None)
        if holding is None:
            open_again.append(session_id)
        else:
            db.execute(
                update(Session)
                .where(Session.id == session_id)
                .values(cancel_reason=holding.name, closure_id=holding.id),
                execution_options={"synchronize_session": False},
            )
    sessions.reinstate(open_again, now=now)


def _ids(site: Site, condition: ColumnElement[bool]) -> set[int]:
    return set(db.scalars(select(Session.id).where(Session.site_id == site.id, condition)))


def _people(session_ids: set[int]) -> int:
    return (
        db.scalar(
            select(func.count(Enrollment.participant_id.distinct()))
            .join(Booking, Booking.enrollment_id == Enrollment.id)
            .where(Booking.session_id.in_(session_ids), HOLDS_A_SEAT)
        )
        or 0
    )


def _record(verb: str, closure: Closure, closed: Closed, *, by: Actor, now: datetime) -> None:
    trail.record(
        verb,
        closure,
        by=by,
        now=now,
        from_on=closure.from_on,
        until_on=closure.until_on,
        cancelled=closed.cancelled,
        brought_back=closed.brought_back,
    )
