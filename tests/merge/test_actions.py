import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic.db import db, transaction
from clinic.enrollment.actions import enroll
from clinic.errors import NotFound, Refused
from clinic.feeds.models import FeedLink
from clinic.merge import actions
from clinic.participants.models import Participant
from clinic.participants.queries import pin_digest
from clinic.schedule.models import Status
from clinic.trail import Actor, TrailEvent
from tests import make
from tests.race import race

DESK = Actor("account", 7)
NOW = make.instant("2026-03-02 10:00")


def merge(kept, other, **facts):
    return actions.merge(kept.id, other.id, **{"taken": ()} | facts, by=DESK, now=NOW)


def refusal(kept, other):
    with pytest.raises(Refused) as refused:
        merge(kept, other)
    return refused.value.sentence


def two_records():
    return make.participant(name="Jordan Avery"), make.participant(name="Jordon Avery")


def test_enrollments_come_along_with_their_bookings_and_attendance(app):
    jo, again = two_records()
    mine = make.enrollment(jo, make.program(name="Morning IOP"), until_on="2026-02-28")
    theirs = make.enrollment(again, make.program(name="Evening IOP"))
    attended = make.booking(make.session("2026-02-23"), theirs, Status.PRESENT)
    coming = make.booking(make.session("2026-03-09"), theirs)
    other = make.enrollment()
    assert merge(jo, again) is jo
    assert [each.participant_id for each in (mine, theirs)] == [jo.id, jo.id]
    assert other.participant_id not in {jo.id, again.id}
    assert (attended.enrollment_id, attended.status) == (theirs.id, Status.PRESENT)
    assert (coming.enrollment_id, coming.status) == (theirs.id, Status.EXPECTED)
    assert (jo.calendar_version, again.calendar_version) == (1, 1)


def test_the_trail_tells_of_every_enrollment_that_moved(app):
    jo, again = two_records()
    enrollment = make.enrollment(again)
    merge(jo, again)
    rows = db.execute(select(TrailEvent).order_by(TrailEvent.id)).scalars().all()
    assert [row.verb for row in rows] == [
        "account.deactivated",
        "account.email_changed",
        "participant.merged",
        "enrollment.moved",
    ]
    moved = rows[-1]
    assert (moved.subject_id, moved.chain) == (enrollment.id, enrollment.program.site_id)
    assert json.loads(moved.facts) == {"participant": jo.id, "before": again.id}


def test_calendar_links_and_the_sign_in_of_the_other_end(app):
    jo, again = two_records()
    kept, ending = make.feed_link(jo, token="kept"), make.feed_link(again, token="ending")
    make.sign_in(again.account)
    merge(jo, again)
    assert (kept.revoked_at, ending.revoked_at) == (None, NOW)
    assert db.scalars(select(FeedLink.id).where(FeedLink.revoked_at.is_(None))).all() == [kept.id]
    assert (jo.account.is_active, again.account.is_active) == (True, False)


def test_taps_at_the_door_stay_with_the_record_that_they_were_made_with(app):
    jo, again = two_records()
    tap = make.kiosk_tap(make.kiosk_device(), again)
    merge(jo, again)
    assert tap.participant_id == again.id


def test_two_enrollments_in_one_program_at_a_time_are_refused(app):
    jo, again = two_records()
    make.enrollment(jo, from_on="2026-01-05")
    make.enrollment(again, from_on="2026-02-02")
    assert refusal(jo, again) == (
        "Both are enrolled in Evening IOP on Feb 2, 2026."
        " First end one of the two enrollments before that day."
    )
    assert (again.merged_into_id, again.account.is_active) == (None, True)


@pytest.mark.parametrize("status", [Status.EXPECTED, Status.PRESENT])
def test_two_places_at_the_same_time_are_refused(app, status):
    jo, again = two_records()
    one = make.enrollment(jo, make.program(name="Morning IOP"))
    other = make.enrollment(again, make.program(name="Evening IOP"))
    make.booking(make.session("2026-02-23", title="Skills"), one, Status.PRESENT)
    make.booking(make.session("2026-02-23", title="Process"), other, status)
    assert refusal(jo, again) == (
        "Both have a place at the same time on Feb 23, 2026, one at Skills, one at Process."
        " First remove one of the two, or mark them absent."
    )


@pytest.mark.parametrize("status", [Status.EXCUSED, Status.NO_SHOW, Status.LATE_CANCEL])
def test_whoever_was_absent_from_the_one_may_have_been_at_the_other(app, status):
    jo, again = two_records()
    one = make.enrollment(jo, make.program(name="Morning IOP"))
    other = make.enrollment(again, make.program(name="Evening IOP"))
    make.booking(make.session("2026-02-23"), one, Status.PRESENT)
    make.booking(make.session("2026-02-23"), other, status)
    make.booking(make.session("2026-02-23", is_cancelled=True), other)
    assert merge(jo, again) is jo


def test_nobody_becomes_one_with_themselves_with_nobody_or_twice(app):
    jo, again = two_records()
    assert refusal(jo, jo) == "This is the same record. Choose another one."
    with pytest.raises(NotFound):
        actions.merge(jo.id, 99, taken=(), by=DESK, now=NOW)
    merge(jo, again)
    assert refusal(jo, again) == "One of the two has been merged already. Reload the page."
    assert refusal(again, jo) == "One of the two has been merged already. Reload the page."


def test_of_two_who_merge_the_same_records_at_once_one_wins(app):
    jo, again = two_records()

    def into(kept_id, other_id):
        def merging():
            with transaction():
                actions.merge(kept_id, other_id, taken=(), by=DESK, now=NOW)

        return merging

    answers = race(app, into(jo.id, again.id), into(again.id, jo.id))
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "Refused"]
    merged = db.scalars(select(Participant.merged_into_id).order_by(Participant.id)).all()
    assert sorted(map(bool, merged)) == [False, True]


def test_what_only_one_can_have_is_taken_over(app):
    jo = make.participant(pin="482913", email="jo@example.org")
    again = make.participant(pin="775533", email="jordon@example.org", birth_on=date(1990, 2, 3))
    merge(jo, again, taken=["pin", "email", "birth_on"])
    assert (jo.pin_digest, jo.account.email) == (pin_digest("775533"), "jordon@example.org")
    assert (jo.birth_on, again.pin_digest, again.account.email) == (date(1990, 2, 3), None, None)


def test_a_long_history_is_merged_in_a_few_statements(app, queries):
    jo, again = two_records()
    theirs = make.enrollment(again)
    for week in range(12):
        make.booking(make.session(date(2026, 1, 5) + timedelta(weeks=week)), theirs)
    with queries() as count:
        merge(jo, again)
    assert count() <= 40


def test_nobody_is_enrolled_with_the_record_that_has_gone(app):
    jo, again = two_records()
    program = make.program()
    merge(jo, again)
    with pytest.raises(Refused) as refused:
        enroll(again, program, from_on=date(2026, 3, 2), by=DESK, now=NOW)
    assert refused.value.sentence == (
        "This record has been merged into another one. Look for it there."
    )
