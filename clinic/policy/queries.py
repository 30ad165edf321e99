from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Select, Subquery, and_, false, func, or_, select

from clinic.days import Range
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.enrollment.rules import episodes
from clinic.names import sort_key
from clinic.participants.models import Participant
from clinic.policy import rules
from clinic.policy.rules import Counters, Mark
from clinic.programs.models import Organization, Program
from clinic.programs.queries import find_organization
from clinic.schedule.models import Booking, Session, Status
from clinic.schedule.queries.people import in_scope


class Alerted(NamedTuple):
    """Somebody whose misses call for a word."""

    participant_id: int
    name: str
    preferred_name: str | None
    program: str
    last_missed_on: date
    alerts: list[str]  # in words


def alerts_on(
    today: date, *, now: datetime, site_id: int | None = None, scope: int | None = None
) -> list[Alerted]:
    """Everybody enrolled on a day whose misses have reached a limit of the policy, by name."""
    chosen = [
        Enrollment.from_on <= today,
        or_(Enrollment.until_on.is_(None), Enrollment.until_on >= today),
    ]
    if site_id is not None:
        at_site = select(Program.id).where(Program.site_id == site_id)
        chosen.append(Enrollment.program_id.in_(at_site))
    if scope is not None:
        chosen.append(in_scope(scope))
    found = _alerted(and_(*chosen), today, now)
    return sorted(found, key=lambda each: (sort_key(each.name), each.participant_id))


def alerts_of(
    participant_ids: Collection[int], *, today: date, now: datetime
) -> dict[int, list[str]]:
    """Participant id to the alerts of those of these people who have any, in words."""
    if not participant_ids:
        return {}
    found = _alerted(Enrollment.participant_id.in_(participant_ids), today, now)
    return {each.participant_id: each.alerts for each in found}


class Counted(NamedTuple):
    """How somebody came in their episode of care, and how near they are to each limit."""

    since: date
    counters: Counters
    limits: list[str]  # in words


def counters_of(
    enrollments: Sequence[Enrollment], policy: Organization, *, today: date, now: datetime
) -> Counted | None:
    """The counters of somebody's episode of care, of these enrollments, that runs on a day."""
    episode = episode_on(enrollments, today)
    if episode is None:
        return None
    rows = db.execute(
        select(Session.day, Session.starts_at, Booking.status)
        .join(Booking, Booking.session_id == Session.id)
        .where(
            Booking.enrollment_id.in_([each.id for each in episode]),
            Booking.status != Status.EXPECTED,
            Session.starts_at <= now,
            ~Session.is_cancelled,
        )
        .order_by(Session.starts_at, Session.id)
    )
    marks, since = [Mark(*row) for row in rows], episode[0].from_on
    misses = rules.misses_of(marks, policy, since=since, today=today)
    numbers = Counter(mark.status for mark in marks)
    return Counted(since, rules.counters(numbers), rules.limit_words(misses, policy))


def _alerted(chosen: ColumnElement[bool], today: date, now: datetime) -> Iterator[Alerted]:
    policy = find_organization()
    if policy is None or not rules.asks(policy):
        return
    rows_of: dict[int, list[AnyRow]] = defaultdict(list)
    for row in _rows(chosen, policy, now):
        rows_of[row.participant_id].append(row)
    for participant_id, rows in rows_of.items():
        episode = episode_on(rows, today)
        marks = _marks(rows)
        if episode is None or not marks:
            continue
        raised = rules.raised(marks, policy, since=episode[0].from_on, today=today)
        if raised:
            latest = episode[-1]
            yield Alerted(
                participant_id,
                latest.name,
                latest.preferred_name,
                latest.program,
                max(mark.day for mark in marks if mark.status in rules.MISSES),
                [rules.alert_words(*one, policy) for one in raised.items()],
            )


def _rows(chosen: ColumnElement[bool], policy: Organization, now: datetime) -> list[AnyRow]:
    """A row for each miss in the enrollments of these people, and one for each without any.

    When somebody was last present is only looked up for those with misses enough for a row.
    """
    people = select(Enrollment.participant_id).where(chosen).correlate(None)
    missed = _missed_by(people)
    last_present = _last_present(missed, policy, now)
    return list(
        db.execute(
            select(
                Enrollment.id,
                Enrollment.participant_id,
                Enrollment.from_on,
                Enrollment.until_on,
                Enrollment.outcome,
                Enrollment.continues_id,
                Participant.name,
                Participant.preferred_name,
                Program.name.label("program"),
                last_present.c.day.label("present_on"),
                last_present.c.starts_at.label("present_at"),
                missed.c.status,
                missed.c.day,
                missed.c.starts_at.label("missed_at"),
            )
            .join(Participant, Participant.id == Enrollment.participant_id)
            .join(Program, Program.id == Enrollment.program_id)
            .outerjoin(last_present, last_present.c.enrollment_id == Enrollment.id)
            .outerjoin(missed, missed.c.enrollment_id == Enrollment.id)
            .where(Enrollment.participant_id.in_(people))
            .order_by(Enrollment.from_on, Enrollment.id)
        )
    )


def _missed_by(people: Select[int]) -> CTE:
    theirs = select(Enrollment.id).where(Enrollment.participant_id.in_(people))
    return (
        select(Booking.enrollment_id, Booking.status, Session.day, Session.starts_at)
        .join(Session, Session.id == Booking.session_id)
        .where(
            Booking.enrollment_id.in_(theirs),
            Booking.status.in_(rules.MISSES),
            ~Session.is_cancelled,
        )
        .cte("missed")
    )


def _last_present(missed: CTE, policy: Organization, now: datetime) -> Subquery:
    """When somebody was last present in each enrollment, of those who missed often enough.

    Whoever has checked in to what has not begun is not present there yet.
    """
    missing = (
        select(Enrollment.participant_id)
        .join(missed, missed.c.enrollment_id == Enrollment.id)
        .group_by(Enrollment.participant_id)
        .having(func.count() >= (policy.alert_in_a_row or 0))
    )
    asked = select(Enrollment.id).where(
        Enrollment.participant_id.in_(missing) if policy.alert_in_a_row else false()
    )
    return (
        select(
            Booking.enrollment_id,
            func.max(Session.day).label("day"),
            func.max(Session.starts_at).label("starts_at"),
        )
        .join(Session, Session.id == Booking.session_id)
        .where(
            Booking.enrollment_id.in_(asked),
            Booking.status == Status.PRESENT,
            Session.starts_at <= now,
            ~Session.is_cancelled,
        )
        .group_by(Booking.enrollment_id)
        .subquery()
    )


def episode_on(rows: Iterable[Any], today: date) -> list[Any] | None:
    """The episode of care that runs on a day, the earliest enrollment first."""
    enrollments: list[Any] = list({row.id: row for row in rows}.values())
    running = (episode for episode in episodes(enrollments) if _runs(episode, today))
    return next(running, None)


def _runs(episode: list[Any], today: date) -> bool:
    return any(Range(each.from_on, each.until_on).covers(today) for each in episode)


def _marks(rows: list[AnyRow]) -> list[Mark]:
    """Every miss, and the last time that somebody was present in each enrollment."""
    misses = [Mark(row.day, row.missed_at, row.status) for row in rows if row.day is not None]
    last = {row.id: row for row in rows if row.present_at is not None}
    return misses and [
        *misses,
        *(Mark(row.present_on, row.present_at, Status.PRESENT) for row in last.values()),
    ]
