from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from clinic.attendance.rules.words import KINDS
from clinic.db import db
from clinic.desk.queries.people import RUNNING
from clinic.desk.rules import lives
from clinic.enrollment.models import Enrollment
from clinic.enrollment.rules import ending_words, is_away, status_on, target_in_words, target_words
from clinic.formats import day_numeric, duration, time_range
from clinic.hours import queries as hours
from clinic.hours.rules import FLAG_WORDS
from clinic.programs.models import Program
from clinic.programs.queries import home
from clinic.programs.rules import LEVELS
from clinic.schedule.models import RosterEntry, Series
from clinic.schedule.queries.rosters import roster_of
from clinic.schedule.queries.series import most_booked, series_at
from clinic.schedule.rules.words import meets, period, seats_words

SHOWN_WEEKS = timedelta(weeks=11)
AHEAD = timedelta(weeks=3)
BEHIND = timedelta(weeks=8)
SHOWN_SESSIONS = 12


class Group(NamedTuple):
    """A place on a group's roster."""

    entry_id: int
    title: str
    when: str
    period: str
    seats: str
    series_id: int


class Week(NamedTuple):
    """An enrollment's week, in minutes."""

    label: str
    state: str
    min: int
    max: int
    planned: int
    delivered: int
    unconfirmed: int
    upcoming: int
    missing: int
    flags: list[str]  # what stands beside the state


class EnrollmentCard(NamedTuple):
    id: int
    program: str
    level: str
    period: str
    status: str
    clinician: str
    target: str
    can_manage: bool
    today: date
    week: Week | None
    weeks: list[Week]
    groups: list[Group]
    choices: list[tuple[Any, str]]  # groups to put them on


class Visit(NamedTuple):
    """A session of theirs, coming or past."""

    day: date
    time: str
    title: str
    room: str
    status: str
    label: str
    delivered: str


class Dated(NamedTuple):
    """A target or a leave, with the days it is for."""

    id: int
    words: str
    note: str


class Life(NamedTuple):
    """An enrollment with all that can be changed about it."""

    id: int
    participant_id: int
    name: str
    program: str
    level: str
    period: str
    status: str
    has_begun: bool
    has_ended: bool  # or it is settled how it will
    ending: str
    planned_end: str
    targets: list[Dated]  # the first cannot be withdrawn
    leaves: list[Dated]
    transition_weeks: str
    clinician: str
    wished_part: str
    unavailable: str


def life_of(enrollment: Enrollment, *, now: datetime) -> Life:
    today = enrollment.program.site.today(now)
    return Life(
        id=enrollment.id,
        participant_id=enrollment.participant_id,
        name=enrollment.participant.name,
        program=enrollment.program.name,
        level=LEVELS[enrollment.program.level],
        period=period(enrollment.from_on, enrollment.until_on),
        status=_status(enrollment, today),
        has_begun=enrollment.from_on <= today,
        has_ended=enrollment.outcome is not None,
        ending=ending_words(enrollment.outcome, enrollment.end_reason)
        if enrollment.outcome
        else "",
        planned_end=day_numeric(enrollment.until_on) if enrollment.until_on else "",
        targets=[
            Dated(
                target.id,
                target_in_words(target.min_minutes, target.max_minutes, target.min_service_days),
                f"from {day_numeric(target.from_on)}",
            )
            for target in enrollment.targets
        ],
        leaves=[
            Dated(leave.id, period(leave.from_on, leave.until_on), leave.reason or "")
            for leave in enrollment.leaves
        ],
        transition_weeks=", ".join(
            f"week of {day_numeric(each.week)}" for each in enrollment.transition_weeks
        ),
        clinician=enrollment.clinician.name if enrollment.clinician else "",
        wished_part=enrollment.wished_part.value.capitalize() if enrollment.wished_part else "",
        unavailable=lives.times_words(
            (one.weekday, one.from_minute, one.until_minute) for one in enrollment.unavailabilities
        ),
    )


def lived_by(participant_id: int) -> Sequence[Enrollment]:
    """All enrollments of somebody with their targets, leave and transition weeks, latest first."""
    return db.scalars(
        select(Enrollment)
        .where(Enrollment.participant_id == participant_id)
        .options(
            joinedload(Enrollment.program).joinedload(Program.site),
            joinedload(Enrollment.clinician),
            selectinload(Enrollment.targets),
            selectinload(Enrollment.leaves),
            selectinload(Enrollment.transition_weeks),
        )
        .order_by(Enrollment.from_on.desc(), Enrollment.id.desc())
    ).all()


