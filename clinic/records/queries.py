from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import joinedload, selectinload

from clinic import clock
from clinic.accounts.models import Staff
from clinic.authorizations.queries import Approvals, approvals_of
from clinic.bookings.queries import RECORDED_BY
from clinic.days import WEEK, Range
from clinic.db import AnyRow, db
from clinic.enrollment.models import Amendment, Enrollment, Leave, Outcome
from clinic.enrollment.rules import Standing, standing
from clinic.hours.queries import weeks_of
from clinic.hours.rules import WeekOf
from clinic.names import sort_key
from clinic.paging import PAGE, Paging, paging_of
from clinic.programs.models import Program, Site
from clinic.programs.queries import Clinic, Programs
from clinic.records import rules
from clinic.schedule.models import (
    Booking,
    RosterEntry,
    Series,
    SeriesLeader,
    SeriesPlan,
    Session,
    Status,
)
from clinic.schedule.queries.bookings import bookings_of, bookings_until, numbers_until
from clinic.schedule.queries.people import in_scope
from clinic.schedule.queries.rosters import roster_of
from clinic.schedule.queries.series import is_plan_of, series_of_leader
from clinic.schedule.queries.staff import lead_of
from clinic.schedule.rules.words import led_name

WEEKS_BACK = 11  # before this one, that a participant's page shows
AHEAD = timedelta(weeks=3)
BEHIND = timedelta(weeks=8)
SHOWN_SESSIONS = 8


def authorizations_of(
    enrollments: Sequence[Enrollment], clinic: Clinic, *, now: datetime
) -> dict[int, Approvals]:
    """Enrollment id to its authorizations and certifications, of all that run or have any."""
    found = zip(enrollments, approvals_of(enrollments, clinic, now=now), strict=True)
    return {
        each.id: theirs
        for each, theirs in found
        if theirs.outlook.reaches
        or theirs.certifications
        or not standing(each, each.program.site.today(now)).is_over
    }


class _Dated(NamedTuple):
    """What the standing of an enrollment follows from."""

    from_on: date
    until_on: date | None
    outcome: Outcome | None
    leaves: list["_Away"]


class _Away(NamedTuple):
    days: Range


_SHOWN = (
    select(
        Enrollment.id,
        Enrollment.participant_id,
        Enrollment.from_on,
        Enrollment.until_on,
        Enrollment.outcome,
        Program.key.label("program_key"),
        Program.name.label("program"),
        Enrollment.clinician_id,
        Staff.name.label("clinician"),
        Site.timezone,
        Leave.from_on.label("away_from"),
        Leave.until_on.label("away_until"),
    )
    .join(Program, Program.id == Enrollment.program_id)
    .join(Site, Site.id == Program.site_id)
    .outerjoin(Staff, Staff.id == Enrollment.clinician_id)
    .outerjoin(Leave, Leave.enrollment_id == Enrollment.id)
    .order_by(Enrollment.from_on.desc(), Enrollment.id.desc())
)


def shown_of(
    participant_ids: Collection[int] | None, scope: int | None, *, now: datetime
) -> dict[int, list[rules.Shown]]:
    """Participant id to the enrollments that run, or else to the latest, the latest first.

    `participant_ids` of a page of the list, or None for all whom somebody may know of.
    """
    statement = _SHOWN
    if participant_ids is not None:
        statement = statement.where(Enrollment.participant_id.in_(participant_ids))
    elif scope is not None:
        known = select(Enrollment.participant_id).where(in_scope(scope))
        statement = statement.where(Enrollment.participant_id.in_(known))
    rows: dict[int, AnyRow] = {}
    away: dict[int, list[_Away]] = defaultdict(list)
    for row in db.execute(statement):
        rows.setdefault(row.id, row)
        if row.away_from is not None:
            away[row.id].append(_Away(Range(row.away_from, row.away_until)))
    found: dict[int, list[rules.Shown]] = defaultdict(list)
    for row in rows.values():
        found[row.participant_id].append(_shown(row, away[row.id], now))
    return {
        participant_id: [each for each in theirs if each.standing.is_running] or theirs[:1]
        for participant_id, theirs in found.items()
    }


def _shown(row: AnyRow, away: list[_Away], now: datetime) -> rules.Shown:
    dated: Any = _Dated(row.from_on, row.until_on, row.outcome, away)
    today = clock.day_of(now, clock.zone(row.timezone))
    stands = standing(dated, today)
    days, leaves = Range(row.from_on, row.until_on), [each.days for each in away]
    since = rules.since_words(stands, days, leaves, today=today)
    program, clinician = (row.program_key, row.program), (row.clinician_id, row.clinician)
    return rules.Shown(row.id, row.participant_id, *program, *clinician, stands, since)


def weeks_shown(shown: Iterable[rules.Shown], *, this: date, now: datetime) -> dict[int, WeekOf]:
    """Enrollment id to this week, by its first day, of those that run."""
    running = [each.id for each in shown if each.standing.is_running]
    weeks = weeks_of(running, now=now, first=this, last=this) if running else []
    return {each.enrollment_id: each.hours for each in weeks}


