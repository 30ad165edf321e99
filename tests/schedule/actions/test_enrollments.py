from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.accounts.models import Staff
from clinic.days import WeeklyTime
from clinic.db import db
from clinic.enrollment import rules
from clinic.enrollment.actions import Hours, enroll
from clinic.enrollment.models import EndReason, Enrollment, Outcome
from clinic.enrollment.queries import get_enrollment
from clinic.errors import Refused
from clinic.participants.models import Participant
from clinic.participants.queries import get_participant
from clinic.programs.models import DayPart
from clinic.programs.queries import get_program
from clinic.schedule.actions import enrollments as actions
from clinic.schedule.actions.rosters import put_on
from clinic.schedule.actions.series import lay_out
from clinic.schedule.models import Booking, Method, RosterEntry, Series, Session, Status
from clinic.schedule.queries.series import get_series
from clinic.trail import Actor, TrailEvent
from tests import make
from tests.dump import changed, dump

DESK = Actor("account", 7)
NOW = make.instant("2026-03-04 12:00")  # a Wednesday
BY = {"by": DESK, "now": NOW}


def day(text):
    return date.fromisoformat(text)


@pytest.fixture
def program(app):
    return get_program(make.program(min_minutes=540, max_minutes=720).id)


@pytest.fixture
def group(program):
    """Mondays and Wednesdays from ten to eleven, all of March."""
    return laid_out(program, weekdays="02", title="Process group")


def laid_out(program, **facts):
    facts = {"from_on": "2026-03-02", "until_on": "2026-03-31", "seats": 2} | facts
    series = make.series(program=program, **facts)
    lay_out(get_series(series.id), by=DESK, now=NOW)
    return get_series(series.id)


@pytest.fixture
def jordan(program, group):
    """On the group since the beginning of March."""
    enrollment = whole(make.enrollment(program=program, from_on="2026-02-16"))
    put_on(enrollment, group, from_on=day("2026-03-02"), by=DESK, now=make.instant("2026-03-01"))
    return enrollment


def whole(enrollment):
    return get_enrollment(enrollment.id)


def booked(enrollment, *statuses):
    """The days of March on which somebody is booked."""
    found = (
        select(Session.day)
        .join(Booking, Booking.session_id == Session.id)
        .where(Booking.enrollment_id == enrollment.id)
        .order_by(Session.day)
    )
    if statuses:
        found = found.where(Booking.status.in_(statuses))
    return [each.day for each in db.scalars(found)]


def recorded(enrollment, on, status=Status.PRESENT):
    """Mark somebody's booking of a day, as attendance would."""
    booking = db.scalars(
        select(Booking)
        .join(Session, Session.id == Booking.session_id)
        .where(Booking.enrollment_id == enrollment.id, Session.day == day(on))
    ).one()
    booking.status, booking.method = status, Method.STAFF
    if status in {Status.EXCUSED, Status.LATE_CANCEL}:
        booking.seat_no = None
    db.flush()


def one_off(enrollment, on, **facts):
    session = make.session(on, "15:00", "16:00", program=enrollment.program, seats=1, **facts)
    make.booking(session, enrollment)
    return session


def refusal(act, *args, **facts):
    with pytest.raises(Refused) as refused:
        act(*args, **facts, **BY)
    return refused.value.sentence


def verbs():
    return list(db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)))


def test_an_admission_puts_somebody_on_their_groups(program, group):
    ana = make.staff()
    enrollment = enroll(
        get_participant(make.participant().id),
        program,
        from_on=day("2026-03-09"),
        until_on=day("2026-05-03"),
        clinician=db.get_one(Staff, ana.id),
        target=Hours(300, 600),
        wished_part=DayPart.MORNING,
        unavailable=[WeeklyTime(0, 0, 60)],
        **BY,
    )
    actions.join(enrollment, [group], **BY)
    assert booked(enrollment) == [9, 11, 16, 18, 23, 25, 30]
    assert verbs()[-2:] == ["enrollment.began", "roster.put_on"]
    assert whole(enrollment).clinician_id == ana.id


