from datetime import date

import pytest

from clinic.census.queries import Line, census_on
from clinic.days import Range
from clinic.enrollment.models import EndReason, Outcome
from clinic.enrollment.rules import standing
from clinic.programs.models import Measure, Population
from tests import make

DAY = date(2026, 3, 4)  # a Wednesday
MONDAY = date(2026, 3, 2)


def census_of(day=DAY, *, today=DAY, scope=None):
    return census_on(day, week=MONDAY, today=today, scope=scope)


def numbers(lines):
    return [(line.name, line.active, line.on_leave) for line in lines]


def enrolled(name, program=None, **facts):
    return make.enrollment(make.participant(name=name), program, **facts)


def on_group(enrollment):
    make.roster_entry(make.series(enrollment.program), enrollment)
    return enrollment


def test_people_are_counted_by_program_and_by_clinician_with_their_names(app):
    morning, evening = make.program(name="Morning"), make.program(name="Evening")
    make.program(name="Weekend")
    make.program(name="Former", is_active=False)
    ana, ben = make.staff(name="Ana Rivera"), make.staff(name="Ben Okafor")
    adam = enrolled("Adam", morning, clinician=ana)
    cleo = enrolled("Cleo", evening, clinician=ana)
    dan = enrolled("Dan", evening, clinician=ben)
    eve = enrolled("Eve", evening)
    make.leave(cleo, "2026-03-02", "2026-03-06")
    enrolled("Later", evening, from_on="2026-03-05", clinician=ben)
    enrolled("Gone", evening, until_on="2026-03-03", clinician=ben)
    found = census_of()
    assert numbers(found.programs) == [("Evening", 2, 1), ("Morning", 1, 0), ("Weekend", 0, 0)]
    assert numbers(found.clinicians) == [
        ("Ana Rivera", 1, 1),
        ("Ben Okafor", 1, 0),
        ("No clinician", 1, 0),
    ]
    assert numbers([found.whole]) == [("", 3, 1)]
    assert found.clinicians[0].running == [adam, cleo]
    assert [standing(one, DAY) for one in (adam, cleo)] == ["active", "on leave"]
    assert found.programs[0].running == [cleo, dan, eve]
    assert {dan.participant_id, eve.participant_id} <= found.participant_ids


def test_two_clinicians_of_the_same_name_stay_two(app):
    enrolled("Adam", clinician=make.staff(name="Ana Rivera"))
    enrolled("Ben", clinician=make.staff(name="Ana Rivera"))
    assert numbers(census_of().clinicians) == [("Ana Rivera", 1, 0)] * 2


def test_the_averages_add_up_too(app):
    enrolled("Adam", from_on="2026-03-03")
    enrolled("Ben", from_on="2026-01-05", until_on="2026-02-04")
    found = census_of()
    assert found.whole.average == pytest.approx(4 / 30)
    assert [line.average for line in found.programs] == [found.whole.average]


def test_a_caseload_is_held_against_the_rule_set_of_the_program(app):
    rule_set = make.rule_set({Measure.CASELOAD_MAX: 2}, name="Arizona")
    youth_rules = make.rule_set(
        {Measure.CASELOAD_MAX: 1}, name="Youth", population=Population.ADOLESCENT
    )
    strict = make.program(name="Strict", rule_set_id=rule_set.id)
    youth = make.program(name="Youth", rule_set_id=youth_rules.id, population=Population.ADOLESCENT)
    adult = make.program(name="Adult", rule_set_id=youth_rules.id)  # the figure is another's
    free = make.program(name="Free")
    ana, ben = make.staff(name="Ana"), make.staff(name="Ben")
    for number in range(3):
        enrolled(f"Of Ana {number}", strict, clinician=ana)
    away = enrolled("On leave", strict, clinician=ben)
    make.leave(away, DAY, DAY)
    enrolled("Adult", adult, clinician=ben)
    enrolled("Youth", youth, clinician=ben)
    enrolled("Free", free, clinician=ben)
    enrolled("Nobody's", strict)
    loads = {line.name: line.caseloads for line in census_of().clinicians}
    assert loads == {
        "Ana": [("Arizona", 3, 2)],
        "Ben": [("Youth", 1, 1)],
        "No clinician": [],
    }


def test_this_week_and_the_next_tell_who_comes_and_who_goes(app):
    came = enrolled("Came", from_on="2026-03-02")
    comes = enrolled("Comes", from_on="2026-03-15")
    enrolled("Later", from_on="2026-03-16")
    left = enrolled(
        "Left",
        until_on="2026-03-03",
        outcome=Outcome.LEFT,
        end_reason=EndReason.DROPPED_OUT,
    )
    forgotten = enrolled("Forgotten", until_on="2026-03-02")
    goes = enrolled("Goes", until_on="2026-03-09")
    assert census_of().weeks == [
        (Range(MONDAY, date(2026, 3, 8)), [came], [forgotten, left]),
        (Range(date(2026, 3, 9), date(2026, 3, 15)), [comes], [goes]),
    ]


def test_those_on_leave_come_with_their_return_the_first_to_come_back_first(app):
    long, short, never = enrolled("Long"), enrolled("Short"), enrolled("Never", until_on=DAY)
    make.leave(long, DAY, "2026-03-20")
    make.leave(short, "2026-03-01", "2026-03-05")
    make.leave(never, DAY, DAY)
    assert census_of().away == [
        (short, date(2026, 3, 6)),
        (long, date(2026, 3, 21)),
        (never, None),
    ]


def test_who_is_on_no_group_is_named_for_today_and_later(app):
    on_group(enrolled("Placed"))
    off = on_group(enrolled("Taken off"))
    make.roster_entry(make.series(), off, until_on="2026-03-03")
    newcomer = enrolled("Newcomer", from_on="2026-03-09")
    active = enrolled("Active")
    enrolled("Gone", until_on="2026-03-03")
    ended = enrolled("Ended", from_on="2026-02-02")
    make.roster_entry(make.series(), ended, until_on="2026-03-03")
    make.leave(enrolled("Away"), DAY, DAY)
    assert census_of().without_group == [active, ended, newcomer]
    assert census_of(date(2026, 3, 3)).without_group == []


def test_a_clinician_sees_their_groups_and_caseload_and_is_judged_alone(app):
    rule_set = make.rule_set({Measure.CASELOAD_MAX: 9}, name="Arizona")
    program = make.program(rule_set_id=rule_set.id)
    ana, ben = make.staff(name="Ana"), make.staff(name="Ben")
    enrolled("Hers", program, clinician=ana)
    led = enrolled("Led by her", program, clinician=ben)
    make.booking(make.session(DAY, program=program, leaders=[ana]), led)
    enrolled("His alone", program, clinician=ben)
    found = census_of(scope=ana.id)
    assert numbers(found.clinicians) == [("Ana", 1, 0), ("Ben", 1, 0)]
    assert [line.caseloads for line in found.clinicians] == [
        [("Arizona", 1, 9)],
        [],
    ]


def test_an_empty_clinic_has_an_empty_census(app):
    found = census_of()
    assert (found.whole, found.programs, found.clinicians) == (
        Line("", 0, 0, 0.0, [], []),
        [],
        [],
    )
    assert found.participant_ids == set()


def test_the_census_of_many_takes_as_many_statements_as_that_of_one(app, queries):
    sent = []
    for number in (1, 59):
        for place in range(number):
            one = enrolled(f"Person {place}", clinician=make.staff() if place % 9 == 0 else None)
            make.leave(one, DAY, DAY)
        with queries() as count:
            census_of()
        sent.append(count())
    assert sent == [4, 4]
