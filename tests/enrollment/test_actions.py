import json
from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.days import WeeklyTime
from clinic.db import db, transaction
from clinic.enrollment import actions, rules
from clinic.enrollment.actions import Hours
from clinic.enrollment.models import Amendment, EndReason, Enrollment, Outcome
from clinic.enrollment.queries import get_enrollment
from clinic.errors import Refused
from clinic.participants.queries import get_participant
from clinic.programs.models import DayPart
from clinic.programs.queries import get_program
from clinic.trail import SYSTEM, Actor, TrailEvent
from tests import make
from tests.race import race

DESK = Actor("account", 7)
NOW = make.instant("2026-03-02 10:00")


def enroll(participant, program, from_on="2026-03-02", until_on=None, **facts):
    return actions.enroll(
        participant,
        program,
        from_on=date.fromisoformat(from_on),
        until_on=date.fromisoformat(until_on) if until_on else None,
        **facts,
        by=DESK,
        now=NOW,
    )


def targets(enrollment):
    return [
        (target.from_on, target.min_minutes, target.max_minutes, target.min_service_days)
        for target in enrollment.targets
    ]


def test_an_enrollment_keeps_the_target_that_its_program_has_today(app):
    program = make.program(min_minutes=540, max_minutes=720, min_service_days=3)
    enrollment = enroll(make.participant(), program)
    program.min_minutes, program.max_minutes = 600, 900
    db.flush()
    assert targets(enrollment) == [(date(2026, 3, 2), 540, 720, 3)]


def test_an_enrollment_may_have_a_target_and_a_clinician_of_its_own(app):
    ana, jo, program = make.staff(), make.participant(), make.program()
    enrollment = enroll(jo, program, until_on="2026-04-26", clinician=ana, target=Hours(360, 540))
    assert targets(enrollment) == [(date(2026, 3, 2), 360, 540, None)]
    assert (enrollment.participant_id, enrollment.program_id, enrollment.clinician_id) == (
        jo.id,
        program.id,
        ana.id,
    )
    assert (enrollment.from_on, enrollment.until_on, enrollment.outcome) == (
        date(2026, 3, 2),
        date(2026, 4, 26),
        None,
    )


def test_the_trail_says_who_began_what(app):
    program = make.program()
    enrollment = enroll(make.participant(), program)
    event = db.scalars(select(TrailEvent)).one()
    assert (event.verb, event.subject_id, event.chain) == (
        "enrollment.began",
        enrollment.id,
        program.site_id,
    )
    assert json.loads(event.facts) == {
        "participant": enrollment.participant_id,
        "program": program.id,
        "from_on": "2026-03-02",
        "until_on": None,
        "continues": None,
    }


def test_keys_step_over_those_in_use(app):
    program = make.program()
    make.enrollment(program=program, key="e-002")
    assert [enroll(make.participant(), program).key for _ in range(2)] == ["e-003", "e-004"]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"until_on": "2026-03-01"}, "The last day is before the first."),
        ({"target": Hours(720, 540)}, "The most hours a week are fewer than the least."),
        (
            {"from_on": "2026-02-01"},
            "They are enrolled in this program at that time already.",
        ),
    ],
)
def test_a_refused_enrollment_leaves_nothing(app, facts, sentence):
    jo, program = make.participant(), make.program()
    make.enrollment(jo, program, from_on="2026-01-05", until_on="2026-03-01")
    with pytest.raises(Refused) as refused:
        enroll(jo, program, **facts)
    assert refused.value.sentence == sentence
    assert db.scalar(select(func.count(Enrollment.id))) == 1
    assert db.scalar(select(func.count(TrailEvent.id))) == 0


def test_an_enrollment_may_follow_another_and_stand_beside_one_of_another_program(app):
    jo, program, aftercare = make.participant(), make.program(), make.program()
    make.enrollment(jo, program, from_on="2026-01-05", until_on="2026-03-01")
    assert enroll(jo, program).from_on == date(2026, 3, 2)
    assert enroll(jo, aftercare).program_id == aftercare.id


