from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select

from clinic.days import DAY, WEEK
from clinic.db import AnyRow, db
from clinic.hours.queries import losses_of, places_in, weeks_and_places_on
from clinic.offers.models import MakeUpOffer
from clinic.offers.queries import offers_of
from clinic.offers.rules import SAID_NO, suggested
from clinic.schedule.models import Session
from clinic.turns import rules


class Turn(NamedTuple):
    """Whose turn it is, and which session they missed, if any."""

    enrollment_id: int
    missed_id: int | None


def left_over(*, now: datetime) -> Sequence[AnyRow]:
    """The seats that were to go on to somebody else, and have not yet: id, session_id, week and
    credit_minutes."""
    return db.execute(
        select(MakeUpOffer.id, MakeUpOffer.session_id, Session.week, Session.credit_minutes)
        .join(Session, Session.id == MakeUpOffer.session_id)
        .where(
            MakeUpOffer.goes_on,
            MakeUpOffer.outcome.in_(SAID_NO),
            Session.starts_at > now,
            ~Session.is_cancelled,
        )
        .order_by(MakeUpOffer.ended_at, MakeUpOffer.id)
    ).all()


def turns_for(session_id: int, week: date, minutes: int, *, now: datetime) -> list[Turn]:
    """Who could be offered a session, in their order."""
    weeks, places = weeks_and_places_on(week, now=now)
    fitting = {
        each.enrollment_id: place
        for each in weeks
        if each.hours.state in rules.AT_RISK
        for place in places_in(places, each)
        if place.session_id == session_id
    }
    its = select(MakeUpOffer.enrollment_id).where(MakeUpOffer.session_id == session_id)
    asked = set(db.scalars(its))
    found = rules.in_line(weeks, minutes=minutes, could_come=fitting, asked=asked)
    ids = [each.enrollment_id for each in found]
    losses = losses_of(ids, week, now=now)
    offers = offers_of(ids, first=week, last=week + WEEK - DAY)
    turns = []
    for each in found:
        (best,) = suggested(
            [fitting[each.enrollment_id]],
            losses[each.enrollment_id],
            offers[each.enrollment_id],
            missing=each.hours.missing,
        )
        missed_id = best.missed.session_id if best.missed else None
        turns.append(Turn(each.enrollment_id, missed_id))
    return turns
