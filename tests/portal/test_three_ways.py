"""Somebody comes by kiosk, by phone and on the sheet at the same moment: one arrival, and all three
say the same of it. A few rounds as a rule; 500 in `make torture`."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from clinic.attendance import actions as attendance
from clinic.attendance import queries
from clinic.bookings.queries import ARRIVED, MARKED, booked_as
from clinic.codes.queries import code_of
from clinic.codes.rules import minute_of
from clinic.db import db, transaction
from clinic.kiosk import actions as kiosk
from clinic.kiosk.rules import Tap
from clinic.participants.queries import pin_digest
from clinic.portal import actions as portal
from clinic.schedule.models import Booking, Status
from clinic.tokens import fingerprint
from clinic.trail import Actor, TrailEvent, broken_chains
from tests import make
from tests.chance import TORTURE
from tests.race import race

pytestmark = pytest.mark.torture
ROUNDS = 500 if TORTURE else 4
KEY, PIN = "a-device-key", "482913"
STARTS = make.instant("2026-03-02 10:00")


def arrivals(booking_id: int) -> Any:
    came = TrailEvent.verb.in_([ARRIVED, MARKED])
    return db.scalar(
        select(func.count()).where(
            TrailEvent.subject_kind == "booking", TrailEvent.subject_id == booking_id, came
        )
    )


def test_one_arrival_and_three_friendly_answers_with_the_same_time(app):
    enrollment = make.enrollment(make.participant(pin_digest=pin_digest(PIN)))
    person = enrollment.participant_id
    make.kiosk_device(key=KEY)
    for number in range(ROUNDS):
        session = make.session(STARTS.date() + timedelta(days=number), start="10:00")
        session_id, booking_id = session.id, make.booking(session, enrollment).id
        # before the start and after it, by turns
        at = session.starts_at + timedelta(minutes=7 if number % 2 else -5)

        def by_kiosk(number: int = number, at: Any = at) -> Any:
            tap = Tap(str(UUID(int=number + 1)), "asked", pin_digest(PIN), at)
            with transaction():
                (answer,) = kiosk.take([tap], key_hash=fingerprint(KEY), now=at)
            return answer["result"], answer["sessions"][0]["arrived"]

        def by_phone(session_id: int = session_id, at: Any = at) -> Any:
            code = code_of(session_id, minute_of(at))
            facts = {"device": None, "by": Actor("account", 1), "now": at}
            with transaction():
                answer = portal.check_in(person, code=code, **facts)
            return answer.refused, answer.places[0].came_at

        def by_sheet(session_id: int = session_id, key: int = booking_id, at: Any = at) -> Any:
            with transaction():
                booking = queries.get_booking(session_id, key, scope=None)
                facts = {"version": 1, "by": Actor("account", 2), "now": at}
                attendance.mark(booking, status=Status.PRESENT, **facts)
                return booked_as([key])[key].came_at

        (result, at_kiosk), (refused, by_phone_at), on_sheet = race(
            app, by_kiosk, by_phone, by_sheet
        )
        assert (result in {"checked_in", "already_checked_in"}, refused) == (True, None)
        assert make.instant(at_kiosk[:16].replace("T", " ")) == by_phone_at == on_sheet
        assert db.get_one(Booking, booking_id).status is Status.PRESENT
        assert arrivals(booking_id) == 1
    assert broken_chains() == []
