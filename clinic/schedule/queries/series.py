from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, joinedload

from clinic.accounts.models import Staff
from clinic.db import AnyRow, db
from clinic.errors import or_not_found
from clinic.names import folded, sort_key
from clinic.programs.models import Program, Room, Site
from clinic.schedule.models import Booking, Series, SeriesLeader, SeriesPlan, Session, Status
from clinic.schedule.queries.bookings import SEATS_TAKEN
from clinic.schedule.queries.staff import led_by
from clinic.schedule.rules.series import Attended
from clinic.schedule.rules.words import session_name

# Made once, as is the alias: making them anew takes longer than what they ask for.
_SERIES = select(Series).options(
    joinedload(Series.site),
    joinedload(Series.program),
    joinedload(Series.plans).joinedload(SeriesPlan.room),
    joinedload(Series.plans).selectinload(SeriesPlan.leaders).joinedload(SeriesLeader.staff),
)
_OTHER_PLAN = aliased(SeriesPlan)


def find_series(key: str) -> Series | None:
    return db.scalars(_SERIES.where(Series.key == key)).unique().one_or_none()


def get_series(series_id: int | None) -> Series:
    return or_not_found(db.scalars(_SERIES.where(Series.id == series_id)).unique().one_or_none())


def series_at(site_id: int, *, running_on: date) -> Sequence[Series]:
    """The series of a site that have not ended on a day, by title."""
    found = db.execute(
        _SERIES.join(SeriesPlan, is_plan_of(Series.id))
        .add_columns(SeriesPlan.starts)
        .where(
            Series.site_id == site_id,
            or_(Series.until_on.is_(None), Series.until_on >= running_on),
        )
    ).unique()
    by_title = sorted(found, key=lambda row: (sort_key(row[0].title), row.starts, row[0].id))
    return [series for series, _ in by_title]


def series_to_lay_out() -> Sequence[AnyRow]:
    """Those that may not reach as far as they should: id, until_on, laid_out_until, timezone."""
    reach = Series.laid_out_until
    return db.execute(
        select(Series.id, Series.until_on, reach, Site.timezone)
        .join(Site, Site.id == Series.site_id)
        .where(or_(reach.is_(None), Series.until_on.is_(None), reach < Series.until_on))
        .order_by(Series.id)
    ).all()


def is_plan_of(
    series_id: InstrumentedAttribute[Any], day: InstrumentedAttribute[Any] | None = None
) -> ColumnElement[bool]:
    """The condition that a plan is the one that a series had on a day, else the one it has now."""
    other = _OTHER_PLAN
    latest = select(func.max(other.from_on)).where(other.series_id == SeriesPlan.series_id)
    if day is not None:
        latest = latest.where(other.from_on <= day)
    own = latest.correlate_except(other).scalar_subquery()
    return (SeriesPlan.series_id == series_id) & (SeriesPlan.from_on == own)


def most_taken(series_ids: Collection[int], *, after: datetime) -> dict[int, int]:
    """Series id to the seats of its fullest coming session that somebody has or is offered."""
    per_session = (
        select(Session.series_id, SEATS_TAKEN.label("taken"))
        .where(Session.series_id.in_(series_ids), Session.starts_at > after, ~Session.is_cancelled)
        .subquery()
    )
    most = func.max(per_session.c.taken)
    rows = db.execute(select(per_session.c.series_id, most).group_by(per_session.c.series_id))
    return dict(rows.all())


def attended_since(
    series_ids: Collection[int], first: date, *, now: datetime
) -> dict[int, list[Attended]]:
    """Series id to how many came in each week from one on, of sessions that are over."""
    came = case((Booking.status == Status.PRESENT, 1), else_=0)
    found: dict[int, list[Attended]] = defaultdict(list)
    for series_id, *week in db.execute(
        select(Session.series_id, Session.week, func.sum(came), func.count())
        .join(Booking, Booking.session_id == Session.id)
        .where(
            Session.series_id.in_(series_ids),
            Session.week >= first,
            Session.ends_at <= now,
            ~Session.is_cancelled,
            Booking.status != Status.EXPECTED,
        )
        .group_by(Session.series_id, Session.week)
        .order_by(Session.series_id, Session.week)
    ):
        found[series_id].append(Attended._make(week))
    return found


