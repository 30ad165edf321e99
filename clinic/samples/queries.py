from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select, tuple_

from clinic import clock
from clinic.accounts.models import Staff
from clinic.audit.queries import differences_of
from clinic.bookings.queries import recorded_by
from clinic.days import Range
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment, Target
from clinic.hours.queries import delivered_in
from clinic.participants.models import Participant
from clinic.samples.rules import Kept, Link, chain_of
from clinic.schedule.models import Booking, Session, SessionLeader, SignOff, Status
from clinic.schedule.queries.bookings import bookings_until


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
    drawn: Collection[AnyRow], which: Which, *, now: datetime
) -> dict[tuple[int, date], list[Visit]]:
    """Participant id and day to their sessions of that day that took place, by start."""
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
    rows = bookings_until(enrollments, now, only, first=0, most=len(pairs) * 24)
    found: dict[tuple[int, date], list[Visit]] = defaultdict(list)
    for row, kept in zip(rows, _kept(rows, enrollments), strict=True):
        whose = enrollments[row.enrollment_id].participant_id
        chain = chain_of(row, kept, clock.zone(row.timezone))
        found[whose, row.day].insert(0, Visit(row, chain))
    return found


def _kept(rows: Sequence[AnyRow], enrollments: dict[int, AnyRow]) -> Iterator[Kept]:
    """What is known of each of these bookings besides."""
    ids, sessions = [row.booking_id for row in rows], {row.session_id for row in rows}
    by_whom, differences = recorded_by(ids), differences_of(ids)
    targets, leaders, signatures = _targets(enrollments), _leaders(sessions), _signatures(sessions)
    for row in rows:
        enrollment = enrollments[row.enrollment_id]
        yield Kept(
            recorded_by=by_whom.get(row.booking_id),
            signatures=signatures[row.session_id],
            leaders=leaders[row.session_id],
            targets=targets[row.enrollment_id],
            from_on=enrollment.from_on,
            until_on=enrollment.until_on,
            minutes=delivered_in(row),
            difference=differences.get(row.booking_id),
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


def _signatures(session_ids: Collection[int]) -> dict[int, list[SignOff]]:
    found: dict[int, list[SignOff]] = defaultdict(list)
    theirs = select(SignOff).where(SignOff.session_id.in_(session_ids))
    for each in db.scalars(theirs.order_by(SignOff.session_id, SignOff.is_second)):
        found[each.session_id].append(each)
    return found
