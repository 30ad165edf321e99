from collections import Counter
from datetime import date, timedelta

from clinic.demo import lives
from clinic.demo.offers import WEEKS_BACK, groups
from clinic.demo.offers import staff as staff_on
from clinic.exchange.models.clinic_file import EnrollmentShape, StaffShape

MONDAY = date(2026, 11, 16)
ENROLLMENTS, INDIVIDUALS = lives.lives(MONDAY)
SHAPES = [EnrollmentShape.model_validate(one) for one in ENROLLMENTS]


def test_there_are_people_at_every_stage():
    assert Counter(one.status for one in SHAPES) == {
        None: 56,
        "transferred": 9,
        "completed": 5,
        "left": 4,
        "discharged": 4,
    }
    assert {one.reason.value for one in SHAPES if one.reason} == {
        "completed",
        "transferred",
        "dropped out",
        "terminated",
        "incarcerated",
        "other",
    }
    assert any(one.from_on > MONDAY for one in SHAPES)
    assert any(leave.from_on <= MONDAY <= leave.until_on for one in SHAPES for leave in one.leave)
    assert any(target.from_on > MONDAY for one in SHAPES for target in one.targets)
    assert [one.transition_weeks for one in SHAPES if one.transition_weeks] == [[MONDAY]]


def test_whoever_steps_down_or_moves_goes_on_and_whoever_comes_back_begins_anew():
    by_key = {one.key: one for one in SHAPES}
    continued = [one for one in SHAPES if one.continues]
    assert len(continued) == 9
    for one in continued:
        before = by_key[one.continues]
        assert (before.participant, before.status) == (one.participant, "transferred")
        assert before.until_on + timedelta(days=1) == one.from_on
    (again,) = (one for one in SHAPES if one.key.endswith("-again"))
    first = by_key[again.key.removesuffix("-again")]
    assert (first.status, again.continues) == ("left", None)
    assert first.until_on < again.from_on


def test_nobody_was_here_before_the_groups_were():
    assert min(one.from_on for one in SHAPES) == MONDAY - timedelta(weeks=WEEKS_BACK)


def test_nobody_is_given_a_time_at_which_they_are_in_a_group():
    slots = [("mon", "10:00"), ("tue", "10:00")]
    assert lives._free_slot(slots, ["morning-process"]) == ("tue", "10:00")
    assert lives._free_slot(slots[:1], ["morning-process"]) is None


def test_clinicians_see_people_alone_when_they_work():
    staff = {one["key"]: StaffShape.model_validate(one) for one in staff_on(MONDAY)}
    assert len(INDIVIDUALS) > 30
    for one in INDIVIDUALS:
        (leader,), (day,) = one["leaders"], one["days"]
        start, end = one["start"], one["end"]
        assert any(
            day in hours.days and hours.start <= minutes(start) and minutes(end) <= hours.end
            for hours in staff[leader].working_hours
        ), one


def minutes(wall):
    return int(wall[:2]) * 60 + int(wall[3:])


def test_the_times_of_participants_and_staff_are_known():
    busy = lives.busy_times(ENROLLMENTS, [*groups(MONDAY), *INDIVIDUALS])
    assert ("mon", "09:00", "10:30") in busy["rivera"]
    assert ("mon", "09:00", "10:30") in busy["p-001"]
    for times in busy.values():
        assert all(len(time) == 3 for time in times)
