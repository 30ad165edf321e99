"""What still needs a site, a room or a program: asked before it is deactivated or made smaller."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, func, or_, select

from clinic import clock
from clinic.db import AnyRow, db
from clinic.names import sort_key
from clinic.programs.models import Program, Room, Site
from clinic.schedule.models import Mode, Series, SeriesLeader, SeriesPlan, Session
from clinic.schedule.queries.series import is_plan_of


def of_site(site_id: int, *, today: date, now: datetime) -> dict[str, int]:
    """The titles of the groups of a site and of its coming sessions, with how many are coming."""
    return _uses(Series.site_id == site_id, Session.site_id == site_id, today, now)


def of_room(room_id: int, *, today: date, now: datetime) -> dict[str, int]:
    return _uses(_meets_in(room_id), Session.room_id == room_id, today, now)


def gone_from(session_id: int) -> list[str]:
    """The room, program and site of a session that are out of use: their names."""
    return [
        name
        for model, column in (
            (Room, Session.room_id),
            (Program, Session.program_id),
            (Site, Session.site_id),
        )
        for name in db.scalars(
            select(model.name)
            .join(Session, column == model.id)
            .where(Session.id == session_id, ~model.is_active)
        )
    ]


def most_seats_in(room_id: int, *, today: date, now: datetime) -> tuple[str, int] | None:
    """Title and seats of the largest group or coming session that meets in a room."""
    in_person = Session.mode == Mode.IN_PERSON
    found = [
        db.execute(statement.order_by(seats.desc(), title).limit(1)).one_or_none()
        for title, seats, statement in (
            (
                Series.title,
                SeriesPlan.seats,
                select(Series.title, SeriesPlan.seats)
                .join(SeriesPlan, is_plan_of(Series.id))
                .where(
                    SeriesPlan.room_id == room_id, SeriesPlan.mode == Mode.IN_PERSON, _runs(today)
                ),
            ),
            (
                Session.title,
                Session.seats,
                select(Session.title, Session.seats).where(
                    Session.room_id == room_id, in_person, _is_coming(now)
                ),
            ),
        )
    ]
    largest = max((row for row in found if row), key=lambda row: row.seats, default=None)
    return (largest.title, largest.seats) if largest else None


def planned_in(program_ids: Collection[int], *, now: datetime) -> list[AnyRow]:
    """The groups of some programs that still meet, by title: for how many they are planned from
    now on, with how many leaders."""
    led = select(func.count()).where(SeriesLeader.plan_id == SeriesPlan.id).scalar_subquery()
    rows = db.execute(
        select(
            Series.id,
            Series.title,
            Series.until_on,
            SeriesPlan.kind,
            SeriesPlan.seats,
            led.label("leaders"),
            Program.population,
            Site.timezone,
        )
        .select_from(Series)
        .join(SeriesPlan, is_plan_of(Series.id))
        .join(Program, Program.id == Series.program_id)
        .join(Site, Site.id == Series.site_id)
        .where(Series.program_id.in_(program_ids))
    )
    meet = [row for row in rows if row.until_on is None or row.until_on >= _day(row, now)]
    return sorted(meet, key=lambda row: (sort_key(row.title), row.id))


def _day(row: AnyRow, now: datetime) -> date:
    return clock.day_of(now, clock.zone(row.timezone))


def of_program(
    program_id: int, *, but: Collection[str] = (), today: date, now: datetime
) -> dict[str, int]:
    """Leave out the groups and one-off sessions with the keys `but`."""
    left_out = select(Series.id).where(Series.key.in_(but))
    return _uses(
        (Series.program_id == program_id) & Series.key.not_in(but),
        (Session.program_id == program_id)
        & func.coalesce(Session.key, "").not_in(but)
        & func.coalesce(Session.series_id, 0).not_in(left_out),
        today,
        now,
    )


def _meets_in(room_id: int) -> ColumnElement[bool]:
    return exists().where(is_plan_of(Series.id), SeriesPlan.room_id == room_id)


def _runs(today: date) -> ColumnElement[bool]:
    return or_(Series.until_on.is_(None), Series.until_on >= today)


def _is_coming(now: datetime) -> ColumnElement[bool]:
    return (Session.ends_at > now) & ~Session.is_cancelled


def _uses(
    series: ColumnElement[bool], sessions: ColumnElement[bool], today: date, now: datetime
) -> dict[str, int]:
    numbers: dict[str, int] = defaultdict(int)
    for title in db.scalars(select(Series.title).where(series, _runs(today))):
        numbers[title] += 0
    coming = select(Session.title, func.count()).where(sessions, _is_coming(now))
    for title, number in db.execute(coming.group_by(Session.title)):
        numbers[title] += number
    return {title: numbers[title] for title in sorted(numbers, key=sort_key)}