def test_of_two_who_enroll_the_same_person_at_once_one_is_refused(app):
    program_id = make.program().id
    for participant_id in [make.participant().id for _ in range(10)]:

        def enrolling(participant_id=participant_id):
            with transaction():
                enroll(get_participant(participant_id), get_program(program_id))

        answers = race(app, enrolling, enrolling)
        said = [getattr(answer, "sentence", answer) for answer in answers]
        assert sorted(said, key=str) == [
            None,
            "They are enrolled in this program at that time already.",
        ]
    assert db.scalar(select(func.count(Enrollment.id))) == 10


@pytest.fixture
def jordan(app):
    """Somebody enrolled since January, on a Wednesday in March."""
    make.account(id=DESK.id, roles=["coordinator"])
    return make.enrollment(
        from_on="2026-01-05", until_on="2026-04-26", min_minutes=540, max_minutes=720
    )


MIDWEEK = make.instant("2026-03-04 12:00")
BY = {"by": DESK, "now": MIDWEEK}


def day(text):
    return date.fromisoformat(text)


def whole(enrollment):
    return get_enrollment(enrollment.id)


def verbs():
    return list(db.scalars(select(TrailEvent.verb).order_by(TrailEvent.id)))


def amendments():
    return [
        (one.verb, one.reason, one.account_id, one.made_at)
        for one in db.scalars(select(Amendment).order_by(Amendment.id))
    ]


def refusal(act, *args, **facts):
    with pytest.raises(Refused) as refused:
        act(*args, **facts, **BY)
    return refused.value.sentence


def test_an_admission_keeps_what_was_wished(app):
    program = make.program()
    evenings = WeeklyTime(0, 18 * 60, 20 * 60)
    enrollment = enroll(
        make.participant(),
        program,
        target=Hours(300, 600, 2),
        wished_part=DayPart.MORNING,
        unavailable=[evenings, evenings],
    )
    found = whole(enrollment)
    assert targets(found) == [(day("2026-03-02"), 300, 600, 2)]
    assert found.wished_part is DayPart.MORNING
    assert [(u.weekday, u.from_minute, u.until_minute) for u in found.unavailabilities] == [
        evenings
    ]


def test_a_target_holds_from_its_day_and_keeps_the_service_days(jordan):
    jordan = whole(jordan)
    for one in jordan.targets:
        one.min_service_days = 3
    for _ in range(2):
        actions.change_target(jordan, from_on=day("2026-03-09"), target=Hours(360, 540), **BY)
    assert targets(whole(jordan)) == [
        (day("2026-01-05"), 540, 720, 3),
        (day("2026-03-09"), 360, 540, 3),
    ]
    assert verbs() == ["enrollment.target_changed"]
    actions.change_target(jordan, from_on=day("2026-03-09"), target=Hours(360, 540, 2), **BY)
    assert targets(whole(jordan))[-1] == (day("2026-03-09"), 360, 540, 2)


def test_a_target_in_the_middle_of_last_week_changes_no_week_that_is_over(jordan):
    actions.change_target(whole(jordan), from_on=day("2026-02-24"), target=Hours(1, 2), **BY)
    assert amendments() == []


@pytest.mark.parametrize("from_on", ["2026-01-05", "2026-02-23", "2026-02-20"])
def test_a_target_for_weeks_that_are_over_needs_a_reason(jordan, from_on):
    jordan = whole(jordan)
    facts = {"from_on": day(from_on), "target": Hours(1, 2)}
    assert refusal(actions.change_target, jordan, **facts) == rules.NEEDS_AMENDMENT
    actions.change_target(jordan, **facts, amends="typed wrongly", **BY)
    assert amendments() == [("enrollment.target_changed", "typed wrongly", 7, MIDWEEK)]
    assert verbs() == ["enrollment.amended", "enrollment.target_changed"]


