from datetime import timedelta

import pytest

from clinic.clock import zone
from clinic.db import db
from clinic.errors import NotFound
from clinic.feeds import queries
from clinic.feeds.rules import Appointment
from clinic.schedule.models import Status
from clinic.tokens import fingerprint
from tests import make

NEW_YORK = zone("America/New_York")
NOW = make.instant("2026-03-02 10:00")


def theirs(participant, since="2026-02-02") -> list[Appointment]:
    return list(
        queries.appointments_of(
            participant_id=participant.id, staff_id=None, since=make.instant(since).date()
        )
    )


def staffs(staff, since="2026-02-02") -> list[Appointment]:
    return list(
        queries.appointments_of(
            participant_id=None, staff_id=staff.id, since=make.instant(since).date()
        )
    )


def uids(appointments: list[Appointment]) -> list[str]:
    return [each.uid for each in appointments]


def test_a_participants_appointments_know_no_number_and_no_place(app):
    session = make.session("2026-03-02", "10:00", "11:00", room=make.room(), leaders=[make.staff()])
    booking = make.booking(session)

    assert theirs(booking.enrollment.participant) == [
        Appointment(
            uid=session.uid,
            starts_at=make.instant("2026-03-02 10:00"),
            ends_at=make.instant("2026-03-02 11:00"),
            zone=NEW_YORK,
            sequence=0,
            changed_at=session.changed_at,
            is_cancelled=False,
            number=None,
            place=None,
        )
    ]


def test_a_leaders_appointments_carry_the_sessions_number_and_room(app):
    leader, second = make.staff(), make.staff()
    session = make.session(room=make.room(name="Garden room"), leaders=[leader, second])
    make.session(room=None, leaders=[make.staff()])

    expected = [(session.uid, session.id, "Garden room")]
    assert [(each.uid, each.number, each.place) for each in staffs(leader)] == expected
    assert [(each.uid, each.number, each.place) for each in staffs(second)] == expected


def test_a_session_without_a_room_has_no_place(app):
    leader = make.staff()
    make.session(room=None, leaders=[leader])

    assert [each.place for each in staffs(leader)] == [None]


def test_who_announced_an_absence_is_not_expected_and_a_missed_session_stays(app):
    enrollment = make.enrollment()
    sessions = {
        status: make.session(start=f"{9 + at}:00".zfill(5), end=f"{9 + at}:50".zfill(5))
        for at, status in enumerate(Status)
    }
    for status, session in sessions.items():
        make.booking(session, enrollment, status)

    assert uids(theirs(enrollment.participant)) == [
        sessions[Status.EXPECTED].uid,
        sessions[Status.PRESENT].uid,
        sessions[Status.NO_SHOW].uid,
    ]


def test_everybody_sees_their_own_only_in_order_of_time(app):
    one, other = make.enrollment(), make.enrollment()
    late, early = make.session("2026-03-05"), make.session("2026-03-04")
    make.booking(late, one)
    make.booking(early, one)
    make.booking(make.session("2026-03-03"), other)

    assert uids(theirs(one.participant)) == [early.uid, late.uid]


def test_all_enrollments_of_a_person_count(app):
    participant = make.participant()
    first, second = make.session("2026-03-03"), make.session("2026-03-04")
    make.booking(first, make.enrollment(participant))
    make.booking(second, make.enrollment(participant))

    assert uids(theirs(participant)) == [first.uid, second.uid]


def test_it_begins_at_midnight_utc_of_the_first_day_and_has_no_end(app):
    enrollment = make.enrollment()
    for day, start in [("2026-02-01", "18:00"), ("2026-02-01", "19:00"), ("2028-05-01", "10:00")]:
        end = f"{int(start[:2])}:50"
        make.booking(make.session(day, start, end), enrollment)

    # 19:00 in New York is midnight in UTC.
    assert [each.starts_at for each in theirs(enrollment.participant)] == [
        make.instant("2026-02-01 19:00"),
        make.instant("2028-05-01 10:00"),
    ]


