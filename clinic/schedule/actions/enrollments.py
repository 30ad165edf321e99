"""What happens to an enrollment, with what follows: its places on rosters and its bookings."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Concatenate, ParamSpec, TypeAlias, Unpack

from sqlalchemy import ColumnElement, delete, exists, or_, select

from clinic import clock, trail
from clinic.accounts.models import Staff
from clinic.days import DAY, Range
from clinic.db import db
from clinic.enrollment import actions as enrollments
from clinic.enrollment.actions import Acting, Hours
from clinic.enrollment.models import (
    EndReason,
    Enrollment,
    Outcome,
)
from clinic.enrollment.queries import continued_by
from clinic.enrollment.rules import (
    BEGUN,
    CONTINUED,
    ENDED,
    NOTED_ON,
    SAME_PROGRAM,
    first_day_changed,
    why_not_last_day,
)
from clinic.errors import Refused, refuse_if
from clinic.programs.models import Program
from clinic.schedule.actions import seats, sessions
from clinic.schedule.actions.rosters import fill, put_all_on, refuse_clashes
from clinic.schedule.models import Booking, RosterEntry, Series, Session, Status
from clinic.schedule.queries.acts import is_noted_on
from clinic.schedule.queries.clashes import double_booked_participants
from clinic.schedule.queries.sessions import on_days
from clinic.trail import Actor

Facts = ParamSpec("Facts")
Act: TypeAlias = Callable[Concatenate[Enrollment, Facts], Range]

NOBODY_LEFT = "Nobody is booked any more"  # why a one-off session was cancelled


def join(enrollment: Enrollment, series: Iterable[Series], *, by: Actor, now: datetime) -> None:
    """Put an enrollment on these groups from its first day, or today if that is past."""
    places = ((enrollment, each, max(enrollment.from_on, each.site.today(now))) for each in series)
    put_all_on(places, by=by, now=now)


def followed(act: Act[Facts]) -> Act[Facts]:
    """Return an act that changes days of an enrollment together with what follows from them."""

    def both(enrollment: Enrollment, /, *args: Facts.args, **facts: Facts.kwargs) -> Range:
        days = act(enrollment, *args, **facts)
        known: dict[str, Any] = dict(facts)
        follow(enrollment, days, by=known["by"], now=known["now"])
        return days

    return both


grant_leave = followed(enrollments.grant_leave)
end_leave = followed(enrollments.end_leave)


def set_end(
    enrollment: Enrollment,
    *,
    until_on: date | None,
    outcome: Outcome | None = None,
    reason: EndReason | None = None,
    **acting: Unpack[Acting],
) -> Enrollment:
    """Extend an enrollment, end it or open it again: coming bookings follow, attendance stays."""
    enrollments.lock(enrollment)
    first = first_day_changed(enrollment.until_on, until_on)
    if until_on is not None:
        later = (Booking.enrollment_id == enrollment.id) & Booking.session_id.in_(
            select(Session.id).where(Session.day > until_on)
        )
        refuse_if(why_not_last_day(recorded(later, now=acting["now"])))
    enrollments.set_end(enrollment, until_on=until_on, outcome=outcome, reason=reason, **acting)
    if first is not None:
        follow(enrollment, Range(first, None), by=acting["by"], now=acting["now"])
    if outcome is not None:  # places that were still to begin never will
        db.execute(
            delete(RosterEntry).where(
                RosterEntry.enrollment_id == enrollment.id, RosterEntry.from_on > until_on
            )
        )
    return enrollment


def step_down(
    enrollment: Enrollment,
    program: Program,
    *,
    from_on: date,
    until_on: date | None = None,
    clinician: Staff | None = None,
    target: Hours | None = None,
    outcome: Outcome = Outcome.TRANSFERRED,
    transition_weeks: Collection[date] = (),
    **acting: Unpack[Acting],
) -> Enrollment:
    """Go on in another program, in the same episode of care: one ends the day before.

    Returns the new enrollment. Transition weeks are weeks of the new one. When they would like to
    come and when they cannot goes on, too.
    """
    enrollments.lock(enrollment)
    refuse_if(SAME_PROGRAM if program.id == enrollment.program_id else None)
    if enrollment.outcome is not None:
        raise Refused(ENDED)
    reason = EndReason.COMPLETED if outcome is Outcome.COMPLETED else EndReason.TRANSFERRED
    set_end(enrollment, until_on=from_on - DAY, outcome=outcome, reason=reason, **acting)
    following = enrollments.enroll(
        enrollment.participant,
        program,
        from_on=from_on,
        until_on=until_on,
        clinician=clinician,
        target=target,
        wished_part=enrollment.wished_part,
        unavailable=enrollment.busy,
        continues=enrollment,
        by=acting["by"],
        now=acting["now"],
    )
    return enrollments.set_transition_weeks(following, weeks=transition_weeks, **acting)


def call_off(enrollment: Enrollment, *, by: Actor, now: datetime) -> None:
    """Take back an enrollment that never began, with its places and bookings."""
    enrollments.lock(enrollment)
    zone = enrollment.program.site.zone
    is_begun = enrollment.from_on <= clock.day_of(now, zone)
    theirs = Booking.enrollment_id == enrollment.id
    if is_begun or recorded(theirs, now=now):
        raise Refused(BEGUN)
    refuse_if(CONTINUED if continued_by(enrollment.id) else None)
    refuse_if(NOTED_ON if is_noted_on([enrollment.id]) else None)
    trail.record(
        "enrollment.called_off",
        enrollment,
        by=by,
        now=now,
        site_id=enrollment.program.site_id,
        participant=enrollment.participant_id,
        program=enrollment.program_id,
    )
    _take_out(theirs, by=by, now=now)
    db.execute(delete(RosterEntry).where(RosterEntry.enrollment_id == enrollment.id))
    db.delete(enrollment)
    db.flush()


def follow(enrollment: Enrollment, days: Range, *, by: Actor, now: datetime) -> None:
    """Make rosters and bookings on these days agree with those of an enrollment and its leave.

    Attendance stays. Raises `Refused` when a seat that they should have again is taken, or when
    they are elsewhere by now.
    """
    _take_out(_not_theirs(enrollment, days, now=now), by=by, now=now)
    person = enrollment.participant_id
    before = set(double_booked_participants(days.from_on, participant_id=person))
    series_ids = db.scalars(
        select(RosterEntry.series_id)
        .where(
            RosterEntry.enrollment_id == enrollment.id,
            or_(RosterEntry.until_on.is_(None), RosterEntry.until_on >= days.from_on),
        )
        .distinct()
        .order_by(RosterEntry.series_id)
    ).all()
    fill(*series_ids, days=days)
    after = double_booked_participants(days.from_on, participant_id=person)
    refuse_clashes([clash for clash in after if clash not in before])


def recorded(bookings: ColumnElement[bool], *, now: datetime) -> Sequence[date]:
    """The days of these bookings on which attendance is recorded: not announced ahead."""
    return db.scalars(
        select(Session.day)
        .join(Booking, Booking.session_id == Session.id)
        .where(
            bookings,
            Booking.status != Status.EXPECTED,
            or_(Session.starts_at <= now, Booking.status == Status.PRESENT),
        )
    ).all()


def _not_theirs(enrollment: Enrollment, days: Range, *, now: datetime) -> ColumnElement[bool]:
    """The bookings that an enrollment has outside its days, and on leave those without a mark."""
    outside = Session.day < enrollment.from_on
    if enrollment.until_on is not None:
        outside |= Session.day > enrollment.until_on
    unmarked = Booking.status == Status.EXPECTED
    away = [Session.day.between(leave.from_on, leave.until_on) for leave in enrollment.leaves]
    announced = Session.starts_at > now
    found = (
        select(Booking.id)
        .join(Session, Session.id == Booking.session_id)
        .where(
            Booking.enrollment_id == enrollment.id,
            on_days(days),
            or_(outside & (unmarked | announced), *(unmarked & each for each in away)),
        )
    )
    return Booking.id.in_(found)


def _take_out(bookings: ColumnElement[bool], *, by: Actor, now: datetime) -> None:
    """Take bookings out; a coming one-off session that nobody is left in does not take place."""
    gone = seats.release(bookings, by=by, now=now)
    if not gone:
        return
    empty = db.scalars(
        select(Session)
        .where(
            Session.id.in_({row.session_id for row in gone}),
            Session.series_id.is_(None),
            Session.starts_at > now,
            ~Session.is_cancelled,
            ~exists().where(Booking.session_id == Session.id),
        )
        .order_by(Session.id)
    ).all()
    sessions.cancel([each.id for each in empty], reason=NOBODY_LEFT, now=now)
    for each in empty:
        trail.record("session.cancelled", each, by=by, now=now, day=each.day)
