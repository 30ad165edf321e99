"""What is known of a participant before and after an act: pictures, made to be compared."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select, true
from sqlalchemy.orm import joinedload

from clinic.authorizations.queries import beyond_of
from clinic.consequences import Consequences
from clinic.days import WEEK, Range, common, week_of
from clinic.db import AnyRow, db
from clinic.effects import rules
from clinic.enrollment.models import Enrollment
from clinic.enrollment.queries import WHOLE
from clinic.enrollment.rules import ending_words, prescribed
from clinic.formats import day_numeric
from clinic.hours import queries as hours
from clinic.hours.rules import WeekOf
from clinic.programs.models import Site
from clinic.programs.queries import Programs, find_clinic
from clinic.schedule.models import Booking, RosterEntry, Series, Session
from clinic.schedule.queries.series import leaders_of_series
from clinic.schedule.queries.staff import lead_of
from clinic.schedule.rules.words import meets, period, session_name

BEHIND = timedelta(weeks=52)  # weeks that an amendment may change
AHEAD = timedelta(weeks=26)


def picture_of(participant_id: int, days: Range, *, week: date, now: datetime) -> rules.Picture:
    """The picture of one person, as `pictures_of` has them."""
    return pictures_of([participant_id], days, week=week, now=now)[participant_id]


def pictures_of(
    participant_ids: Collection[int], days: Range, *, week: date, now: datetime
) -> dict[int, rules.Picture]:
    """As things stand inside this transaction: what can change on some days, read anew.

    This week and the next, `week` being the first day of this one, are always in it.
    """
    db.flush()
    enrollments = db.scalars(
        WHOLE.where(Enrollment.participant_id.in_(participant_ids))
        .order_by(Enrollment.from_on, Enrollment.id)
        .execution_options(populate_existing=True)
    ).all()
    ids = [each.id for each in enrollments]
    clinic, places = find_clinic(), _places_of(enrollments)
    weeks = _weeks_of(ids, days, clinic.programs, week=week, now=now)
    beyond = beyond_of(ids, clinic, now=now)
    meetings = _meetings_of(ids, days._replace(from_on=min(days.from_on, week)))
    theirs: dict[int, dict[int, Enrollment]] = {each: {} for each in participant_ids}
    for each in enrollments:
        theirs[each.participant_id][each.id] = each
    return {
        person: rules.Picture(
            programs={each.id: each.program.name for each in own.values()},
            facts={
                (each.id, what): words for each in own.values() for what, words in _facts_of(each)
            },
            places={key: place for key, place in places.items() if key[0] in own},
            weeks={key: hours for key, hours in weeks.items() if key[0] in own},
            busy={each.id: each.busy for each in own.values()},
            meetings={row.id: row for row in meetings if row.enrollment_id in own},
            beyond={each: one for each, one in beyond.items() if each in own},
        )
        for person, own in theirs.items()
    }


def consequences_of(before: rules.Picture, after: rules.Picture, *, week: date) -> Consequences:
    """What an act between two pictures of somebody led to."""
    gone = before.meetings.keys() - after.meetings.keys()
    cancelled = (
        db.scalars(select(Session.id).where(Session.id.in_(gone), Session.is_cancelled)).all()
        if gone
        else ()
    )
    return rules.consequences(before, after, cancelled=cancelled, week=week)


def _facts_of(enrollment: Enrollment) -> Iterator[tuple[str, str]]:
    yield "Enrolled", period(*enrollment.days)
    if enrollment.outcome is not None:
        yield "Ended", ending_words(enrollment.outcome, enrollment.end_reason)
    for target in enrollment.targets:
        yield f"Hours from {day_numeric(target.from_on)}", prescribed(target)
    for leave in enrollment.leaves:
        what = f"Leave from {day_numeric(leave.from_on)}"
        yield what, f"through {day_numeric(leave.until_on)}"
    if enrollment.transition_weeks:
        listed = ", ".join(day_numeric(each.week) for each in enrollment.transition_weeks)
        yield "Transition weeks", listed
    if enrollment.clinician is not None:
        yield "Primary clinician", enrollment.clinician.name
    if enrollment.wished_part is not None:
        yield "Preferred time of day", enrollment.wished_part.value.capitalize()
    if enrollment.busy:
        yield "Cannot come", rules.times_words(enrollment.busy)


def _places_of(
    enrollments: Sequence[Enrollment],
) -> dict[tuple[int, int, date], tuple[str, str]]:
    enrolled = {each.id: each.days for each in enrollments}
    found = {}
    rows = (
        db.execute(
            select(RosterEntry.enrollment_id, RosterEntry.from_on, RosterEntry.until_on, Series)
            .join(Series, Series.id == RosterEntry.series_id)
            .where(RosterEntry.enrollment_id.in_(enrolled))
            .options(joinedload(Series.plans))
        )
        .unique()
        .all()
    )
    leaders = leaders_of_series({series.id for *_, series in rows})
    for enrollment_id, from_on, until_on, series in rows:
        days = common(Range(from_on, until_on), enrolled[enrollment_id])
        days = days and common(days, Range(series.from_on, series.until_on))
        if days is not None:
            called = session_name(series, leaders[series.id])
            place = f"{called}, {meets(series.plan)}", period(*days)
            found[enrollment_id, series.id, from_on] = place
    return found


def _weeks_of(
    ids: list[int], days: Range, programs: Programs, *, week: date, now: datetime
) -> dict[tuple[int, date], WeekOf]:
    """The weeks that those days reach, with this and the next; none too far behind or ahead."""
    first = max(week - BEHIND, min(week, week_of(days.from_on, week.weekday())))
    last = week + AHEAD
    if days.until_on is not None:
        last = min(last, max(days.until_on, week + WEEK))
    found = hours.weeks_of(ids, now=now, first=first, last=last, programs=programs)
    return {(each.enrollment_id, each.hours.week): each.hours.settled for each in found}


def _meetings_of(ids: list[int], days: Range) -> Sequence[AnyRow]:
    until = Session.day <= days.until_on if days.until_on else true()
    return db.execute(
        select(
            Session.id,
            Booking.enrollment_id,
            Session.day,
            Session.starts_at,
            Session.ends_at,
            Session.title,
            Session.kind,
            lead_of(),
            Session.is_cancelled,
            Site.timezone,
        )
        .join(Session, Session.id == Booking.session_id)
        .join(Site, Site.id == Session.site_id)
        .where(Booking.enrollment_id.in_(ids), Session.day >= days.from_on, until)
    ).all()
