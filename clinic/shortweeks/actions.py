from datetime import datetime

from clinic import clock, trail
from clinic.accounts.actions import Reminder, remind
from clinic.db import db
from clinic.errors import refuse_if
from clinic.programs.queries import home, take_turns
from clinic.shortweeks import queries, rules
from clinic.shortweeks.rules import Name
from clinic.told.models import GoesOn, Offered, ShortBy, WeekClosing
from clinic.trail import SYSTEM, Actor

CHASED = "staff.reminded_of_weeks"


def is_behind(now: datetime) -> bool:
    """Whether the list lacks a week that falls short, or has one that does not any more."""
    return any(queries.plan(now))


def settle(now: datetime) -> None:
    """List the weeks that fall short, and take off those that do not any more. Asking twice
    changes nothing."""
    take_turns()
    plan = queries.plan(now)
    for each in plan.raised:
        row = WeekClosing(enrollment_id=each.enrollment_id, week=each.hours.week, raised_at=now)
        db.add(row)
        db.flush()
        _record("week.fell_short", row, each.program.site_id, by=SYSTEM, now=now)
    for row in plan.withdrawn:
        _record("week.not_short", row, row.enrollment.program.site_id, by=SYSTEM, now=now)
        db.delete(row)
    db.flush()


def close(
    closing_id: int,
    *,
    short_by: ShortBy,
    offered: Offered,
    goes_on: GoesOn,
    note: str | None,
    scope: int | None,
    by: Actor,
    now: datetime,
) -> None:
    """Say why a week fell short, what was offered, and how it goes on."""
    found = queries.get_row(closing_id, scope=scope)
    take_turns()
    row = queries.hold(closing_id)
    week = queries.stands_of([row], now=now).get(Name(row.enrollment_id, row.week))
    refuse_if(rules.why_not_close(row, week))
    refuse_if(rules.why_not_words(short_by, note), "note")
    assert week is not None
    row.short_by, row.offered, row.goes_on, row.note = short_by, offered, goes_on, note
    row.closed_at, row.closed_by_id = now, by.id if by.kind == "account" else None
    row.delivered_minutes, row.min_minutes = week.balance.delivered, week.target.min_minutes
    db.flush()
    _record("week.closed", row, found.site_id, by=by, now=now)


def reopen(closing_id: int, *, scope: int | None, by: Actor, now: datetime) -> None:
    """Open a week again that was closed: what was said of it is taken back."""
    found = queries.get_row(closing_id, scope=scope)
    take_turns()
    row = queries.hold(closing_id)
    refuse_if(rules.why_not_reopen(row))
    row.short_by = row.offered = row.goes_on = row.note = None
    row.closed_at = row.closed_by_id = row.delivered_minutes = row.min_minutes = None
    db.flush()
    _record("week.reopened", row, found.site_id, by=by, now=now)


def chase(*, link: str, now: datetime) -> int:
    """In the morning, write to clinicians whose caseload has weeks to close: once a day, however
    often it is asked for. Returns to how many."""
    zone, today, *_ = home(now)
    if now.astimezone(zone).hour < rules.CHASED_FROM:
        return 0
    since = clock.bounds_of(today, zone)[0]
    due = [
        Reminder(
            row.staff_id,
            row.email,
            since,
            rules.reminder(row.number, link),
            {"weeks": row.number},
        )
        for row in queries.to_chase(today)
        if rules.is_to_chase(row, now)
    ]
    return remind(due, verb=CHASED, subject=rules.SUBJECT, now=now)


def _record(verb: str, row: WeekClosing, site_id: int, *, by: Actor, now: datetime) -> None:
    trail.record(
        verb,
        row,
        by=by,
        now=now,
        site_id=site_id,
        enrollment=row.enrollment_id,
        week=row.week,
        short_by=row.short_by,
        offered=row.offered,
        goes_on=row.goes_on,
        delivered=row.delivered_minutes,
        minimum=row.min_minutes,
    )
