"""Seats of the demonstration that somebody was offered for one they missed."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import insert

from clinic import clock
from clinic.days import DAY, WEEK, Span, instant_of, wall_at
from clinic.db import db
from clinic.demo.clinic import ZONE
from clinic.enrollment.queries import enrollments_of
from clinic.errors import Refused
from clinic.hours.queries import places_in, weeks_and_places_on
from clinic.hours.rules import danger
from clinic.makeups.queries import places_for
from clinic.makeups.rules import Place
from clinic.offers import actions
from clinic.offers.models import CameOfIt, MakeUpOffer
from clinic.offers.queries import get_person
from clinic.offers.rules import opens_at
from clinic.schedule.queries.sessions import get_session
from clinic.trail import SYSTEM

EVENING = wall_at(20 * 60 + 30)  # at which whoever looks at night was offered something
NOON = wall_at(12 * 60)
ASKED_FOR = timedelta(hours=4)
CAME_OF_IT = (CameOfIt.DECLINED, CameOfIt.RELEASED)


def offer_seats(participant_id: int, monday: date, *, now: datetime) -> None:
    """Have somebody be offered a seat as one looks, and have others not have taken theirs."""
    at = _by_day(now)
    for each in enrollments_of([participant_id]):
        for place in places_for([each.id], monday, monday + WEEK, now=now)[each.id]:
            person, session = get_person(each.id, scope=None), get_session(place.session_id)
            with suppress(Refused):
                actions.offer(person, session, missed_id=None, link="", by=SYSTEM, now=at)
                break
    asked, until = _asked_before(at)
    rows = [
        {
            "enrollment_id": each.enrollment_id,
            "session_id": each.place.session_id,
            "starts_at": each.place.starts_at,
            "ends_at": each.place.ends_at,
            "offered_at": asked,
            "opens_at": asked,
            "held_until": until,
            "outcome": outcome,
            "ended_at": until,
        }
        for each, outcome in zip(_at_risk(monday, now=now), CAME_OF_IT, strict=False)
    ]
    if rows:
        db.execute(insert(MakeUpOffer), rows)


def _by_day(now: datetime) -> datetime:
    """Now, or at night the evening before."""
    zone = clock.zone(ZONE)
    if opens_at(now, zone) == now:
        return now
    evening = instant_of(clock.day_of(now, zone), EVENING, zone)
    return evening if evening <= now else evening - DAY


def _asked_before(at: datetime) -> Span:
    """From when to when somebody was asked who did not take a seat: the last hours by day."""
    zone = clock.zone(ZONE)
    noon = instant_of(clock.day_of(at, zone) - DAY, NOON, zone)
    asked = at - ASKED_FOR if opens_at(at - ASKED_FOR, zone) == at - ASKED_FOR else noon
    return Span(asked, asked + ASKED_FOR)


class _Asked(NamedTuple):
    enrollment_id: int
    place: Place


def _at_risk(monday: date, *, now: datetime) -> Iterator[_Asked]:
    """Who misses something this week, and could come to something else."""
    weeks, places = weeks_and_places_on(monday, now=now)
    for each in sorted(weeks, key=lambda each: (danger(each.hours), each.enrollment_key)):
        found = places_in(places, each)
        if each.hours.missing and found:
            yield _Asked(each.enrollment_id, found[-1])