def test_an_admission_in_the_past_begins_its_groups_today(program, group):
    somebody = get_participant(make.participant().id)
    enrollment = enroll(somebody, program, from_on=day("2026-02-02"), **BY)
    actions.join(enrollment, [group], **BY)
    assert booked(enrollment) == [9, 11, 16, 18, 23, 25, 30]  # today's is over


def test_an_admission_needs_a_seat_on_every_day_of_its_groups(program, group):
    for _ in range(2):
        entry = make.enrollment(program=program, from_on="2026-02-16")
        put_on(whole(entry), group, from_on=day("2026-03-09"), **BY)
    somebody = get_participant(make.participant().id)
    enrollment = enroll(somebody, program, from_on=day("2026-03-09"), **BY)
    assert refusal(actions.join, enrollment, [group]).startswith(
        "Process group has no free seat on Mon, Mar 9"
    )


def test_leave_gives_seats_back_and_keeps_what_was_attended(jordan):
    recorded(jordan, "2026-03-02")
    actions.grant_leave(jordan, from_on=day("2026-03-02"), until_on=day("2026-03-11"), **BY)
    assert booked(jordan) == [2, 16, 18, 23, 25, 30]
    actions.end_leave(jordan, from_on=day("2026-03-02"), last_on=day("2026-03-10"), **BY)
    assert booked(jordan) == [2, 11, 16, 18, 23, 25, 30]


def test_leave_keeps_an_absence_that_was_announced(jordan):
    recorded(jordan, "2026-03-09", Status.EXCUSED)
    actions.grant_leave(jordan, from_on=day("2026-03-09"), until_on=day("2026-03-11"), **BY)
    assert booked(jordan, Status.EXCUSED) == [9]


def test_a_one_off_session_on_leave_that_nobody_is_left_in_is_cancelled(jordan):
    alone = one_off(jordan, "2026-03-10")
    shared = one_off(jordan, "2026-03-11", title="Family")
    shared.seats = 2
    db.flush()
    make.booking(shared, make.enrollment(program=jordan.program))
    gone = one_off(jordan, "2026-03-03")  # it is over: whoever came or not is for its sheet
    actions.grant_leave(jordan, from_on=day("2026-03-02"), until_on=day("2026-03-11"), **BY)
    for session in (alone, shared, gone):
        db.refresh(session)
    assert (alone.is_cancelled, alone.cancel_reason, alone.sequence, alone.changed_at) == (
        True,
        "Nobody is booked any more",
        1,
        NOW,
    )
    assert (shared.is_cancelled, gone.is_cancelled) == (False, False)
    assert verbs()[-1] == "session.cancelled"


def test_somebody_whose_seat_was_given_away_cannot_come_back_early(jordan, group):
    actions.grant_leave(jordan, from_on=day("2026-03-09"), until_on=day("2026-03-20"), **BY)
    other = whole(make.enrollment(program=jordan.program, from_on="2026-02-16"))
    put_on(other, group, from_on=day("2026-03-09"), **BY)
    other = whole(make.enrollment(program=jordan.program, from_on="2026-02-16"))
    session = db.scalars(select(Session).where(Session.day == day("2026-03-11"))).one()
    make.booking(session, other)
    sentence = refusal(
        actions.end_leave, jordan, from_on=day("2026-03-09"), last_on=day("2026-03-08")
    )
    assert sentence == "Process group has no free seat on Wed, Mar 11."


def test_somebody_who_is_elsewhere_by_now_cannot_come_back_early(jordan):
    actions.grant_leave(jordan, from_on=day("2026-03-09"), until_on=day("2026-03-20"), **BY)
    session = make.session("2026-03-11", "10:30", "11:30", program=jordan.program, title="Intake")
    make.booking(session, jordan)
    sentence = refusal(
        actions.end_leave, jordan, from_on=day("2026-03-09"), last_on=day("2026-03-08")
    )
    assert sentence == "Intake and Process group are at the same time on Wed, Mar 11."


