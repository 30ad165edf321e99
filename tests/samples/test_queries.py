import pytest
from sqlalchemy import update

from clinic.attendance import actions
from clinic.days import Range
from clinic.db import db
from clinic.samples.queries import Which, days_of, visits_on
from clinic.schedule.models import Booking, Status
from clinic.trail import SYSTEM
from tests import make

MONDAY = make.instant("2026-03-02 12:00").date()
NOON = make.instant("2026-03-02 12:00")


@pytest.fixture
def session(app):
    return make.session(leaders=[make.staff(name="Ana Rivera")])


def present(session, person=None):
    enrollment = make.enrollment(person, program=session.program)
    booking = make.booking(session, enrollment)
    actions.mark(booking, status=Status.PRESENT, version=1, by=SYSTEM, now=NOON)
    return booking


def which(**facts):
    return Which(Range(MONDAY, MONDAY), **facts)


def test_days_on_which_somebody_was_present_are_drawn_from(session):
    booking = present(session)
    make.booking(session, make.enrollment())
    make.booking(make.session(is_cancelled=True), booking.enrollment, status=Status.PRESENT)
    make.booking(make.session("2026-03-03"), booking.enrollment, status=Status.PRESENT)
    [day] = days_of(which(), now=NOON)
    assert (day.participant_id, day.day) == (booking.enrollment.participant_id, MONDAY)
    assert days_of(which(), now=session.starts_at) == []
    for others in ({"site_id": 99}, {"program_id": 99}):
        assert days_of(which(**others), now=NOON) == []


def test_each_session_of_a_day_has_its_chain(session):
    booking = present(session)
    later = make.session(start="11:00", end="12:00", program=session.program)
    make.booking(later, booking.enrollment)
    present(session)  # somebody else
    whose = booking.enrollment.participant_id
    drawn = [each for each in days_of(which(), now=NOON) if each.participant_id == whose]
    [visits] = visits_on(drawn, which(), now=NOON).values()
    assert [visit.row.session_id for visit in visits] == [session.id, later.id]
    first, second = (visit.chain for visit in visits)
    assert first["minutes"].words == "60 of 60 min"
    assert first["license"].words.startswith("Ana Rivera, ")
    assert second["arrival"].words == "not marked"
    db.execute(update(Booking).where(Booking.id == booking.id).values(reason="x"))
    [[changed, _]] = visits_on(drawn, which(), now=NOON).values()
    assert changed.chain["mark"].words.startswith("stored otherwise than recorded")
