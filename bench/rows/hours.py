import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, event

from bench.clinics import NOON, Clinic, Size, clinic, statements
from bench.measure import Bench, Result, Row, cpu_in_turn, measures
from clinic.db import db, transaction
from clinic.hours.queries import EnrollmentWeek, weeks_on

ROWS = Row(
    10,
    "rows of a site's week: 250 enrollments × 10 sessions",
    "raw sqlite3, the same rows",
    "ms CPU",
    1.5,
)
HOURS = ROWS._replace(what="its hours: the rows and the arithmetic")
REACH = ROWS._replace(what="its hours where every session has a free seat to make up in", goal=5)
GROWTH = Row(11, "the same with 52 weeks of history", "itself with 12 weeks", "ms CPU", 1.2)
WIDTH = Row(
    11,
    "the same make-ups among 50,000 enrollments, 52 weeks",
    "among 5,000, 12 weeks",
    "ms CPU",
    1.2,
)
WEEK = NOON.date() - timedelta(days=NOON.weekday())


@measures(ROWS, HOURS, GROWTH)
def hours(bench: Bench) -> list[Result]:
    with clinic(bench, _site(12)) as short, clinic(bench, _site(52)) as long:
        with short.app.app_context():
            raw = _raw(short)
            rows = cpu_in_turn(bench, ROWS, _core(), raw)
            whole = cpu_in_turn(bench, HOURS, _weeks, raw)
        # Two applications in one process: each in a context of its own.
        grown = cpu_in_turn(bench, GROWTH, _in(long, _weeks), _in(short, _weeks))
    return [rows, whole, grown]


@measures(REACH, WIDTH)
def make_ups(bench: Bench) -> list[Result]:
    few, many = (_site(weeks, free=3, former=former) for weeks, former in ((12, 4750), (52, 49750)))
    with clinic(bench, few) as small, clinic(bench, many) as large:
        with small.app.app_context():
            assert min(each.hours.balance.make_up for each in _weeks()) > 0
            reach = cpu_in_turn(bench, REACH, _weeks, _raw(small))
        width = cpu_in_turn(bench, WIDTH, _in(large, _weeks), _in(small, _weeks))
    return [reach, width]


def _site(weeks: int, **more: int) -> Size:
    first = WEEK - timedelta(weeks=weeks - 1)
    last = WEEK + timedelta(days=6)
    return Size(people=250, group=25, first=first, last=last, hours=(9, 13), **more)


def _weeks() -> list[EnrollmentWeek]:
    with transaction(write=False):
        found = weeks_on(WEEK, now=NOON)
    assert len(found) == 250
    return found


def _in(made: Clinic, call: Callable[[], object]) -> Callable[[], object]:
    def called() -> object:
        with made.app.app_context():
            return call()

    return called


def _core() -> Callable[[], object]:
    """The statements as the product sends them, with nothing made of their rows."""
    sent: list[tuple[Any, Any]] = []

    def note(_connection: Any, statement: Any, _many: Any, values: Any, _options: Any) -> None:
        sent.append((statement, values))

    event.listen(Engine, "before_execute", note)
    _weeks()
    event.remove(Engine, "before_execute", note)

    def read() -> object:
        with transaction(write=False):
            execute = db.connection().execute
            return [execute(*statement).all() for statement in sent]

    return read


def _raw(made: Clinic) -> Callable[[], object]:
    """The same with nothing between them and the file."""
    with statements() as sent:
        _weeks()
    raw = sqlite3.connect(made.path, isolation_level=None)

    def read() -> list[list[object]]:
        raw.execute("begin")
        rows = [raw.execute(*statement).fetchall() for statement in sent]
        raw.execute("rollback")
        return rows

    assert sum(map(len, read())) > 2500
    return read
