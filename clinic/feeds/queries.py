from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal, null, or_, select
from sqlalchemy.orm import joinedload

from clinic import clock
from clinic.accounts.models import Account, Staff
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import NotFound, or_not_found
from clinic.feeds import rules
from clinic.feeds.models import FeedBody, FeedLink
from clinic.feeds.rules import Appointment
from clinic.participants.models import Participant
from clinic.programs.models import Room, Site
from clinic.schedule.models import ANNOUNCED, Booking, Session, SessionLeader

# The names of rooms and zones stand in calendars, and no version rises with them. Their order does
# not matter: in another one, the same text is written once more. (With where a site is it does.)
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
        FeedLink.id,
        FeedLink.seen_at,
        FeedLink.participant_id,
        FeedLink.staff_id,
        FeedLink.is_full,
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
        and_(
            or_(
                FeedBody.participant_id == FeedLink.participant_id,
                FeedBody.staff_id == FeedLink.staff_id,
            ),
            FeedBody.is_full == FeedLink.is_full,
        ),
    )
    .where(FeedLink.token_hash == bindparam("token_hash"))
)
_BODY = select(FeedBody.body, FeedBody.etag, FeedBody.changed_at).where(
    FeedBody.id == bindparam("body_id")
)


_DISCREET = (null(), null(), null())
_FULL = (Site.address, Site.phone, Site.way_in)


def _appointments(
    number: Any, place: Any, where: tuple[Any, ...] = _DISCREET
) -> Select[*tuple[Any, ...]]:
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
            *where,
        )
        .join(Site, Site.id == Session.site_id)
        .where(Session.starts_at >= bindparam("since"))
        .order_by(Session.starts_at, Session.uid)
    )


# What is not asked for cannot be told: no number and no room for participants, no title for anyone,
# and where it is only by a link that was made to say so.
def _of_participant(where: tuple[Any, ...]) -> Select[*tuple[Any, ...]]:
    return (
        _appointments(null(), null(), where)
        .join(Booking, Booking.session_id == Session.id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .where(
            Enrollment.participant_id == bindparam("owner_id"),
            # Who said that they will not come is not expected: the time is theirs again. A no-show
            # stays; that it was missed is no business of a calendar.
            Booking.status.not_in(ANNOUNCED),
        )
    )


def _of_staff(where: tuple[Any, ...]) -> Select[*tuple[Any, ...]]:
    return (
        _appointments(Session.id, Room.name, where)
        .outerjoin(Room, Room.id == Session.room_id)
        .join(SessionLeader, SessionLeader.session_id == Session.id)
        .where(SessionLeader.staff_id == bindparam("owner_id"))
    )


_PARTICIPANTS = {False: _of_participant(_DISCREET), True: _of_participant(_FULL)}
_STAFFS = {False: _of_staff(_DISCREET), True: _of_staff(_FULL)}
_ALL = _appointments(Session.id, Room.name).outerjoin(Room, Room.id == Session.room_id)
_ONE = Session.id == bindparam("session_id")


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
    *, participant_id: int | None, staff_id: int | None, since: date, is_full: bool = False
) -> Iterator[Appointment]:
    """What somebody is expected at or leads from a day on, by start; in full with where it is."""
    statement = (_PARTICIPANTS if staff_id is None else _STAFFS)[is_full]
    owner_id = participant_id if staff_id is None else staff_id
    first = datetime.combine(since, time.min, UTC)
    rows = db.connection().execute(statement, {"owner_id": owner_id, "since": first})
    for row in rows:
        yield _appointment(row)


def get_appointment(session_id: int, *, participant_id: int | None = None) -> Appointment:
    """A session as a calendar knows it: a participant's where one is named, else as for staff.

    Raise `NotFound` where the participant is not expected at it.
    """
    statement = _ALL if participant_id is None else _PARTICIPANTS[False]
    values = {"owner_id": participant_id} if participant_id is not None else {}
    since = datetime.fromtimestamp(0, UTC)  # whenever
    rows = db.connection().execute(
        statement.where(_ONE), values | {"session_id": session_id, "since": since}
    )
    return _appointment(or_not_found(rows.first()))


def _appointment(row: AnyRow) -> Appointment:
    uid, starts_at, ends_at, timezone, *rest = row
    return Appointment(uid, starts_at, ends_at, clock.zone(timezone), *rest)


def find_body(
    *, participant_id: int | None, staff_id: int | None, is_full: bool
) -> FeedBody | None:
    """What is kept of somebody's calendar, for the one who is going to change it: others wait."""
    if staff_id is None:
        _hold(Participant, participant_id)
        kept = select(FeedBody).where(FeedBody.participant_id == participant_id)
    else:
        _hold(Staff, staff_id)
        kept = select(FeedBody).where(FeedBody.staff_id == staff_id)
    return db.scalars(kept.where(FeedBody.is_full == is_full)).one_or_none()


def _hold(kind: type[Participant | Staff], owner_id: int | None) -> None:
    """Have others wait who are about to change something of this person's calendar."""
    db.execute(select(kind.id).where(kind.id == owner_id).with_for_update(key_share=True))


def find_staff(key: str) -> Staff | None:
    return db.scalars(
        select(Staff).where(Staff.key == key).options(joinedload(Staff.account))
    ).one_or_none()


def get_staff(staff_id: int | None) -> Staff:
    """Somebody who works here, with their account."""
    return or_not_found(
        db.scalars(
            select(Staff).where(Staff.id == staff_id).options(joinedload(Staff.account))
        ).one_or_none()
    )


def links_of(owner: Participant | Staff) -> Sequence[FeedLink]:
    """The links of somebody that have not been withdrawn, oldest first."""
    return db.scalars(_links_of(owner)).all()


def active_links(owner: Participant | Staff) -> Sequence[FeedLink]:
    """The same, for the one who is going to change them: others wait."""
    _hold(type(owner), owner.id)
    return db.scalars(_links_of(owner).with_for_update()).all()


def owner_of(account_id: int) -> Participant | Staff | None:
    """Whose calendar the links of an account are to."""
    person = db.scalars(select(Participant).where(Participant.account_id == account_id))
    member = db.scalars(select(Staff).where(Staff.account_id == account_id))
    return person.one_or_none() or member.one_or_none()


def number_of_links(account_id: int) -> int:
    statement = (
        select(func.count(FeedLink.id))
        .outerjoin(Participant, Participant.id == FeedLink.participant_id)
        .outerjoin(Staff, Staff.id == FeedLink.staff_id)
        .where(
            FeedLink.revoked_at.is_(None),
            func.coalesce(Participant.account_id, Staff.account_id) == account_id,
        )
    )
    return db.scalar(statement) or 0


def get_link(owner: Participant | Staff, link_id: int) -> FeedLink:
    """A link of this person, also one that was withdrawn, as it is now and locked."""
    statement = select(FeedLink).where(FeedLink.id == link_id, _is_held_by(owner))
    return or_not_found(db.scalars(statement.with_for_update()).one_or_none())


def _links_of(owner: Participant | Staff) -> Select[FeedLink]:
    return (
        select(FeedLink)
        .where(_is_held_by(owner), FeedLink.revoked_at.is_(None))
        .order_by(FeedLink.id)
    )


def _is_held_by(owner: Participant | Staff) -> ColumnElement[bool]:
    column = FeedLink.staff_id if isinstance(owner, Staff) else FeedLink.participant_id
    return column == owner.id
