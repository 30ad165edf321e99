from datetime import date

from clinic.admissions.queries import clinicians, digest, effects_between, picture_of
from clinic.admissions.rules import Place
from clinic.enrollment import actions as enrollment_actions
from clinic.enrollment.models import EndReason, Outcome
from clinic.enrollment.queries import get_enrollment
from clinic.permissions import Role
from clinic.programs.models import DayPart
from clinic.schedule.actions import enrollments as acts
from clinic.schedule.models import Status
from clinic.trail import SYSTEM
from tests import make

NOON = make.instant("2026-03-04 12:00")


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
    picture = picture_of(enrollment.participant_id, now=NOON).enrollments[enrollment.id]
    assert (picture.program, picture.busy) == ("Evening IOP", ((1, 480, 960),))
    assert picture.facts == {
        "Enrolled": "Jan 5, 2026 – Mar 1, 2026",
        "Ended": "Left: dropped out",
        "Hours from Jan 5, 2026": "9 – 12 hours a week on at least 3 days",
        "Hours from Feb 16, 2026": "6 – 9 hours a week",
        "Leave from Feb 2, 2026": "until Feb 6, 2026",
        "Transition weeks": "Feb 16, 2026",
        "Primary clinician": "Ana Rivera",
        "Wished part of the day": "Evening",
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
    places = picture_of(enrollment.participant_id, now=NOON).enrollments[enrollment.id].places
    first = date(2026, 1, 5)
    assert places == {
        (lasting.id, date(2026, 1, 1)): Place("A, Mon 10:00 – 11:00 am", first, date(2026, 5, 3)),
        (short.id, first): Place("B, Mon 10:00 – 11:00 am", first, date(2026, 4, 1)),
    }


def test_a_meeting_is_in_the_time_of_its_site(app):
    enrollment = make.enrollment()
    session = make.session("2026-03-09", "18:00", "21:00", title="Process")
    make.booking(session, enrollment)
    holder, meeting = picture_of(enrollment.participant_id, now=NOON).meetings[session.id]
    assert (holder, meeting.words) == (enrollment.id, "Mon, Mar 9, 6:00 – 9:00 pm: Process")
    assert (meeting.weekday, meeting.first, meeting.last, meeting.is_held) == (0, 1080, 1260, True)


def test_weeks_are_those_that_the_hours_pages_show(app):
    enrollment = make.enrollment()
    make.booking(make.session("2026-03-02", "18:00", "21:00"), enrollment, status=Status.PRESENT)
    make.booking(make.session("2026-03-05", "18:00", "21:00"), enrollment)
    week = (
        picture_of(enrollment.participant_id, now=NOON)
        .enrollments[enrollment.id]
        .weeks[date(2026, 3, 2)]
    )
    assert (week.label, week.min, week.planned, week.delivered, week.upcoming, week.state) == (
        "Mar 2",
        540,
        360,
        180,
        180,
        "needs_make_up",
    )


def test_nobody_else_is_in_the_picture(app):
    mine, other = make.enrollment(), make.enrollment()
    make.booking(make.session("2026-03-09"), other)
    picture = picture_of(mine.participant_id, now=NOON)
    assert (list(picture.enrollments), picture.meetings) == ([mine.id], {})


def test_the_picture_after_an_act_has_what_the_act_did(app):
    enrollment = get_enrollment(make.enrollment().id)
    session = make.session("2026-03-20")
    make.booking(session, enrollment)
    person = enrollment.participant_id
    before = picture_of(person, now=NOON)
    acts.end(
        enrollment,
        last_on=date(2026, 3, 8),
        outcome=Outcome.LEFT,
        reason=EndReason.OTHER,
        by=SYSTEM,
        now=NOON,
    )
    after = picture_of(person, before=before, now=NOON)
    assert after.cancelled == {session.id}
    found = effects_between(before, after, now=NOON)
    assert [(change.what, change.after) for change in found.facts] == [
        ("Enrolled", "Jan 5, 2026 – Mar 8, 2026"),
        ("Ended", "Left: other reason"),
    ]
    assert (found.cancelled.number, found.lost.number) == (1, 0)


def test_what_is_carried_from_showing_to_saving_tells_effects_apart(app):
    enrollment = get_enrollment(make.enrollment().id)
    before = picture_of(enrollment.participant_id, now=NOON)
    nothing = digest(effects_between(before, before, now=NOON))
    enrollment_actions.change_target(
        enrollment,
        from_on=date(2026, 3, 9),
        target=enrollment_actions.Hours(360, 540),
        by=SYSTEM,
        now=NOON,
    )
    after = picture_of(enrollment.participant_id, before=before, now=NOON)
    one, other = (digest(effects_between(before, after, now=NOON)) for _ in range(2))
    assert (one == other, one == nothing, len(one)) == (True, False, 64)


def test_clinicians_are_those_who_are_and_still_work_here(app):
    kim = make.staff(name="Kim Tran")
    ana = make.staff(name="Ana Rivera", roles=[Role.ADMIN, Role.CLINICIAN])
    make.staff(name="Sam Whitfield", roles=[Role.ADMIN])
    make.staff(name="Gone Away", is_active=False)
    assert clinicians() == [ana, kim]
