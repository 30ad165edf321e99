from types import SimpleNamespace

import pytest

from clinic.claims.rules import Anew
from clinic.consequences import Link
from clinic.figures.rules import Finding, What
from clinic.offerings import rules
from clinic.programs.models import Kind, Measure, Population
from clinic.programs.rules import Figure


def test_a_program_that_goes_on_stays():
    assert rules.why_not_retire_program("IOP", enrolled=0, groups=[]) is None
    one = rules.why_not_retire_program("IOP", enrolled=1, groups=[])
    assert one == "IOP goes on: 1 person is enrolled."
    groups = ["Group"]
    assert rules.why_not_retire_program("IOP", enrolled=2, groups=groups) == (
        "IOP goes on: 2 people are enrolled and Group still runs."
    )
    groups.append("Skills")
    assert rules.why_not_retire_program("IOP", enrolled=0, groups=groups) == (
        "IOP goes on: Group and Skills still run."
    )


def test_a_program_with_groups_stays_at_its_site():
    assert rules.why_not_elsewhere("IOP", []) is None
    assert rules.why_not_elsewhere("IOP", ["Group"]) == (
        "Group of IOP meets at its site."
        " End them there first, or offer another program at the other site."
    )
    many = ["Group", "Skills"]
    assert (rules.why_not_elsewhere("IOP", many) or "").startswith(
        "Group and Skills of IOP meet at"
    )


def test_lines_of_a_rule_set_that_become_others_are_said_with_both():
    was = [Figure(Measure.UNIT_MINUTES_MIN, 180), Figure(Measure.SEATS_MAX, 12)]
    young = Figure(Measure.UNIT_MINUTES_MIN, 120, Population.ADOLESCENT)
    adults = Figure(Measure.UNIT_MINUTES_MIN, 180, Population.ADULT)
    (unit,) = rules.figures_changed(was, [young, adults, was[1]])
    assert (unit.before, unit.after) == ("3 h", "adults 3 h, under 18 2 h")
    assert [(each.before, each.after) for each in rules.figures_changed(was, [was[0]])] == [
        ("12 people", "")
    ]
    assert rules.figures_changed(was, was[::-1]) == ()


def a_group(number, seats, leaders=1, kind=Kind.GROUP, population=Population.ADULT):
    facts = {"seats": seats, "leaders": leaders, "kind": kind, "population": population}
    return SimpleNamespace(id=number, title=f"Group {number}", **facts)


def test_groups_that_do_not_keep_to_other_figures_are_those_of_which_something_new_is_said():
    most, least = Figure(Measure.SEATS_MAX, 12), Figure(Measure.SEATS_MIN, 4)
    two = Figure(Measure.SEATS_MAX, 15, leaders=2)
    large, led, small, young = groups = (
        a_group(1, 12),
        a_group(2, 15, leaders=2),
        a_group(3, 3),
        a_group(4, 12, population=Population.ADOLESCENT),
    )
    assert rules.groups_against(groups, [most, two]) == []
    ((who, words),) = rules.groups_against(groups, [most])
    assert who is led
    assert words == "The rule set allows 12 in a session of this kind with 2 leaders, not 15."
    assert rules.groups_against([large], []) == []

    def anew(before, after):
        return [who for who, _ in rules.groups_anew(groups, before, after)]

    assert anew([most, two], [most]) == [led]
    assert anew([most], [most, least]) == [small]
    assert anew([most], [Figure(Measure.SEATS_MAX, 10)]) == [large, led, young]  # another figure
    adults = Figure(Measure.SEATS_MAX, 10, Population.ADULT)
    assert anew([most, two], [most, two, adults]) == [large, led]
    assert anew([most], [most, Figure(Measure.UNIT_MINUTES_MIN, 180)]) == []


@pytest.mark.parametrize(
    ("number", "first", "last", "more"),
    [
        (1, "1 group does not keep to", "change its places or leaders.", ""),
        (5, "5 groups do not keep to", "change their places or leaders.", ""),
        (7, "7 groups do not keep to", "change their places or leaders.", "and 2 more"),
    ],
)
def test_groups_that_do_not_keep_to_figures_are_counted_and_named(number, first, last, more):
    groups = [Link(f"Group {each}", f"/groups/{each}") for each in range(number)]
    found = rules.consequences(Anew(), {}, {}, changes=(), groups=groups)
    *_, part = found.parts
    (named,) = part.lists
    assert part.sentences[0].startswith(first)
    assert part.sentences[0].endswith(last)
    assert (named.links, named.more) == (tuple(groups[:5]), more)


def test_what_other_figures_lead_to_counts_days_and_peoples_weeks():
    few = Finding(What.TOO_FEW_FULL_DAYS, "2 of 3 full days")
    found = rules.consequences(Anew(), {1: (), 2: (few,)}, {1: (few,), 2: (few,)}, changes=())
    assert found.words.endswith("This week reads otherwise for 1 person.")
    found = rules.consequences(Anew(), {1: ()}, {1: ()}, changes=())
    assert found.words.endswith(rules.THIS_WEEK_STAYS)
