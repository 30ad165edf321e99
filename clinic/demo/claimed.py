"""What was exported to billing, and what became of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select

from clinic import clock
from clinic.accounts.models import Account, Staff
from clinic.amendments.actions import make, propose
from clinic.amendments.rules import Stand
from clinic.claims.actions import export, settle
from clinic.claims.queries import Which, find_correction, to_export
from clinic.days import DAY, WEEK, Range
from clinic.db import AnyRow, db
from clinic.demo.offers import ZONES
from clinic.permissions import Role
from clinic.receipts.models import Receipt, Settled
from clinic.schedule.models import Booking, Session, SessionLeader, Status, Why
from clinic.schedule.queries.sessions import get_session
from clinic.trail import Actor

WEEKS_CLAIMED: Final = (3, 2)  # weeks ago; the last one is still to be exported
AMENDED: Final = 2  # claimed days, of which the first is settled


def claim(monday: date, *, now: datetime) -> None:
    """Export some weeks that are over, and have a few of their days become other ones since."""
    by = Actor("account", _biller())
    for back in WEEKS_CLAIMED:
        days = Range(monday - back * WEEK, monday - (back - 1) * WEEK - DAY)
        then = now - (now.date() - monday) - (back - 1) * WEEK  # on the Monday after
        found = to_export(Which(days), now=then)
        if found.sorted.ready:
            export(Which(days), seen=found.sorted.digest, by=by, now=then)
    for number, row in enumerate(_claimed()):
        _amend(row, now=now)
        correction = find_correction(row.receipt_id, now=now)
        if number == 0 and correction:
            corrected: dict[str, Any] = {"how": Settled.CORRECTED, "words": None}
            corrected |= {"corrected_on": _today(now), "seen": correction.now}
            settle(row.receipt_id, **corrected, by=by, now=now)


def _today(now: datetime) -> date:
    """The day that it is at all sites, or was until an hour ago."""
    return min(clock.day_of(now, clock.zone(zone)) for zone in ZONES.values())


def _biller() -> int:
    roles = db.execute(
        select(Account.id, Account.roles).join(Staff, Staff.account_id == Account.id)
    )
    return next(int(row.id) for row in roles if Role.BILLING in row.roles)


def _claimed() -> Sequence[AnyRow]:
    """Sessions of claimed days that were signed by who led them, of one person each."""
    rows = db.execute(
        select(
            Receipt.id.label("receipt_id"),
            Receipt.enrollment_id,
            Booking.id,
            Booking.version,
            Booking.session_id,
            Staff.account_id,
        )
        .join(Booking, Booking.enrollment_id == Receipt.enrollment_id)
        .join(Session, (Session.id == Booking.session_id) & (Session.day == Receipt.day))
        .join(SessionLeader, SessionLeader.session_id == Session.id)
        .join(Staff, Staff.id == SessionLeader.staff_id)
        .where(
            Booking.status == Status.PRESENT,
            Booking.signed_at.is_not(None),
            SessionLeader.position == 0,
        )
        .order_by(Receipt.minutes.desc(), Session.starts_at, Receipt.id.desc())
    ).all()  # of each the day with the fewest minutes, which is no unit without one of its sessions
    return [*{row.enrollment_id: row for row in rows}.values()][-AMENDED:]


def _amend(row: AnyRow, *, now: datetime) -> None:
    session, by = get_session(row.session_id), Actor("account", row.account_id)
    which = {"booking_id": row.id, "version": row.version, "why": Why.MISTAKE, "words": None}
    proposal = propose(session, row.enrollment_id, Stand(Status.NO_SHOW), **which, now=now)
    make(session, proposal, by=by, now=now)
