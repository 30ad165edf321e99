import re
from collections.abc import Sequence
from datetime import datetime
from hmac import compare_digest
from typing import Any

from sqlalchemy import Select, func, select

from clinic.accounts.models import Account
from clinic.codes import rules
from clinic.codes.models import PhoneEvent
from clinic.days import DAY
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.programs.models import Organization, Program, Room, Site
from clinic.schedule.models import Booking, Series, Session
from clinic.schedule.queries.staff import led_by
from clinic.schedule.rules.sessions import EARLIEST_DOORS
from clinic.tokens import keyed

_KEY = re.compile(r"(\d{1,9})\.[0-9a-f]{64}", re.ASCII)

# What the organization says holds where the program says nothing.
PHONE_CHECK_IN = func.coalesce(Program.phone_check_in, Organization.phone_check_in)

_SESSION = (
    Session.id.label("session_id"),
    Session.site_id,
    Session.title,
    Session.kind,
    Session.mode,
    Session.starts_at,
    Session.ends_at,
    Session.is_cancelled,
    Site.timezone,
    Room.name.label("room"),
    Organization.doors_minutes,
    PHONE_CHECK_IN.label("phone_check_in"),
    func.coalesce(Session.join_link, Series.join_link).label("join_link"),
)


def _of_sessions(*more: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*_SESSION, *more)
        .join_from(Session, Site, Site.id == Session.site_id)
        .join(Program, Program.id == Session.program_id)
        .join(Organization, Organization.id == 1)
        .outerjoin(Room, Room.id == Session.room_id)
        .outerjoin(Series, Series.id == Session.series_id)
    )


def _about(now: datetime) -> Select[*tuple[Any, ...]]:
    """Those that may be open then."""
    return _of_sessions().where(
        Session.ends_at >= now, Session.starts_at <= now + EARLIEST_DOORS, ~Session.is_cancelled
    )


def code_of(session_id: int, minute: int) -> str:
    """The code of a session in a minute: who has not this clinic's secret cannot make it."""
    return rules.digits_of(keyed("room code", f"{session_id} {minute}"))


def get_session(session_id: int, scope: int | None = None) -> AnyRow:
    """What its code needs of a session. `scope` is whoever must be leading it."""
    statement = _of_sessions().where(Session.id == session_id)
    if scope is not None:
        statement = statement.where(led_by(scope))
    return or_not_found(db.execute(statement).one_or_none())


def own_today(participant_id: int, *, now: datetime) -> Sequence[AnyRow]:
    """The sessions of somebody that are not over and begin within a day, by start, and their
    place there."""
    theirs = (
        _of_sessions(
            Booking.id.label("booking_id"),
            Booking.status,
            Booking.arrived_at,
            Booking.left_at,
            Booking.method,
            Booking.took_part,
            Booking.recorded_at,
            Booking.signed_at,
        )
        .join(Booking, Booking.session_id == Session.id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .where(
            Enrollment.participant_id == participant_id,
            Session.ends_at >= now,
            Session.starts_at <= now + DAY,
        )
        .order_by(Session.starts_at, Session.id)
    )
    return db.execute(theirs).all()


def others_open(site_id: int, *, now: datetime) -> list[int]:
    """The sessions at a site that have a code now."""
    rows = db.execute(_about(now).where(Session.site_id == site_id))
    return [row.session_id for row in rows if rules.is_open(row, now=now) and rules.asks_code(row)]


def in_room(room_id: int, *, now: datetime) -> list[AnyRow]:
    """The sessions in a room that have a code now, by start: one may end as the next begins."""
    rows = db.execute(_about(now).where(Session.room_id == room_id).order_by(Session.starts_at))
    return [row for row in rows if rules.is_open(row, now=now) and rules.asks_code(row)]


def device_digest(session_id: int, device: str | None) -> str | None:
    """What is kept of a browser: it shows who else came to that session with it, and no more."""
    return keyed("phone", f"{session_id} {device}") if device else None


def refused_since(participant_id: int, since: datetime) -> int:
    """How many codes of somebody were none since then."""
    return (
        db.scalar(
            select(func.count()).where(
                PhoneEvent.participant_id == participant_id,
                PhoneEvent.refused.is_not(None),
                PhoneEvent.at > since,
            )
        )
        or 0
    )


def phones_at(session_id: int) -> Sequence[PhoneEvent]:
    """What was done about a session by phone, in its order."""
    return db.scalars(
        select(PhoneEvent).where(PhoneEvent.session_id == session_id).order_by(PhoneEvent.id)
    ).all()


def last_stay(session_id: int, participant_id: int) -> PhoneEvent | None:
    """When somebody joined a meeting last, and whether they have left it."""
    theirs = PhoneEvent.session_id == session_id, PhoneEvent.participant_id == participant_id
    statement = select(PhoneEvent).where(*theirs, PhoneEvent.refused.is_(None))
    return db.scalars(statement.order_by(PhoneEvent.id.desc()).limit(1)).first()


# A screen that shows a code goes on when the sign-in of whoever opened it has run out.


def screen_key(session_id: int, account_id: int) -> str:
    """What a screen shows to be told the code of one session."""
    return f"{account_id}.{keyed('room screen', f'{session_id} {account_id}')}"


def may_show(session_id: int, key: str) -> bool:
    """Whether it is the key of a screen of that session, opened by somebody with access still."""
    found = _KEY.fullmatch(key)
    if not (found and compare_digest(screen_key(session_id, int(found[1])), key)):
        return False
    return bool(db.scalar(select(Account.is_active).where(Account.id == int(found[1]))))