def test_one_statement_whatever_their_number(app, queries):
    enrollment = make.enrollment()
    for day in ("2026-03-03", "2026-03-04", "2026-03-05"):
        make.booking(make.session(day), enrollment)

    with queries() as count:
        assert len(theirs(enrollment.participant)) == 3
    assert count() == 1


@pytest.mark.parametrize("make_owner", [make.participant, make.staff])
def test_a_feed_carries_the_version_of_its_owner(app, make_owner):
    owner = make_owner(calendar_version=7)
    make_owner(calendar_version=9)
    make.feed_link(owner, token="t")

    feed = queries.get_feed(fingerprint("t"), now=make.instant("2026-03-02 10:00"))

    assert (feed.calendar_version, feed.is_active, feed.revoked_at) == (7, True, None)
    assert (feed.body_id, feed.version, feed.etag, feed.changed_at) == (None, None, None, None)


def test_an_unknown_link_is_not_found(app):
    make.feed_link(make.participant(), token="t")

    with pytest.raises(NotFound):
        queries.get_feed(fingerprint("T"), now=make.instant("2026-03-02 10:00"))


def test_a_link_withdrawn_ninety_days_ago_is_not_found(app):
    now = make.instant("2026-03-02 10:00")
    make.feed_link(make.participant(), token="t", revoked_at=now - timedelta(days=90))

    assert queries.get_feed(fingerprint("t"), now=now - timedelta(seconds=1)).revoked_at
    with pytest.raises(NotFound):
        queries.get_feed(fingerprint("t"), now=now)


def test_staff_are_found_by_key_with_their_account(app):
    ana = make.staff(key="rivera", email="ana@example.org")

    found = queries.find_staff("rivera")

    assert found is ana
    assert found.account.email == "ana@example.org"
    assert queries.find_staff("nobody") is None


def test_staff_are_found_by_id_with_their_account(app):
    ana = make.staff()
    assert queries.get_staff(ana.id).account.is_active
    for staff_id in (None, ana.id + 1):
        with pytest.raises(NotFound):
            queries.get_staff(staff_id)


def test_a_link_is_found_by_its_owner_alone(app):
    jordan, ana = make.participant(), make.staff()
    jordans = make.feed_link(jordan, revoked_at=NOW)
    assert queries.get_link(jordan, jordans.id) is jordans
    for owner in (ana, make.participant()):
        with pytest.raises(NotFound):
            queries.get_link(owner, jordans.id)


def test_one_appointment_is_what_a_calendar_would_show_of_it(app):
    ana = make.staff()
    session = make.session(leaders=[ana], room=make.room(name="Garden room"))
    booking = make.booking(session)
    make.booking(make.session("2026-03-03"), booking.enrollment)
    jordan = booking.enrollment.participant

    assert [queries.get_appointment(session.id)] == staffs(ana)
    one = queries.get_appointment(session.id, participant_id=jordan.id)
    assert one == theirs(jordan)[0]
    assert (one.number, one.place) == (None, None)
    for stranger in (make.participant().id, 0):
        with pytest.raises(NotFound):
            queries.get_appointment(session.id, participant_id=stranger)
    booking.status, booking.seat_no, booking.method = Status.EXCUSED, None, "staff"
    db.flush()
    with pytest.raises(NotFound):
        queries.get_appointment(session.id, participant_id=jordan.id)
    with pytest.raises(NotFound):
        queries.get_appointment(session.id + 999)


def test_active_links_are_those_not_withdrawn(app):
    jordan, ana = make.participant(), make.staff()
    first, second = make.feed_link(jordan, token="1"), make.feed_link(jordan, token="2")
    make.feed_link(jordan, token="3", revoked_at=make.instant("2026-03-02 10:00"))
    anas = make.feed_link(ana, token="4")

    assert list(queries.active_links(jordan)) == [first, second]
    assert list(queries.active_links(ana)) == [anas]
