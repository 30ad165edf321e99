from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased, joinedload

from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.errors import or_not_found
from clinic.participants.models import Participant
from clinic.programs.models import Program
from clinic.schedule.models import (
    Booking,
    RosterEntry,
    Series,
    SeriesLeader,
    SeriesPlan,
    Session,
)
from clinic.schedule.queries.bookings import HOLDS_A_SEAT, SEATS_TAKEN
from clinic.schedule.queries.series import series_led_by
from clinic.schedule.queries.staff import lead_of


def get_roster_entry(entry_id: int, scope: int | None = None) -> RosterEntry:
    """A place on a group; of somebody's groups and caseload only, where there is a scope."""
    statement = (
        select(RosterEntry)
        .join(RosterEntry.series)
        .join(RosterEntry.enrollment)
        .where(RosterEntry.id == entry_id)
        .options(
            joinedload(RosterEntry.series).joinedload(Series.site),
            joinedload(RosterEntry.enrollment).joinedload(Enrollment.participant),
        )
    )
    if scope is not None:
        statement = statement.where(or_(series_led_by(scope), Enrollment.clinician_id == scope))
    return or_not_found(db.scalars(statement).one_or_none())


def roster_of(enrollment_ids: Collection[int]) -> Sequence[RosterEntry]:
    """Roster entries of enrollments, with their series and who leads them, by first day."""
    found = db.scalars(
        select(RosterEntry)
        .where(RosterEntry.enrollment_id.in_(enrollment_ids))
        .options(
            joinedload(RosterEntry.series)
            .joinedload(Series.plans)
            .options(
                joinedload(SeriesPlan.room),
                joinedload(SeriesPlan.leaders).joinedload(SeriesLeader.staff),
            )
        )
        .order_by(RosterEntry.from_on, RosterEntry.id)
    )
    return found.unique().all()


def members_of(series_id: int, *, today: date) -> Sequence[AnyRow]:
    """Who is or will be on a series' roster, by name."""
    return db.execute(
        select(
            RosterEntry.id,
            RosterEntry.enrollment_id,
            RosterEntry.from_on,
            RosterEntry.until_on,
            Enrollment.clinician_id,
            Participant.id.label("participant_id"),
            Participant.name,
            Participant.preferred_name,
            Program.name.label("program"),
        )
        .join(Enrollment, Enrollment.id == RosterEntry.enrollment_id)
        .join(Participant, Participant.id == Enrollment.participant_id)
        .join(Program, Program.id == Enrollment.program_id)
        .where(
            RosterEntry.series_id == series_id,
            or_(RosterEntry.until_on.is_(None), RosterEntry.until_on >= today),
            or_(Enrollment.until_on.is_(None), Enrollment.until_on >= today),
        )
        .order_by(Participant.sort_name, RosterEntry.from_on, RosterEntry.id)
    ).all()


def places_on(series_ids: Collection[int], enrollment_ids: Collection[int]) -> Sequence[AnyRow]:
    """The places that these enrollments have on these groups: who, where and their days."""
    entry = RosterEntry
    return db.execute(
        select(entry.enrollment_id, entry.series_id, entry.from_on, entry.until_on).where(
            entry.series_id.in_(series_ids), entry.enrollment_id.in_(enrollment_ids)
        )
    ).all()


def full_sessions(series_ids: Collection[int], *, since: date, now: datetime) -> Sequence[AnyRow]:
    """The coming sessions of groups that have no free seat, in order: id, series_id and day."""
    return db.execute(
        select(Session.id, Session.series_id, Session.day)
        .where(
            Session.series_id.in_(series_ids),
            Session.day >= since,
            Session.ends_at > now,
            Session.seats <= SEATS_TAKEN,
        )
        .order_by(Session.day, Session.id)
    ).all()


def booked_among(
    session_ids: Collection[int], enrollment_ids: Collection[int]
) -> set[tuple[int, int]]:
    """Which of these enrollments have a place in which of these sessions already."""
    rows = db.execute(
        select(Booking.session_id, Booking.enrollment_id).where(
            Booking.session_id.in_(session_ids), Booking.enrollment_id.in_(enrollment_ids)
        )
    )
    return {(session_id, enrollment_id) for session_id, enrollment_id in rows}


def meetings_beside(
    series_ids: Collection[int],
    participant_ids: Collection[int],
    *,
    site_id: int,
    since: date,
    but: int | None = None,
    but_of: int | None = None,
    now: datetime,
) -> Sequence[AnyRow]:
    """What people have at the time of coming sessions of groups of a site, but for one group and
    for what they have by one enrollment.

    Rows of participant_id, series_id, day; title, kind and lead of the other.
    """
    mine, other = aliased(Session), aliased(Session)
    statement = (
        select(
            Enrollment.participant_id,
            mine.series_id,
            mine.day,
            other.title,
            other.kind,
            lead_of(other),
        )
        .join(Booking, Booking.enrollment_id == Enrollment.id)
        .join(other, other.id == Booking.session_id)
        .join(
            mine,
            (mine.day == other.day)
            & (mine.starts_at < other.ends_at)
            & (mine.ends_at > other.starts_at)
            & (mine.id != other.id),
        )
        .where(
            Enrollment.participant_id.in_(participant_ids),
            HOLDS_A_SEAT,
            ~other.is_cancelled,
            other.day >= since,
            mine.site_id == site_id,
            mine.series_id.in_(series_ids),
            ~mine.is_cancelled,
            mine.ends_at > now,
        )
        .order_by(mine.day, mine.starts_at, other.id)
    )
    if but is not None:
        statement = statement.where(func.coalesce(other.series_id, 0) != but)
    if but_of is not None:
        statement = statement.where(Enrollment.id != but_of)
    return db.execute(statement).all()
