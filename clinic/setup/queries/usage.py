"""What still needs a site, a room or a program: asked before it is deactivated or made smaller."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select

from clinic.db import db
from clinic.enrollment.models import Enrollment
from clinic.programs.models import Program
from clinic.schedule.models import Mode, Series, Session
from clinic.setup.rules import Use


def of_site(site_id: int, *, today: date, now: datetime) -> list[Use]:
    """The groups and coming sessions of a site, by title."""
    return _uses(Series.site_id == site_id, Session.site_id == site_id, today, now)


def of_room(room_id: int, *, today: date, now: datetime) -> list[Use]:
    return _uses(Series.room_id == room_id, Session.room_id == room_id, today, now)


def programs_at(site_id: int) -> Sequence[str]:
    """The names of the programs that are offered at a site."""
    return db.scalars(
        select(Program.name)
        .where(Program.site_id == site_id, Program.is_active)
        .order_by(Program.name)
    ).all()


def most_seats_in(room_id: int, *, today: date, now: datetime) -> tuple[str, int] | None:
    """Title and seats of the largest group or coming session that meets in a room."""
    in_person = Session.mode == Mode.IN_PERSON
    found = [
        db.execute(statement.order_by(seats.desc(), title).limit(1)).one_or_none()
        for title, seats, statement in (
            (
                Series.title,
                Series.seats,
                select(Series.title, Series.seats).where(
                    Series.room_id == room_id, Series.mode == Mode.IN_PERSON, _runs(today)
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


def number_enrolled(program_id: int, *, today: date) -> int:
    """How many enrollments in a program run or are to begin."""
    return (
        db.scalar(
            select(func.count())
            .select_from(Enrollment)
            .where(
                Enrollment.program_id == program_id,
                or_(Enrollment.until_on.is_(None), Enrollment.until_on >= today),
            )
        )
        or 0
    )


def of_program(program_id: int, *, today: date, now: datetime) -> list[Use]:
    return _uses(Series.program_id == program_id, Session.program_id == program_id, today, now)


def _runs(today: date) -> ColumnElement[bool]:
    return or_(Series.until_on.is_(None), Series.until_on >= today)


def _is_coming(now: datetime) -> ColumnElement[bool]:
    return (Session.ends_at > now) & ~Session.is_cancelled


def _uses(
    series: ColumnElement[bool], sessions: ColumnElement[bool], today: date, now: datetime
) -> list[Use]:
    numbers: dict[str, int] = defaultdict(int)
    for title in db.scalars(select(Series.title).where(series, _runs(today))):
        numbers[title] += 0
    coming = select(Session.title, func.count()).where(sessions, _is_coming(now))
    for title, number in db.execute(coming.group_by(Session.title)):
        numbers[title] += number
    return [Use(title, number) for title, number in sorted(numbers.items())]
