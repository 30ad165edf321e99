from contextlib import suppress
from datetime import datetime

from clinic.authorizations.queries import if_coming
from clinic.db import AnyRow
from clinic.errors import Refused
from clinic.offers import actions as offers
from clinic.offers.queries import get_person, hold
from clinic.schedule.queries.sessions import get_session
from clinic.trail import SYSTEM
from clinic.turns import queries


def is_behind(now: datetime) -> bool:
    """Whether a seat is to go on to somebody."""
    return bool(queries.left_over(now=now))


def go_on(*, link: str, now: datetime) -> None:
    """Offer the seats that somebody did not take to whoever it would help next; once each."""
    for row in queries.left_over(now=now):
        left = hold(row.id)
        if left.goes_on:
            left.goes_on = False
            _offer_next(row, link=link, now=now)


def _offer_next(row: AnyRow, *, link: str, now: datetime) -> None:
    """Offer a seat to the first in line who can be offered anything, and is authorized to come:
    beyond that nobody goes on without saying why."""
    session = get_session(row.session_id)
    for turn in queries.turns_for(row.session_id, row.week, row.credit_minutes, now=now):
        if if_coming(turn.enrollment_id, session, now=now):
            continue
        with suppress(Refused):
            offers.offer(
                get_person(turn.enrollment_id, scope=None),
                session,
                missed_id=turn.missed_id,
                goes_on=True,
                link=link,
                by=SYSTEM,
                now=now,
            )
            return