def offers_of(scope: int | None) -> Sequence[AnyRow]:
    """The programs and clinicians that the list can be narrowed down to, as `Shown` calls them."""
    statement = (
        select(
            Program.key.label("program_key"),
            Program.name.label("program"),
            Enrollment.clinician_id,
            Staff.name.label("clinician"),
        )
        .select_from(Enrollment)
        .join(Program, Program.id == Enrollment.program_id)
        .outerjoin(Staff, Staff.id == Enrollment.clinician_id)
        .distinct()
    )
    return db.execute(statement if scope is None else statement.where(in_scope(scope))).all()


def current(enrollments: Iterable[Enrollment], *, now: datetime) -> list[Enrollment]:
    """Those of these enrollments that are not over, whichever runs before what is to come."""
    open_ones = [each for each in enrollments if not _standing(each, now).is_over]
    return sorted(open_ones, key=lambda each: not _is_running(each, now))


def this_week(
    enrollments: Iterable[Enrollment], weeks: Mapping[int, Sequence[WeekOf]], *, now: datetime
) -> list[tuple[Enrollment, WeekOf]]:
    """The enrollments that run with this week, the last of theirs."""
    return [
        (each, weeks[each.id][-1])
        for each in enrollments
        if each.id in weeks and _is_running(each, now)
    ]


def weeks_now(
    enrollments: Iterable[Enrollment],
    *,
    this: date,
    now: datetime,
    programs: Programs | None = None,
) -> dict[int, WeekOf]:
    """Enrollment id to this week, by its first day, of those that run."""
    running = [each for each in enrollments if _is_running(each, now)]
    weeks = weeks_so_far(running, this=this, now=now, back=0, programs=programs)
    return {enrollment_id: week for enrollment_id, (week,) in weeks.items()}


def weeks_so_far(
    enrollments: Sequence[Enrollment],
    *,
    this: date,
    now: datetime,
    back: int = WEEKS_BACK,
    programs: Programs | None = None,
) -> dict[int, list[WeekOf]]:
    """Enrollment id to its last weeks, up to this one, by its first day."""
    found: dict[int, list[WeekOf]] = defaultdict(list)
    if enrollments:
        ids = [enrollment.id for enrollment in enrollments]
        first = this - back * WEEK
        for each in weeks_of(ids, now=now, first=first, last=this, programs=programs):
            found[each.enrollment_id].append(each.hours)
    return found


def _is_running(enrollment: Enrollment, now: datetime) -> bool:
    return _standing(enrollment, now).is_running


def _standing(enrollment: Enrollment, now: datetime) -> Standing:
    return standing(enrollment, enrollment.program.site.today(now))


def lived_by(participant_id: int) -> Sequence[Enrollment]:
    """All enrollments of somebody with all that is dated, the latest first."""
    found = db.scalars(
        select(Enrollment)
        .where(Enrollment.participant_id == participant_id)
        .options(
            joinedload(Enrollment.program).joinedload(Program.site),
            joinedload(Enrollment.clinician),
            joinedload(Enrollment.targets),  # of these somebody has few
            joinedload(Enrollment.leaves),
            joinedload(Enrollment.transition_weeks),
            selectinload(Enrollment.unavailabilities),
        )
        .order_by(Enrollment.from_on.desc(), Enrollment.id.desc())
    )
    return found.unique().all()


def places_of(enrollments: Sequence[Enrollment], *, now: datetime) -> dict[int, list[RosterEntry]]:
    """Enrollment id to its places on groups that are not over, by first day."""
    today = {each.id: each.program.site.today(now) for each in enrollments}
    found: dict[int, list[RosterEntry]] = defaultdict(list)
    for entry in roster_of(today):
        ends = [day for day in (entry.until_on, entry.series.until_on) if day is not None]
        if not ends or min(ends) >= today[entry.enrollment_id]:
            found[entry.enrollment_id].append(entry)
    return found


def managed(
    enrollments: Sequence[Enrollment],
    places: Mapping[int, Sequence[RosterEntry]],
    scope: int | None,
) -> tuple[set[int], set[int]]:
    """The enrollments that somebody may put on a group, and the places they may end or move.

    `scope` is whose groups and caseload they manage rosters of.
    """
    led = {} if scope is None else series_of_leader(scope)
    all_of = {each.id for each in enrollments if scope in (None, each.clinician_id)}
    some_of = {each.id for each in enrollments if each.program.site_id in led.values()}
    return all_of | some_of, {
        entry.id
        for one in places.values()
        for entry in one
        if entry.enrollment_id in all_of or entry.series_id in led
    }


class Visits(NamedTuple):
    """Somebody's sessions that are near, each with its `lead`: all by start, today's, the next
    after today, and past ones, the latest first; and where they are to be next, or now, as
    `next_of` has it, if that is near."""

    all: Sequence[AnyRow]
    today: Sequence[AnyRow]
    coming: Sequence[AnyRow]
    past: Sequence[AnyRow]
    due: AnyRow | None


