import json
from datetime import date

import pytest
from sqlalchemy import func, select

from clinic.db import session, transaction
from clinic.enrollment import actions
from clinic.enrollment.actions import Hours
from clinic.enrollment.models import Enrollment
from clinic.errors import Refused
from clinic.participants.queries import get_participant
from clinic.programs.queries import get_program
from clinic.trail import Actor, TrailEvent
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
    session.flush()
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
    event = session.scalars(select(TrailEvent)).one()
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
    assert session.scalar(select(func.count(Enrollment.id))) == 1
    assert session.scalar(select(func.count(TrailEvent.id))) == 0


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
    assert session.scalar(select(func.count(Enrollment.id))) == 10