def test_a_reason_that_nobody_asked_for_is_no_amendment(jordan):
    actions.change_target(
        whole(jordan), from_on=day("2026-03-09"), target=Hours(1, 2), amends="well", **BY
    )
    assert amendments() == []


@pytest.mark.parametrize("from_on", ["2026-01-04", "2026-04-27"])
def test_a_target_lies_within_the_enrollment(jordan, from_on):
    sentence = refusal(
        actions.change_target, whole(jordan), from_on=day(from_on), target=Hours(1, 2)
    )
    assert sentence.startswith("That day is")


def test_a_dated_target_is_taken_back_and_the_first_one_is_not(jordan):
    jordan = whole(jordan)
    actions.change_target(jordan, from_on=day("2026-03-09"), target=Hours(1, 2), **BY)
    actions.withdraw_target(jordan, from_on=day("2026-03-09"), **BY)
    assert targets(whole(jordan)) == [(day("2026-01-05"), 540, 720, None)]
    withdraw = actions.withdraw_target
    assert refusal(withdraw, jordan, from_on=day("2026-01-05")) == rules.FIRST_TARGET
    assert refusal(withdraw, jordan, from_on=day("2026-03-09")) == rules.NO_SUCH_TARGET


def test_transition_weeks_are_named_by_any_of_their_days(jordan):
    jordan = whole(jordan)
    for _ in range(2):
        actions.set_transition_weeks(
            jordan, weeks=[day("2026-03-11"), day("2026-03-16"), day("2026-03-17")], **BY
        )
    assert [one.week for one in whole(jordan).transition_weeks] == [
        day("2026-03-09"),
        day("2026-03-16"),
    ]
    assert verbs() == ["enrollment.transition_weeks_set"]
    actions.set_transition_weeks(jordan, weeks=[day("2026-03-16")], **BY)
    assert [one.week for one in whole(jordan).transition_weeks] == [day("2026-03-16")]


@pytest.mark.parametrize("week", ["2025-12-29", "2026-04-27"])
def test_transition_weeks_touch_the_enrollment(jordan, week):
    sentence = refusal(actions.set_transition_weeks, whole(jordan), weeks=[day(week)])
    assert sentence.startswith("That week is")


def test_the_week_in_which_an_enrollment_begins_can_be_one_of_transition(app):
    enrollment = whole(make.enrollment(from_on="2026-03-05"))
    actions.set_transition_weeks(enrollment, weeks=[day("2026-03-05")], **BY)
    assert [one.week for one in whole(enrollment).transition_weeks] == [day("2026-03-02")]


def test_leave_lies_within_the_enrollment_and_beside_other_leave(jordan):
    jordan = whole(jordan)
    actions.grant_leave(
        jordan, from_on=day("2026-03-10"), until_on=day("2026-03-12"), reason="travel", **BY
    )
    leave = jordan.leaves[-1]
    assert (leave.from_on, leave.until_on, leave.reason) == (
        day("2026-03-10"),
        day("2026-03-12"),
        "travel",
    )
    grant = actions.grant_leave
    with pytest.raises(Refused) as backwards:
        grant(jordan, from_on=day("2026-03-16"), until_on=day("2026-03-15"), **BY)
    assert (backwards.value.sentence, backwards.value.field) == (
        "The last day is before the first.",
        "until_on",
    )
    assert (
        refusal(grant, jordan, from_on=day("2026-03-12"), until_on=day("2026-03-13"))
        == "They are on leave from Mar 10, 2026 to Mar 12, 2026 already."
    )
    assert (
        refusal(grant, jordan, from_on=day("2026-04-20"), until_on=day("2026-04-27"))
        == "The last day of leave is after the enrollment ends, on Apr 26, 2026."
    )
    sentence = refusal(grant, jordan, from_on=day("2026-03-01"), until_on=day("2026-03-03"))
    assert sentence == rules.NEEDS_AMENDMENT


