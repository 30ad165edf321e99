import json
from collections.abc import Iterable, Sequence

from sqlalchemy import and_, or_, select

from clinic.accounts.models import SignIn, Staff
from clinic.audit.queries import differences_of
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.kiosk.models import KioskDevice
from clinic.participants.models import Participant
from clinic.participants.queries import TO_TELL_APART
from clinic.programs.models import Program, Room, Site
from clinic.schedule.models import Booking, Session
from clinic.schedule.queries.bookings import STANDS
from clinic.schedule.queries.people import get_in_scope
from clinic.stories.rules import OF_SESSION, Told
from clinic.trail import TrailEvent, digest_of_words

_BOOKING = (
    select(
        Booking.id.label("booking_id"),
        Booking.session_id,
        *STANDS,
        Session.title,
        Session.kind,
        Session.mode,
        Session.day,
        Session.starts_at,
        Session.ends_at,
        Session.grace_minutes,
        Session.is_cancelled,
        Site.timezone,
        Room.name.label("room"),
        Program.name.label("program"),
        *TO_TELL_APART,
    )
    .join(Session, Session.id == Booking.session_id)
    .join(Site, Site.id == Session.site_id)
    .join(Enrollment, Enrollment.id == Booking.enrollment_id)
    .join(Program, Program.id == Enrollment.program_id)
    .join(Participant, Participant.id == Enrollment.participant_id)
    .outerjoin(Room, Room.id == Session.room_id)
)


def get_told(booking_id: int, *, scope: int | None) -> AnyRow:
    """A booking with its session and whose it is, for whoever may know of that person."""
    row = or_not_found(db.execute(_BOOKING.where(Booking.id == booking_id)).one_or_none())
    get_in_scope(row.participant_id, scope)
    return row


def events_of(row: AnyRow) -> list[Told]:
    """All that was recorded of a booking, and of its session as far as it concerns everybody on it,
    in its order."""
    of_it = and_(
        TrailEvent.subject_kind == Booking.__tablename__, TrailEvent.subject_id == row.booking_id
    )
    of_session = and_(
        TrailEvent.subject_kind == Session.__tablename__,
        TrailEvent.subject_id == row.session_id,
        TrailEvent.verb.in_(OF_SESSION),
    )
    events = db.execute(
        select(
            TrailEvent.verb,
            TrailEvent.happened_at,
            TrailEvent.occurred_at,
            TrailEvent.actor_kind,
            TrailEvent.actor_id,
            TrailEvent.device,
            TrailEvent.facts,
        )
        .where(or_(of_it, of_session))
        .order_by(TrailEvent.id)
    ).all()
    people, devices = _people(events), _devices(events)
    reason = digest_of_words(row.reason, Booking.__tablename__, row.booking_id)
    return [
        Told(
            verb=each.verb,
            recorded_at=each.happened_at,
            occurred_at=each.occurred_at,
            who=people.get(each.actor_id) if each.actor_kind == "account" else None,
            is_account=each.actor_kind == "account",
            device=devices.get(_device_of(each)),
            facts=(facts := json.loads(each.facts)),
            is_last_reason=reason is not None and facts.get("reason") == reason,
        )
        for each in events
    ]


def difference_of(booking_id: int) -> str | None:
    """Where the booking is not what its events say, in words."""
    return differences_of([booking_id]).get(booking_id)


def _device_of(event: AnyRow) -> str | None:
    return f"kiosk:{event.actor_id}" if event.actor_kind == "kiosk" else event.device


def _people(events: Iterable[AnyRow]) -> dict[int, str]:
    """Account id to the name of the one on the staff."""
    ids = {each.actor_id for each in events if each.actor_kind == "account"}
    rows = db.execute(select(Staff.account_id, Staff.name).where(Staff.account_id.in_(ids)))
    return {row.account_id: row.name for row in rows}


def _devices(events: Sequence[AnyRow]) -> dict[str | None, str]:
    """What is known of the devices, by how the trail names them."""
    named = {_device_of(each) or "" for each in events}
    found: dict[str | None, str] = {}
    for kind, table, name in (
        ("kiosk", KioskDevice, KioskDevice.name),
        ("sign_in", SignIn, SignIn.device),
    ):
        ids = [int(each.partition(":")[2]) for each in named if each.startswith(f"{kind}:")]
        for row in db.execute(select(table.id, name.label("name")).where(table.id.in_(ids))):
            if row.name:
                found[f"{kind}:{row.id}"] = row.name
    return found
