from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Select, select

from clinic.db import AnyRow, db
from clinic.told.models import State, ToldState
from clinic.told.rules import DANGER, since

Told = Mapping[tuple[int, date], list[AnyRow]]  # by enrollment and week, in order

_SAID: Select[*tuple[Any, ...]] = select(
    ToldState.enrollment_id,
    ToldState.week,
    ToldState.number,
    ToldState.day,
    ToldState.state,
).order_by(ToldState.number)


def told_in(weeks: Collection[date], *, enrollment_ids: Collection[int] | None = None) -> Told:
    """What was said of these weeks: of all enrollments, or of some."""
    statement = _SAID.where(ToldState.week.in_(weeks))
    if enrollment_ids is not None:
        statement = statement.where(ToldState.enrollment_id.in_(enrollment_ids))
    found: dict[tuple[int, date], list[AnyRow]] = defaultdict(list)
    for row in db.execute(statement):
        found[row.enrollment_id, row.week].append(row)
    return found


def known_since(weeks: Iterable[tuple[int, date, State]]) -> dict[int, date]:
    """Since when it is known that these weeks are in danger, by enrollment: of each its first day
    and how it stands now. Of one that was not said to be, nothing."""
    concerned = [each for each in weeks if each[-1] in DANGER]
    if not concerned:
        return {}
    told = told_in(
        {week for _, week, _ in concerned}, enrollment_ids=[each[0] for each in concerned]
    )
    found = {}
    for enrollment_id, week, state in concerned:
        first = since(told.get((enrollment_id, week), ()), state)
        if first is not None:
            found[enrollment_id] = first.day
    return found
