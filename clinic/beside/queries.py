from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import select

from clinic.beside import rules
from clinic.beside.rules import Beside
from clinic.db import AnyRow, db
from clinic.enrollment.models import Enrollment
from clinic.hours.queries import weeks_of
from clinic.programs.queries import Home
from clinic.schedule.queries.bookings import bookings_of, came_in
from clinic.schedule.queries.sessions import leaders_of

SIX_DAYS = timedelta(days=6)


def week_beside(
    participant_id: int,
    day: date | None,
    before: Collection[AnyRow] | None = None,
    *,
    home: Home,
    now: datetime,
) -> Beside:
    """This week of somebody, and the one of a day where that is later, read anew.

    `before` are the rows of before an act, so that what it changed is marked; its preview has the
    hours itself.
    """
    db.flush()
    last = rules.reach(home.week, day)
    ids = db.scalars(select(Enrollment.id).where(Enrollment.participant_id == participant_id)).all()
    rows = bookings_of(ids, home.week, last + SIX_DAYS)
    hours = weeks_of(ids, now=now, first=home.week, last=last) if before is None else []
    lines = rules.lines(rows, before)
    weeks = rules.by_week(
        rules.weeks_shown(home.week, day, lines, now=now),
        lines,
        [(each.program.name, each.hours) for each in hours],
    )
    shown = {line.row.session_id for one in weeks for _, theirs in one.days for line in theirs}
    came = came_in(rows, now=now)
    return Beside(home.week, weeks, leaders_of(shown), rows, came, home.today, home.zone, now)
