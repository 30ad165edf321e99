from datetime import date

from clinic.days import Range, WeeklyTime
from clinic.effects import queries, rules
from clinic.enrollment import actions as enrollment_actions
from clinic.enrollment.models import EndReason, Outcome
from clinic.enrollment.queries import get_enrollment
from clinic.hours.rules import State
from clinic.programs.models import DayPart
from clinic.schedule.actions import enrollments as acts
from clinic.schedule.models import Status
from clinic.schedule.rules.words import session_words
from clinic.trail import SYSTEM
from tests import make

NOON = make.instant("2026-03-04 12:00")
WEEK = date(2026, 3, 2)
DAYS = Range(date(2026, 1, 1), None)


def picture_of(participant_id, days=DAYS):
    return queries.picture_of(participant_id, days, week=WEEK, now=NOON)


def between(before, after):
    return queries.consequences_of(before, after, week=WEEK)


def changes(found, heading="The enrollment"):
    return [
        (change.what, change.after)
        for part in found.parts
        if part.heading == heading
        for change in part.changes
    ]


def lists(found):
    return [sessions.heading for part in found.parts for sessions in part.lists]


def test_a_picture_has_what_is_known_of_an_enrollment(app):
    enrollment = make.enrollment(
        from_on="2026-01-05",
        until_on="2026-03-01",
        min_service_days=3,
        clinician=make.staff(name="Ana Rivera"),
        wished_part=DayPart.EVENING,
        outcome=Outcome.LEFT,
        end_reason=EndReason.DROPPED_OUT,
    )
    make.target(enrollment, "2026-02-16", min_minutes=360, max_minutes=540)
    make.leave(enrollment, "2026-02-02", "2026-02-06")
    make.transition_week(enrollment, "2026-02-16")
    make.unavailability(enrollment, 1)
    picture = picture_of(enrollment.participant_id)
    assert picture.programs == {enrollment.id: "Evening IOP"}
    assert picture.busy == {enrollment.id: [WeeklyTime(1, 480, 960)]}
    assert {what: words for (_, what), words in picture.facts.items()} == {
        "Enrolled": "Jan 5, 2026 – Mar 1, 2026",
        "Ended": "Left: dropped out",
        "Hours from Jan 5, 2026": "9 – 12 hours a week on at least 3 days",
        "Hours from Feb 16, 2026": "6 – 9 hours a week",
        "Leave from Feb 2, 2026": "through Feb 6, 2026",
        "Transition weeks": "Feb 16, 2026",
        "Primary clinician": "Ana Rivera",
        "Preferred time of day": "Evening",
        "Cannot come": "Tue 8:00 am – 4:00 pm",
    }


def test_a_place_lasts_as_long_as_enrollment_and_group_do(app):
    enrollment = make.enrollment(until_on="2026-05-03")
    lasting, short, over = (
        make.series(title="A"),
        make.series(title="B", until_on="2026-04-01"),
        make.series(title="C", from_on="2025-11-03", until_on="2026-01-04"),
    )
    make.roster_entry(lasting, enrollment, from_on="2026-01-01")
    make.roster_entry(short, enrollment)
    make.roster_entry(over, enrollment)
    places = picture_of(enrollment.participant_id).places
    first = date(2026, 1, 5)
    assert places == {
        (enrollment.id, lasting.id, date(2026, 1, 1)): (
            "A, Mon 10:00 – 11:00 am",
            "Jan 5, 2026 – May 3, 2026",
        ),
        (enrollment.id, short.id, first): ("B, Mon 10:00 – 11:00 am", "Jan 5, 2026 – Apr 1, 2026"),
    }


def test_a_meeting_is_in_the_time_of_its_site(app):
    enrollment = make.enrollment()
    session = make.session("2026-03-09", "18:00", "21:00", title="Process")
    make.booking(session, enrollment)
    meeting = picture_of(enrollment.participant_id).meetings[session.id]
    assert session_words(meeting) == "Mon, Mar 9, 6:00 – 9:00 pm: Process"
    assert (meeting.enrollment_id, meeting.is_cancelled) == (enrollment.id, False)
    assert rules.time_of(meeting) == WeeklyTime(0, 1080, 1260)


def test_weeks_are_those_that_the_hours_pages_show(app):
    enrollment = make.enrollment()
    make.booking(make.session("2026-03-02", "18:00", "21:00"), enrollment, status=Status.PRESENT)
    make.booking(make.session("2026-03-05", "18:00", "21:00"), enrollment)
    week = picture_of(enrollment.participant_id).weeks[enrollment.id, WEEK]
    target, balance = week.target, week.balance
    assert (target.min_minutes, balance.planned, balance.delivered, balance.upcoming) == (
        540,
        360,
        180,
        180,
    )
    assert week.state is State.OUT_OF_REACH


def test_a_picture_is_of_the_days_that_can_change_and_of_this_week_and_the_next(app):
    enrollment = make.enrollment()
    sessions = {
        day: make.session(f"2026-{day}")
        for day in ("02-20", "02-24", "03-02", "03-17", "03-19", "03-26")
    }
    for session in sessions.values():
        make.booking(session, enrollment)

    def seen(first, last):
        days = Range(
            date.fromisoformat(f"2026-{first}"), last and date.fromisoformat(f"2026-{last}")
        )
        found = picture_of(enrollment.participant_id, days)
        met = [day for day, session in sessions.items() if session.id in found.meetings]
        weeks = sorted(week for _, week in found.weeks)
        return met, f"{weeks[0]:%m-%d}", f"{weeks[-1]:%m-%d}"

    assert seen("03-17", "03-18") == (["03-02", "03-17"], "03-02", "03-16")
    assert seen("02-24", "03-03") == (["02-24", "03-02"], "02-23", "03-09")
    assert seen("03-17", None) == (["03-02", "03-17", "03-19", "03-26"], "03-02", "08-31")


def test_nobody_else_is_in_the_picture(app):
    mine, other = make.enrollment(), make.enrollment()
    make.booking(make.session("2026-03-09"), other)
    picture = picture_of(mine.participant_id)
    assert (list(picture.programs), picture.meetings) == ([mine.id], {})


def test_the_picture_after_an_act_has_what_the_act_did(app):
    enrollment = get_enrollment(make.enrollment().id)
    session = make.session("2026-03-20")
    make.booking(session, enrollment)
    person = enrollment.participant_id
    before = picture_of(person)
    acts.set_end(
        enrollment,
        until_on=date(2026, 3, 8),
        outcome=Outcome.LEFT,
        reason=EndReason.OTHER,
        by=SYSTEM,
        now=NOON,
    )
    found = between(before, picture_of(person))
    assert changes(found) == [
        ("Enrolled", "Jan 5, 2026 – Mar 8, 2026"),
        ("Ended", "Left: other reason"),
    ]
    assert lists(found) == ["1 session that no longer takes place"]


def test_what_is_carried_from_showing_to_saving_tells_effects_apart(app):
    enrollment = get_enrollment(make.enrollment().id)
    before = picture_of(enrollment.participant_id)
    nothing = between(before, before).digest
    enrollment_actions.change_target(
        enrollment,
        from_on=date(2026, 3, 9),
        target=enrollment_actions.Hours(360, 540),
        by=SYSTEM,
        now=NOON,
    )
    after = picture_of(enrollment.participant_id)
    one, other = (between(before, after).digest for _ in range(2))
    assert (one == other, one == nothing, len(one)) == (True, False, 64)
