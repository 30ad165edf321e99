from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Select, bindparam, func, literal, null, or_, select
from sqlalchemy.orm import joinedload

from clinic import clock
from clinic.accounts.models import Account, Staff
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import NotFound
from clinic.feeds import rules
from clinic.feeds.models import FeedBody, FeedLink
from clinic.feeds.rules import Appointment
from clinic.participants.models import Participant
from clinic.programs.models import Room, Site
from clinic.schedule.models import ANNOUNCED, Booking, Session, SessionLeader

# The names of rooms and zones stand in calendars, and no version rises with them. Their order does
# not matter: in another one, the same text is written once more.
_PLACES = (
    select(
        func.aggregate_strings(func.coalesce(Room.name, "") + literal(" ") + Site.timezone, "\n")
    )
    .select_from(Site)
    .outerjoin(Room, Room.site_id == Site.id)
    .scalar_subquery()
)
_FEED = (
    select(
        FeedLink.participant_id,
        FeedLink.staff_id,
        FeedLink.revoked_at,
        Account.is_active,
        func.coalesce(Participant.calendar_version, Staff.calendar_version).label(
            "calendar_version"
        ),
        FeedBody.id.label("body_id"),
        FeedBody.version,
        FeedBody.window,
        FeedBody.build,
        FeedBody.expires_at,
        FeedBody.etag,
        FeedBody.changed_at,
        _PLACES.label("places"),
    )
    .outerjoin(Participant, Participant.id == FeedLink.participant_id)
    .outerjoin(Staff, Staff.id == FeedLink.staff_id)
    .join(Account, Account.id == func.coalesce(Participant.account_id, Staff.account_id))
    .outerjoin(
        FeedBody,
        or_(
            FeedBody.participant_id == FeedLink.participant_id,
            FeedBody.staff_id == FeedLink.staff_id,
        ),
    )
    .where(FeedLink.token_hash == bindparam("token_hash"))
)
_BODY = select(FeedBody.body, FeedBody.etag, FeedBody.changed_at).where(
    FeedBody.id == bindparam("body_id")
)


def _appointments(number: Any, place: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Session.uid,
            Session.starts_at,
            Session.ends_at,
            Site.timezone,
            Session.sequence,
            Session.changed_at,
            Session.is_cancelled,
            number,
            place,
        )
        .join(Site, Site.id == Session.site_id)
        .where(Session.starts_at >= bindparam("since"))
        .order_by(Session.starts_at, Session.uid)
    )


# What is not asked for cannot be told: no number and no room for participants, no title for anyone.
_PARTICIPANTS = (
    _appointments(null(), null())
    .join(Booking, Booking.session_id == Session.id)
    .join(Enrollment, Enrollment.id == Booking.enrollment_id)
    .where(
        Enrollment.participant_id == bindparam("owner_id"),
        # Who said that they will not come is not expected: the time is theirs again. A no-show
        # stays; that it was missed is no business of a calendar.
        Booking.status.not_in(ANNOUNCED),
    )
)
_STAFFS = (
    _appointments(Session.id, Room.name)
    .join(SessionLeader, SessionLeader.session_id == Session.id)
    .outerjoin(Room, Room.id == Session.room_id)
    .where(SessionLeader.staff_id == bindparam("owner_id"))
)


def get_feed(token_hash: str, *, now: datetime) -> AnyRow:
    """All that decides about an answer, in one row; raises `NotFound` for no link or one long over.

    A link, its owner's account and calendar version, what is kept of the calendar but the text,
    and all names of places together.
    """
    feed = db.connection().execute(_FEED, {"token_hash": token_hash}).one_or_none()
    if feed is None or rules.is_over(feed.revoked_at, now=now):
        raise NotFound
    return feed


def get_body(body_id: int) -> AnyRow:
    """The kept text with what identifies it: both from one row, so that they belong together."""
    return db.connection().execute(_BODY, {"body_id": body_id}).one()


def appointments_of(
    *, participant_id: int | None, staff_id: int | None, since: date
) -> Iterator[Appointment]:
    """What somebody is expected at or leads from a day on, by start."""
    statement = _PARTICIPANTS if staff_id is None else _STAFFS
    owner_id = participant_id if staff_id is None else staff_id
    first = datetime.combine(since, time.min, UTC)
    rows = db.connection().execute(statement, {"owner_id": owner_id, "since": first})
    for uid, starts_at, ends_at, timezone, *rest in rows:
        yield Appointment(uid, starts_at, ends_at, clock.zone(timezone), *rest)


def find_body(*, participant_id: int | None, staff_id: int | None) -> FeedBody | None:
    """What is kept of somebody's calendar, for the one who is going to change it: others wait."""
    if staff_id is None:
        owner = select(Participant.id).where(Participant.id == participant_id)
        kept = select(FeedBody).where(FeedBody.participant_id == participant_id)
    else:
        owner = select(Staff.id).where(Staff.id == staff_id)
        kept = select(FeedBody).where(FeedBody.staff_id == staff_id)
    db.execute(owner.with_for_update(key_share=True))
    return db.scalars(kept).one_or_none()


def find_staff(key: str) -> Staff | None:
    return db.scalars(
        select(Staff).where(Staff.key == key).options(joinedload(Staff.account))
    ).one_or_none()


def active_links(owner: Participant | Staff) -> Sequence[FeedLink]:
    """The links of somebody that have not been withdrawn, oldest first."""
    column = FeedLink.staff_id if isinstance(owner, Staff) else FeedLink.participant_id
    return db.scalars(
        select(FeedLink)
        .where(column == owner.id, FeedLink.revoked_at.is_(None))
        .order_by(FeedLink.id)
        .with_for_update()
    ).all()
