from datetime import date, timedelta
from random import Random

import pytest

from clinic.demo import rules
from clinic.exchange.models import ClinicFile
from clinic.exchange.rules import Known, problems
from clinic.schedule.models import Status

TODAY = date(2026, 11, 18)


@pytest.mark.parametrize("days", range(7))
def test_on_any_day_it_is_a_clinic_file_without_a_problem(days):
    file = ClinicFile.model_validate(rules.clinic_on(TODAY + timedelta(days=days)))
    assert problems(file, Known()) == []


def test_the_same_day_gives_the_same_clinic_and_another_day_another():
    assert rules.clinic_on(TODAY) == rules.clinic_on(TODAY)
    assert rules.clinic_on(TODAY) != rules.clinic_on(TODAY + timedelta(days=1))


def test_there_are_people_at_every_stage_and_sessions_of_many_kinds():
    file = ClinicFile.model_validate(rules.clinic_on(TODAY))
    statuses = {one.status for one in file.enrollments}
    assert len(file.participants) == 40
    assert statuses == {None, "transferred", "left", "discharged", "completed"}
    assert {one.kind.value for one in file.series} == {
        "group",
        "individual",
        "family",
        "education",
    }
    assert any(one.leave for one in file.enrollments)
    assert any(one.targets for one in file.enrollments)
    assert any(one.transition_weeks for one in file.enrollments)
    assert any(one.from_ > TODAY for one in file.enrollments)


def test_nobody_is_given_a_time_at_which_they_are_in_a_group():
    assert rules._free_slot([("mon", "10:00"), ("tue", "10:00")], ["morning-process"]) == (
        "tue",
        "10:00",
    )
    assert rules._free_slot([("mon", "10:00")], ["morning-process"]) is None


def test_people_come_as_often_as_they_are_reliable():
    assert rules.what_happened(Random(1), 1.0).status is Status.PRESENT
    assert rules.what_happened(Random(1), 0.0).status in rules.ABSENCES


def test_some_who_come_are_late_or_leave_early():
    random = Random(1)
    ways = [rules.how_present(random) for _ in range(1000)]
    assert {way.status for way in ways} == {Status.PRESENT}
    assert 50 < sum(way.late > 0 for way in ways) < 150
    assert 15 < sum(way.early > 0 for way in ways) < 80
