"""A list of any length takes the same number of statements."""

from contextlib import ExitStack
from datetime import timedelta

from sqlalchemy import select

from bench.clinics import NOON, Clinic, Size, asking, clinic, sign_in, statements, stopped_clock
from bench.measure import Bench, Result, Row, measures
from clinic.db import db, transaction
from clinic.schedule.models import Session

FEW, MANY = 20, 200
DAY = NOON.date()


def _row(page: str, lines: str) -> Row:
    return Row(
        8,
        f"SQL of {page} with {MANY} {lines}",
        f"itself with {FEW}",
        "statements",
        1.0,
        most=12,
    )


TODAY = _row("Today", "sessions")
SHEET = _row("the session sheet", "people")
HOURS = _row("Hours", "enrollments")
PEOPLE = _row("the participants", "of them")


@measures(TODAY, SHEET, HOURS, PEOPLE)
def counts(bench: Bench) -> list[Result]:
    with ExitStack() as stack, stopped_clock(NOON):
        alone = [stack.enter_context(clinic(bench, _size(number, 1))) for number in (MANY, FEW)]
        whole = [stack.enter_context(clinic(bench, _size(each, each))) for each in (MANY, FEW)]
        return [
            Result(row, *([float(_count(made, path))] for made in clinics))
            for row, path, clinics in (
                (TODAY, f"/today?day={DAY}", alone),
                (SHEET, "", whole),
                (HOURS, "/hours", whole),
                (PEOPLE, "/participants", whole),
            )
        ]


def _size(people: int, group: int) -> Size:
    return Size(people, group, first=DAY - timedelta(days=14), last=DAY + timedelta(days=7))


def _count(made: Clinic, path: str) -> int:
    ask = asking(made.app, path or todays_sheet(made), cookie=sign_in(made, now=NOON))
    ask()
    with statements() as sent:
        ask()
    return len(sent)


def todays_sheet(made: Clinic) -> str:
    """The path of the sheet of a session of today's."""
    with made.app.app_context(), transaction(write=False):
        found = db.scalars(select(Session.id).where(Session.day == DAY)).first()
    return f"/sessions/{found}"