def test_two_sessions_at_a_time_of_before_stop_nobody_from_leaving(jordan):
    session = make.session("2026-03-16", "10:30", "11:30", program=jordan.program, title="Intake")
    make.booking(session, jordan)
    actions.set_end(jordan, until_on=day("2026-03-18"), **BY)
    assert booked(jordan) == [2, 4, 9, 11, 16, 16, 18]


def test_whoever_ends_is_on_no_group_that_was_still_to_come(jordan):
    circle = laid_out(jordan.program, weekdays="3", title="Circle")
    put_on(jordan, circle, from_on=day("2026-03-19"), **BY)
    facts = {"outcome": Outcome.COMPLETED, "reason": EndReason.COMPLETED}
    actions.set_end(jordan, until_on=day("2026-03-18"), **facts, **BY)
    assert [(entry.series_id, entry.from_on) for entry in db.scalars(select(RosterEntry))] == [
        (jordan_group(), day("2026-03-02"))
    ]


def jordan_group():
    return db.scalar(select(Series.id).where(Series.title == "Process group"))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_whoever_ends_is_expected_no_more(jordan, outcome):
    recorded(jordan, "2026-03-02")
    recorded(jordan, "2026-03-16", Status.EXCUSED)
    alone = one_off(jordan, "2026-03-20")
    actions.set_end(
        jordan,
        until_on=day("2026-03-09"),
        outcome=outcome,
        reason=rules.REASONS[outcome][-1],
        **BY,
    )
    assert booked(jordan) == [2, 4, 9]
    db.refresh(alone)
    assert alone.is_cancelled
    found = whole(jordan)
    assert (found.until_on, found.outcome) == (day("2026-03-09"), outcome)


def test_the_last_day_is_never_before_attendance(jordan):
    recorded(jordan, "2026-03-04", Status.NO_SHOW)
    facts = {"outcome": Outcome.LEFT, "reason": EndReason.DROPPED_OUT}
    sentence = refusal(actions.set_end, jordan, until_on=day("2026-03-03"), **facts)
    assert sentence == (
        "Attendance was recorded on Mar 4, 2026. The last day cannot be before that."
    )


def test_somebody_who_has_just_arrived_is_there_before_the_start_too(jordan):
    recorded(jordan, "2026-03-09")
    sentence = refusal(actions.set_end, jordan, until_on=day("2026-03-08"))
    assert sentence.startswith("Attendance was recorded on Mar 9, 2026")


def test_an_extension_books_the_groups_again_and_open_ended_all_of_them(jordan):
    actions.set_end(jordan, until_on=day("2026-03-10"), **BY)
    assert booked(jordan) == [2, 4, 9]
    actions.set_end(jordan, until_on=day("2026-03-17"), **BY)
    assert booked(jordan) == [2, 4, 9, 11, 16]
    actions.set_end(jordan, until_on=None, **BY)
    assert booked(jordan) == [2, 4, 9, 11, 16, 18, 23, 25, 30]


def test_stepping_down_ends_one_enrollment_and_begins_the_next(jordan):
    aftercare = get_program(make.program(min_minutes=60, max_minutes=120).id)
    circle = laid_out(aftercare, weekdays="3", title="Circle", start="18:00", end="19:00")
    make.unavailability(jordan, 2, "08:00", "09:00")
    following = actions.step_down(
        whole(jordan),
        aftercare,
        from_on=day("2026-03-12"),
        until_on=day("2026-04-30"),
        target=Hours(60, 90),
        transition_weeks=[day("2026-03-12")],
        **BY,
    )
    actions.join(following, [circle], **BY)
    assert booked(jordan) == [2, 4, 9, 11]
    assert booked(following) == [12, 19, 26]
    ended, begun = whole(jordan), whole(following)
    assert (ended.until_on, ended.outcome, ended.end_reason) == (
        day("2026-03-11"),
        Outcome.TRANSFERRED,
        EndReason.TRANSFERRED,
    )
    assert (begun.continues_id, begun.from_on, begun.until_on) == (
        jordan.id,
        day("2026-03-12"),
        day("2026-04-30"),
    )
    assert [one.week for one in begun.transition_weeks] == [day("2026-03-09")]
    assert [one.weekday for one in begun.unavailabilities] == [2]
    assert len(rules.episodes([ended, begun])) == 1