def cards_of(
    enrollments: Sequence[Enrollment],
    *,
    with_topics: bool,
    with_hours: bool,
    to_manage: bool,
    now: datetime,
) -> list[EnrollmentCard]:
    """These enrollments with their weeks and groups, for whoever may manage them with choices."""
    ids = [enrollment.id for enrollment in enrollments]
    weeks = _weeks_of(enrollments, now=now) if with_hours else {}
    entries = _entries_of(ids)
    booked = most_booked(
        {entry.series_id for each in entries.values() for entry in each}, after=now
    )
    running_series: dict[int, Sequence[Series]] = {}
    cards = []
    for enrollment in enrollments:
        today = enrollment.program.site.today(now)
        status = _status(enrollment, today)
        can_manage = to_manage and (status in RUNNING or status == "planned")
        site_id = enrollment.program.site_id
        if can_manage and site_id not in running_series:
            running_series[site_id] = series_at(site_id, running_on=today)
        current = [entry for entry in entries[enrollment.id] if not _is_over(entry, today)]
        theirs = weeks.get(enrollment.id, [])
        target = next(
            (one for one in reversed(enrollment.targets) if one.from_on <= today),
            enrollment.targets[0],
        )
        cards.append(
            EnrollmentCard(
                id=enrollment.id,
                program=enrollment.program.name,
                level=LEVELS[enrollment.program.level],
                period=period(enrollment.from_on, enrollment.until_on),
                status=status,
                clinician=enrollment.clinician.name if enrollment.clinician else "",
                target=target_words(target.min_minutes, target.max_minutes),
                can_manage=can_manage,
                today=today,
                week=_week(theirs[-1]) if theirs and status in RUNNING else None,
                weeks=[_week(week) for week in theirs],
                groups=[_group(entry, booked, with_topics=with_topics) for entry in current],
                choices=_choices(enrollment, running_series[site_id], current)
                if can_manage
                else [],
            )
        )
    return cards


def _status(enrollment: Enrollment, today: date) -> str:
    return status_on(
        today,
        from_on=enrollment.from_on,
        until_on=enrollment.until_on,
        outcome=enrollment.outcome,
        is_on_leave=is_away(enrollment.leaves, today),
    )


def _weeks_of(
    enrollments: Sequence[Enrollment], *, now: datetime
) -> dict[int, list[hours.EnrollmentWeek]]:
    found: dict[int, list[hours.EnrollmentWeek]] = defaultdict(list)
    if enrollments:
        this = home(now).week
        ids = [enrollment.id for enrollment in enrollments]
        for week in hours.weeks_of(ids, now=now, first=this - SHOWN_WEEKS, last=this):
            found[week.person.enrollment_id].append(week)
    return found


def _week(each: hours.EnrollmentWeek) -> Week:
    judged = each.hours
    return Week(
        label=f"{judged.week:%b} {judged.week.day}",
        state=judged.state.value,
        min=judged.target.min_minutes,
        max=judged.target.max_minutes,
        planned=judged.balance.planned,
        delivered=judged.balance.delivered,
        unconfirmed=judged.balance.unconfirmed,
        upcoming=judged.balance.upcoming,
        missing=judged.missing,
        flags=[FLAG_WORDS[flag] for flag in judged.flags],
    )


def _entries_of(enrollment_ids: Collection[int]) -> dict[int, list[RosterEntry]]:
    found: dict[int, list[RosterEntry]] = defaultdict(list)
    for entry in roster_of(enrollment_ids):
        found[entry.enrollment_id].append(entry)
    return found


def _is_over(entry: RosterEntry, today: date) -> bool:
    ends = [day for day in (entry.until_on, entry.series.until_on) if day is not None]
    return bool(ends) and min(ends) < today


def _group(entry: RosterEntry, booked: dict[int, int], *, with_topics: bool) -> Group:
    series = entry.series
    return Group(
        entry_id=entry.id,
        title=series.title if with_topics else KINDS[series.kind],
        when=meets(series),
        period=period(entry.from_on, entry.until_on),
        seats=seats_words(booked.get(series.id, 0), series.seats),
        series_id=series.id,
    )


def _choices(
    enrollment: Enrollment, running: Sequence[Series], current: Sequence[RosterEntry]
) -> list[tuple[Any, str]]:
    """Groups that somebody is not on, those of their own program first."""
    on_already = {entry.series_id for entry in current}
    others = [series for series in running if series.id not in on_already]
    own = [series for series in others if series.program_id == enrollment.program_id]
    rest = [series for series in others if series.program_id != enrollment.program_id]
    return [
        ("", "Choose…"),
        *((series.id, f"{series.title}, {meets(series)}") for series in [*own, *rest]),
    ]


def groups_for(enrollment: Enrollment, *, now: datetime) -> list[tuple[Any, str]]:
    """The groups that an enrollment can be put on, as choices of a form."""
    today = enrollment.program.site.today(now)
    current = [entry for entry in roster_of([enrollment.id]) if not _is_over(entry, today)]
    running = series_at(enrollment.program.site_id, running_on=today)
    return _choices(enrollment, running, current)


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
        (series.id, lives.group_words(series, booked=booked.get(series.id, 0)))
        for series in running
    ]


def visits_of(
    enrollments: Sequence[Enrollment], *, with_topics: bool, now: datetime
) -> tuple[list[Visit], list[Visit]]:
    """The next sessions of these enrollments, the nearest first, and past ones, latest first."""
    ids = [enrollment.id for enrollment in enrollments]
    today = now.date()
    visits = hours.visits_of(ids, today - BEHIND, today + AHEAD)
    coming = [visit for visit in visits if visit.ends_at > now]
    past = [visit for visit in reversed(visits) if visit.ends_at <= now]
    return (
        [_visit(visit, with_topics=with_topics) for visit in coming[:SHOWN_SESSIONS]],
        [_visit(visit, with_topics=with_topics) for visit in past[:SHOWN_SESSIONS]],
    )


def _visit(visit: hours.Visit, *, with_topics: bool) -> Visit:
    return Visit(
        day=visit.day,
        time=time_range(visit.starts_at, visit.ends_at, visit.zone),
        title=visit.title if with_topics else KINDS[visit.kind],
        room=visit.room,
        status=visit.status,
        label=visit.label,
        delivered=duration(visit.delivered) if visit.delivered else "",
    )