def test_leave_is_made_longer_shorter_or_called_off(jordan):
    jordan = whole(jordan)
    first = day("2026-03-10")
    actions.grant_leave(jordan, from_on=first, until_on=day("2026-03-12"), **BY)
    actions.grant_leave(jordan, from_on=day("2026-03-20"), until_on=day("2026-03-21"), **BY)
    for _ in range(2):
        actions.end_leave(jordan, from_on=first, last_on=day("2026-03-15"), **BY)
    assert [leave.until_on for leave in whole(jordan).leaves] == [
        day("2026-03-15"),
        day("2026-03-21"),
    ]
    overlapping = refusal(actions.end_leave, jordan, from_on=first, last_on=day("2026-03-20"))
    assert overlapping == "They are on leave from Mar 20, 2026 to Mar 21, 2026 already."
    actions.end_leave(jordan, from_on=first, last_on=day("2026-03-09"), **BY)
    assert [leave.from_on for leave in whole(jordan).leaves] == [day("2026-03-20")]
    gone = refusal(actions.end_leave, jordan, from_on=first, last_on=first)
    assert gone == rules.NO_SUCH_LEAVE
    assert refusal(actions.end_leave, jordan, from_on=first, last_on=day("2026-03-09")) == gone
    assert verbs()[2:] == ["enrollment.leave_moved", "enrollment.leave_called_off"]


def test_why_somebody_is_on_leave_is_corrected_without_a_reason_for_that(app):
    enrollment = make.enrollment(from_on="2026-01-05")
    make.leave(enrollment, "2026-02-16", "2026-02-20")
    enrollment, days = whole(enrollment), {"from_on": day("2026-02-16")}
    until_on = day("2026-02-20")
    actions.change_leave(enrollment, **days, until_on=until_on, reason="travel", **BY)
    actions.change_leave(enrollment, **days, until_on=until_on, **BY)
    assert [leave.reason for leave in whole(enrollment).leaves] == ["travel"]
    assert verbs() == ["enrollment.leave_moved"]
    sentence = refusal(actions.change_leave, enrollment, **days, until_on=day("2026-02-15"))
    assert sentence == "The last day is before the first."


def test_leave_that_is_over_is_changed_by_amendment_only(app):
    make.account(id=DESK.id, roles=["coordinator"])
    enrollment = make.enrollment(from_on="2026-01-05")
    make.leave(enrollment, "2026-02-16", "2026-02-20")
    enrollment = whole(enrollment)
    facts = {"from_on": day("2026-02-16"), "last_on": day("2026-02-18")}
    assert refusal(actions.end_leave, enrollment, **facts) == rules.NEEDS_AMENDMENT
    actions.end_leave(enrollment, **facts, amends="came back earlier", **BY)
    assert [leave.until_on for leave in whole(enrollment).leaves] == [day("2026-02-18")]


def test_an_end_is_moved_and_an_outcome_is_kept_with_its_reason(jordan):
    jordan = whole(jordan)
    for _ in range(2):
        actions.set_end(jordan, until_on=day("2026-05-03"), **BY)
    ended = {"outcome": Outcome.LEFT, "reason": EndReason.DROPPED_OUT}
    actions.set_end(jordan, until_on=day("2026-03-03"), **ended, **BY)
    found = whole(jordan)
    assert (found.until_on, found.outcome, found.end_reason) == (
        day("2026-03-03"),
        Outcome.LEFT,
        EndReason.DROPPED_OUT,
    )
    actions.set_end(jordan, until_on=None, **BY)
    found = whole(jordan)
    assert (found.until_on, found.outcome, found.end_reason) == (None, None, None)
    assert verbs() == ["enrollment.end_moved", "enrollment.ended", "enrollment.end_moved"]


def test_the_reason_can_be_corrected_long_after(app):
    enrollment = whole(make.enrollment(from_on="2026-01-05", until_on="2026-01-30"))
    facts = {"outcome": Outcome.DISCHARGED, "reason": EndReason.TERMINATED}
    actions.set_end(enrollment, until_on=day("2026-01-30"), **facts, **BY)
    assert whole(enrollment).outcome is Outcome.DISCHARGED
    assert amendments() == []


