import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select, tuple_

from clinic import clock
from clinic.accounts.models import Staff
from clinic.audit.queries import differences_of
from clinic.bookings.queries import RECORDED_BY
from clinic.days import Range
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment, Target
from clinic.hours.queries import delivered_in
from clinic.participants.models import Participant
from clinic.programs.queries import get_organization
from clinic.samples.rules import Changed, Kept, Link, chain_of
from clinic.schedule.models import Booking, Session, SessionLeader, SignOff, Status
from clinic.schedule.queries.bookings import bookings_until
from clinic.staff.actions import LICENSE_CHANGED
from clinic.trail import TrailEvent

FROM_THE_START = datetime.min.replace(tzinfo=UTC)


class Which(NamedTuple):
    """Of which days a mock audit draws."""

    days: Range
    site_id: int | None = None
    program_id: int | None = None

    @property
    def conditions(self) -> Iterator[ColumnElement[bool]]:
        if self.site_id is not None:
            yield Session.site_id == self.site_id
        if self.program_id is not None:
            yield Session.program_id == self.program_id


class Visit(NamedTuple):
    """One session of a day that was drawn, with every link of its record."""

    row: AnyRow
    chain: dict[str, Link]


def days_of(which: Which, *, now: datetime) -> Sequence[AnyRow]:
    """The days on which somebody was present, as they would be billed: rows of participant_id,
    key, name and day."""
    return db.execute(
        select(
            Participant.id.label("participant_id"),
            Participant.key,
            Participant.name,
            Session.day,
        )
        .select_from(Booking)
        .join(Session, Session.id == Booking.session_id)
        .join(Enrollment, Enrollment.id == Booking.enrollment_id)
        .join(Participant, Participant.id == Enrollment.participant_id)
        .where(
            Session.day.between(which.days.from_on, which.days.until_on),
            Session.ends_at <= now,
            ~Session.is_cancelled,
            Booking.status == Status.PRESENT,
            *which.conditions,
        )
        .distinct()
    ).all()


def visits_on(
    drawn: Collection[AnyRow], which: Which, *, with_topics: bool, now: datetime
) -> dict[tuple[int, date], list[Visit]]:
    """Participant id and day to their sessions of that day that took place, by start.

    `with_topics` is whether whoever asks may read them.
    """
    enrollments = _enrollments({each.participant_id for each in drawn})
    wanted = {(each.participant_id, each.day) for each in drawn}
    pairs = [
        (each.id, day)
        for each in enrollments.values()
        for participant_id, day in wanted
        if participant_id == each.participant_id
    ]
    only = [tuple_(Booking.enrollment_id, Session.day).in_(pairs), ~Session.is_cancelled]
    only += [Session.ends_at <= now, *which.conditions]
    rows = bookings_until(enrollments, now, only, more=[RECORDED_BY], first=0, most=len(pairs) * 24)
    found: dict[tuple[int, date], list[Visit]] = defaultdict(list)
    for row, kept in zip(
        rows, _kept(rows, enrollments, with_topics=with_topics, now=now), strict=True
    ):
        whose = enrollments[row.enrollment_id].participant_id
        chain = chain_of(row, kept, clock.zone(row.timezone))
        found[whose, row.day].insert(0, Visit(row, chain))
    return found


def _kept(
    rows: Sequence[AnyRow], enrollments: dict[int, AnyRow], *, with_topics: bool, now: datetime
) -> Iterator[Kept]:
    """What is known of each of these bookings besides."""
    ids, sessions = [row.booking_id for row in rows], {row.session_id for row in rows}
    differences = differences_of(ids)
    targets, leaders, signatures = _targets(enrollments), _leaders(sessions), _signatures(sessions)
    licenses = _licenses({each.staff_id for its in leaders.values() for each in its})
    identity_from = _identity_asked_from()
    for row in rows:
        enrollment = enrollments[row.enrollment_id]
        yield Kept(
            recorded_by=row.recorded_by,
            signatures=signatures[row.session_id],
            leaders=leaders[row.session_id],
            targets=targets[row.enrollment_id],
            from_on=enrollment.from_on,
            until_on=enrollment.until_on,
            minutes=delivered_in(row, now=now),
            difference=differences.get(row.booking_id),
            licenses=licenses,
            asks_identity=identity_from is not None and identity_from <= row.starts_at,
            shows_topic=with_topics,
        )


def _enrollments(participant_ids: Collection[int]) -> dict[int, AnyRow]:
    columns = Enrollment.id, Enrollment.participant_id, Enrollment.from_on, Enrollment.until_on
    theirs = select(*columns).where(Enrollment.participant_id.in_(participant_ids))
    return {row.id: row for row in db.execute(theirs)}


def _targets(enrollment_ids: Collection[int]) -> dict[int, list[AnyRow]]:
    columns = Target.enrollment_id, Target.from_on, Target.min_minutes, Target.max_minutes
    theirs = select(*columns).where(Target.enrollment_id.in_(enrollment_ids))
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in db.execute(theirs.order_by(Target.from_on)):
        found[row.enrollment_id].append(row)
    return found


def _leaders(session_ids: Collection[int]) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in db.execute(
        select(
            SessionLeader.session_id,
            SessionLeader.staff_id,
            SessionLeader.has_led,
            Staff.name,
            Staff.license_number,
            Staff.license_expires_on,
        )
        .join(Staff, Staff.id == SessionLeader.staff_id)
        .where(SessionLeader.session_id.in_(session_ids))
        .order_by(SessionLeader.session_id, SessionLeader.position)
    ):
        found[row.session_id].append(row)
    return found


def _licenses(staff_ids: Collection[int]) -> dict[int, list[Changed]]:
    """Staff id to the changes of their license, the first first."""
    found: dict[int, list[Changed]] = defaultdict(list)
    events = select(TrailEvent.subject_id, TrailEvent.happened_at, TrailEvent.facts).where(
        TrailEvent.subject_kind == Staff.__tablename__,
        TrailEvent.subject_id.in_(staff_ids),
        TrailEvent.verb == LICENSE_CHANGED,
    )
    for row in db.execute(events.order_by(TrailEvent.id)):
        found[row.subject_id].append(Changed(row.happened_at, json.loads(row.facts)))
    return found


def _identity_asked_from() -> datetime | None:
    """Since when sheets ask how somebody was identified; None where they do not."""
    organization = get_organization()
    if not organization.asks_identity:
        return None
    changes = select(TrailEvent.happened_at).where(
        TrailEvent.subject_kind == organization.__tablename__,
        TrailEvent.subject_id == organization.id,
        TrailEvent.verb == "organization.changed",
        TrailEvent.facts.contains('"asks_identity":true', autoescape=True),
    )
    return db.scalar(changes.order_by(TrailEvent.id.desc()).limit(1)) or FROM_THE_START


def _signatures(session_ids: Collection[int]) -> dict[int, list[SignOff]]:
    found: dict[int, list[SignOff]] = defaultdict(list)
    theirs = select(SignOff).where(SignOff.session_id.in_(session_ids))
    for each in db.scalars(theirs.order_by(SignOff.session_id, SignOff.is_second)):
        found[each.session_id].append(each)
    return found
