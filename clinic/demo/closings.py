"""What was said of the weeks that fell short."""

from datetime import datetime
from itertools import cycle
from typing import Final, NamedTuple

from clinic.accounts.models import Staff
from clinic.days import WEEK
from clinic.db import db
from clinic.shortweeks.actions import close, settle
from clinic.shortweeks.queries import listed
from clinic.told.models import GoesOn, Offered, ShortBy
from clinic.trail import SYSTEM, Actor


class Said(NamedTuple):
    short_by: ShortBy
    offered: Offered
    goes_on: GoesOn
    note: str | None


WEEKS_CLOSED: Final = 3
LEFT_OPEN: Final = 3  # of the last week one in so many is closed by now
SAID: Final = (
    Said(ShortBy.WORK, Offered.OTHER_TIMES, GoesOn.AS_BEFORE, "New shifts from next week on."),
    Said(ShortBy.ILLNESS, Offered.MAKE_UP, GoesOn.AS_BEFORE, None),
    Said(ShortBy.TRANSPORT, Offered.BY_VIDEO, GoesOn.AS_BEFORE, None),
    Said(ShortBy.NOT_PLANNED, Offered.MAKE_UP, GoesOn.CHANGE_TARGET, None),
    Said(ShortBy.FAMILY, Offered.MAKE_UP, GoesOn.AS_BEFORE, "Child care fell through on Tuesday."),
    Said(ShortBy.NO_WORD, Offered.NOTHING, GoesOn.AS_BEFORE, None),
    Said(ShortBy.PART_OF_IT, Offered.MAKE_UP, GoesOn.STEP_DOWN, None),
)


def close_weeks(now: datetime) -> None:
    """Have the weeks that fell short raised as they went over, and closed but for the latest."""
    said = cycle(SAID)
    for back in range(WEEKS_CLOSED, -1, -1):
        then = now - back * WEEK
        settle(then)
        rows = listed(is_open=True, scope=None)
        for row in rows if back else rows[::LEFT_OPEN]:
            if row.week > (then - WEEK).date():
                continue  # it is not over
            member = db.get(Staff, row.clinician_id) if row.clinician_id else None
            by = Actor("account", member.account_id) if member else SYSTEM
            close(row.id, **next(said)._asdict(), scope=None, by=by, now=then)