@pytest.mark.parametrize("until_on", ["2026-02-28", "2026-02-01"])
def test_an_end_in_a_week_that_is_over_needs_a_reason(jordan, until_on):
    jordan = whole(jordan)
    sentence = refusal(actions.set_end, jordan, until_on=day(until_on))
    assert sentence == rules.NEEDS_AMENDMENT
    actions.set_end(jordan, until_on=day(until_on), amends="heard of it today", **BY)
    assert whole(jordan).until_on == day(until_on)


def test_the_last_day_of_last_week_changes_no_week_that_is_over(jordan):
    actions.set_end(whole(jordan), until_on=day("2026-03-01"), **BY)
    assert amendments() == []


def test_ends_that_cannot_be_are_refused(jordan):
    jordan = whole(jordan)
    make.enrollment(participant=jordan.participant, program=jordan.program, from_on="2026-05-04")
    assert (
        refusal(actions.set_end, jordan, until_on=day("2026-01-04"))
        == "The last day is before the first."
    )
    assert (
        refusal(actions.set_end, jordan, until_on=day("2026-05-04"))
        == "They are enrolled in this program at that time already."
    )
    facts = {"outcome": Outcome.COMPLETED, "reason": EndReason.DIED}
    sentence = refusal(actions.set_end, jordan, until_on=day("2026-03-09"), **facts)
    assert sentence == "That reason does not go with how it ended."
    sentence = refusal(actions.set_end, jordan, until_on=None, outcome=Outcome.LEFT)
    assert sentence == "An enrollment that has ended has a last day."


def test_another_first_day_takes_the_target_in_force_along(jordan):
    jordan = whole(jordan)
    actions.change_target(jordan, from_on=day("2026-03-09"), target=Hours(360, 540), **BY)
    for from_on, first in (("2025-12-29", 540), ("2026-03-02", 540), ("2026-03-16", 360)):
        facts = {"from_on": day(from_on)}
        if from_on < "2026-03-02":
            assert refusal(actions.move_start, jordan, **facts) == rules.NEEDS_AMENDMENT
        for _ in range(2):
            actions.move_start(jordan, **facts, amends="came earlier", **BY)
        found = whole(jordan)
        assert (found.from_on, found.targets[0].from_on) == (day(from_on), day(from_on))
        assert found.targets[0].min_minutes == first
    assert len(found.targets) == 1
    assert verbs().count("enrollment.start_moved") == 3
    sentence = refusal(actions.move_start, jordan, from_on=day("2026-04-27"))
    assert sentence == "The last day is before the first."


def test_another_first_day_or_program_leaves_room_for_the_other_enrollments(jordan):
    jordan, other = whole(jordan), make.program()
    make.enrollment(jordan.participant, jordan.program, from_on="2025-11-03", until_on="2026-01-04")
    make.enrollment(jordan.participant, other, from_on="2026-04-26")
    taken = "They are enrolled in this program at that time already."
    facts = {"amends": "came earlier"}
    assert refusal(actions.move_start, jordan, from_on=day("2026-01-04"), **facts) == taken
    assert refusal(actions.change_program, jordan, other, **facts) == taken


def test_a_program_is_corrected_for_all_weeks_and_with_a_reason(jordan):
    jordan, other = whole(jordan), make.program()
    assert refusal(actions.change_program, jordan, other) == rules.NEEDS_AMENDMENT
    for _ in range(2):
        actions.change_program(jordan, other, amends="was entered wrongly", **BY)
    assert whole(jordan).program_id == other.id
    assert [verb for verb, *_ in amendments()] == ["enrollment.program_changed"]


