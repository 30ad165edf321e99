from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, bindparam, case, func, select

from clinic import clock
from clinic.accounts.models import Staff
from clinic.bookings.rules import Booked
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.programs.models import Organization, Room, Site
from clinic.schedule.models import Booking, Session, Status
from clinic.schedule.queries.bookings import STANDS
from clinic.trail import Actor, TrailEvent

MARKED = "attendance.marked"  # verbs of the trail that an undo looks for
UNDONE = "attendance.undone"
ARRIVED = "attendance.arrived"
ANNOUNCED = "attendance.announced"
SIGNED = "attendance.signed"
AMENDED = "attendance.amended"

# Made once: the first runs with every check-in. All lock what they read, in the order of the ids,
# so that on PostgreSQL two writers take turns and nobody waits in a circle.
_BOOKED = (
    select(
        Booking.id,
        Enrollment.participant_id,
        Booking.session_id,
        Session.starts_at,
        Session.ends_at,
        Session.day,
        Session.is_cancelled,
        Room.name,
        Organization.doors_minutes,
        *STANDS,
        Booking.seat_no,
        Booking.version,
        Booking.enrollment_id,
        case((Session.sequence > 0, Session.changed_at)),
        Booking.took_part,
        Booking.identified_by,
        Session.mode,
    )
    .select_from(Enrollment)
    .join(Booking, Booking.enrollment_id == Enrollment.id)
    .join(Session, Session.id == Booking.session_id)
    .join(Organization, Organization.id == 1)
    .outerjoin(Room, Room.id == Session.room_id)
    .order_by(Booking.id)
    .with_for_update(of=Booking)
)
_BOOKED_ON = _BOOKED.where(
    Enrollment.participant_id == bindparam("participant_id"),
    Session.site_id == bindparam("site_id"),
    Session.day.between(bindparam("first"), bindparam("last")),
)
_STILL_EXPECTED = _BOOKED.where(
    Booking.session_id == bindparam("session_id"),
    Booking.status == Status.EXPECTED,
    Booking.signed_at.is_(None),
)
_BOOKED_FOR = _BOOKED.where(Booking.session_id == bindparam("session_id"))
_UNIDENTIFIED = _BOOKED.where(
    Booking.session_id == bindparam("session_id"),
    Booking.status == Status.PRESENT,
    Booking.identified_by.is_(None),
    Booking.signed_at.is_(None),
)
_BOOKED_AS = _BOOKED.where(Booking.id.in_(bindparam("ids", expanding=True)))


def booked_on(participant_id: int, site_id: int, first: date, last: date) -> list[Booked]:
    """Somebody's bookings at a site on the local days from first to last, locked."""
    return _booked(
        _BOOKED_ON,
        participant_id=participant_id,
        site_id=site_id,
        first=first,
        last=last,
    )


def still_expected(session_id: int) -> list[Booked]:
    """The bookings of a session that nobody has marked, locked."""
    return _booked(_STILL_EXPECTED, session_id=session_id)


def booked_for(session_id: int) -> list[Booked]:
    """The bookings of a session, locked."""
    return _booked(_BOOKED_FOR, session_id=session_id)


def unidentified(session_id: int) -> list[Booked]:
    """Who is present at a session and not yet identified, locked."""
    return _booked(_UNIDENTIFIED, session_id=session_id)


def booked_as(booking_ids: Collection[int]) -> dict[int, Booked]:
    """Bookings by id, locked; those that are gone are left out."""
    return {booked.id: booked for booked in _booked(_BOOKED_AS, ids=sorted(booking_ids))}


def _booked(statement: Select[*tuple[Any, ...]], **values: Any) -> list[Booked]:
    return [Booked(*row) for row in db.connection().execute(statement, values)]


def sites_of(session_ids: Collection[int]) -> dict[int, int]:
    """Session id to the site where it is, whose chain its events are written in."""
    rows = select(Session.id, Session.site_id).where(Session.id.in_(session_ids))
    return {row.id: row.site_id for row in db.execute(rows)}


def zones_of(session_ids: Collection[int]) -> dict[int, ZoneInfo]:
    """Session id to the time zone of the site where it is."""
    rows = select(Session.id, Site.timezone).join(Site, Site.id == Session.site_id)
    found = db.execute(rows.where(Session.id.in_(session_ids)))
    return {row.id: clock.zone(row.timezone) for row in found}


def events_of(act: str) -> Sequence[AnyRow]:
    """What was done in one go, in its order: rows of verb, subject_id and facts."""
    return db.execute(
        select(TrailEvent.verb, TrailEvent.subject_id, TrailEvent.facts)
        .where(TrailEvent.act == act, TrailEvent.subject_kind == Booking.__tablename__)
        .order_by(TrailEvent.id)
    ).all()


def last_act(booking_id: int) -> str | None:
    """What was done last to an attendance."""
    return db.scalar(
        select(TrailEvent.act)
        .where(
            TrailEvent.subject_kind == Booking.__tablename__, TrailEvent.subject_id == booking_id
        )
        .order_by(TrailEvent.id.desc())
        .limit(1)
    )


def changed_by(booking_ids: Collection[int], *, but: Actor) -> dict[int, str | None]:
    """Booking id to the name of the one on the staff who did something to its attendance last;
    what was done last of all comes last. None for what somebody did who does not work here, and
    for what `but` did."""
    latest = (
        select(func.max(TrailEvent.id))
        .where(
            TrailEvent.subject_kind == Booking.__tablename__,
            TrailEvent.subject_id.in_(booking_ids),
        )
        .group_by(TrailEvent.subject_id)
    )
    is_theirs = (TrailEvent.actor_kind == "account") & (Staff.account_id == TrailEvent.actor_id)
    rows = db.execute(
        select(TrailEvent.subject_id, TrailEvent.actor_kind, TrailEvent.actor_id, Staff.name)
        .outerjoin(Staff, is_theirs)
        .where(TrailEvent.id.in_(latest))
        .order_by(TrailEvent.id)
    )
    own = but.kind, but.id
    return {
        row.subject_id: None if (row.actor_kind, row.actor_id) == own else row.name for row in rows
    }


RECORDED_BY = (  # the name of the one on the staff who recorded what stands in a booking now
    select(Staff.name)
    .join(TrailEvent, Staff.account_id == TrailEvent.actor_id)
    .where(
        TrailEvent.subject_kind == Booking.__tablename__,
        TrailEvent.subject_id == Booking.id,
        TrailEvent.verb.startswith("attendance."),
        TrailEvent.happened_at == Booking.recorded_at,
        TrailEvent.actor_kind == "account",
    )
    .order_by(TrailEvent.id.desc())
    .limit(1)
    .correlate(Booking)
    .scalar_subquery()
    .label("recorded_by")
)


def recorded_by(booking_ids: Collection[int]) -> dict[int, str]:
    """Booking id to the name of the one on the staff who recorded what stands in it now."""
    rows = db.execute(select(Booking.id, RECORDED_BY).where(Booking.id.in_(booking_ids)))
    return {row.id: row.recorded_by for row in rows if row.recorded_by}