def groups_found(scope: int | None, words: str = "") -> Sequence[AnyRow]:
    """Every series whose title, program, room or leader holds all the words, by title."""
    statement = (
        select(
            Series.id,
            Series.title,
            SeriesPlan.kind,
            SeriesPlan.mode,
            SeriesPlan.weekdays,
            SeriesPlan.starts,
            SeriesPlan.ends,
            SeriesPlan.every_weeks,
            SeriesPlan.seats,
            Series.from_on,
            Series.until_on,
            Program.key.label("program_key"),
            Program.name.label("program"),
            Room.name.label("room"),
            Site.name.label("site"),
            Site.key.label("site_key"),
            Site.id.label("site_id"),
            Site.timezone,
        )
        .select_from(Series)
        .join(SeriesPlan, is_plan_of(Series.id))
        .join(Program, Program.id == Series.program_id)
        .join(Site, Site.id == Series.site_id)
        .outerjoin(Room, Room.id == SeriesPlan.room_id)
    )
    if scope is not None:
        statement = statement.where(series_led_by(scope))
    rows = sorted(db.execute(statement), key=lambda row: (sort_key(row.title), row.starts, row.id))
    typed = folded(words).split()
    if not typed:
        return rows
    leaders = leaders_of_series([row.id for row in rows])
    return [row for row in rows if _mentions(row, leaders[row.id], typed)]


def _mentions(row: AnyRow, leaders: Sequence[str], words: Collection[str]) -> bool:
    text = folded(" ".join((session_name(row, leaders), row.program, row.room or "", *leaders)))
    return all(word in text for word in words)


def series_led_by(staff_id: int) -> ColumnElement[bool]:
    """The condition that a series is led or co-led by someone."""
    return exists().where(
        is_plan_of(Series.id),
        SeriesLeader.plan_id == SeriesPlan.id,
        SeriesLeader.staff_id == staff_id,
    )


def series_of_leader(staff_id: int) -> dict[int, int]:
    """The series that somebody leads or co-leads, each with its site."""
    rows = db.execute(select(Series.id, Series.site_id).where(series_led_by(staff_id)))
    return {row.id: row.site_id for row in rows}


def get_group(series_id: int, scope: int | None) -> Series:
    """A series that somebody may know of."""
    statement = _SERIES.where(Series.id == series_id)
    if scope is not None:
        statement = statement.where(series_led_by(scope))
    return or_not_found(db.scalars(statement).unique().one_or_none())


def leaders_of_series(series_ids: Collection[int]) -> dict[int, list[str]]:
    """Series id to the names of its leaders, the lead first."""
    found: dict[int, list[str]] = defaultdict(list)
    for series_id, leaders in who_leads(series_ids).items():
        found[series_id] = [name for _, name in leaders]
    return found


def who_leads(series_ids: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    """Series id to its leaders by id and name, the lead first."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for series_id, staff_id, name in db.execute(
        select(SeriesPlan.series_id, Staff.id, Staff.name)
        .join(SeriesLeader, SeriesLeader.plan_id == SeriesPlan.id)
        .join(Staff, Staff.id == SeriesLeader.staff_id)
        .where(SeriesPlan.series_id.in_(series_ids), is_plan_of(SeriesPlan.series_id))
        .order_by(SeriesPlan.series_id, SeriesLeader.position)
    ):
        found[series_id].append((staff_id, name))
    return found


def next_sessions(
    series_id: int, *, now: datetime, limit: int, scope: int | None = None
) -> Sequence[AnyRow]:
    """The coming sessions of a series with the seats taken in each; `is_theirs` are those that
    somebody leads."""
    return db.execute(
        select(
            Session.id,
            Session.day,
            Session.starts_at,
            Session.ends_at,
            Session.seats,
            Session.is_cancelled,
            Session.cancel_reason,
            Session.is_changed_by_hand,
            (literal(1) if scope is None else led_by(scope)).label("is_theirs"),
            Room.name.label("room"),
            SEATS_TAKEN.label("booked"),
        )
        .outerjoin(Room, Room.id == Session.room_id)
        .where(Session.series_id == series_id, Session.ends_at > now)
        .order_by(Session.starts_at, Session.id)
        .limit(limit)
    ).all()
