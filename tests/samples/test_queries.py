import pytest
from sqlalchemy import update

from clinic.attendance import actions
from clinic.days import DAY, Range
from clinic.db import db
from clinic.programs.queries import get_organization
from clinic.samples.queries import Which, days_of, visits_on
from clinic.samples.rules import Link
from clinic.schedule.models import Booking, Status
from clinic.setup.actions import change_organization
from clinic.staff.actions import set_license
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
    [visits] = visits_on(drawn, which(), with_topics=True, now=NOON).values()
    assert [visit.row.session_id for visit in visits] == [session.id, later.id]
    first, second = (visit.chain for visit in visits)
    assert first["minutes"].words == "60 of 60 min"
    assert first["license"].words.startswith("Ana Rivera, ")
    assert second["arrival"].words == "not marked"
    assert first["identity"] == Link("was not asked for")
    assert first["topic"] == Link("not recorded")
    db.execute(update(Booking).where(Booking.id == booking.id).values(reason="x"))
    [[changed, _]] = visits_on(drawn, which(), with_topics=True, now=NOON).values()
    assert changed.chain["mark"].words.startswith("stored otherwise than recorded")


def test_what_was_asked_for_and_on_record_by_then_counts(session):
    """The license is renewed, and identity asked for, when the first session is over."""
    [leader] = session.leaders
    until = {"number": "C.1", "by": SYSTEM}
    set_license(leader.staff, expires_on=MONDAY, **until, now=NOON - DAY)
    booking = present(session)
    later = make.session("2026-03-03", program=session.program, leaders=[leader.staff])
    make.booking(later, booking.enrollment, status=Status.PRESENT)
    set_license(leader.staff, expires_on=MONDAY + 900 * DAY, **until, now=NOON + DAY / 2)
    clinic = get_organization()
    change_organization(clinic, asks_identity=True, by=SYSTEM, now=NOON + DAY / 2)
    asked = Which(Range(MONDAY, MONDAY + DAY))
    drawn = days_of(asked, now=NOON + 3 * DAY)
    visits = visits_on(drawn, asked, with_topics=True, now=NOON + 3 * DAY)
    [first], [second] = (visits[key] for key in sorted(visits))
    assert first.chain["license"].words.endswith("until Mar 2, 2026, on record that day")
    assert second.chain["license"].words.endswith("until Aug 18, 2028")
    assert not first.chain["identity"].is_missing
    assert second.chain["identity"] == Link("not recorded", is_missing=True)