def test_stepping_down_can_complete_the_first(jordan):
    aftercare = get_program(make.program().id)
    actions.step_down(jordan, aftercare, from_on=day("2026-03-12"), outcome=Outcome.COMPLETED, **BY)
    assert whole(jordan).end_reason is EndReason.COMPLETED


def test_stepping_down_goes_elsewhere_and_once(jordan, program):
    aftercare = get_program(make.program().id)
    step_down = actions.step_down
    assert refusal(step_down, jordan, program, from_on=day("2026-03-12")) == rules.SAME_PROGRAM
    step_down(jordan, aftercare, from_on=day("2026-03-12"), **BY)
    assert refusal(step_down, jordan, aftercare, from_on=day("2026-03-12")) == rules.ENDED


def test_a_step_down_on_the_first_day_leaves_nothing_to_end(jordan):
    aftercare = get_program(make.program().id)
    sentence = refusal(
        actions.step_down, jordan, aftercare, from_on=day("2026-02-16"), amends="so it was"
    )
    assert sentence == "The last day is before the first."


def test_what_never_began_is_called_off_without_a_trace_but_its_events(program, group):
    before = dump()
    somebody = get_participant(make.participant().id)
    enrollment = enroll(somebody, program, from_on=day("2026-03-09"), **BY)
    actions.join(enrollment, [group], **BY)
    alone = one_off(enrollment, "2026-03-10")
    actions.call_off(whole(enrollment), **BY)
    assert not changed(before, dump()) & {"enrollment", "target", "roster_entry", "booking"}
    db.refresh(alone)
    assert alone.is_cancelled
    assert verbs()[-2:] == ["enrollment.called_off", "session.cancelled"]


def test_what_has_begun_is_ended_instead(jordan, program):
    assert refusal(actions.call_off, jordan) == rules.BEGUN
    coming = make.enrollment(program=program, from_on="2026-03-09")
    session = make.session("2026-03-04", "12:05", "13:00", program=program)
    make.booking(session, coming, Status.PRESENT)
    assert refusal(actions.call_off, whole(coming)) == rules.BEGUN


def test_what_another_one_continues_is_called_off_after_it(program):
    coming = make.enrollment(program=program, from_on="2026-03-09")
    aftercare = make.program(level="aftercare")
    following = actions.step_down(whole(coming), aftercare, from_on=day("2026-03-16"), **BY)
    before = dump()
    assert refusal(actions.call_off, whole(coming)) == rules.CONTINUED
    assert changed(before, dump()) == set()
    actions.call_off(whole(following), **BY)
    actions.call_off(whole(coming), **BY)
    assert db.scalar(select(func.count(Enrollment.id))) == 0


def test_calendars_of_whoever_leaves_are_written_anew(jordan):
    def version():
        return db.scalar(
            select(Participant.calendar_version).where(Participant.id == jordan.participant_id)
        )

    before = version()
    one_off(jordan, "2026-03-20")
    actions.set_end(jordan, until_on=day("2026-03-19"), **BY)
    assert version() > before


def test_nothing_is_counted_twice_when_pressed_twice(jordan):
    facts = {"outcome": Outcome.LEFT, "reason": EndReason.OTHER}
    actions.set_end(jordan, until_on=day("2026-03-09"), **facts, **BY)
    before = dump()
    actions.set_end(jordan, until_on=day("2026-03-09"), **facts, **BY)
    assert changed(before, dump()) == set()
    assert db.scalar(select(func.count(Enrollment.id))) == 1
