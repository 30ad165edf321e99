"""What an act is shown to lead to, before it is saved: others wait for as long as it is tried."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, event, select

from bench.clinics import NOON, Clinic, Size, asking, clinic, sign_in, stopped_clock
from bench.measure import Bench, Result, Row, cpu_in_turn, in_turn, measures
from clinic.accounts.models import Staff
from clinic.db import db, transaction
from clinic.enrollment.models import EndReason, Enrollment, Outcome
from clinic.enrollment.queries import get_enrollment
from clinic.participants.models import Participant
from clinic.programs.models import Program
from clinic.schedule.actions.enrollments import set_end
from clinic.schedule.models import Series
from clinic.schedule.queries.series import get_series
from clinic.trail import SYSTEM

TODAY = NOON.date()
YOUNG, OLD = 12, 104  # weeks
MOST = 40.0  # ms


def _rows(act: str) -> tuple[Row, Row]:
    what, floor = f"a preview of {act}, groups of {OLD} weeks", f"itself with {YOUNG} weeks"
    return (
        Row(17, what, floor, "ms CPU", 1.2, most=MOST),
        Row(17, f"{what}: the lock", floor, "ms CPU held", 1.2, most=MOST),
    )


LEAVE = _rows("leave")
ADMISSION = _rows("an admission")
GROUP = _rows("a group's edit")
Posting = tuple[str, Mapping[str, Any]]  # the path, and what is typed there


@measures(*LEAVE, *ADMISSION, *GROUP)
def preview(bench: Bench) -> list[Result]:
    with ExitStack() as stack:
        stack.enter_context(stopped_clock(NOON))
        young, old = (stack.enter_context(clinic(bench, _size(each))) for each in (YOUNG, OLD))
        for made in (young, old):
            _free_a_seat(made)
        return [
            result
            for rows, posting in ((LEAVE, _leave), (ADMISSION, _admission), (GROUP, _edit))
            for result in _compared(bench, rows, _asking(old, posting), _asking(young, posting))
        ]


def _size(weeks: int) -> Size:
    """Twelve people in two groups that meet on three days a week, half a year ahead."""
    return Size(
        people=12,
        group=12,
        first=TODAY - timedelta(weeks=weeks),
        last=TODAY + timedelta(weeks=26),
        weekdays="024",
        hours=(9, 11),
    )


def _compared(
    bench: Bench, rows: tuple[Row, Row], old: Callable[[], object], young: Callable[[], object]
) -> list[Result]:
    cpu, lock = rows
    whole = cpu_in_turn(bench, cpu, old, young)
    pairs = in_turn(bench.rounds, lambda: _held(old), lambda: _held(young))
    return [whole, Result(lock, *map(list, zip(*pairs, strict=True)))]


def _held(call: Callable[[], object], times: int = 3) -> float:
    """For how many milliseconds of processor time a call keeps other writers waiting."""
    with _locks() as held:
        for _ in range(times):
            call()
    return sum(held) * 1000 / times


@contextmanager
def _locks() -> Iterator[list[float]]:
    """How long each writer's lock is held that is taken in here."""
    held: list[float] = []
    since: dict[Connection, float] = {}

    def begins(connection: Connection) -> None:  # after the lock is taken
        raw: Any = connection.connection.dbapi_connection
        if raw._lock is not None:  # noqa: SLF001 - whether it has the lock
            since[connection] = time.process_time()

    def ends(connection: Connection) -> None:
        if connection in since:
            held.append(time.process_time() - since.pop(connection))

    listeners = (("begin", begins), ("commit", ends), ("rollback", ends))
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield held
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)


def _asking(made: Clinic, posting: Callable[[], Posting]) -> Callable[[], object]:
    with made.app.app_context(), transaction(write=False):
        path, typed = posting()
    ask = asking(made.app, path, cookie=sign_in(made, now=NOON), typed=typed)
    assert b"Nothing is saved yet" in ask()
    return ask


def _free_a_seat(made: Clinic) -> None:
    """Whoever came first has left by tomorrow, and can be admitted again."""
    with made.app.app_context(), transaction():
        left = get_enrollment(db.scalars(select(Enrollment.id).order_by(Enrollment.id)).first())
        reasons = {"outcome": Outcome.LEFT, "reason": EndReason.OTHER}
        set_end(left, until_on=TODAY, **reasons, by=SYSTEM, now=NOON)


def _leave() -> Posting:
    found = db.scalars(select(Enrollment.id).where(Enrollment.outcome.is_(None))).first()
    first, last = TODAY + timedelta(days=5), TODAY + timedelta(days=18)
    return f"/enrollments/{found}/leave", {"from_on": first, "until_on": last}


def _admission() -> Posting:
    person = db.scalars(select(Participant.id).order_by(Participant.id)).first()
    program = db.scalars(select(Program.id)).one()
    groups = db.scalars(select(Series.id).order_by(Series.id).limit(2)).all()
    return (
        f"/participants/{person}/enroll",
        {
            "program": program,
            "ends_for": program,
            "from_on": TODAY + timedelta(days=1),
            "groups": list(groups),
        },
    )


def _edit() -> Posting:
    group = get_series(db.scalars(select(Series.id).order_by(Series.id)).first())
    plan = group.plan
    return (
        f"/groups/{group.id}/edit",
        {
            "program": group.program_id,
            "title": group.title,
            "kind": plan.kind.value,
            "mode": plan.mode.value,
            "weekdays": list(plan.weekdays),
            "starts": "09:00",
            "ends": "10:30",
            "break_minutes": 0,
            "room": plan.room_id,
            "lead": db.scalars(select(Staff.id)).one(),
            "seats": plan.seats,
            "every_weeks": 1,
            "from_on": group.from_on,
            "until_on": group.until_on,
        },
    )
