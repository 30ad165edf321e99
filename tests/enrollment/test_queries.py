from datetime import date

import pytest

from clinic.db import db
from clinic.enrollment import queries as enrollment_queries
from clinic.errors import NotFound
from tests import make


def test_an_enrollment_comes_with_all_that_belongs_to_it(app, queries):
    enrollment = make.enrollment(key="e-001", clinician=make.staff(name="Ana Rivera"))
    make.leave(enrollment, "2026-02-02", "2026-02-06")
    make.transition_week(enrollment, "2026-03-02")
    make.unavailability(enrollment)
    make.saved()
    db.expunge_all()
    found = enrollment_queries.find_enrollment("e-001")
    with queries() as count:
        told = (
            found.participant.name,
            found.program.site.timezone,
            found.clinician.name,
            [target.min_minutes for target in found.targets],
            [leave.until_on for leave in found.leaves],
            [week.week for week in found.transition_weeks],
            [busy.weekday for busy in found.unavailabilities],
        )
    assert count() == 0
    assert told == (
        "Jordan Avery",
        make.ZONE,
        "Ana Rivera",
        [540],
        [date(2026, 2, 6)],
        [date(2026, 3, 2)],
        [0],
    )


def test_an_unknown_enrollment_is_none_or_not_found(app):
    assert enrollment_queries.find_enrollment("e-001") is None
    for enrollment_id in (None, 7):
        with pytest.raises(NotFound):
            enrollment_queries.get_enrollment(enrollment_id)
    enrollment = make.enrollment()
    assert enrollment_queries.get_enrollment(enrollment.id) is enrollment


def test_enrollments_of_people_come_the_latest_first(app):
    jo, blake = make.participant(), make.participant()
    first = make.enrollment(jo, from_on="2025-01-06", until_on="2025-03-02")
    second = make.enrollment(jo, from_on="2026-01-05")
    other = make.enrollment(blake, from_on="2025-06-02")
    make.enrollment()
    assert enrollment_queries.enrollments_of([jo.id, blake.id]) == [second, other, first]
    assert enrollment_queries.enrollments_of([]) == []


def test_ranges_are_those_of_the_person_in_the_program(app):
    jo, program, other = make.participant(), make.program(), make.program()
    make.enrollment(jo, program, from_on="2025-01-06", until_on="2025-03-02")
    make.enrollment(jo, program, from_on="2026-01-05")
    make.enrollment(jo, other)
    make.enrollment(program=program)
    assert sorted(enrollment_queries.ranges_in(program.id, jo.id)) == [
        (date(2025, 1, 6), date(2025, 3, 2)),
        (date(2026, 1, 5), None),
    ]


def test_a_key_is_taken_by_whoever_has_it(app):
    make.enrollment(key="e-001")
    make.enrollment(key="jo-iop")
    assert enrollment_queries.is_key_taken("e-001")
    assert enrollment_queries.is_key_taken("jo-iop")
    assert not enrollment_queries.is_key_taken("e-002")


def test_enrollments_that_run_or_are_to_begin_count(app):
    program = make.program()
    make.enrollment(program=program, until_on="2026-03-01")
    make.enrollment(program=program, until_on="2026-03-02")
    make.enrollment(program=program, from_on="2026-04-01")
    make.enrollment(program=make.program())
    assert enrollment_queries.number_enrolled(program.id, today=date(2026, 3, 2)) == 2


def test_what_an_enrollment_goes_back_to_and_what_took_over_from_it(app):
    first, alone = make.enrollment(key="e-first"), make.enrollment()
    second = make.enrollment(first.participant, continues_id=first.id, key="e-second")
    third = make.enrollment(first.participant, continues_id=second.id)
    assert enrollment_queries.continued_from(third.id) == {first.id, second.id, third.id}
    assert enrollment_queries.continued_from(alone.id) == {alone.id}
    assert enrollment_queries.continued_by(first.id) == "e-second"
    assert enrollment_queries.continued_by(alone.id) is None
