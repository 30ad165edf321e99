"""Acts on enrollments undone: as values before and after, and what stands in the way."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from clinic.attendance.actions import mark
from clinic.audit.queries import bookings_compared
from clinic.days import WeeklyTime
from clinic.db import db
from clinic.enrollment import actions as dated
from clinic.enrollment.actions import Hours
from clinic.enrollment.models import Amendment, EndReason, Enrollment, Outcome
from clinic.enrollment.queries import get_enrollment
from clinic.errors import Refused
from clinic.participants.queries import get_participant
from clinic.programs.models import DayPart
from clinic.programs.queries import get_program
from clinic.schedule.actions import acts, sessions
from clinic.schedule.actions import enrollments as lives
from clinic.schedule.actions.rosters import move, put_all_on, put_on, take_off
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import ActWords, Booking, RosterEntry, Series, Session, Status
from clinic.schedule.queries.acts import state_of
from clinic.schedule.queries.rosters import get_roster_entry
from clinic.schedule.queries.series import get_series
from clinic.schedule.rules import acts as rules
from clinic.trail import Actor, TrailEvent, broken_chains
from tests import make

DESK = Actor("account", 7)
NOW = make.instant("2026-03-04 12:00")  # a Wednesday
LATER = NOW + timedelta(hours=23)
BY = {"by": DESK, "now": NOW}
DISCHARGED = {"outcome": Outcome.LEFT, "reason": EndReason.DROPPED_OUT}


def day(text):
    return date.fromisoformat(f"2026-{text}")


@pytest.fixture
def program(app):
    make.account(roles=["coordinator"], id=DESK.id)
    return get_program(make.program(min_minutes=540, max_minutes=720).id)


@pytest.fixture
def lower(program):
    aftercare = get_program(make.program(program.site, name="Aftercare").id)
    laid_out(aftercare, weekdays="4", title="Aftercare")
    return aftercare


def laid_out(program, **facts):
    facts = {"from_on": "2026-03-02", "until_on": "2026-03-31", "seats": 2} | facts
    series = make.series(program=program, **facts)
    lay_out(get_series(series.id), **BY)
    return get_series(series.id)


@pytest.fixture
def group(program):
    """Mondays and Wednesdays from ten to eleven, all of March."""
    return laid_out(program, weekdays="02", title="Process group")


@pytest.fixture
def other(program):
    return laid_out(program, weekdays="13", title="Skills")


@pytest.fixture
def jordan(program, group):
    """On the group; excused from the 11th with a word, and on a session alone on the 12th."""
    enrollment = get_enrollment(make.enrollment(program=program, from_on="2026-02-16").id)
    put_on(enrollment, group, from_on=day("03-02"), by=DESK, now=make.instant("2026-03-01"))
    excused = booking_on(enrollment, "03-11")
    mark(excused, status=Status.EXCUSED, reason="Dentist", version=excused.version, **BY)
    alone = make.session("2026-03-12", "15:00", "16:00", program=program, seats=1, title="Intake")
    make.booking(alone, enrollment)
    db.flush()
    return enrollment


def booking_on(enrollment, on):
    found = select(Booking).join(Session, Session.id == Booking.session_id)
    found = found.where(Booking.enrollment_id == enrollment.id, Session.day == day(on))
    whole = (
        joinedload(Booking.session),
        joinedload(Booking.enrollment).joinedload(Enrollment.participant),
    )
    return db.scalars(found.options(*whole)).one()


def entry_of(enrollment):
    found = select(RosterEntry.id).where(RosterEntry.enrollment_id == enrollment.id)
    return get_roster_entry(db.scalars(found.order_by(RosterEntry.id)).first())


def kept(act, *people, what="end", about="enrollment", now=NOW):
    ids = [each.participant_id for each in people]
    return acts.keep(act, what=what, about=about, participant_ids=ids, by=DESK, now=now)


def undo(name, *people, about="enrollment", now=LATER):
    ids = [each.participant_id for each in people]
    return acts.undo(name, about=about, participant_ids=ids, by=DESK, now=now)


def refusal(name, *people, **facts):
    with pytest.raises(Refused) as refused:
        undo(name, *people, **facts)
    return refused.value.sentence


def again(enrollment, program, series):
    return get_enrollment(enrollment.id), get_program(program.id), get_series(series.id)


def picture(*people):
    """All that is dated of these people, and for which sessions they are booked, how."""
    db.flush()
    db.expunge_all()
    states = state_of([each.participant_id for each in people], now=NOW)
    for state in states.values():
        for key in state:
            for name in ("seat_no", "version"):
                state[key].pop(name, None)
    columns = (Booking.session_id, Booking.enrollment_id, Booking.roster_entry_id, Booking.status)
    booked = db.execute(select(*columns, Booking.reason).order_by(*columns[:2])).all()
    sessions = db.execute(
        select(Session.id, Session.is_cancelled, Session.is_changed_by_hand)
    ).all()
    return states, booked, sorted(sessions)


def enroll_again(enrollment, lower, other):
    person = get_participant(enrollment.participant_id)
    dated.enroll(person, lower, from_on=day("03-09"), **BY)


def step_down(enrollment, lower, other):
    weeks = [day("03-09")]
    following = lives.step_down(
        enrollment, lower, from_on=day("03-09"), transition_weeks=weeks, **BY
    )
    aftercare = db.scalars(select(Series.id).where(Series.program_id == lower.id)).one()
    lives.join(following, [get_series(aftercare)], **BY)


def hours(enrollment, lower, other):
    dated.change_target(enrollment, from_on=day("03-05"), target=Hours(60, 120), **BY)


def hours_again(enrollment, lower, other):
    dated.change_target(enrollment, from_on=day("02-16"), target=Hours(60, 120), amends="x", **BY)


def leave(enrollment, lower, other):
    days = {"from_on": day("03-09"), "until_on": day("03-15")}
    lives.grant_leave(enrollment, **days, reason="Surgery", **BY)


def call_leave_off(enrollment, lower, other):
    lives.end_leave(enrollment, from_on=day("03-16"), last_on=day("03-15"), **BY)


def shorten_leave(enrollment, lower, other):
    lives.end_leave(enrollment, from_on=day("03-16"), last_on=day("03-17"), **BY)


def weeks(enrollment, lower, other):
    dated.set_transition_weeks(enrollment, weeks=[day("03-09")], **BY)


def discharge(enrollment, lower, other):
    lives.set_end(enrollment, until_on=day("03-04"), **DISCHARGED, **BY)


def circumstances(enrollment, lower, other):
    facts = {
        "clinician": None,
        "wished_part": DayPart.EVENING,
        "unavailable": [WeeklyTime(0, 0, 60)],
    }
    dated.change_circumstances(enrollment, **facts, **BY)


def add(enrollment, lower, other):
    put_on(enrollment, other, from_on=day("03-05"), **BY)


def remove(enrollment, lower, other):
    take_off(entry_of(enrollment), last_on=day("03-04"), **BY)


def move_over(enrollment, lower, other):
    move(entry_of(enrollment), other, from_on=day("03-09"), **BY)


@pytest.mark.parametrize(
    "act",
    [
        enroll_again,
        step_down,
        hours,
        hours_again,
        leave,
        call_leave_off,
        shorten_leave,
        weeks,
        discharge,
        circumstances,
        add,
        remove,
        move_over,
    ],
)
def test_undoing_puts_back_exactly_what_an_act_changed(jordan, lower, other, act):
    days = {"from_on": day("03-16"), "until_on": day("03-20")}
    lives.grant_leave(jordan, **days, reason="Travel", **BY)
    before = picture(jordan)
    name = kept(lambda: act(*again(jordan, lower, other)), jordan)
    assert picture(jordan) != before
    assert undo(name, jordan) == "Undone."
    assert picture(jordan) == before
    assert broken_chains() == bookings_compared().sentences == []
    assert list(db.scalars(select(ActWords.id))) == []
    last = db.scalars(select(TrailEvent).order_by(TrailEvent.id.desc()).limit(1)).one()
    assert (last.verb, last.act, last.actor_id) == ("enrollment.undone", name, 7)
    assert refusal(name, jordan) == rules.UNDONE_ALREADY


def test_an_enrollment_that_was_removed_comes_back_with_all_that_it_had(jordan, lower, other):
    enroll_again(jordan, lower, other)
    planned = get_enrollment(db.scalars(select(func.max(Enrollment.id))).one())
    aftercare = db.scalars(select(Series.id).where(Series.program_id == lower.id)).one()
    lives.join(planned, [get_series(aftercare)], **BY)
    days = {"from_on": day("03-16"), "until_on": day("03-20")}
    lives.grant_leave(planned, **days, reason="Travel", **BY)
    planned_id = planned.id
    before = picture(jordan)
    name = kept(lambda: lives.call_off(get_enrollment(planned_id), **BY), jordan)
    assert picture(jordan) != before
    assert undo(name, jordan) == "Undone."
    assert picture(jordan) == before
    assert broken_chains() == bookings_compared().sentences == []


def test_a_place_that_was_taken_meanwhile_keeps_a_removed_enrollment_away(jordan, lower, other):
    enroll_again(jordan, lower, other)
    planned = db.scalars(select(func.max(Enrollment.id))).one()
    name = kept(lambda: lives.call_off(get_enrollment(planned), **BY), jordan)
    enroll_again(*again(jordan, lower, other))
    assert refusal(name, jordan) == "They are enrolled in this program at that time already."
    (between,) = db.scalars(select(Enrollment).where(Enrollment.program_id == lower.id))
    between.until_on, between.from_on = day("03-08"), day("03-07")  # with its key
    assert undo(name, jordan) == "Undone."
    keys = db.scalars(select(Enrollment.key).order_by(Enrollment.from_on)).all()
    assert (len(keys), len(set(keys))) == (3, 3)


def discharged(enrollment):
    return kept(lambda: discharge(get_enrollment(enrollment.id), None, None), enrollment)


def added(enrollment, group, *, now=NOW):
    facts = {"what": "put_on", "about": "roster", "now": now}
    act = lambda: put_on(  # noqa: E731 - it is done inside
        get_enrollment(enrollment.id), get_series(group.id), from_on=day("03-05"), **BY
    )
    return kept(act, enrollment, **facts)


def test_what_changes_nothing_cannot_be_undone(jordan):
    assert kept(lambda: None, jordan) is None


def test_it_can_be_undone_for_a_day(jordan):
    name = discharged(jordan)
    assert refusal(name, jordan, now=NOW + timedelta(hours=24, seconds=1)) == rules.TOO_LATE
    acts.sweep(now=NOW + timedelta(hours=23))
    assert db.scalars(select(ActWords.act)).all() == [name]
    acts.sweep(now=NOW + timedelta(hours=24))
    assert db.scalars(select(ActWords.act)).all() == []


def test_the_trail_has_values_and_no_words(jordan):
    discharged(jordan)
    event = db.scalars(select(TrailEvent).where(TrailEvent.verb == "enrollment.changed")).one()
    assert "dropped out" in event.facts
    assert "Dentist" not in event.facts


def test_what_was_changed_since_is_named(jordan):
    name = discharged(jordan)
    lives.set_end(get_enrollment(jordan.id), until_on=day("03-06"), **BY)
    assert refusal(name, jordan) == (
        "Since then somebody has changed the enrollment. Look at it again."
    )


def test_what_was_added_beside_it_since_is_named(jordan):
    days = {"from_on": day("03-09"), "until_on": day("03-10")}
    name = kept(lambda: lives.grant_leave(get_enrollment(jordan.id), **days, **BY), jordan)
    days = {"from_on": day("03-16"), "until_on": day("03-17")}
    lives.grant_leave(get_enrollment(jordan.id), **days, **BY)
    assert refusal(name, jordan) == "Since then somebody has changed the leave. Look at it again."


def test_what_an_enrollment_has_become_since_is_named(jordan, lower, other):
    name = kept(lambda: step_down(*again(jordan, lower, other)), jordan)
    following = db.scalars(select(Enrollment.id).where(Enrollment.continues_id == jordan.id)).one()
    dated.set_transition_weeks(get_enrollment(following), weeks=[day("03-16")], **BY)
    days = {"from_on": day("03-16"), "until_on": day("03-17")}
    lives.grant_leave(get_enrollment(following), **days, **BY)
    assert refusal(name, jordan) == (
        "Since then somebody has changed the transition weeks. Look at it again."
    )
    dated.set_transition_weeks(get_enrollment(following), weeks=[day("03-09")], **BY)
    assert refusal(name, jordan) == (
        "Since then somebody has changed the transition weeks. Look at it again."
    )


def test_leave_on_an_enrollment_that_began_since_is_named(jordan, lower, other):
    name = kept(lambda: step_down(*again(jordan, lower, other)), jordan)
    following = db.scalars(select(Enrollment.id).where(Enrollment.continues_id == jordan.id)).one()
    days = {"from_on": day("03-16"), "until_on": day("03-17")}
    lives.grant_leave(get_enrollment(following), **days, **BY)
    assert refusal(name, jordan) == "Since then somebody has changed the leave. Look at it again."


def test_what_another_enrollment_continues_is_undone_after_it(jordan, lower, other):
    name = kept(lambda: enroll_again(*again(jordan, lower, other)), jordan)
    third = make.enrollment(program=other.program, participant=jordan.participant)
    third.continues_id = jordan.id + 1
    db.flush()
    assert refusal(name, jordan) == rules.GONE_ON


def test_what_goes_on_since_is_undone_first(jordan, lower, other):
    name = kept(lambda: enroll_again(*again(jordan, lower, other)), jordan)
    following = get_enrollment(jordan.id + 1)
    third = get_program(make.program(lower.site, name="Alumni").id)
    lives.step_down(following, third, from_on=following.from_on + timedelta(days=7), **BY)
    assert refusal(name, jordan) == (
        "Since then somebody has changed the enrollment. Look at it again."
    )


def test_attendance_recorded_since_is_not_lost(jordan, other):
    name = added(jordan, other)
    db.expunge_all()
    booking = booking_on(jordan, "03-05")
    at = booking.session.starts_at
    mark(booking, status=Status.PRESENT, version=booking.version, by=DESK, now=at)
    assert refusal(name, jordan, about="roster") == (
        "Since then attendance was recorded or a session planned on Thu, Mar 5. It stays as it is."
    )


def test_attendance_after_an_end_that_was_put_off_is_not_lost(jordan, group):
    lives.set_end(get_enrollment(jordan.id), until_on=day("03-04"), **BY)
    facts = {"until_on": day("03-09")}
    name = kept(lambda: lives.set_end(get_enrollment(jordan.id), **facts, **BY), jordan)
    db.expunge_all()
    booking = booking_on(jordan, "03-09")
    mark(booking, status=Status.PRESENT, version=1, by=DESK, now=booking.session.starts_at)
    assert "recorded on Mar 9, 2026" in refusal(name, jordan)


def test_a_seat_that_was_given_away_is_told(jordan, group):
    name = discharged(jordan)
    for _ in range(2):
        somebody = make.enrollment(program=group.program, from_on="2026-02-16")
        put_on(get_enrollment(somebody.id), get_series(group.id), from_on=day("03-23"), **BY)
    assert refusal(name, jordan) == (
        "Process group has no free seat on Mon, Mar 23; Wed, Mar 25; Mon, Mar 30."
    )


def test_a_seat_on_a_session_alone_that_was_given_away_is_told(jordan):
    guest = make.session("2026-03-13", "15:00", "16:00", program=jordan.program, seats=1)
    make.booking(guest, jordan)
    name = discharged(jordan)
    make.booking(guest, make.enrollment(program=jordan.program))
    assert "has no free seat on Fri, Mar 13." in refusal(name, jordan)


def test_who_is_booked_again_meanwhile_and_whose_session_is_gone_are_left_alone(jordan):
    guest = make.session("2026-03-13", "15:00", "16:00", program=jordan.program, seats=1)
    make.booking(guest, jordan)
    name = discharged(jordan)
    again = make.booking(guest, jordan).id
    db.execute(delete(Session).where(Session.day == day("03-11")))
    assert undo(name, jordan) == "Undone."
    assert booking_on(jordan, "03-13").id == again


def test_a_session_that_somebody_has_reinstated_since_is_named(jordan):
    name = discharged(jordan)
    sessions.reinstate([booking_less("03-12")], now=NOW)
    assert refusal(name, jordan) == (
        "Since then somebody has changed an individual session. Look at it again."
    )


def booking_less(on):
    return db.scalars(select(Session.id).where(Session.day == day(on))).one()


def test_who_is_wanted_elsewhere_by_now_stays(jordan, lower, group):
    name = kept(lambda: remove(*again(jordan, lower, group)), jordan, about="roster")
    beside = laid_out(group.program, weekdays="2", title="Yoga")
    put_on(get_enrollment(jordan.id), beside, from_on=day("03-18"), **BY)
    assert "Process group and Yoga" in refusal(name, jordan, about="roster")


def test_a_session_alone_that_would_have_begun_stays_cancelled(jordan):
    tonight = make.session("2026-03-05", "08:00", "09:00", program=jordan.program, seats=1)
    make.booking(tonight, jordan)
    name = discharged(jordan)
    assert undo(name, jordan) == f"Undone. {rules.STAYS_OFF}"
    db.expire_all()
    assert db.get_one(Session, tonight.id).is_cancelled
    assert booking_on(jordan, "03-12").status is Status.EXPECTED


def test_a_week_that_is_over_stays_as_it_reads(jordan):
    sunday = make.instant("2026-03-08 20:00")
    days = {"from_on": day("03-08"), "until_on": day("03-10"), "by": DESK, "now": sunday}
    enrollment = get_enrollment(jordan.id)
    name = kept(lambda: lives.grant_leave(enrollment, **days), jordan, now=sunday)
    assert refusal(name, jordan, now=sunday + timedelta(hours=12)) == rules.WEEK_OVER


def test_undoing_an_amendment_is_one_itself(jordan, lower, other):
    name = kept(lambda: hours_again(*again(jordan, lower, other)), jordan)
    undo(name, jordan)
    found = db.scalars(select(Amendment).order_by(Amendment.id)).all()
    assert [(each.verb, each.reason) for each in found] == [
        ("enrollment.target_changed", "x"),
        ("enrollment.undone", "x"),
    ]


def test_several_who_were_added_at_once_are_undone_at_once_or_each(jordan, other):
    blake = make.enrollment(program=other.program, from_on="2026-02-16")
    places = [(get_enrollment(each.id), other, day("03-05")) for each in (jordan, blake)]
    act = lambda: put_all_on(places, **BY)  # noqa: E731 - it is done inside
    name = kept(act, jordan, blake, what="put_on", about="roster")
    undo(name, blake, about="roster")
    assert refusal(name, blake, about="roster") == rules.UNDONE_ALREADY
    assert undo(name, jordan, blake, about="roster") == "Undone."
    on_it = select(RosterEntry.id).where(RosterEntry.series_id == other.id)
    assert db.scalars(on_it).all() == []