def visits_of(enrollments: Sequence[Enrollment], *, today: date, now: datetime) -> Visits:
    """The sessions of these enrollments that are near, each by the day where it is."""
    rows = bookings_of(
        [each.id for each in enrollments], today - BEHIND, today + AHEAD, more=[lead_of()]
    )
    days = {row.booking_id: clock.day_of(now, clock.zone(row.timezone)) for row in rows}
    return Visits(
        all=rows,
        today=[row for row in rows if row.day == days[row.booking_id]],
        coming=[row for row in rows if row.day > days[row.booking_id]][:SHOWN_SESSIONS],
        past=[row for row in reversed(rows) if row.ends_at <= now][:SHOWN_SESSIONS],
        due=next((row for row in rows if rules.is_due(row, now)), None),
    )


OF_A_PERIOD = 200  # rows on a page of a period: a month is never cut, on paper either
ALONE = "alone"  # stands for the sessions of no group
CANCELLED = "cancelled"  # stands for the sessions that did not take place


class Asked(NamedTuple):
    """Which of somebody's attendance is asked for; what is empty limits nothing."""

    from_on: date | None = None
    until_on: date | None = None
    group: str = ""
    status: str = ""


def attendance_of(
    enrollment_ids: Collection[int], asked: Asked, *, page: int, now: datetime
) -> tuple[Sequence[AnyRow], Paging, Counter[str]]:
    """A page of what was asked for, the latest first; and of each status how many there are in
    that time and group. Raises `NotFound` beyond the last page."""
    within = [*_in_time(asked), *_in_group(asked.group)]
    by_status = numbers_until(enrollment_ids, now, within)
    numbers = Counter({status or CANCELLED: number for status, number in by_status.items()})
    total = numbers[asked.status] if asked.status else numbers.total()
    most = PAGE if asked.from_on is None else OF_A_PERIOD
    paging = paging_of(total, page=page, most=most)
    only = [*within, *_with_status(asked.status)]
    first = (page - 1) * most
    return (
        bookings_until(enrollment_ids, now, only, more=[RECORDED_BY], first=first, most=most),
        paging,
        numbers,
    )


def _in_time(asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.from_on is not None:
        yield Session.day >= asked.from_on
    if asked.until_on is not None:
        yield Session.day <= asked.until_on


def _in_group(group: str) -> Iterator[ColumnElement[bool]]:
    if group:
        yield Session.series_id.is_(None) if group == ALONE else Session.series_id == int(group)


def _with_status(status: str) -> Iterator[ColumnElement[bool]]:
    if status:
        yield Session.is_cancelled.is_(status == CANCELLED)
    if status and status != CANCELLED:
        yield Booking.status == Status(status)


def groups_attended(enrollment_ids: Collection[int]) -> list[tuple[str, str]]:
    """The groups of which these enrollments were ever on a session, to choose, by name."""
    rows = db.execute(
        select(Series.id, Series.title, SeriesPlan.kind, Staff.name.label("lead"))
        .select_from(Booking)
        .join(Session, Session.id == Booking.session_id)
        .outerjoin(Series, Series.id == Session.series_id)
        .outerjoin(SeriesPlan, is_plan_of(Series.id))
        .outerjoin(
            SeriesLeader,
            and_(SeriesLeader.plan_id == SeriesPlan.id, SeriesLeader.position == 0),
        )
        .outerjoin(Staff, Staff.id == SeriesLeader.staff_id)
        .where(Booking.enrollment_id.in_(enrollment_ids))
        .distinct()
    ).all()
    groups = [(str(row.id), led_name(row)) for row in rows if row.id]
    alone = [(ALONE, "No group")] if len(groups) < len(rows) else []
    return [*sorted(groups, key=lambda one: (sort_key(one[1]), int(one[0]))), *alone]


def story_of(
    enrollments: Sequence[Enrollment], *, with_reasons: bool, now: datetime
) -> rules.Story | None:
    """The timeline of these enrollments, which are one person's and come with all their days.

    Reasons are for those who care for people, and for who checks them.
    """
    if not enrollments:
        return None
    today = enrollments[0].program.site.today(now)
    amendments = _amendments_of(enrollments)
    return rules.story(enrollments, amendments, today=today, with_reasons=with_reasons)


def _amendments_of(enrollments: Collection[Enrollment]) -> dict[int, list[AnyRow]]:
    """Enrollment id to the acts that reached back into weeks that were over."""
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in db.execute(
        select(
            Amendment.id,
            Amendment.enrollment_id,
            Amendment.made_at,
            Amendment.verb,
            Amendment.reason,
            Staff.name.label("by"),
        )
        .outerjoin(Staff, Staff.account_id == Amendment.account_id)
        .where(Amendment.enrollment_id.in_([each.id for each in enrollments]))
        .order_by(Amendment.made_at, Amendment.id)
    ):
        found[row.enrollment_id].append(row)
    return found
