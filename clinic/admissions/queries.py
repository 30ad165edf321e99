"""What is known of a participant before and after an act: pictures, made to be compared."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from clinic import clock
from clinic.accounts.models import Account, Staff
from clinic.admissions import rules
from clinic.days import Range, common, minute_of
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.enrollment.rules import ending_words, prescribed
from clinic.formats import day_numeric, time_range
from clinic.hours import queries as hours
from clinic.permissions import Role
from clinic.programs.models import Program, Site
from clinic.programs.queries import home
from clinic.schedule.models import Booking, RosterEntry, Series, Session
from clinic.schedule.queries.series import most_booked, series_at
from clinic.schedule.rules.words import meets, period
from clinic.tokens import fingerprint

BEHIND = timedelta(weeks=52)  # weeks that an amendment may change
AHEAD = timedelta(weeks=26)


def picture_of(
    participant_id: int, *, before: rules.Picture | None = None, now: datetime
) -> rules.Picture:
    """As things stand inside this transaction; with the picture before an act, all is read anew."""
    db.flush()
    enrollments = db.scalars(
        select(Enrollment)
        .where(Enrollment.participant_id == participant_id)
        .options(
            joinedload(Enrollment.program).joinedload(Program.site),
            joinedload(Enrollment.participant),
            joinedload(Enrollment.clinician),
            selectinload(Enrollment.targets),
            selectinload(Enrollment.leaves),
            selectinload(Enrollment.transition_weeks),
            selectinload(Enrollment.unavailabilities),
        )
        .order_by(Enrollment.from_on, Enrollment.id)
        .execution_options(populate_existing=before is not None)
    ).all()
    ids = [enrollment.id for enrollment in enrollments]
    weeks = _weeks_of(ids, now=now)
    places = _places_of(enrollments)
    return rules.Picture(
        {
            each.id: rules.EnrollmentPicture(
                program=each.program.name,
                facts=dict(_facts_of(each)),
                places=places[each.id],
                weeks=weeks[each.id],
                busy=tuple(
                    (one.weekday, one.from_minute, one.until_minute)
                    for one in each.unavailabilities
                ),
            )
            for each in enrollments
        },
        _meetings_of(ids),
        _cancelled(before.meetings if before else ()),
    )


def effects_between(before: rules.Picture, after: rules.Picture, *, now: datetime) -> rules.Effects:
    return rules.effects(before, after, week=home(now).week)


def digest(effects: rules.Effects) -> str:
    """What the page carries from showing to saving, to notice when somebody was faster."""
    return fingerprint(repr(effects))


def _facts_of(enrollment: Enrollment) -> Iterator[tuple[str, str]]:
    yield "Enrolled", period(enrollment.from_on, enrollment.until_on)
    if enrollment.outcome is not None:
        yield "Ended", ending_words(enrollment.outcome, enrollment.end_reason)
    for target in enrollment.targets:
        yield (
            f"Hours from {day_numeric(target.from_on)}",
            prescribed(target),
        )
    for leave in enrollment.leaves:
        what = f"Leave from {day_numeric(leave.from_on)}"
        yield what, f"until {day_numeric(leave.until_on)}"
    if enrollment.transition_weeks:
        listed = ", ".join(day_numeric(each.week) for each in enrollment.transition_weeks)
        yield "Transition weeks", listed
    if enrollment.clinician is not None:
        yield "Primary clinician", enrollment.clinician.name
    if enrollment.wished_part is not None:
        yield "Wished part of the day", enrollment.wished_part.value.capitalize()
    if enrollment.unavailabilities:
        yield (
            "Cannot come",
            rules.times_words(enrollment.unavailabilities),
        )


def _places_of(
    enrollments: Sequence[Enrollment],
) -> dict[int, dict[tuple[int, date], rules.Place]]:
    enrolled = {each.id: Range(each.from_on, each.until_on) for each in enrollments}
    found: dict[int, dict[tuple[int, date], rules.Place]] = defaultdict(dict)
    rows = db.execute(
        select(RosterEntry.enrollment_id, RosterEntry.from_on, RosterEntry.until_on, Series)
        .join(Series, Series.id == RosterEntry.series_id)
        .where(RosterEntry.enrollment_id.in_(enrolled))
    )
    for enrollment_id, from_on, until_on, series in rows:
        days = common(Range(from_on, until_on), enrolled[enrollment_id])
        days = days and common(days, Range(series.from_on, series.until_on))
        if days is not None:
            group = f"{series.title}, {meets(series)}"
            place = rules.Place(group, days.from_on, days.until_on)
            found[enrollment_id][series.id, from_on] = place
    return found


def _weeks_of(ids: list[int], *, now: datetime) -> dict[int, dict[date, rules.WeekPicture]]:
    found: dict[int, dict[date, rules.WeekPicture]] = defaultdict(dict)
    this = home(now).week
    for person, week in hours.weeks_of(ids, now=now, first=this - BEHIND, last=this + AHEAD):
        found[person.enrollment_id][week.week] = rules.WeekPicture(
            week=week.week,
            label=f"{week.week:%b} {week.week.day}",
            min=week.target.min_minutes,
            max=week.target.max_minutes,
            planned=week.balance.planned,
            delivered=week.balance.delivered,
            unconfirmed=week.balance.unconfirmed,
            upcoming=week.balance.upcoming,
            state=week.state.value,
        )
    return found


_MEETINGS = (
    select(
        Booking.enrollment_id,
        Session.id,
        Session.day,
        Session.starts_at,
        Session.ends_at,
        Session.title,
        Session.is_cancelled,
        Site.timezone,
    )
    .join(Session, Session.id == Booking.session_id)
    .join(Site, Site.id == Session.site_id)
)


def _meetings_of(ids: list[int]) -> dict[int, tuple[int, rules.Meeting]]:
    rows = db.execute(_MEETINGS.where(Booking.enrollment_id.in_(ids)))
    return {row.id: (row.enrollment_id, _meeting(row)) for row in rows}


def _cancelled(session_ids: Iterable[int]) -> frozenset[int]:
    found = select(Session.id).where(Session.id.in_(list(session_ids)), Session.is_cancelled)
    return frozenset(db.scalars(found))


def _meeting(row: AnyRow) -> rules.Meeting:
    zone = clock.zone(row.timezone)
    starts, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    return rules.Meeting(
        day=row.day,
        time=time_range(row.starts_at, row.ends_at, zone),
        title=row.title,
        weekday=row.day.weekday(),
        first=minute_of(starts),
        last=minute_of(ends),
        is_held=not row.is_cancelled,
    )


def groups_of(program: Program, *, from_on: date, now: datetime) -> list[tuple[int, str]]:
    """The groups of a program that meet from a day on, with their times and seats, to choose."""
    running = [
        series
        for series in series_at(program.site_id, running_on=from_on)
        if series.program_id == program.id
    ]
    booked = most_booked([series.id for series in running], after=now)
    running.sort(key=lambda series: booked.get(series.id, 0) >= series.seats)  # full ones last
    return [
        (series.id, rules.group_words(series, booked=booked.get(series.id, 0)))
        for series in running
    ]


def clinicians() -> list[Staff]:
    """Staff who may be somebody's primary clinician, by name."""
    return [
        staff
        for staff, account in db.execute(
            select(Staff, Account)
            .join(Account, Account.id == Staff.account_id)
            .where(Account.is_active)
            .order_by(Staff.name)
        )
        if Role.CLINICIAN in account.roles
    ]