def test_an_enrollment_takes_over_from_one_that_no_other_took_over_from(jordan):
    jo, jordan = jordan.participant, whole(jordan)
    second, third = (
        whole(make.enrollment(jo, make.program(), from_on=from_on, key=key))
        for key, from_on in (("e-two", "2026-05-04"), ("e-three", "2026-05-04"))
    )
    for _ in range(2):
        actions.set_continued(second, jordan, **BY)
    assert whole(second).continues_id == jordan.id
    sentence = refusal(actions.set_continued, third, jordan)
    assert sentence == f"e-two continues {jordan.key} already."
    actions.set_continued(second, None, **BY)
    actions.set_continued(third, jordan, **BY)
    actions.set_continued(second, third, **BY)
    sentence = refusal(actions.set_continued, third, second)
    assert sentence == "e-two continues e-three in turn."
    assert verbs().count("enrollment.continued") == 4


def test_what_is_entered_with_an_enrollment_may_lie_anywhere_after_its_first_day(jordan):
    jordan = whole(jordan)
    entering = {"on_entry": True} | BY
    target = {"target": Hours(360, 540)}
    actions.change_target(jordan, from_on=day("2026-01-12"), **target, **entering)
    actions.change_target(jordan, from_on=day("2026-05-04"), **target, **entering)
    actions.grant_leave(jordan, from_on=day("2026-01-12"), until_on=day("2026-05-04"), **entering)
    actions.set_transition_weeks(jordan, weeks=[day("2026-01-12"), day("2026-05-04")], **entering)
    found = whole(jordan)
    assert (len(found.targets), len(found.leaves), len(found.transition_weeks)) == (3, 1, 2)
    assert amendments() == []
    sentence = refusal(actions.change_target, jordan, from_on=day("2026-01-04"), **target)
    assert sentence == "That day is before the enrollment begins, on Jan 5, 2026."


def test_circumstances_are_brought_up_to_date(jordan):
    jordan, ana = whole(jordan), make.staff()
    mondays, fridays = WeeklyTime(0, 480, 600), WeeklyTime(4, 480, 600)
    facts = {"clinician": ana, "wished_part": DayPart.EVENING}
    for times in ([mondays], [mondays], [fridays]):
        actions.change_circumstances(jordan, **facts, unavailable=times, **BY)
    found = whole(jordan)
    assert (found.clinician_id, found.wished_part) == (ana.id, DayPart.EVENING)
    assert [u.weekday for u in found.unavailabilities] == [4]
    assert len(verbs()) == 2
    actions.change_circumstances(jordan, clinician=None, wished_part=None, unavailable=[], **BY)
    found = whole(jordan)
    assert (found.clinician_id, found.wished_part, found.unavailabilities) == (None, None, [])


def test_what_the_clock_amends_is_nobodys(jordan):
    facts = {"from_on": day("2026-02-20"), "target": Hours(1, 2), "amends": "came in late"}
    actions.change_target(whole(jordan), **facts, by=SYSTEM, now=MIDWEEK)
    assert amendments() == [("enrollment.target_changed", "came in late", None, MIDWEEK)]


def test_of_two_desks_that_grant_the_same_leave_one_is_told(app, jordan):
    def granting():
        with transaction():
            actions.grant_leave(
                get_enrollment(jordan_id),
                from_on=next(first_days),
                until_on=day("2026-03-20"),
                **BY,
            )

    jordan_id = jordan.id
    first_days = iter([day("2026-03-09"), day("2026-03-10")])
    said = [getattr(answer, "sentence", answer) for answer in race(app, granting, granting)]
    assert said.count(None) == 1
    assert [one[:21] for one in said if one] == ["They are on leave fro"]


def test_of_two_desks_that_end_an_enrollment_both_are_heard_in_turn(app, jordan):
    def ending():
        with transaction():
            actions.set_end(
                get_enrollment(jordan_id),
                until_on=day("2026-03-09"),
                outcome=Outcome.LEFT,
                reason=EndReason.OTHER,
                **BY,
            )

    jordan_id = jordan.id
    assert race(app, ending, ending) == [None, None]
    assert verbs() == ["enrollment.ended"]
