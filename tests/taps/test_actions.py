from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.arrivals.actions import arrive
from clinic.attendance.actions import mark
from clinic.audit.queries import bookings_compared
from clinic.db import db
from clinic.errors import Refused
from clinic.schedule.models import Booking, Method, Status
from clinic.taps import actions, queries, rules
from clinic.trail import SYSTEM, Actor, TrailEvent
from tests import make

MINUTE = timedelta(minutes=1)


@pytest.fixture
def nine(app, at):
    return at("2026-03-02 09:00")


@pytest.fixture
def door(nine):
    return make.kiosk_device(make.site())


@pytest.fixture
def session(door):
    return make.session("2026-03-02", "09:00", "10:00", program=make.program(door.site))


@pytest.fixture
def by(app):
    return Actor("account", make.staff(roles=["coordinator"]).account_id)


def tapped(door, session, at, *, device=None, person=None, now=None):
    booking = person or make.booking(session)
    whose = booking.enrollment.participant_id
    actor = Actor("kiosk", (device or door).id)
    arrive(whose, door.site, at=at, method=Method.KIOSK, by=actor, now=now or at)
    make.read_afresh()
    return booking


def found(door, starts, ends):
    return rules.joined(queries.arrivals(queries.get_device(door.id), starts, ends))


def statuses(*bookings):
    make.read_afresh()
    return [each.status for each in bookings]


def test_all_check_ins_of_a_kiosk_in_some_minutes_are_undone_and_that_again(
    door, session, nine, by
):
    other = make.kiosk_device(door.site, key="another")
    before = tapped(door, session, nine - MINUTE)
    first, second = (tapped(door, session, nine + n * MINUTE) for n in (0, 9))
    elsewhere = tapped(door, session, nine + MINUTE, device=other)
    # made in these minutes, though it was sent later
    late = tapped(door, session, nine + 5 * MINUTE, now=nine + 30 * MINUTE)
    after = tapped(door, session, nine + 10 * MINUTE)
    everybody = before, first, second, elsewhere, late, after
    arrivals = found(door, nine, nine + 10 * MINUTE)
    assert {each.subject_id for each in arrivals} == {first.id, second.id, late.id}
    now = nine + 40 * MINUTE
    act, left_alone = actions.undo(door, arrivals, by=by, now=now)
    assert left_alone == {}
    here, gone = Status.PRESENT, Status.EXPECTED
    assert statuses(*everybody) == [here, gone, gone, here, gone, here]
    assert bookings_compared().sentences == []
    with pytest.raises(Refused, match="undone already"):
        actions.undo_back("0" * 32, by=by, now=now)
    assert actions.undo_back(act, by=by, now=now) == rules.UNDONE_BACK
    assert statuses(*everybody) == [here] * 6
    assert first.arrived_at == nine
    assert bookings_compared().sentences == []
    with pytest.raises(Refused, match="undone already"):
        actions.undo_back(act, by=by, now=now)
    (event,) = db.scalars(select(TrailEvent).where(TrailEvent.verb == "kiosk.taps_undone"))
    assert (event.subject_id, event.act) == (door.id, act)


def test_what_is_signed_or_changed_since_stays_as_it_is(door, session, nine, by):
    signed, marked, alone = (tapped(door, session, nine) for _ in range(3))
    signed.signed_at = nine + 90 * MINUTE
    db.flush()
    facts = {"arrived_at": nine, "version": marked.version}
    mark(marked, status=Status.PRESENT, **facts, by=SYSTEM, now=nine + MINUTE)
    mark(marked, status=Status.NO_SHOW, version=marked.version, by=SYSTEM, now=nine + MINUTE)
    arrivals = found(door, nine, nine + MINUTE)
    _, left_alone = actions.undo(door, arrivals, by=by, now=nine + 95 * MINUTE)
    assert left_alone == {signed.id: "signed since", marked.id: "changed since"}
    assert statuses(signed, marked, alone) == [
        Status.PRESENT,
        Status.NO_SHOW,
        Status.EXPECTED,
    ]


def test_a_tap_between_two_of_which_somebody_marked_them_is_left_alone(door, session, nine, by):
    booking = tapped(door, session, nine + 2 * MINUTE)
    mark(booking, status=Status.NO_SHOW, version=booking.version, by=SYSTEM, now=nine + MINUTE * 3)
    make.read_afresh()
    tapped(door, session, nine + 4 * MINUTE, person=booking)
    arrivals = found(door, nine, nine + 5 * MINUTE)
    _, left_alone = actions.undo(door, arrivals, by=by, now=nine + 6 * MINUTE)
    assert left_alone == {booking.id: "changed since"}


def test_what_cannot_be_put_back_again_is_named(door, session, nine, by):
    one, other = tapped(door, session, nine), tapped(door, session, nine)
    act, _ = actions.undo(door, found(door, nine, nine + MINUTE), by=by, now=nine + MINUTE)
    make.read_afresh()
    mark(one, status=Status.NO_SHOW, version=one.version, by=SYSTEM, now=nine + 2 * MINUTE)
    words = actions.undo_back(act, by=by, now=nine + 3 * MINUTE)
    assert words == "Undone, but not one check-in (changed since)."
    assert statuses(one, other) == [Status.NO_SHOW, Status.PRESENT]
    assert db.scalars(select(Booking.id)).all() == [one.id, other.id]
